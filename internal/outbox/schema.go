package outbox

import (
	"context"
	"database/sql"
	"fmt"
)

// application marks a file as ours ("rvmq"), format is the version of its tables.
const (
	application = 0x72766d71
	format      = 1
)

// schema is the same in both files. Counters are kept by triggers, so that a summary of a million entries reads a few rows; so are
// ready (the oldest open entry of its order) and waits (a detection whose picture is still to come), so that the next entry is
// found without looking at all those that it would have to pass over.
const schema = `
CREATE TABLE entries (
	seq INTEGER PRIMARY KEY AUTOINCREMENT,
	class TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL UNIQUE,
	profile TEXT NOT NULL, target TEXT NOT NULL, rvm INTEGER NOT NULL,
	order_key TEXT NOT NULL, capture TEXT NOT NULL, fingerprint TEXT NOT NULL, coalesce_key TEXT NOT NULL,
	payload BLOB NOT NULL, sum BLOB NOT NULL, blob TEXT NOT NULL, size INTEGER NOT NULL,
	created_wall INTEGER NOT NULL, created_boot TEXT NOT NULL, created_up INTEGER NOT NULL,
	state TEXT NOT NULL, ready INTEGER NOT NULL, waits INTEGER NOT NULL, once INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, next_at INTEGER NOT NULL DEFAULT 0,
	owner TEXT NOT NULL DEFAULT '', account TEXT NOT NULL DEFAULT '',
	began_wall INTEGER NOT NULL DEFAULT 0, began_boot TEXT NOT NULL DEFAULT '', began_up INTEGER NOT NULL DEFAULT 0,
	ended_wall INTEGER NOT NULL DEFAULT 0, ended_boot TEXT NOT NULL DEFAULT '', ended_up INTEGER NOT NULL DEFAULT 0,
	reason TEXT NOT NULL DEFAULT '', http_status INTEGER NOT NULL DEFAULT 0,
	server_id TEXT NOT NULL DEFAULT '', result BLOB, settled_at INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX entries_server ON entries(target, kind, server_id) WHERE server_id <> '';
CREATE INDEX entries_pending ON entries(class, ready, waits, seq) WHERE state = 'pending';
CREATE INDEX entries_held ON entries(state, seq) WHERE state IN ('leased', 'uncertain', 'held', 'dead');
CREATE INDEX entries_order ON entries(order_key, seq) WHERE order_key <> '' AND state IN ('pending', 'leased', 'uncertain');
CREATE INDEX entries_head ON entries(order_key) WHERE order_key <> '' AND ready = 1 AND state IN ('pending', 'leased', 'uncertain');
CREATE INDEX entries_fingerprint ON entries(fingerprint) WHERE fingerprint <> '' AND state IN ('leased', 'uncertain');
CREATE INDEX entries_capture ON entries(capture) WHERE capture <> '';
CREATE INDEX entries_coalesce ON entries(coalesce_key) WHERE coalesce_key <> '' AND state = 'pending';
CREATE INDEX entries_blob ON entries(blob) WHERE blob <> '';
CREATE INDEX entries_settled ON entries(settled_at) WHERE state IN ('done', 'dead');
CREATE TABLE counters (class TEXT NOT NULL, state TEXT NOT NULL, entries INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (class, state)) WITHOUT ROWID;
CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TRIGGER entries_added AFTER INSERT ON entries BEGIN
	INSERT INTO counters VALUES (NEW.class, NEW.state, 1, NEW.size)
		ON CONFLICT DO UPDATE SET entries = entries + 1, bytes = bytes + NEW.size;
END;
CREATE TRIGGER entries_moved AFTER UPDATE OF state ON entries WHEN OLD.state <> NEW.state BEGIN
	UPDATE counters SET entries = entries - 1, bytes = bytes - OLD.size WHERE class = OLD.class AND state = OLD.state;
	INSERT INTO counters VALUES (NEW.class, NEW.state, 1, NEW.size)
		ON CONFLICT DO UPDATE SET entries = entries + 1, bytes = bytes + NEW.size;
END;
CREATE TRIGGER entries_gone AFTER DELETE ON entries BEGIN
	UPDATE counters SET entries = entries - 1, bytes = bytes - OLD.size WHERE class = OLD.class AND state = OLD.state;
END;
CREATE TRIGGER order_added AFTER INSERT ON entries WHEN NEW.order_key <> '' AND NEW.ready = 1 BEGIN
	UPDATE entries SET ready = 0 WHERE seq = NEW.seq AND EXISTS (SELECT 1 FROM entries WHERE order_key = NEW.order_key AND order_key <> ''
		AND state IN ('pending', 'leased', 'uncertain') AND seq < NEW.seq);
END;
CREATE TRIGGER order_moved AFTER UPDATE OF state ON entries WHEN NEW.order_key <> ''
	AND (OLD.state IN ('pending', 'leased', 'uncertain')) <> (NEW.state IN ('pending', 'leased', 'uncertain')) BEGIN
	UPDATE entries SET ready = 0 WHERE order_key = NEW.order_key AND order_key <> '' AND ready = 1 AND state IN ('pending', 'leased', 'uncertain');
	UPDATE entries SET ready = 1 WHERE seq = (SELECT min(seq) FROM entries WHERE order_key = NEW.order_key AND order_key <> ''
		AND state IN ('pending', 'leased', 'uncertain'));
END;
CREATE TRIGGER order_gone AFTER DELETE ON entries WHEN OLD.order_key <> '' AND OLD.state IN ('pending', 'leased', 'uncertain') BEGIN
	UPDATE entries SET ready = 1 WHERE seq = (SELECT min(seq) FROM entries WHERE order_key = OLD.order_key AND order_key <> ''
		AND state IN ('pending', 'leased', 'uncertain'));
END;
CREATE TRIGGER detection_added AFTER INSERT ON entries WHEN NEW.class = 'detection' AND NEW.capture <> '' BEGIN
	UPDATE entries SET waits = 1 WHERE seq = NEW.seq AND EXISTS (SELECT 1 FROM entries WHERE capture = NEW.capture AND capture <> ''
		AND class = 'picture' AND state IN ('pending', 'leased', 'uncertain'));
END;
CREATE TRIGGER picture_added AFTER INSERT ON entries WHEN NEW.class = 'picture' AND NEW.capture <> '' BEGIN
	UPDATE entries SET waits = 1 WHERE capture = NEW.capture AND capture <> '' AND class = 'detection';
END;
CREATE TRIGGER picture_moved AFTER UPDATE OF state ON entries WHEN NEW.class = 'picture' AND NEW.capture <> ''
	AND (OLD.state IN ('pending', 'leased', 'uncertain')) <> (NEW.state IN ('pending', 'leased', 'uncertain')) BEGIN
	UPDATE entries SET waits = EXISTS (SELECT 1 FROM entries AS p WHERE p.capture = NEW.capture AND p.capture <> '' AND p.class = 'picture'
		AND p.state IN ('pending', 'leased', 'uncertain')) WHERE capture = NEW.capture AND capture <> '' AND class = 'detection';
END;
CREATE TRIGGER picture_gone AFTER DELETE ON entries WHEN OLD.class = 'picture' AND OLD.capture <> '' BEGIN
	UPDATE entries SET waits = EXISTS (SELECT 1 FROM entries AS p WHERE p.capture = OLD.capture AND p.capture <> '' AND p.class = 'picture'
		AND p.state IN ('pending', 'leased', 'uncertain')) WHERE capture = OLD.capture AND capture <> '' AND class = 'detection';
END;
`

// migrate makes the tables in a new file and refuses a file of another kind or of a later version.
func migrate(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	var id, version, tables int
	for query, into := range map[string]*int{"PRAGMA application_id": &id, "PRAGMA user_version": &version, "SELECT count(*) FROM sqlite_schema": &tables} {
		if err := tx.QueryRowContext(ctx, query).Scan(into); err != nil {
			return err
		}
	}
	switch {
	case tables == 0 && version == 0:
		if _, err := tx.ExecContext(ctx, schema+fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d;", application, format)); err != nil {
			return err
		}
		return tx.Commit()
	case id != application || version != format:
		return &ForeignFileError{Version: version}
	}
	return nil
}
