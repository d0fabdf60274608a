// Package outbox keeps what must reach the platform until it has: durably before anything is sent, in order, once. Many short
// processes and a daemon use it at the same time. It refuses to know HTTP, the platform and what an entry means: package
// delivery sends, and tells it what came of that.
package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/uuid"
	_ "modernc.org/sqlite" // the database driver "sqlite"
)

// Options is what Open needs besides the folder.
type Options struct {
	// Clock is the machine's own when it is the zero value.
	Clock Clock
	// MaxBytes is the room for everything but deposits; 0 means 2 GiB.
	MaxBytes int64
	// MaxDepositBytes is the room for deposits; 0 means 2 GiB.
	MaxDepositBytes int64
	// Keep is how long settled entries stay; 0 means 30 days.
	Keep time.Duration
	// Warn is told what a person should know and need not act upon at once; nil drops it.
	Warn func(text string)
}

// Store is one process's access to the outbox. It is safe for concurrent use.
type Store struct {
	dir    string
	opts   Options
	money  *sql.DB
	other  *sql.DB
	owner  string
	alive  *flock.Flock
	ledger *journal
}

const (
	moneyFile = "deposits.db"
	otherFile = "telemetry.db"
	ownersDir = "owners"
)

// Open opens the outbox in a folder and makes it if need be. It sweeps up after processes that died. Errors are *OpenError.
func Open(ctx context.Context, dir string, o Options) (*Store, error) {
	if err := prepareFolder(dir); err != nil {
		return nil, &OpenError{Path: dir, Err: err}
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 2 << 30
	}
	if o.MaxDepositBytes == 0 {
		o.MaxDepositBytes = 2 << 30
	}
	if o.Keep == 0 {
		o.Keep = 30 * 24 * time.Hour
	}
	s := &Store{dir: dir, opts: o, ledger: newJournal(dir)}
	var err error
	if s.money, err = s.openFile(ctx, moneyFile, "FULL", o.MaxDepositBytes); err != nil {
		return nil, err
	}
	if s.other, err = s.openFile(ctx, otherFile, "NORMAL", o.MaxBytes); err != nil {
		_ = s.money.Close()
		return nil, err
	}
	if err := s.Recover(ctx); err != nil {
		_ = s.Close()
		return nil, &OpenError{Path: dir, Err: err}
	}
	return s, nil
}

// Close gives up what the process holds and closes the files.
func (s *Store) Close() error {
	if s.alive != nil {
		_ = s.alive.Unlock()
		_ = os.Remove(s.alive.Path())
	}
	return errors.Join(s.money.Close(), s.other.Close())
}

// Dir is the folder of the outbox.
func (s *Store) Dir() string { return s.dir }

// Now is the outbox's clock.
func (s *Store) Now() Moment { return s.opts.Clock.now() }

func (s *Store) warn(format string, args ...any) {
	if s.opts.Warn != nil {
		s.opts.Warn(fmt.Sprintf(format, args...))
	}
}

func prepareFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return refuseNetworkDisk(dir)
}

func (s *Store) openFile(ctx context.Context, name, sync string, most int64) (*sql.DB, error) {
	path := filepath.Join(s.dir, name)
	// SQLite would make the file with the umask's rights.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		err = f.Close()
	} else if errors.Is(err, os.ErrExist) {
		err = nil
	}
	if err != nil {
		return nil, &OpenError{Path: path, Err: err}
	}
	db, err := sql.Open("sqlite", dsn(path, sync, most))
	if err != nil {
		return nil, &OpenError{Path: path, Err: err}
	}
	db.SetMaxOpenConns(1)
	db.SetConnMaxLifetime(0)
	if err := migrate(ctx, db); err != nil {
		_ = db.Close()
		return nil, &OpenError{Path: path, Err: err}
	}
	return db, nil
}

// pageSize is SQLite's own.
const pageSize = 4096

// dsn is made of constants and the escaped path. Transactions take the write lock at once: one that reads first and then writes
// would fail when another process commits in between, and no time-out helps against that.
func dsn(path, sync string, most int64) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + fmt.Sprintf("?_txlock=immediate&_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)"+
		"&_pragma=synchronous(%s)&_pragma=foreign_keys(1)&_pragma=journal_size_limit(16777216)&_pragma=max_page_count(%d)", sync, most/pageSize)
}

// file is the database of a class.
func (s *Store) file(c Class) *sql.DB {
	if c == Deposit {
		return s.money
	}
	return s.other
}

func (s *Store) files() []*sql.DB { return []*sql.DB{s.money, s.other} }

// become takes a name for this process and holds it as long as the process lives: the system drops the lock when it dies, and
// whatever it held is known to be nobody's. Time plays no part in that, so neither a clock that is set nor a process that slept
// can make two send the same entry.
func (s *Store) become() (string, error) {
	if s.owner != "" {
		return s.owner, nil
	}
	dir := filepath.Join(s.dir, ownersDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	name := fmt.Sprintf("%d-%s", os.Getpid(), uuid.NewString())
	lock := flock.New(filepath.Join(dir, name), flock.SetPermissions(0o600))
	ok, err := lock.TryLock()
	if err != nil || !ok {
		return "", errors.Join(errors.New("cannot mark this process as alive"), err)
	}
	s.owner, s.alive = name, lock
	return name, nil
}

// lives says whether the process of that name still runs.
func (s *Store) lives(owner string) bool {
	if owner == s.owner {
		return true
	}
	path := filepath.Join(s.dir, ownersDir, filepath.Base(owner))
	if _, err := os.Stat(path); err != nil {
		return false
	}
	lock := flock.New(path)
	ok, err := lock.TryLock()
	if err != nil || !ok {
		return true
	}
	_ = os.Remove(path)
	_ = lock.Unlock()
	return false
}
