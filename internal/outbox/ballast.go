package outbox

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
)

const ballastFile = "ballast"

// keepBallast sets room aside when there is enough of it. A full disk stops not only new entries: it would also stop writing down
// that the platform took one.
func (s *Store) keepBallast() {
	if s.opts.Ballast <= 0 {
		return
	}
	path := filepath.Join(s.dir, ballastFile)
	if info, err := os.Lstat(path); err == nil && info.Size() == s.opts.Ballast {
		return
	}
	if free, known := freeBytes(s.dir); known && free < max(s.opts.Floor, 0)+2*s.opts.Ballast {
		return
	}
	if err := writeBallast(path, s.opts.Ballast); err != nil && asFull(err) == "" {
		s.warn("no room could be set aside for a full disk: %v", err)
	}
}

// writeBallast makes a file that really takes its size from the disk.
func writeBallast(path string, size int64) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ballastFile+"-*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err := allocate(f, size); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// fill writes noise: a file system that stores holes or compresses would give nothing back later.
func fill(f io.Writer, size int64) error {
	_, err := io.CopyN(f, rand.NewChaCha8([32]byte{}), size)
	return err
}

// relieve gives the ballast up and brings the files to their smallest.
func (s *Store) relieve(ctx context.Context) {
	if err := os.Remove(filepath.Join(s.dir, ballastFile)); err == nil {
		s.warn("the disk is full: the room that was set aside is being used to write down what was sent")
	}
	for _, db := range s.files() {
		_, _ = db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	}
}
