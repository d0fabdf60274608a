package outbox

import (
	"context"
	"database/sql"
	"strings"
	"time"
)

// Failure is why a sending did not end with a confirmation.
type Failure struct {
	// Reason is one line in words; HTTPStatus is 0 without an answer.
	Reason     string
	HTTPStatus int
}

// Deliver settles an entry that this process has claimed or adopts an uncertain one: the platform holds it under serverID, and
// said result, JSON. Errors: *TakenError when another entry has that number, *LostLeaseError.
func (s *Store) Deliver(ctx context.Context, e Entry, serverID string, result []byte) error {
	return s.settle(ctx, e, Done, func(tx *sql.Tx) (sql.Result, error) {
		now := s.Now()
		r, err := tx.ExecContext(ctx, `UPDATE entries SET state = 'done', server_id = ?, result = ?, reason = '', http_status = 0, settled_at = ?,
			ended_wall = ?, ended_boot = ?, ended_up = ? WHERE key = ? AND state = ? AND owner = ? AND attempts = ?`,
			serverID, result, now.Wall.UnixNano(), now.Wall.UnixNano(), now.Boot, int64(now.Up), e.Key, e.State, e.Owner, e.Attempts)
		if err != nil && strings.Contains(err.Error(), "UNIQUE constraint failed") {
			return nil, &TakenError{e.Key, serverID}
		}
		return r, err
	}, serverID)
}

// Later puts a claimed entry back: it was certainly not carried out, and may be sent again at a time.
func (s *Store) Later(ctx context.Context, e Entry, at time.Time, f Failure) error {
	return s.settle(ctx, e, Pending, func(tx *sql.Tx) (sql.Result, error) {
		return tx.ExecContext(ctx, `UPDATE entries SET state = 'pending', owner = '', next_at = ?, reason = ?, http_status = ?
			WHERE key = ? AND state = ? AND owner = ? AND attempts = ?`, at.UnixNano(), f.Reason, f.HTTPStatus, e.Key, e.State, e.Owner, e.Attempts)
	}, "")
}

// Refuse makes an entry dead: it will not be sent.
func (s *Store) Refuse(ctx context.Context, e Entry, f Failure) error {
	return s.settle(ctx, e, Dead, func(tx *sql.Tx) (sql.Result, error) {
		return tx.ExecContext(ctx, `UPDATE entries SET state = 'dead', reason = ?, http_status = ?, settled_at = ? WHERE key = ? AND state = ? AND owner = ? AND attempts = ?`,
			f.Reason, f.HTTPStatus, s.Now().Wall.UnixNano(), e.Key, e.State, e.Owner, e.Attempts)
	}, "")
}

// Doubt makes a claimed entry uncertain: it was sent, and what became of it is not known. The attempt ended now.
func (s *Store) Doubt(ctx context.Context, e Entry, f Failure) error {
	return s.doubt(ctx, e, Uncertain, f)
}

// Hold makes an entry wait for a person.
func (s *Store) Hold(ctx context.Context, e Entry, f Failure) error { return s.doubt(ctx, e, Held, f) }

func (s *Store) doubt(ctx context.Context, e Entry, to State, f Failure) error {
	return s.settle(ctx, e, to, func(tx *sql.Tx) (sql.Result, error) {
		now := s.Now()
		if e.State != Leased {
			// The attempt ended earlier, and its end bounds where the platform's record may lie.
			now = e.Ended
		}
		return tx.ExecContext(ctx, `UPDATE entries SET state = ?, owner = '', reason = ?, http_status = ?, next_at = 0,
			ended_wall = ?, ended_boot = ?, ended_up = ? WHERE key = ? AND state = ? AND owner = ? AND attempts = ?`,
			to, f.Reason, f.HTTPStatus, now.Wall.UnixNano(), now.Boot, int64(now.Up), e.Key, e.State, e.Owner, e.Attempts)
	}, "")
}

// settle moves an entry out of the state in which the caller saw it, and writes a deposit's fate into the journal.
func (s *Store) settle(ctx context.Context, e Entry, to State, change func(*sql.Tx) (sql.Result, error), serverID string) error {
	crashAt("before-settle-" + string(to))
	// What the platform said must be kept even when the caller's time is up.
	ctx = context.WithoutCancel(ctx)
	err := s.insist(ctx, e.Class, func(tx *sql.Tx) error {
		r, err := change(tx)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return orLost(err, e.Key)
		}
		return nil
	})
	if err != nil {
		return err
	}
	crashAt("after-settle-" + string(to))
	if e.Class == Deposit {
		s.note(e.Key, to, serverID)
	}
	return nil
}

// insist is write for what must be kept although the disk is full: the ballast makes room for it.
func (s *Store) insist(ctx context.Context, c Class, f func(*sql.Tx) error) error {
	err := s.write(ctx, c, f)
	if asFull(err) == "" {
		return err
	}
	s.relieve(ctx)
	return s.write(ctx, c, f)
}

func orLost(err error, key string) error {
	if err != nil {
		return err
	}
	return &LostLeaseError{key}
}
