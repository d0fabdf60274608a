package outbox

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"time"
)

// Rebuilt says what Rebuild found and did.
type Rebuilt struct {
	// Lines is how many sound lines were read, Damaged how many others.
	Lines, Damaged int
	// There is how many deposits needed nothing. Restored is how many were brought back, by the state that they have now.
	There    int
	Restored map[State]int
	// Corrected is how many were in the outbox in a state that the journal knows better.
	Corrected int
}

// Total is how many entries were brought back.
func (r Rebuilt) Total() int {
	n := 0
	for _, k := range r.Restored {
		n += k
	}
	return n
}

// fate is the last that the journal says of a deposit.
type fate struct {
	to     State
	value  string
	at     int64
	target string
}

// Rebuild puts deposits of the journal that are missing back into the outbox; dirs are folders of journals, none means its own. A
// deposit of which the journal knows no end may have been sent: it comes back uncertain. What was dropped does not come back, nor
// what was settled longer ago than entries are kept.
func (s *Store) Rebuild(ctx context.Context, dirs ...string) (Rebuilt, error) {
	own := len(dirs) == 0
	if own {
		dirs = []string{s.ledger.dir}
	}
	r := Rebuilt{Restored: map[State]int{}}
	var files []string
	for _, dir := range dirs {
		some, err := journalFiles(dir)
		if err != nil {
			return r, err
		}
		if _, err := os.Stat(dir); err != nil && !own {
			return r, err
		}
		files = append(files, some...)
	}
	fates := map[string]fate{}
	for _, path := range files {
		damaged, err := readLines(path, 0, func(l line) error {
			r.Lines++
			follow(fates, l)
			return nil
		})
		r.Damaged += damaged
		if err != nil {
			return r, err
		}
	}
	for _, path := range files {
		if err := s.restoreFile(ctx, path, fates, own || s.isOwn(path), &r); err != nil {
			return r, err
		}
	}
	return r, nil
}

func (s *Store) isOwn(path string) bool { return filepath.Dir(path) == s.ledger.dir }

func follow(fates map[string]fate, l line) {
	if l.Entry != nil {
		if f, known := fates[l.Entry.Key]; !known || f.to == voided || f.to == dropped {
			fates[l.Entry.Key] = fate{}
		}
		return
	}
	f, known := fates[l.Key]
	if !known {
		return
	}
	if l.To == retargeted {
		f.target = l.Value
	} else {
		f.to, f.value, f.at = l.To, l.Value, l.At
	}
	fates[l.Key] = f
}

// restoreBatch is how many entries one transaction brings back, so that other processes wait for none of them long.
const restoreBatch = 200

func (s *Store) restoreFile(ctx context.Context, path string, fates map[string]fate, own bool, r *Rebuilt) error {
	var batch []Entry
	flush := func() error {
		err := s.restoreAll(ctx, batch, fates, own, r)
		batch = batch[:0]
		return err
	}
	_, err := readLines(path, 0, func(l line) error {
		if l.Entry == nil {
			return nil
		}
		e, ok := l.restored()
		if !ok {
			r.Damaged++
			return nil
		}
		if batch = append(batch, e); len(batch) < restoreBatch {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

func (s *Store) restoreAll(ctx context.Context, batch []Entry, fates map[string]fate, own bool, r *Rebuilt) error {
	if len(batch) == 0 {
		return nil
	}
	return s.write(ctx, Deposit, func(tx *sql.Tx) error {
		put, err := tx.PrepareContext(ctx, putText)
		if err != nil {
			return err
		}
		defer func() { _ = put.Close() }()
		for _, e := range batch {
			if err := s.restore(ctx, tx, put, e, fates[e.Key], own, r); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) restore(ctx context.Context, tx *sql.Tx, put *sql.Stmt, e Entry, f fate, own bool, r *Rebuilt) error {
	there, err := getEntry(ctx, tx, e.Key)
	var missing *NotFoundError
	if err == nil {
		corrected, err := s.correct(ctx, tx, there, f)
		if corrected {
			r.Corrected++
		} else {
			r.There++
		}
		return err
	}
	if !errors.As(err, &missing) {
		return err
	}
	if f.to == voided || f.to == dropped || f.settled() && s.Now().Wall.Sub(time.Unix(0, f.at)) > s.opts.Keep {
		return nil
	}
	e = s.judged(e, f)
	seq, err := putRow(ctx, put, e, "")
	if err != nil && isUnique(err) {
		// Another entry has that number of the platform: one of the two is wrong, and a person must say which.
		e.State, e.ServerID, e.Settled = Held, "", time.Time{}
		e.Reason = (&TakenError{e.Key, f.value}).Error()
		seq, err = putRow(ctx, put, e, "")
	}
	if err != nil || seq == 0 {
		return err
	}
	r.Restored[e.State]++
	if own {
		return nil
	}
	if err := s.ledger.added(e); err != nil {
		return err
	}
	return s.ledger.note(s.Now(), e.Key, e.State, e.ServerID)
}

func (f fate) settled() bool { return f.to == Done || f.to == Dead }

// judged is the entry in the state in which it comes back.
func (s *Store) judged(e Entry, f fate) Entry {
	if f.target != "" {
		e.Target = f.target
	}
	e.Attempts, e.Reason = 1, "it was restored from the journal"
	switch f.to {
	case Done, Dead:
		e.State, e.Settled = f.to, time.Unix(0, f.at).UTC()
		if f.to == Done {
			e.ServerID = f.value
		}
	case Held:
		e.State = Held
	default:
		e.State = Uncertain
	}
	if e.Open() {
		// Nobody knows when it was sent, only that it was after it was put in and before now.
		e.Began, e.Ended = e.Created, s.Now()
	}
	return e
}

// correct brings an entry whose database is older than its journal up to date: what the platform confirmed is done, and what
// began to be sent is not waiting.
func (s *Store) correct(ctx context.Context, tx *sql.Tx, there Entry, f fate) (bool, error) {
	now := s.Now()
	switch {
	case f.to == Done && there.Open() && there.State != Leased:
		_, err := tx.ExecContext(ctx, `UPDATE entries SET state = 'done', server_id = ?, settled_at = ? WHERE key = ?`, f.value, f.at, there.Key)
		if isUnique(err) {
			// As in restore: a person must say which of the two has that number.
			_, err = tx.ExecContext(ctx, `UPDATE entries SET state = 'held', owner = '', reason = ? WHERE key = ?`,
				(&TakenError{there.Key, f.value}).Error(), there.Key)
		}
		return err == nil, err
	case (f.to == Leased || f.to == Uncertain || f.to == Held) && there.State == Pending:
		to := Uncertain
		if f.to == Held {
			to = Held
		}
		_, err := tx.ExecContext(ctx, `UPDATE entries SET state = ?, reason = 'it was corrected from the journal', began_wall = created_wall,
			began_boot = created_boot, began_up = created_up, ended_wall = ?, ended_boot = ?, ended_up = ? WHERE key = ?`,
			to, nanos(now.Wall), now.Boot, int64(now.Up), there.Key)
		return err == nil, err
	}
	return false, nil
}
