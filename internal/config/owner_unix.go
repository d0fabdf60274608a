//go:build unix

package config

import (
	"os"
	"syscall"
)

// owned says whether a file belongs to this process's user; root may read what is anyone's.
func owned(st os.FileInfo) bool {
	sys, ok := st.Sys().(*syscall.Stat_t)
	return !ok || os.Geteuid() == 0 || int(sys.Uid) == os.Geteuid()
}
