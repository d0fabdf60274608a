package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Picture is the content of one item, as it lies on the disk: what is decoded is also what may be uploaded.
type Picture struct {
	// Name is the item's name.
	Name string
	// Data is the encoded picture, unchecked.
	Data []byte
	// Sum is the SHA-256 of Data.
	Sum [sha256.Size]byte
}

// SHA256 is Sum in lower-case hexadecimal.
func (p *Picture) SHA256() string { return hex.EncodeToString(p.Sum[:]) }

// Loader reads items into memory, at most Limits.MaxBytes each.
type Loader struct {
	// Limits bound what is read; zero fields take their defaults.
	Limits Limits
	// Stdin is read to its end for an Item with Stdin set; nil reads as empty.
	Stdin io.Reader
}

// Load reads one item. Only regular files and Loader.Stdin are read: a device or a pipe is refused before it is opened,
// since opening alone may block or act.
//
// Errors are *NotFoundError, *NotRegularError, *ReadError, *ImageError of KindTooLarge, or ctx.Err().
func (l Loader) Load(ctx context.Context, item Item) (*Picture, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if item.Stream {
		return nil, &NotRegularError{item.Name, "a camera or video"}
	}
	limit := l.Limits.orDefault().MaxBytes
	var data []byte
	var err error
	if item.Stdin {
		data, err = l.readStdin(ctx, item.Name, limit)
	} else {
		data, err = readFile(item, limit)
	}
	if err != nil {
		return nil, err
	}
	return &Picture{Name: item.Name, Data: data, Sum: sha256.Sum256(data)}, nil
}

// readStdin waits in a goroutine of its own: a read from a terminal cannot be interrupted otherwise.
func (l Loader) readStdin(ctx context.Context, name string, limit int64) ([]byte, error) {
	if l.Stdin == nil {
		return nil, nil
	}
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		data, err := readBounded(l.Stdin, name, limit)
		done <- result{data, err}
	}()
	select {
	case got := <-done:
		return got.data, got.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func readFile(item Item, limit int64) ([]byte, error) {
	file, size, err := Open(item)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if size > limit {
		return nil, tooLarge(item.Name, limit)
	}
	return readBounded(file, item.Name, limit)
}

// Open opens a file for reading from its beginning and gives its length in bytes; it is not for Stdin and streams. It looks
// before it opens and again after, for the name may have been given to something else in between.
//
// Errors are *NotFoundError, *NotRegularError and *ReadError.
func Open(item Item) (*os.File, int64, error) {
	look := os.Stat
	if item.listed {
		look = os.Lstat
	}
	before, err := look(item.Path)
	if err != nil {
		return nil, 0, vanished(item, err)
	}
	if !before.Mode().IsRegular() {
		return nil, 0, &NotRegularError{item.Name, thing(before.Mode())}
	}
	// Without O_NONBLOCK a pipe that took the file's place would block the open for ever.
	file, err := os.OpenFile(item.Path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, 0, vanished(item, err)
	}
	after, err := file.Stat()
	if err == nil && !os.SameFile(before, after) {
		err = errors.New("replaced by another file while it was opened")
	}
	if err != nil {
		_ = file.Close()
		return nil, 0, pathError(item.Name, err)
	}
	return file, after.Size(), nil
}

// vanished is pathError, but says of a listed file that it was there.
func vanished(item Item, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &NotFoundError{Path: item.Name, Vanished: item.listed}
	}
	return pathError(item.Name, err)
}

// readBounded reads to the end, and one byte past the limit to know that there is more.
func readBounded(r io.Reader, name string, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, pathError(name, err)
	}
	if int64(len(data)) > limit {
		return nil, tooLarge(name, limit)
	}
	return data, nil
}
