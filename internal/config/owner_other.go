//go:build !unix

package config

import "os"

// owned has nothing to look at where files have no numeric owner.
func owned(os.FileInfo) bool { return true }
