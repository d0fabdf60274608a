package terminal

import "golang.org/x/sys/unix"

const ioctlReadTermios, ioctlWriteTermios = unix.TCGETS, unix.TCSETS
