package onnx

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// MaxModelBytes is the largest model file that is read.
const MaxModelBytes = 512 << 20

// Model is a model file as it was read: what is judged is what runs.
type Model struct {
	// Path is where it came from, for words only; it is never opened again.
	Path string
	// Bytes is the whole file.
	Bytes []byte
	// SHA256 is the sum of Bytes in lower-case hexadecimal.
	SHA256 string
}

// NewModel is a model that is in memory already, as the one that ships with rvmctl.
func NewModel(name string, data []byte) Model {
	sum := sha256.Sum256(data)
	return Model{Path: name, Bytes: data, SHA256: hex.EncodeToString(sum[:])}
}

// ReadModel reads a regular file of at most MaxModelBytes, once. A symbolic link as the last part of the path is
// refused, so that a name which was checked cannot mean another file. Errors are *ModelError; a missing file wraps
// fs.ErrNotExist.
func ReadModel(path string) (Model, error) { return readModel(path, MaxModelBytes) }

// readModel is ReadModel with a bound of the caller's, in bytes.
func readModel(path string, limit int64) (Model, error) {
	if err := refuseName(path); err != nil {
		return Model{}, err
	}
	f, err := openRegular(path, limit)
	if err != nil {
		return Model{}, err
	}
	defer func() { _ = f.Close() }()
	var data bytes.Buffer
	if info, err := f.Stat(); err == nil {
		// Room for the whole file at once: growing by doubling would hold a large model three times.
		data.Grow(int(min(info.Size(), limit)) + bytes.MinRead)
	}
	if _, err := data.ReadFrom(io.LimitReader(f, limit+1)); err != nil {
		return Model{}, cannotRead(path, err)
	}
	if int64(data.Len()) > limit {
		return Model{}, tooLarge(path, limit)
	}
	return NewModel(path, data.Bytes()), nil
}

// openRegular opens what path names now, and only if that is a regular file of an acceptable size. Looking before
// opening keeps a FIFO from blocking; comparing afterwards keeps an exchange in between from mattering.
func openRegular(path string, limit int64) (*os.File, error) {
	before, err := os.Lstat(path)
	if err != nil {
		return nil, cannotRead(path, err)
	}
	if err := regular(path, before, limit); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, cannotRead(path, err)
	}
	after, err := f.Stat()
	if err == nil && !os.SameFile(before, after) {
		err = errors.New("it was exchanged while it was opened")
	}
	if err != nil {
		_ = f.Close()
		return nil, cannotRead(path, err)
	}
	return f, nil
}

func regular(path string, info fs.FileInfo, limit int64) error {
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		target, _ := os.Readlink(path)
		return &ModelError{Path: path, Found: fmt.Sprintf("it is a symbolic link to %s", target), Want: "name the file itself"}
	case info.IsDir():
		return &ModelError{Path: path, Found: "it is a folder", Want: wantONNX}
	case !info.Mode().IsRegular():
		return &ModelError{Path: path, Found: "it is not a regular file", Want: wantONNX}
	case info.Size() > limit:
		return tooLarge(path, limit)
	}
	return nil
}

func tooLarge(path string, limit int64) error {
	return &ModelError{Path: path, Found: fmt.Sprintf("it is larger than %d MiB", limit>>20)}
}

// cannotRead keeps the cause and drops the path that os puts into its errors, which is said already.
func cannotRead(path string, err error) error {
	found := err
	var p *fs.PathError
	if errors.As(err, &p) {
		found = p.Err
	}
	return &ModelError{Path: path, Found: found.Error(), Err: err}
}
