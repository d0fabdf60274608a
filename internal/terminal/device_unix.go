//go:build linux || darwin

package terminal

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"github.com/myrvm/rvmctl/internal/terminal/picture"
)

// systemDevice is the terminal behind two file descriptors of this process; in is -1 when nobody types.
func systemDevice(in, out int) *Device {
	d := &Device{Size: func() picture.Size { return sizeOf(out) }}
	if in >= 0 {
		d.Quieten = func() (func(), error) { return quieten(in) }
		d.Keys = func(wait time.Duration) ([]byte, error) { return keys(in, wait) }
	}
	return d
}

func sizeOf(fd int) (s picture.Size) {
	if w, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ); err == nil {
		s = picture.Size{Columns: int(w.Col), Rows: int(w.Row), Width: int(w.Xpixel), Height: int(w.Ypixel)}
	}
	return s
}

// errBackground is why a job in the background must leave the terminal alone: the system would stop it.
var errBackground = errors.New("this process is not in the foreground of its terminal")

func quieten(fd int) (restore func(), err error) {
	if group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP); err != nil || group != unix.Getpgrp() {
		return nil, errBackground
	}
	before, err := unix.IoctlGetTermios(fd, ioctlReadTermios)
	if err != nil {
		return nil, err
	}
	quiet := *before
	quiet.Lflag &^= unix.ECHO | unix.ICANON
	quiet.Cc[unix.VMIN], quiet.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, ioctlWriteTermios, &quiet); err != nil {
		return nil, err
	}
	return func() { _ = unix.IoctlSetTermios(fd, ioctlWriteTermios, before) }, nil
}

func keys(fd int, wait time.Duration) ([]byte, error) {
	ready := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	n, err := unix.Poll(ready, int(max(0, wait.Milliseconds())))
	if n == 0 || errors.Is(err, unix.EINTR) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	buffer := make([]byte, 1024)
	if n, err = unix.Read(fd, buffer); err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, errors.New("the terminal is gone")
	}
	return buffer[:n], nil
}
