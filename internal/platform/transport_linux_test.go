package platform

import (
	"net"
	"net/http/httptest"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestADeadTunnelIsNoticed(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(nil)
	defer server.Close()
	conn, err := NewTransport().DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	raw, err := conn.(*pieceConn).Conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if got := userTimeout(t, raw); got != 20_000 {
		t.Errorf("TCP_USER_TIMEOUT is %d ms, want 20000", got)
	}
}

func userTimeout(t *testing.T, raw syscall.RawConn) (ms int) {
	var failed error
	err := raw.Control(func(fd uintptr) {
		ms, failed = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT)
	})
	if err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	return ms
}
