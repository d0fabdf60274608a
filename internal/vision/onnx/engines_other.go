//go:build !unix

package onnx

import "io/fs"

// notPrivate cannot tell here: permissions are kept elsewhere than in a file's mode.
func notPrivate(info fs.FileInfo) string {
	if !info.IsDir() {
		return "is no folder"
	}
	return ""
}
