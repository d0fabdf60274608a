package upload

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"unicode/utf8"

	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/vision/source"
)

// ahead is how many files may be prepared while one is sent. Only what is known of them is kept, so it costs no memory.
const ahead = 16

// ready is a file of which all is known that sending needs.
type ready struct {
	item source.Item
	// sum is the SHA-256 in hex, size in bytes.
	sum  string
	size int64
	// data is what standard input held, nil for a file.
	data []byte
	err  error
}

// prepare looks at the files in their order, ahead of whoever takes them. The channel ends with the last file or with ctx.
func (o *Options) prepare(ctx context.Context, items []source.Item) <-chan ready {
	out := make(chan ready, ahead)
	go func() {
		defer close(out)
		buffer := make([]byte, 256<<10)
		for _, item := range items {
			r := o.look(ctx, item, buffer)
			select {
			case out <- r:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// look reads a file once, and refuses what the platform would refuse.
func (o *Options) look(ctx context.Context, item source.Item, buffer []byte) (r ready) {
	r.item = item
	content, err := o.open(ctx, &r)
	if err != nil {
		r.err = err
		return r
	}
	defer func() { _ = content.Close() }()
	if r.err = named(item, platform.CheckPictureSize(r.size)); r.err != nil {
		return r
	}
	start, sum := buffer[:min(512, r.size)], sha256.New()
	_, err = io.ReadFull(content, start)
	if err == nil {
		if _, r.err = platform.PictureType(start); r.err != nil {
			r.err = named(item, r.err)
			return r
		}
		_, _ = sum.Write(start)
		var n int64
		n, err = io.CopyBuffer(struct{ io.Writer }{sum}, struct{ io.Reader }{io.LimitReader(content, platform.MaxUpload)}, buffer)
		if err == nil && n+int64(len(start)) != r.size {
			err = errChanged
		}
	}
	if err != nil {
		r.err = unread(item, err)
		return r
	}
	r.sum = hex.EncodeToString(sum.Sum(nil))
	return r
}

// errChanged says that a file is not what it was a moment ago.
var errChanged = errors.New("it changed while it was read")

// open gives the content and notes its length. Standard input has no length until it was read, so it is read first.
func (o *Options) open(ctx context.Context, r *ready) (io.ReadCloser, error) {
	if !r.item.Stdin {
		content, length, err := source.Open(r.item)
		r.size = length
		if err != nil {
			return nil, err
		}
		return content, nil
	}
	loader := source.Loader{Limits: source.Limits{MaxBytes: platform.MaxUpload}, Stdin: o.Console.In()}
	picture, err := loader.Load(ctx, r.item)
	if err != nil {
		return nil, err
	}
	r.data, r.size = picture.Data, int64(len(picture.Data))
	return io.NopCloser(bytes.NewReader(r.data)), nil
}

// file is the absolute path of what was read, links followed, empty for standard input and for a path that no JSON can hold: of
// those the outbox needs a copy.
func (r ready) file() string {
	if r.item.Stdin {
		return ""
	}
	path, err := filepath.EvalSymlinks(r.item.Path)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil || !utf8.ValidString(path) {
		return ""
	}
	return path
}

// named says which of the files a limit is about.
func named(item source.Item, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", item.Name, err)
}

func unread(item source.Item, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errChanged
	}
	var system *fs.PathError
	if errors.As(err, &system) {
		err = system.Err
	}
	return &source.ReadError{Name: item.Name, Err: err}
}
