package outbox

import (
	"context"
	"database/sql"
	"iter"
	"os"
	"path/filepath"
	"time"
)

// Pruned is what Prune removed.
type Pruned struct {
	// Entries were settled longer ago than Keep; Pictures were not needed any more, Journals held nothing that is open or young.
	Entries, Pictures, Journals int
}

// pruneBatch is how many entries one transaction removes, so that other processes wait for none of them long.
const pruneBatch = 500

// Prune removes what was settled longer ago than entries are kept, and the pictures that nothing needs. It does nothing while the
// clock cannot be right. A clock that runs ahead removes nothing that was settled since the machine was started.
func (s *Store) Prune(ctx context.Context) (Pruned, error) {
	var p Pruned
	now := s.Now()
	if now.Suspect() {
		return p, nil
	}
	for _, c := range []Class{Deposit, Detection} {
		for {
			var n int64
			err := s.write(ctx, c, func(tx *sql.Tx) (err error) {
				n, err = s.pruneSome(ctx, tx, now)
				return err
			})
			if err != nil {
				return p, err
			}
			if p.Entries += int(n); n < pruneBatch {
				break
			}
		}
	}
	var err error
	if p.Pictures, err = s.sweep(ctx); err != nil {
		return p, err
	}
	p.Journals, err = s.pruneJournal(ctx, now.Wall.Add(-s.opts.Keep))
	return p, err
}

func (s *Store) pruneSome(ctx context.Context, tx *sql.Tx, now Moment) (int64, error) {
	r, err := tx.ExecContext(ctx, `DELETE FROM entries WHERE seq IN (SELECT seq FROM entries WHERE state IN ('done', 'dead') AND settled_at < ?
		AND NOT (began_boot <> '' AND began_boot = ? AND began_up > ?) LIMIT ?)`,
		now.Wall.Add(-s.opts.Keep).UnixNano(), now.Boot, int64(now.Up-s.opts.Keep), pruneBatch)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// pruneJournal removes files from the oldest on, as long as all in them is settled and old: a later one may hold the fate of what
// an earlier one put in.
func (s *Store) pruneJournal(ctx context.Context, before time.Time) (int, error) {
	names, err := journalFiles(s.ledger.dir)
	if err != nil {
		return 0, err
	}
	for i, name := range names {
		if i == len(names)-1 {
			return i, nil
		}
		info, err := os.Stat(name)
		if err != nil || info.ModTime().After(before) {
			return i, err
		}
		open, err := s.holdsOpen(ctx, name)
		if err != nil || open {
			return i, err
		}
		if err := os.Remove(name); err != nil {
			return i, err
		}
	}
	return 0, nil
}

// holdsOpen says whether a file of the journal put something in that the outbox still has.
func (s *Store) holdsOpen(ctx context.Context, name string) (bool, error) {
	found := false
	_, err := readLines(filepath.Clean(name), 0, func(l line) error {
		if found || l.Entry == nil {
			return nil
		}
		var err error
		found, err = hasKey(ctx, s.money, l.Entry.Key)
		return err
	})
	return found, err
}

// Export gives every entry, deposits first and the oldest of a file first. It reads in pieces, so that others can write meanwhile.
func (s *Store) Export(ctx context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for _, db := range s.files() {
			for after := int64(0); ; {
				some, err := queryEntries(ctx, db, "seq > ? ORDER BY seq LIMIT 200", after)
				if err != nil {
					yield(Entry{}, s.mark(err))
					return
				}
				for _, e := range some {
					if after = e.Seq; !yield(e, nil) {
						return
					}
				}
				if len(some) == 0 {
					break
				}
			}
		}
	}
}
