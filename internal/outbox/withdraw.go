package outbox

import (
	"context"
	"database/sql"
)

// Withdraw takes back an entry that was not to wait. It must be pending, which is proof that nothing of it was carried out; else the
// error is *StateError or *LostLeaseError.
func (s *Store) Withdraw(ctx context.Context, key string) error {
	e, err := s.Get(ctx, key)
	if err != nil {
		return err
	}
	if e.State != Pending {
		return &StateError{key, e.State, []State{Pending}}
	}
	err = s.insist(ctx, e.Class, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, "DELETE FROM entries WHERE key = ? AND state = 'pending'", key)
		return oneRow(r, err, key)
	})
	if err != nil {
		return err
	}
	if e.Class == Deposit {
		s.note(key, dropped, "")
		return nil
	}
	return s.removeBlob(ctx, e.Blob)
}
