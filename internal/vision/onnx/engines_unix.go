//go:build unix

package onnx

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// notPrivate says in words why others could put something into a folder, empty when only this user can.
func notPrivate(info fs.FileInfo) string {
	sys, known := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.IsDir():
		return "is no folder"
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Sprintf("is open to others (mode %04o): chmod 700 it, or remove it", info.Mode().Perm())
	case known && int(sys.Uid) != os.Geteuid():
		return fmt.Sprintf("belongs to user %d", sys.Uid)
	}
	return ""
}
