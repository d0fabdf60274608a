package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

const columns = `seq, class, kind, key, profile, target, rvm, order_key, capture, fingerprint, payload, sum, blob, size,
	created_wall, created_boot, created_up, state, once, attempts, next_at, owner, account,
	began_wall, began_boot, began_up, ended_wall, ended_boot, ended_up, reason, http_status, server_id, result, settled_at`

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// queryEntries reads entries; where is made of constants and question marks.
func queryEntries(ctx context.Context, db querier, where string, args ...any) ([]Entry, error) {
	rows, err := db.QueryContext(ctx, "SELECT "+columns+" FROM entries AS e WHERE "+where, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []Entry
	for rows.Next() {
		e, err := scanEntry(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, rows.Err()
}

func scanEntry(rows *sql.Rows) (Entry, error) {
	var e Entry
	var created, began, ended, next, settled int64
	var sum []byte
	err := rows.Scan(&e.Seq, &e.Class, &e.Kind, &e.Key, &e.Profile, &e.Target, &e.RVM, &e.Order, &e.Capture, &e.Fingerprint, &e.Payload, &sum, &e.Blob, &e.Size,
		&created, &e.Created.Boot, &e.Created.Up, &e.State, &e.Once, &e.Attempts, &next, &e.Owner, &e.Account,
		&began, &e.Began.Boot, &e.Began.Up, &ended, &e.Ended.Boot, &e.Ended.Up, &e.Reason, &e.HTTPStatus, &e.ServerID, &e.Result, &settled)
	e.Created.Wall, e.Began.Wall, e.Ended.Wall = moment(created), moment(began), moment(ended)
	e.NextAt, e.Settled = moment(next), moment(settled)
	if err == nil && !e.sound(sum) {
		err = &DamageError{fmt.Sprintf("entry %d is not what was put in", e.Seq)}
	}
	return e, err
}

func moment(nanos int64) time.Time {
	if nanos == 0 {
		return time.Time{}
	}
	return time.Unix(0, nanos).UTC()
}

func getEntry(ctx context.Context, db querier, key string) (Entry, error) {
	all, err := queryEntries(ctx, db, "key = ?", key)
	if err != nil || len(all) == 0 {
		return Entry{}, errors.Join(err, orMissing(len(all), key))
	}
	return all[0], nil
}

func orMissing(n int, key string) error {
	if n > 0 {
		return nil
	}
	return &NotFoundError{key}
}

// Get gives the entry of a key, or *NotFoundError.
func (s *Store) Get(ctx context.Context, key string) (Entry, error) {
	for _, db := range s.files() {
		e, err := getEntry(ctx, db, key)
		var missing *NotFoundError
		if err == nil || !errors.As(err, &missing) {
			return e, s.mark(err)
		}
	}
	return Entry{}, &NotFoundError{key}
}

// Query selects entries; zero fields do not restrict.
type Query struct {
	Class   Class
	State   State
	Profile string
	Capture string
	Kind    string
	// Limit is the most that is given, the oldest first; 0 means 1000.
	Limit int
}

// List gives entries in order of their classes and then of age.
func (s *Store) List(ctx context.Context, q Query) ([]Entry, error) {
	if q.Limit <= 0 {
		q.Limit = 1000
	}
	where, args := "1 = 1", []any{}
	for _, part := range []struct{ column, value string }{
		{"class", string(q.Class)}, {"state", string(q.State)}, {"profile", q.Profile}, {"capture", q.Capture}, {"kind", q.Kind},
	} {
		if part.value != "" {
			where += " AND " + part.column + " = ?"
			args = append(args, part.value)
		}
	}
	var all []Entry
	for _, db := range s.files() {
		some, err := queryEntries(ctx, db, where+" ORDER BY seq LIMIT ?", append(args, q.Limit-len(all))...)
		if err != nil {
			return nil, s.mark(err)
		}
		all = append(all, some...)
	}
	return all, nil
}

// Count is how many entries of a class are in a state, and how many bytes they take.
type Count struct {
	Class   Class
	State   State
	Entries int64
	Bytes   int64
}

// Counts sums up the outbox without reading its entries.
func (s *Store) Counts(ctx context.Context) ([]Count, error) {
	var all []Count
	for _, db := range s.files() {
		rows, err := db.QueryContext(ctx, "SELECT class, state, entries, bytes FROM counters WHERE entries > 0 ORDER BY class, state")
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var c Count
			if err := rows.Scan(&c.Class, &c.State, &c.Entries, &c.Bytes); err != nil {
				_ = rows.Close()
				return nil, err
			}
			all = append(all, c)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// nanos is what moment reads.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}
