package outbox

import (
	"context"
	"crypto/sha256"
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
	err = s.write(ctx, n.Class, func(tx *sql.Tx) error {
		e, added, err = s.insert(ctx, tx, n)
		return err
	})
	if full := asFull(err); full != "" {
		err = &FullError{Class: n.Class, Why: full, Err: err}
	}
	if err != nil {
		return Entry{}, false, err
	}
	crashAt("after-enqueue")
	return e, added, nil
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
	return inTx(ctx, s.file(c), f)
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

func (s *Store) insert(ctx context.Context, tx *sql.Tx, n New) (Entry, bool, error) {
	if n.Coalesce != "" {
		if _, err := tx.ExecContext(ctx, "DELETE FROM entries WHERE coalesce_key = ? AND state = 'pending' AND key <> ?", n.Coalesce, n.Key); err != nil {
			return Entry{}, false, err
		}
	}
	now, sum := s.Now(), sha256.Sum256(n.Payload)
	payload := n.Payload
	if payload == nil {
		payload = []byte{}
	}
	result, err := tx.ExecContext(ctx, `INSERT INTO entries (class, kind, key, profile, target, rvm, order_key, capture, fingerprint, coalesce_key,
		payload, payload_sha256, blob, size, created_wall, created_boot, created_up, state, once)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?) ON CONFLICT (key) DO NOTHING`,
		n.Class, n.Kind, n.Key, n.Profile, n.Target, n.RVM, n.Order, n.Capture, n.Fingerprint, n.Coalesce,
		payload, sum[:], n.Blob, int64(len(n.Payload))+n.BlobSize, now.Wall.UnixNano(), now.Boot, int64(now.Up), n.Once)
	if err != nil {
		return Entry{}, false, err
	}
	rows, err := result.RowsAffected()
	if err != nil {
		return Entry{}, false, err
	}
	e, err := getEntry(ctx, tx, n.Key)
	if err != nil {
		return Entry{}, false, err
	}
	if rows == 0 {
		if string(e.Payload) != string(n.Payload) || e.Kind != n.Kind || e.Target != n.Target || e.Blob != n.Blob {
			return Entry{}, false, &ConflictError{n.Key}
		}
		return e, false, nil
	}
	if n.Class == Deposit {
		return e, true, s.ledger.added(e)
	}
	return e, true, nil
}
