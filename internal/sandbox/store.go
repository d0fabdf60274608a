package sandbox

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"

	_ "modernc.org/sqlite" // the database driver "sqlite"
)

// OpenError says that the sandbox's database could not be opened or filled.
type OpenError struct {
	// DB is the file asked for; empty for a database in memory.
	DB  string
	Err error
}

// Error names the database and the cause.
func (e *OpenError) Error() string {
	if e.DB == "" {
		return fmt.Sprintf("sandbox database in memory: %v", e.Err)
	}
	return fmt.Sprintf("sandbox database %s: %v", e.DB, e.Err)
}

// Unwrap returns the cause.
func (e *OpenError) Unwrap() error { return e.Err }

// ForeignDatabaseError says that a file is a database, but not one this sandbox made.
type ForeignDatabaseError struct {
	DB string
	// Found and Want are schema versions; Found is 0 when the file was never a sandbox's.
	Found, Want int
}

// Error names the file and both versions.
func (e *ForeignDatabaseError) Error() string {
	if e.Found == 0 {
		return fmt.Sprintf("%s is not a sandbox database", e.DB)
	}
	return fmt.Sprintf("%s has sandbox schema %d, this build has %d", e.DB, e.Found, e.Want)
}

// store is the one writer connection. A single connection makes every request's transaction exclusive, and keeps an
// in-memory database from being opened twice as two empty ones.
type store struct{ db *sql.DB }

func openStore(file string) (*store, error) {
	db, err := sql.Open("sqlite", dsn(file))
	if err != nil {
		return nil, &OpenError{DB: file, Err: err}
	}
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	db.SetConnMaxLifetime(0)
	st := &store{db: db}
	if err := st.migrate(file); err != nil {
		_ = db.Close()
		return nil, err
	}
	return st, nil
}

func dsn(file string) string {
	const shared = "_txlock=immediate&_pragma=foreign_keys(1)"
	if file == "" {
		return "file::memory:?" + shared
	}
	name := (&url.URL{Path: filepath.ToSlash(file)}).EscapedPath()
	return "file:" + name + "?" + shared +
		"&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)"
}

func (st *store) migrate(file string) error {
	var version, tables int
	if err := st.db.QueryRowContext(context.Background(), "PRAGMA user_version").Scan(&version); err != nil {
		return &OpenError{DB: file, Err: err}
	}
	if err := st.db.QueryRowContext(context.Background(), "SELECT count(*) FROM sqlite_master WHERE type = 'table'").Scan(&tables); err != nil {
		return &OpenError{DB: file, Err: err}
	}
	if tables > 0 {
		return st.recognise(file, version)
	}
	return st.build(file, schema+schemaTwo)
}

func (st *store) build(file, layout string) error {
	err := st.update(context.Background(), func(tx *sql.Tx) error {
		_, err := tx.Exec(layout)
		return err
	})
	if err != nil {
		return &OpenError{DB: file, Err: err}
	}
	return nil
}

func (st *store) recognise(file string, version int) error {
	var id int
	if err := st.db.QueryRowContext(context.Background(), "PRAGMA application_id").Scan(&id); err != nil {
		return &OpenError{DB: file, Err: err}
	}
	if id != applicationID {
		return &ForeignDatabaseError{DB: file, Want: schemaVersion}
	}
	if version == 1 {
		return st.build(file, schemaTwo)
	}
	if version != schemaVersion {
		return &ForeignDatabaseError{DB: file, Found: version, Want: schemaVersion}
	}
	return nil
}

// begin starts an exclusive transaction. The context is cut loose from cancellation: a driver that is interrupted gives
// up its connection, and with it a whole database in memory.
func (st *store) begin(ctx context.Context) (*sql.Tx, error) {
	return st.db.BeginTx(context.WithoutCancel(ctx), nil)
}

// update runs fn in one exclusive transaction.
func (st *store) update(ctx context.Context, fn func(*sql.Tx) error) error {
	tx, err := st.begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func (st *store) close() error { return st.db.Close() }

// rows scans every row of a query with scan.
func rows[T any](tx *sql.Tx, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	found, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = found.Close() }()
	all := []T{}
	for found.Next() {
		one, err := scan(found)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, found.Err()
}

// scanner is what *sql.Row and *sql.Rows have in common.
type scanner interface{ Scan(dest ...any) error }

// count runs a query that yields one whole number.
func count(tx *sql.Tx, query string, args ...any) (int, error) {
	var n int
	err := tx.QueryRow(query, args...).Scan(&n)
	return n, err
}
