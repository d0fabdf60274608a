package delivery

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"os"

	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

var (
	errGone    = errors.New("it changed or is gone, and the outbox has no copy of it")
	errChanged = errors.New("it is not what it was when it was put into the outbox")
)

// sendPicture uploads a picture, not within a second of another one of the same machine.
func (c *Courier) sendPicture(ctx context.Context, client *platform.Client, e outbox.Entry) (receipt, error) {
	p, err := payload[Picture](e)
	if err != nil {
		return receipt{}, err
	}
	open, err := c.source(p, e.Blob)
	if err != nil {
		return receipt{}, &platform.SourceError{Name: p.Name, Err: err}
	}
	var stored platform.Uploaded
	err = c.Spacing.Do(ctx, p.RVMID, func() error {
		stored, err = client.Uploads.Create(ctx, p.upload(open))
		return err
	})
	return receipt{"", stored}, err
}

// source finds a picture's bytes: the file that it came from, or the copy when that is not the same any more.
func (c *Courier) source(p Picture, blob string) (func() (io.ReadCloser, error), error) {
	if p.File != "" && unchanged(p) {
		return func() (io.ReadCloser, error) {
			return verified(p, func() (io.ReadCloser, error) { return os.Open(p.File) })
		}, nil
	}
	if blob == "" {
		return nil, errGone
	}
	return func() (io.ReadCloser, error) {
		return verified(p, func() (io.ReadCloser, error) { return c.Store.OpenBlob(blob) })
	}, nil
}

// unchanged reads the file once before it is sent: an upload that is broken off at its end would have cost the link as much.
func unchanged(p Picture) bool {
	info, err := os.Lstat(p.File)
	if err != nil || !info.Mode().IsRegular() || info.Size() != p.Size {
		return false
	}
	f, err := os.Open(p.File)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	sum := sha256.New()
	n, err := io.Copy(sum, io.LimitReader(f, p.Size+1))
	return err == nil && n == p.Size && hex.EncodeToString(sum.Sum(nil)) == p.SHA256
}

// verifier passes bytes on and keeps the last of them back when the whole is not what was promised: the request breaks off, and
// nothing is stored.
type verifier struct {
	io.ReadCloser
	sum  hash.Hash
	want []byte
	left int64
}

func verified(p Picture, open func() (io.ReadCloser, error)) (io.ReadCloser, error) {
	want, err := hex.DecodeString(p.SHA256)
	if err != nil {
		return nil, errChanged
	}
	r, err := open()
	if err != nil {
		return nil, err
	}
	return &verifier{r, sha256.New(), want, p.Size}, nil
}

// Read hands out the last bytes only when the whole is right.
func (v *verifier) Read(p []byte) (int, error) {
	n, err := v.ReadCloser.Read(p)
	v.sum.Write(p[:n])
	v.left -= int64(n)
	switch {
	case v.left < 0, v.left == 0 && n > 0 && !bytes.Equal(v.sum.Sum(nil), v.want), v.left > 0 && errors.Is(err, io.EOF):
		return 0, errChanged
	}
	return n, err
}

func (p Picture) upload(open func() (io.ReadCloser, error)) platform.Upload {
	if open == nil {
		open = func() (io.ReadCloser, error) { return nil, errGone }
	}
	return platform.Upload{RVMID: p.RVMID, Name: p.Name, Size: p.Size, Metadata: p.Metadata, Open: open}
}
