package platform

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// noticeDeadTunnel sets TCP_USER_TIMEOUT on a new connection. One that cannot have it works all the same, and later notices.
func noticeDeadTunnel(_, _ string, conn syscall.RawConn) error {
	return conn.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(deadTunnel.Milliseconds()))
	})
}
