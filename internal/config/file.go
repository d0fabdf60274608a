package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// lockWait is how long one process waits for another that writes the same file.
const lockWait = 5 * time.Second

// lock makes the folder of a file, with the given rights, and holds a kernel lock beside the file; the kernel drops it when the
// process dies.
func lock(file string, folder os.FileMode) (unlock func(), err error) {
	dir := filepath.Dir(file)
	_, missing := os.Stat(dir)
	err = os.MkdirAll(dir, folder)
	if err == nil && missing != nil {
		// A narrow umask must not keep the other users out of the system's folder.
		err = os.Chmod(dir, folder)
	}
	if err != nil {
		return nil, &Error{Where: dir, Reason: "cannot be made: " + reason(err), err: err}
	}
	l := flock.New(file+".lock", flock.SetPermissions(0o600))
	ctx, cancel := context.WithTimeout(context.Background(), lockWait)
	defer cancel()
	ok, err := l.TryLockContext(ctx, 20*time.Millisecond)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return nil, &Error{Where: file, Reason: "cannot be written: " + reason(err), err: err}
	}
	if !ok {
		return nil, &Error{Where: file, Reason: fmt.Sprintf("is being written by another rvmctl for more than %s", lockWait)}
	}
	return func() { _ = l.Unlock() }, nil
}

// writeFile replaces a file in one step: a reader sees the old bytes or the new ones, also after a power cut.
func writeFile(path string, data []byte, mode os.FileMode) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".rvmctl-*")
	if err != nil {
		return &Error{Where: path, Reason: reason(err), err: err}
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	err = tmp.Chmod(mode)
	if err == nil {
		_, err = tmp.Write(data)
	}
	if err == nil {
		err = tmp.Sync()
	}
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return &Error{Where: path, Reason: reason(err), err: err}
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes a rename last; systems that cannot sync a folder are left as they are.
func syncFolder(dir string) error {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		return d.Close()
	}
	return nil
}
