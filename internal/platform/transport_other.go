//go:build !linux

package platform

import "syscall"

// noticeDeadTunnel leaves a connection as it is: only Linux has the option.
func noticeDeadTunnel(string, string, syscall.RawConn) error { return nil }
