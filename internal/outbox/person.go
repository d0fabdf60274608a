package outbox

import (
	"context"
	"database/sql"
	"slices"
)

// What a person may do to an entry. Each is refused with *StateError when the entry is not in a state for it, which it may have
// left a moment ago.

// Retry makes an entry that is dead or waits for its time wait to be sent at once. A deposit that is uncertain or held must be
// resolved first: sending it again could pay twice.
func (s *Store) Retry(ctx context.Context, key string) (Entry, error) {
	e, err := s.Get(ctx, key)
	if err != nil {
		return Entry{}, err
	}
	want := []State{Dead, Pending}
	if e.Class != Deposit {
		want = append(want, Held, Uncertain)
	}
	return s.order(ctx, key, Pending, "", want, `state = 'pending', owner = '', next_at = 0, settled_at = 0`)
}

// Resolve takes a person's word for what became of an uncertain or held entry: it was carried out, under serverID if that is
// known, or it was not and may be sent.
func (s *Store) Resolve(ctx context.Context, key string, asSent bool, serverID string) (Entry, error) {
	want := []State{Uncertain, Held}
	if !asSent {
		return s.order(ctx, key, Pending, "", want, `state = 'pending', owner = '', next_at = 0, reason = 'a person said that it was not carried out'`)
	}
	return s.order(ctx, key, Done, serverID, want, `state = 'done', owner = '', next_at = 0, reason = 'a person said that it was carried out',
		server_id = ?, settled_at = ?`, serverID, nanos(s.Now().Wall))
}

// Drop removes an entry for good. A deposit that is still open needs force. What is being sent cannot be dropped.
func (s *Store) Drop(ctx context.Context, key string, force bool) (Entry, error) {
	e, err := s.Get(ctx, key)
	if err != nil {
		return Entry{}, err
	}
	want := []State{Pending, Uncertain, Held, Done, Dead}
	if e.Class == Deposit && !force {
		want = []State{Done, Dead}
	}
	if !slices.Contains(want, e.State) {
		return e, &StateError{key, e.State, want}
	}
	err = s.insist(ctx, e.Class, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, "DELETE FROM entries WHERE key = ? AND state = ?", key, e.State)
		return oneRow(r, err, key)
	})
	if err != nil {
		return e, err
	}
	if e.Class == Deposit {
		s.note(key, dropped, "")
		return e, nil
	}
	return e, s.removeBlob(ctx, e.Blob)
}

// Retarget takes a person's word that another address is that of the platform for which an entry was put in.
func (s *Store) Retarget(ctx context.Context, key, target string) (Entry, error) {
	e, err := s.Get(ctx, key)
	if err != nil {
		return Entry{}, err
	}
	n := e.origin()
	n.Target = target
	if err := n.check(); err != nil {
		return e, err
	}
	return s.order(ctx, key, retargeted, target, []State{Pending, Uncertain, Held, Dead}, "target = ?, sum = ?", target, n.sum())
}

// order changes one entry that is in one of the wanted states; set is made of constants and question marks.
func (s *Store) order(ctx context.Context, key string, to State, value string, want []State, set string, args ...any) (Entry, error) {
	e, err := s.Get(ctx, key)
	if err != nil {
		return Entry{}, err
	}
	if !slices.Contains(want, e.State) {
		return e, &StateError{key, e.State, want}
	}
	var after Entry
	err = s.insist(ctx, e.Class, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, "UPDATE entries SET "+set+" WHERE key = ? AND state = ?", append(slices.Clone(args), key, e.State)...)
		if err := oneRow(r, err, key); err != nil {
			return err
		}
		after, err = getEntry(ctx, tx, key)
		return err
	})
	if isUnique(err) {
		return e, &TakenError{key, value}
	}
	if err != nil {
		return e, err
	}
	if e.Class == Deposit {
		s.note(key, to, value)
	}
	return after, nil
}

// oneRow says that an entry was changed by another process in the meantime when no row was.
func oneRow(r sql.Result, err error, key string) error {
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return orLost(err, key)
	}
	return nil
}
