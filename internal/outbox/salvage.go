package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"

	"github.com/gofrs/flock"
)

// Salvage says what became of a file that was damaged.
type Salvage struct {
	// File is its name; Kept where it lies now, empty when it did not have to be moved.
	File, Kept string
	// Why is what was found.
	Why string
	// Rows is how many entries were read out of it, Lost how many places held none that could be read.
	Rows, Lost int
	// FromJournal is how many deposits the journal brought back, Corrected how many it set right; JournalDamaged counts lines of it
	// that could not be read.
	FromJournal, Corrected, JournalDamaged int
}

// Salvaged says what had to be repaired when the outbox was opened, empty when it was in order. A command that gets something here
// says so and does not end with 0.
func (s *Store) Salvaged() []Salvage { return slices.Clone(s.restored) }

// mend puts a damaged file aside and brings over what can be had. Of several processes that met the damage one does it.
func (s *Store) mend(ctx context.Context, name, mode string, most int64, why error) (db *sql.DB, err error) {
	path := filepath.Join(s.dir, name)
	lock := flock.New(filepath.Join(s.dir, "mend.lock"), flock.SetPermissions(0o600))
	if err := lock.Lock(); err != nil {
		return nil, err
	}
	defer func() { _ = lock.Unlock() }()
	if db, err := s.tryFile(ctx, path, mode, most); err == nil {
		if err := s.checkFile(ctx, db, true); err == nil {
			return db, nil
		} else if !isDamage(err) {
			return nil, errors.Join(err, db.Close())
		}
		_ = db.Close()
	} else if !isDamage(err) {
		return nil, err
	}
	kept, err := setAside(path, s.Now().Wall)
	if err != nil {
		return nil, err
	}
	crashAt("after-set-aside")
	if err := createFile(path); err != nil {
		return nil, err
	}
	if db, err = s.tryFile(ctx, path, mode, most); err != nil {
		return nil, err
	}
	v := Salvage{File: name, Kept: kept, Why: why.Error()}
	v.Rows, v.Lost = carryOver(ctx, kept, db)
	s.restored = append(s.restored, v)
	return db, nil
}

// report completes what was salvaged from the journal and tells it. A process that died before it was through left its mark.
func (s *Store) report(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(s.dir, damagedFile)); err != nil && len(s.restored) == 0 {
		return nil
	}
	r, err := s.Rebuild(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(s.restored, func(v Salvage) bool { return v.File == moneyFile }) && r.Total()+r.Corrected+r.Damaged > 0 {
		s.restored = append(s.restored, Salvage{File: moneyFile, Why: "what it held was not complete"})
	}
	for i := range s.restored {
		v := &s.restored[i]
		if v.File == moneyFile {
			v.FromJournal, v.Corrected, v.JournalDamaged = r.Total(), r.Corrected, r.Damaged
		}
		s.warn("%s", v)
	}
	if err := os.Remove(filepath.Join(s.dir, damagedFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// String tells it in a sentence.
func (v Salvage) String() string {
	text := v.File + " was damaged"
	if v.Why != "" {
		text += " (" + v.Why + ")"
	}
	if v.Kept != "" {
		text += fmt.Sprintf(" and lies in %s now: %d entries were read from it, %d places could not be read", v.Kept, v.Rows, v.Lost)
	}
	if v.File == moneyFile {
		text += fmt.Sprintf("; %d deposits came back from the journal, %d were set right, %d of its lines could not be read", v.FromJournal, v.Corrected, v.JournalDamaged)
	}
	return text
}

// maxMisses ends a salvage that finds no more when nothing says how many entries there were.
const maxMisses = 2000

// carryOver reads a damaged file entry by entry and puts those that are sound into a new one.
func carryOver(ctx context.Context, from string, into *sql.DB) (rows, lost int) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		// A file that makes SQLite stumble gives no more; what came before is kept.
		if recover() != nil {
			lost++
		}
	}()
	db, err := sql.Open("sqlite", dsn(from, "NORMAL", 1<<40))
	if err != nil {
		return 0, 0
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	if _, err := queryEntries(ctx, db, "seq < 0"); err != nil {
		return 0, 1
	}
	last, misses := lastSeq(ctx, db), 0
	for next := int64(1); next <= last || last == 0 && misses < maxMisses; {
		some, err := queryEntries(ctx, db, "seq >= ? ORDER BY seq LIMIT 200", next)
		if err == nil && len(some) == 0 {
			break
		}
		if err != nil {
			some, err = queryEntries(ctx, db, "seq = ?", next)
			// A large hole is crossed in growing steps.
			next += int64(1 + misses/32)
		} else {
			next = some[len(some)-1].Seq + 1
		}
		if err != nil {
			lost, misses = lost+1, misses+1
			continue
		}
		misses = 0
		n, bad := carry(ctx, into, some)
		rows, lost = rows+n, lost+bad
	}
	return rows, lost
}

func lastSeq(ctx context.Context, db *sql.DB) int64 {
	var last int64
	if db.QueryRowContext(ctx, "SELECT seq FROM sqlite_sequence WHERE name = 'entries'").Scan(&last) == nil && last > 0 && last < 1<<40 {
		return last
	}
	if db.QueryRowContext(ctx, "SELECT max(seq) FROM entries").Scan(&last) == nil && last > 0 && last < 1<<40 {
		return last
	}
	return 0
}

func carry(ctx context.Context, into *sql.DB, some []Entry) (n, bad int) {
	err := inTx(ctx, into, func(tx *sql.Tx) error {
		put, err := tx.PrepareContext(ctx, putText)
		if err != nil {
			return err
		}
		defer func() { _ = put.Close() }()
		for _, e := range some {
			if !slices.Contains(States(), e.State) || !slices.Contains(Classes(), e.Class) {
				bad++
				continue
			}
			seq, err := putRow(ctx, put, e, "")
			if err != nil && !isUnique(err) {
				return fmt.Errorf("entry %d: %w", e.Seq, err)
			}
			if err != nil || seq == 0 {
				bad++
				continue
			}
			n++
		}
		return nil
	})
	if err != nil {
		return 0, len(some)
	}
	return n, bad
}
