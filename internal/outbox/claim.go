package outbox

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"
)

// Want says what a process may send.
type Want struct {
	// Profile is in whose name it sends; Targets are the addresses of the platform that it can reach.
	Profile string
	Targets []string
	// Classes restricts what is claimed; none means all, in their order.
	Classes []Class
	// Key asks for this one entry, Order for entries of this order only; both may be empty.
	Key, Order string
	// Now claims also what should wait for its time.
	Now bool
	// Account is the identity that the sending will have, recorded before it.
	Account string
}

// longestWait bounds every wait of an entry. One that is further away was written by a clock that has been put right since.
const longestWait = 20 * time.Minute

// Claim takes the next entry that may be sent and marks it as being sent by this process; ok is false when there is none. Of one
// order only the oldest open entry is given out, of one fingerprint only one at a time, and a detection not before the picture
// of its capture. What was claimed must be settled: Deliver, Later, Refuse, Doubt or Hold. When the process dies instead, the
// next one finds a deposit uncertain and everything else pending.
func (s *Store) Claim(ctx context.Context, w Want) (e Entry, ok bool, err error) {
	owner, err := s.become()
	if err != nil {
		return Entry{}, false, err
	}
	classes := w.Classes
	if len(classes) == 0 {
		classes = Classes()
	}
	for _, c := range Classes() {
		if !slices.Contains(classes, c) {
			continue
		}
		err = s.write(ctx, c, func(tx *sql.Tx) error {
			e, ok, err = s.claim(ctx, tx, c, w, owner)
			return err
		})
		if err != nil {
			return Entry{}, false, err
		}
		if ok {
			crashAt("after-claim")
			return e, true, nil
		}
	}
	return Entry{}, false, nil
}

func (s *Store) claim(ctx context.Context, tx *sql.Tx, c Class, w Want, owner string) (Entry, bool, error) {
	now := s.Now()
	where, args := w.filter(c, now)
	row := tx.QueryRowContext(ctx, `SELECT key FROM entries AS e WHERE `+where+`
		AND (e.fingerprint = '' OR NOT EXISTS (SELECT 1 FROM entries AS f WHERE f.fingerprint = e.fingerprint AND f.fingerprint <> ''
			AND f.state IN ('leased', 'uncertain')))
		ORDER BY e.seq LIMIT 1`, args...)
	var key string
	if err := row.Scan(&key); errors.Is(err, sql.ErrNoRows) {
		return Entry{}, false, nil
	} else if err != nil {
		return Entry{}, false, err
	}
	_, err := tx.ExecContext(ctx, `UPDATE entries SET state = 'leased', owner = ?, account = ?, attempts = attempts + 1,
		began_wall = ?, began_boot = ?, began_up = ?, ended_wall = 0, ended_boot = '', ended_up = 0 WHERE key = ?`,
		owner, w.Account, now.Wall.UnixNano(), now.Boot, int64(now.Up), key)
	if err != nil {
		return Entry{}, false, err
	}
	e, err := getEntry(ctx, tx, key)
	if err == nil && c == Deposit {
		// Without the line, a rebuilt outbox takes it for uncertain as well.
		_ = s.ledger.note(s.Now(), e.Key, Leased, "")
	}
	return e, err == nil, err
}

// filter is what an entry of the class must be to be wanted.
func (w Want) filter(c Class, now Moment) (string, []any) {
	where := []string{"e.state = 'pending'", "e.class = ?", "e.ready = 1", "e.waits = 0", "e.profile = ?"}
	args := []any{c, w.Profile}
	if len(w.Targets) > 0 {
		where = append(where, "e.target IN (?"+strings.Repeat(", ?", len(w.Targets)-1)+")")
		for _, t := range w.Targets {
			args = append(args, t)
		}
	}
	if !w.Now {
		where = append(where, "(e.next_at <= ? OR e.next_at > ?)")
		args = append(args, now.Wall.UnixNano(), now.Wall.Add(longestWait).UnixNano())
	}
	if w.Key != "" {
		where, args = append(where, "e.key = ?"), append(args, w.Key)
	}
	if w.Order != "" {
		where, args = append(where, "e.order_key = ?"), append(args, w.Order)
	}
	return strings.Join(where, " AND "), args
}

// Recover takes from processes that died what they held. It is called by Open and may be called at any time.
func (s *Store) Recover(ctx context.Context) error {
	for _, db := range s.files() {
		if err := s.recoverFile(ctx, db); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) recoverFile(ctx context.Context, db *sql.DB) error {
	leased, err := queryEntries(ctx, db, "state = 'leased' ORDER BY seq")
	if err != nil {
		return err
	}
	alive := map[string]bool{}
	for _, e := range leased {
		lives, known := alive[e.Owner]
		if !known {
			lives = s.lives(e.Owner)
			alive[e.Owner] = lives
		}
		if lives {
			continue
		}
		if err := s.inherit(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// inherit settles what a dead process had claimed. It may have died after the platform took a deposit.
func (s *Store) inherit(ctx context.Context, e Entry) error {
	now, state := s.Now(), Pending
	if e.Class == Deposit {
		state = Uncertain
	}
	crashAt("before-inherit")
	err := s.insist(ctx, e.Class, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE entries SET state = ?, owner = '', reason = 'the process that sent it ended before it knew the answer',
			ended_wall = ?, ended_boot = ?, ended_up = ?, next_at = 0 WHERE key = ? AND state = 'leased' AND owner = ?`,
			state, now.Wall.UnixNano(), now.Boot, int64(now.Up), e.Key, e.Owner)
		return err
	})
	if err == nil && e.Class == Deposit {
		s.note(e.Key, state, "")
	}
	return err
}
