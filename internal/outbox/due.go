package outbox

import (
	"context"
	"errors"
	"time"
)

// Due is when the next entry of a profile that waits to be sent may be; ok is false when none waits.
func (s *Store) Due(ctx context.Context, profile string) (at time.Time, ok bool, err error) {
	for _, db := range s.files() {
		var next *int64
		if err := db.QueryRowContext(ctx, "SELECT min(next_at) FROM entries WHERE state = 'pending' AND profile = ?", profile).Scan(&next); err != nil {
			return time.Time{}, false, err
		}
		if next != nil && (!ok || moment(*next).Before(at)) {
			at, ok = moment(*next), true
		}
	}
	return at, ok, nil
}

// Hurry makes everything of a profile due that waits for its time.
func (s *Store) Hurry(ctx context.Context, profile string) error {
	var failed error
	for _, db := range s.files() {
		_, err := db.ExecContext(ctx, "UPDATE entries SET next_at = 0 WHERE state = 'pending' AND profile = ? AND next_at > 0", profile)
		failed = errors.Join(failed, err)
	}
	return failed
}

// Unsettled gives the entries of a profile and kind whose fate is open and that were sent, the oldest first: leased, uncertain and
// held ones. There are never many: at most one of a fingerprint is under way.
func (s *Store) Unsettled(ctx context.Context, profile string) ([]Entry, error) {
	return queryEntries(ctx, s.money, "state IN ('leased', 'uncertain', 'held') AND profile = ? ORDER BY seq", profile)
}

// Claimed says which of the platform's numbers belong to an entry already, whichever of the addresses it was meant for.
func (s *Store) Claimed(ctx context.Context, targets []string, kind string, ids []string) (map[string]bool, error) {
	claimed := map[string]bool{}
	for _, target := range targets {
		for _, id := range ids {
			var n int
			err := s.money.QueryRowContext(ctx, "SELECT count(*) FROM entries WHERE target = ? AND kind = ? AND server_id = ? AND server_id <> ''", target, kind, id).Scan(&n)
			if err != nil {
				return nil, err
			}
			claimed[id] = claimed[id] || n > 0
		}
	}
	return claimed, nil
}
