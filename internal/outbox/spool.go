package outbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

const (
	picturesDir = "pictures"
	spoolTemp   = ".tmp-"
	// spoolGrace is how long a picture may lie in the spool before the entry that refers to it is put in.
	spoolGrace = 10 * time.Minute
)

// Spool takes a picture in, of at most so many bytes, and gives its SHA-256 in hex, by which an entry refers to it. It is on the
// disk when Spool returns. An entry must follow soon: what none refers to is removed. Errors: *FullError when there is no room or
// it is larger.
func (s *Store) Spool(ctx context.Context, r io.Reader, most int64) (sum string, size int64, err error) {
	s.keepBallast()
	if s.short() {
		if err := s.roomForPicture(ctx, New{Class: Picture}, true); err != nil {
			return "", 0, err
		}
	}
	dir := filepath.Join(s.dir, picturesDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", 0, err
	}
	// CreateTemp makes it readable by its owner only.
	f, err := os.CreateTemp(dir, spoolTemp+"*")
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	h := sha256.New()
	size, err = io.Copy(io.MultiWriter(f, h), io.LimitReader(canceled{ctx, r}, most+1))
	if err == nil && size > most {
		err = &FullError{Class: Picture, Why: fmt.Sprintf("it has more than %d bytes", most)}
	}
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	var full *FullError
	if why := asFull(err); why != "" && !errors.As(err, &full) {
		err = &FullError{Class: Picture, Why: why, Err: err}
	}
	if err != nil {
		return "", 0, err
	}
	crashAt("before-spool")
	sum = hex.EncodeToString(h.Sum(nil))
	// The same picture again only becomes younger, so that it is not swept away before its entry comes.
	if err := os.Rename(f.Name(), filepath.Join(dir, sum)); err != nil {
		return "", 0, err
	}
	crashAt("after-spool")
	return sum, size, syncFolder(dir)
}

// canceled ends a copy whose time is up.
type canceled struct {
	ctx context.Context
	io.Reader
}

func (c canceled) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.Reader.Read(p)
}

// SpoolFile takes a file in by copying it: it may be changed in place later, and a link would change with it.
func (s *Store) SpoolFile(ctx context.Context, path string, most int64) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return "", 0, err
	}
	if !info.Mode().IsRegular() {
		return "", 0, fmt.Errorf("%s is no regular file", path)
	}
	return s.Spool(ctx, f, most)
}

// OpenBlob opens a picture of the spool. Whoever sends it compares the SHA-256 on the way. Errors: *NotFoundError.
func (s *Store) OpenBlob(sum string) (*os.File, error) {
	if raw, err := hex.DecodeString(sum); err != nil || len(raw) != sha256.Size {
		return nil, &NotFoundError{sum}
	}
	f, err := os.Open(filepath.Join(s.dir, picturesDir, sum))
	if errors.Is(err, os.ErrNotExist) {
		return nil, &NotFoundError{sum}
	}
	return f, err
}

// sweep removes pictures that no entry needs any more: those that were sent, those that never got an entry, and what a process
// that died left half written. An entry that was refused keeps its picture as long as it stays itself.
func (s *Store) sweep(ctx context.Context) (files int, err error) {
	dir := filepath.Join(s.dir, picturesDir)
	all, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, err
	}
	for _, f := range all {
		info, err := f.Info()
		if err != nil || !info.Mode().IsRegular() || young(info.ModTime()) {
			continue
		}
		needed, err := s.needed(ctx, f.Name())
		if err != nil {
			return files, err
		}
		if needed {
			continue
		}
		if os.Remove(filepath.Join(dir, f.Name())) == nil {
			files++
		}
	}
	return files, nil
}

// young goes by the clock of the files themselves. One from the future was written by a clock that has been put right since.
func young(written time.Time) bool {
	age := time.Since(written)
	return age > -spoolGrace && age < spoolGrace
}

func (s *Store) needed(ctx context.Context, sum string) (bool, error) {
	var n int
	err := s.other.QueryRowContext(ctx, "SELECT count(*) FROM entries WHERE blob = ? AND blob <> '' AND state <> 'done'", sum).Scan(&n)
	return n > 0, s.mark(err)
}
