package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// maxPayload bounds one entry's body.
const maxPayload = 8 << 20

// Add puts an entry in. It is on the disk when Add returns, for a deposit also in the journal. An entry whose key is there
// already is left alone and returned with added false: whoever did not hear the first answer may ask again. Errors: *FullError,
// *ConflictError when the key is there with other content, or a failure of the disk; nothing was stored then.
func (s *Store) Add(ctx context.Context, n New) (e Entry, added bool, err error) {
	if err := n.check(); err != nil {
		return Entry{}, false, err
	}
	if err := s.makeRoom(ctx, n); err != nil {
		return Entry{}, false, err
	}
	prepared, err := s.prepare(ctx, n.Class)
	if err != nil {
		return Entry{}, false, s.mark(err)
	}
	put := func(tx *sql.Tx) error {
		e, added, err = s.insert(ctx, tx, prepared, n)
		return err
	}
	err = s.write(ctx, n.Class, put)
	if asFull(err) != "" && n.Class != Deposit && s.shed(ctx, n) {
		err = s.write(ctx, n.Class, put)
	}
	if err != nil && added && n.Class == Deposit {
		s.void(n.Key)
	}
	if full := asFull(err); full != "" {
		err = &FullError{Class: n.Class, Why: full, Err: err}
	}
	if err != nil {
		return Entry{}, false, err
	}
	crashAt("after-enqueue")
	return e, added, nil
}

// AddAll puts detections in, all in one transaction: either all are stored or none. added counts those whose key was not there.
// Errors are those of Add; a deposit is refused, since each is acknowledged by itself.
func (s *Store) AddAll(ctx context.Context, all []New) (added int, err error) {
	for _, n := range all {
		if err := n.check(); err != nil {
			return 0, err
		}
		if n.Class != Detection {
			return 0, fmt.Errorf("outbox: %s is put in by itself, not with others", n.Class)
		}
	}
	if len(all) == 0 {
		return 0, nil
	}
	if err := s.makeRoom(ctx, all[0]); err != nil {
		return 0, err
	}
	prepared, err := s.prepare(ctx, Detection)
	if err != nil {
		return 0, s.mark(err)
	}
	put := func(tx *sql.Tx) error {
		added = 0
		for _, n := range all {
			_, fresh, err := s.insert(ctx, tx, prepared, n)
			if err != nil {
				return err
			}
			if fresh {
				added++
			}
		}
		return nil
	}
	err = s.write(ctx, Detection, put)
	if asFull(err) != "" && s.shed(ctx, all...) {
		err = s.write(ctx, Detection, put)
	}
	if full := asFull(err); full != "" {
		err = &FullError{Class: Detection, Why: full, Err: err}
	}
	if err != nil {
		return 0, err
	}
	return added, nil
}

func (n New) check() error {
	switch {
	case n.Key == "" || n.Kind == "" || n.Class == "" || n.Profile == "" || n.Target == "":
		return errors.New("outbox: an entry needs class, kind, key, profile and target")
	case len(n.Payload) > maxPayload:
		return &FullError{Class: n.Class, Why: fmt.Sprintf("its body has %d bytes, and %d are the most", len(n.Payload), maxPayload)}
	}
	return nil
}

// write runs f in one transaction of the class's file.
func (s *Store) write(ctx context.Context, c Class, f func(*sql.Tx) error) error {
	return s.mark(inTx(ctx, s.file(c), func(tx *sql.Tx) error {
		if err := s.inPlace(c); err != nil {
			return err
		}
		return f(tx)
	}))
}

func inTx(ctx context.Context, db *sql.DB, f func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := f(tx); err != nil {
		return err
	}
	crashAt("before-commit")
	return tx.Commit()
}

func (s *Store) insert(ctx context.Context, tx *sql.Tx, prepared *sql.Stmt, n New) (e Entry, added bool, err error) {
	if n.Coalesce != "" {
		if _, err := tx.ExecContext(ctx, "DELETE FROM entries WHERE coalesce_key = ? AND coalesce_key <> '' AND state = 'pending' AND key <> ?", n.Coalesce, n.Key); err != nil {
			return Entry{}, false, err
		}
	}
	e = n.entry(s.Now())
	e.Seq, err = putRow(ctx, tx.StmtContext(ctx, prepared), e, n.Coalesce)
	if err != nil {
		return Entry{}, false, err
	}
	if e.Seq == 0 {
		there, err := getEntry(ctx, tx, n.Key)
		if err != nil {
			return Entry{}, false, err
		}
		if string(there.Payload) != string(n.Payload) || there.Kind != n.Kind || there.Target != n.Target || there.Blob != n.Blob {
			return Entry{}, false, &ConflictError{n.Key}
		}
		return there, false, nil
	}
	if n.Class == Deposit {
		crashAt("before-journal")
		if err := s.ledger.added(e); err != nil {
			// A line may have reached the file before what failed.
			return e, true, err
		}
		crashAt("after-journal")
	}
	return e, true, nil
}

// entry is what n looks like once it is in.
func (n New) entry(now Moment) Entry {
	payload := n.Payload
	if payload == nil {
		payload = []byte{}
	}
	return Entry{Class: n.Class, Kind: n.Kind, Key: n.Key, Profile: n.Profile, Target: n.Target, RVM: n.RVM, Order: n.Order, Capture: n.Capture,
		Fingerprint: n.Fingerprint, Payload: payload, Blob: n.Blob, Size: int64(len(payload)) + n.BlobSize, Created: now, State: Pending, Once: n.Once}
}

const putText = `INSERT INTO entries (class, kind, key, profile, target, rvm, order_key, capture, fingerprint, coalesce_key,
	payload, sum, blob, size, created_wall, created_boot, created_up, state, ready, waits, once, attempts, next_at, owner, account,
	began_wall, began_boot, began_up, ended_wall, ended_boot, ended_up, reason, http_status, server_id, result, settled_at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING`

// prepare makes the statement of putRow for a file. Translating it with its triggers takes longer than carrying it out.
func (s *Store) prepare(ctx context.Context, c Class) (*sql.Stmt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := &s.putOther
	if c == Deposit {
		at = &s.putMoney
	}
	if *at != nil {
		return *at, nil
	}
	put, err := s.file(c).PrepareContext(ctx, putText)
	if err == nil {
		*at = put
	}
	return put, err
}

// putRow writes an entry with all that is known of it, unless its key is taken, and gives its place, 0 when its key is taken.
func putRow(ctx context.Context, put *sql.Stmt, e Entry, coalesce string) (seq int64, err error) {
	result, err := put.ExecContext(ctx, e.Class, e.Kind, e.Key, e.Profile, e.Target, e.RVM, e.Order, e.Capture, e.Fingerprint, coalesce,
		e.Payload, e.origin().sum(), e.Blob, e.Size, nanos(e.Created.Wall), e.Created.Boot, int64(e.Created.Up), e.State, e.Once, e.Attempts,
		nanos(e.NextAt), e.Owner, e.Account, nanos(e.Began.Wall), e.Began.Boot, int64(e.Began.Up), nanos(e.Ended.Wall), e.Ended.Boot, int64(e.Ended.Up),
		e.Reason, e.HTTPStatus, e.ServerID, e.Result, nanos(e.Settled))
	if err != nil {
		return 0, err
	}
	if rows, err := result.RowsAffected(); err != nil || rows == 0 {
		return 0, err
	}
	return result.LastInsertId()
}
