package outbox

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
)

// roomForPicture drops the oldest waiting pictures until another one fits: never one that an open deposit refers to.
func (s *Store) roomForPicture(ctx context.Context, n New, short bool) error {
	used, err := s.pictureBytes(ctx)
	if err != nil {
		return err
	}
	over := used + n.BlobSize - s.opts.MaxPictureBytes
	if over <= 0 && !short {
		return nil
	}
	if _, err := s.sweep(ctx); err != nil {
		return err
	}
	short = s.short()
	dropped := 0
	for after := int64(0); over > 0 || short; short = s.short() {
		e, ok, err := s.oldestPicture(ctx, after)
		if err != nil {
			return err
		}
		if !ok {
			return &FullError{Class: Picture, Why: "every picture that waits belongs to a deposit that is open, or there is none that could go"}
		}
		after = e.Seq
		gone, err := s.dropPicture(ctx, e)
		if err != nil {
			return err
		}
		if gone {
			over -= e.Size
			dropped++
		}
	}
	if dropped > 0 {
		s.warn("%d pictures that waited were dropped, since there is no room for more", dropped)
	}
	return nil
}

func (s *Store) pictureBytes(ctx context.Context) (int64, error) {
	var used int64
	err := s.other.QueryRowContext(ctx, "SELECT coalesce(sum(bytes), 0) FROM counters WHERE class = 'picture' AND state <> 'done'").Scan(&used)
	return used, s.mark(err)
}

func (s *Store) oldestPicture(ctx context.Context, after int64) (Entry, bool, error) {
	for {
		some, err := queryEntries(ctx, s.other, "class = 'picture' AND ready = 1 AND waits = 0 AND state = 'pending' AND seq > ? ORDER BY seq LIMIT 1", after)
		if err != nil || len(some) == 0 {
			return Entry{}, false, s.mark(err)
		}
		e := some[0]
		after = e.Seq
		var open int
		err = s.money.QueryRowContext(ctx, "SELECT count(*) FROM entries WHERE capture = ? AND capture <> '' AND state NOT IN ('done', 'dead')", e.Capture).Scan(&open)
		if err != nil {
			return Entry{}, false, s.mark(err)
		}
		if open == 0 {
			return e, true, nil
		}
	}
}

// dropPicture removes the entry first and the file after: a process that dies in between leaves a file that is swept, not an
// entry without one.
func (s *Store) dropPicture(ctx context.Context, e Entry) (gone bool, err error) {
	err = s.insist(ctx, Picture, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, "DELETE FROM entries WHERE key = ? AND state = 'pending'", e.Key)
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		if gone = n > 0; err != nil || !gone {
			return err
		}
		return s.countLoss(ctx, tx, Picture, 1)
	})
	if err != nil || !gone {
		return false, err
	}
	crashAt("after-drop-picture")
	return true, s.removeBlob(ctx, e.Blob)
}

// removeBlob removes a picture that an entry referred to, unless another one does.
func (s *Store) removeBlob(ctx context.Context, sum string) error {
	if sum == "" {
		return nil
	}
	needed, err := s.needed(ctx, sum)
	if err != nil || needed {
		return err
	}
	if err := os.Remove(filepath.Join(s.dir, picturesDir, filepath.Base(sum))); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("cannot remove a picture from the spool: %w", err)
	}
	return nil
}
