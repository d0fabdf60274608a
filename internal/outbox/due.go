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

// Unsettled gives the deposits of all profiles whose fate is open and that were sent, the oldest first: leased, uncertain and held
// ones. There are never many: at most one of a fingerprint is under way.
func (s *Store) Unsettled(ctx context.Context) ([]Entry, error) {
	return queryEntries(ctx, s.money, "state IN ('leased', 'uncertain', 'held') ORDER BY seq")
}

// Unnumbered gives the deposits of a fingerprint that the platform has under a number that no entry could be given.
func (s *Store) Unnumbered(ctx context.Context, fingerprint string) ([]Entry, error) {
	return queryEntries(ctx, s.money, "state = 'done' AND server_id = '' AND fingerprint = ? ORDER BY seq", fingerprint)
}

// Claimants gives the entries that have one of the platform's numbers already, whichever of the addresses they were meant for.
func (s *Store) Claimants(ctx context.Context, targets []string, kind string, ids []string) (all []Entry, err error) {
	for _, target := range targets {
		for _, id := range ids {
			some, err := queryEntries(ctx, s.money, "target = ? AND kind = ? AND server_id = ? AND server_id <> ''", target, kind, id)
			if err != nil {
				return nil, err
			}
			all = append(all, some...)
		}
	}
	return all, nil
}
