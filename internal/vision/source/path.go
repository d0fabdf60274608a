package source

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// isPictureName says whether a folder's entry is called a picture; only for folders, where most files are not meant.
func isPictureName(name string) bool {
	return slices.Contains([]string{".jpg", ".jpeg", ".png"}, strings.ToLower(filepath.Ext(name)))
}

// realPath is one key for all names of a file; where links cannot be resolved the cleaned path has to do.
func realPath(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return path
}

// pathError takes the path out of the system's error, so that it is said once, and as the operator wrote it.
func pathError(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &NotFoundError{Path: path}
	}
	var wrapped *fs.PathError
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return &ReadError{path, err}
}

func isEnd(err error) bool { return errors.Is(err, io.EOF) }

// thing names what is not a regular file.
func thing(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "not a regular file"
}
