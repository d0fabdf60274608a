package outbox

import (
	"context"
	"database/sql"
	"errors"
	"os"
)

// tailBytes is how much of the journal's end is compared with the database whenever it is opened.
const tailBytes = 16 << 10

// compare sees that the database holds the deposits that the journal wrote last. One that is missing was written down by a
// process that died before its commit, or the database lost its end: either way it is brought back, as uncertain. That costs a
// look-up at most, where a deposit that somebody was promised would be gone.
func (s *Store) compare(ctx context.Context) error {
	missing, err := s.missing(ctx, s.money)
	if err != nil || missing == 0 {
		return err
	}
	// Another process may be between its line and its commit: look again once it is through.
	err = s.write(ctx, Deposit, func(tx *sql.Tx) error {
		missing, err = s.missing(ctx, tx)
		return err
	})
	if err != nil || missing == 0 {
		return err
	}
	r, err := s.Rebuild(ctx)
	if err != nil {
		return err
	}
	if r.Total()+r.Corrected > 0 {
		s.warn("%d deposits were in the journal and not in %s: they were brought back", r.Total(), moneyFile)
		s.restored = append(s.restored, Salvage{File: moneyFile, FromJournal: r.Total(), Corrected: r.Corrected, JournalDamaged: r.Damaged})
	}
	return nil
}

// missing counts the last deposits of the journal that a database does not hold.
func (s *Store) missing(ctx context.Context, db querier) (int, error) {
	names, err := journalFiles(s.ledger.dir)
	if err != nil || len(names) == 0 {
		return 0, err
	}
	last := names[len(names)-1]
	info, err := os.Stat(last)
	if err != nil {
		return 0, err
	}
	open := map[string]bool{}
	_, err = readLines(last, max(0, info.Size()-tailBytes), func(l line) error {
		if l.Entry != nil {
			open[l.Entry.Key] = true
		} else if l.To == voided || l.To == dropped || l.To == Done || l.To == Dead {
			delete(open, l.Key)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	n := 0
	for key := range open {
		there, err := hasKey(ctx, db, key)
		if err != nil {
			return 0, err
		}
		if !there {
			n++
		}
	}
	return n, nil
}

func hasKey(ctx context.Context, db querier, key string) (bool, error) {
	rows, err := db.QueryContext(ctx, "SELECT 1 FROM entries WHERE key = ?", key)
	if err != nil {
		return false, err
	}
	there := rows.Next()
	return there, errors.Join(rows.Err(), rows.Close())
}
