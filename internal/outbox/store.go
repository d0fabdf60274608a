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
	"sync"
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
	// MaxPictureBytes is the room for pictures in the spool; 0 means 2 GiB.
	MaxPictureBytes int64
	// Floor is the free space below which nothing more is taken in; 0 means 32 MiB, less than 0 none.
	Floor int64
	// Ballast is how much is set aside for the day when the disk is full, so that what was sent can still be settled; 0 means
	// 16 MiB, less than 0 none.
	Ballast int64
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
	mu     sync.Mutex // guards owner, alive and the statements
	owner  string
	alive  *flock.Flock
	ledger *journal
	// moneyAt and otherAt are the files as they were opened.
	moneyAt, otherAt os.FileInfo
	restored         []Salvage
	// putMoney and putOther are the statements of putRow, once they were needed.
	putMoney, putOther *sql.Stmt
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
	s := &Store{dir: dir, opts: o.filled(), ledger: newJournal(dir)}
	s.markGone()
	err := s.openBoth(ctx)
	if err == nil {
		err = s.settleIn(ctx)
	}
	if isDamage(err) {
		// What the look at the file did not find, the first use of it did.
		_ = s.mark(err)
		_ = s.closeFiles()
		if err = s.openBoth(ctx); err == nil {
			err = s.settleIn(ctx)
		}
	}
	if err != nil {
		_ = s.Close()
		return nil, asOpenError(dir, err)
	}
	return s, nil
}

func asOpenError(path string, err error) error {
	var open *OpenError
	if errors.As(err, &open) {
		return err
	}
	return &OpenError{Path: path, Err: err}
}

func (o Options) filled() Options {
	for into, value := range map[*int64]int64{&o.MaxBytes: 2 << 30, &o.MaxDepositBytes: 2 << 30, &o.MaxPictureBytes: 2 << 30, &o.Floor: 32 << 20, &o.Ballast: 16 << 20} {
		if *into == 0 {
			*into = value
		}
	}
	if o.Keep == 0 {
		o.Keep = 30 * 24 * time.Hour
	}
	return o
}

func (s *Store) openBoth(ctx context.Context) (err error) {
	if s.money, s.moneyAt, err = s.openFile(ctx, moneyFile, "FULL", s.opts.MaxDepositBytes); err != nil {
		return err
	}
	s.other, s.otherAt, err = s.openFile(ctx, otherFile, "NORMAL", s.opts.MaxBytes)
	return err
}

// settleIn brings the outbox from where the last process left it into order.
func (s *Store) settleIn(ctx context.Context) error {
	if err := s.report(ctx); err != nil {
		return err
	}
	if err := s.compare(ctx); err != nil {
		return err
	}
	return s.Recover(ctx)
}

// Close gives up what the process holds and closes the files.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.alive != nil {
		_ = os.Remove(s.alive.Path())
		_ = s.alive.Unlock()
		s.alive, s.owner = nil, ""
	}
	return s.closeFiles()
}

func (s *Store) closeFiles() error {
	var all []error
	for _, put := range []*sql.Stmt{s.putMoney, s.putOther} {
		if put != nil {
			_ = put.Close()
		}
	}
	s.putMoney, s.putOther = nil, nil
	for _, db := range s.files() {
		if db != nil {
			all = append(all, db.Close())
		}
	}
	s.money, s.other = nil, nil
	return errors.Join(all...)
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

func (s *Store) openFile(ctx context.Context, name, mode string, most int64) (*sql.DB, os.FileInfo, error) {
	path := filepath.Join(s.dir, name)
	if err := createFile(path); err != nil {
		return nil, nil, &OpenError{Path: path, Err: err}
	}
	db, err := s.tryFile(ctx, path, mode, most)
	if err == nil {
		if due, deep := s.checkDue(ctx, path, db); due {
			err = s.checkFile(ctx, db, deep)
		}
	}
	if isDamage(err) {
		_ = s.mark(err)
		if db != nil {
			_ = db.Close()
		}
		db, err = s.mend(ctx, name, mode, most, err)
	}
	if err != nil {
		if db != nil {
			_ = db.Close()
		}
		return nil, nil, &OpenError{Path: path, Err: err}
	}
	at, err := os.Stat(path)
	if err != nil {
		_ = db.Close()
		return nil, nil, &OpenError{Path: path, Err: err}
	}
	return db, at, nil
}

// createFile makes a file that is missing. SQLite would make it with the umask's rights.
func createFile(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), syncFolder(filepath.Dir(path)))
}

func (s *Store) tryFile(ctx context.Context, path, mode string, most int64) (*sql.DB, error) {
	// SQLite takes a file without a whole header for a new one.
	if info, err := os.Stat(path); err == nil && info.Size() > 0 && info.Size() < 512 {
		return nil, &DamageError{"it is cut off"}
	}
	db, err := sql.Open("sqlite", dsn(path, mode, most))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	db.SetConnMaxLifetime(0)
	if err := migrate(ctx, db); err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

// InPlace is *MovedError when another process has put a file aside, since it was damaged, while this one had it open: what others
// put in since then is not seen here.
func (s *Store) InPlace() error {
	if err := s.inPlace(Deposit); err != nil {
		return err
	}
	return s.inPlace(Detection)
}

// inPlace sees that the file that this process writes into is still the one that others open.
func (s *Store) inPlace(c Class) error {
	path, at := filepath.Join(s.dir, otherFile), s.otherAt
	if c == Deposit {
		path, at = filepath.Join(s.dir, moneyFile), s.moneyAt
	}
	now, err := os.Stat(path)
	if err != nil || !os.SameFile(at, now) {
		return &MovedError{path}
	}
	return nil
}

// pageSize is SQLite's own.
const pageSize = 4096

// dsn is made of constants and the escaped path. Transactions take the write lock at once: one that reads first and then writes
// would fail when another process commits in between, and no time-out helps against that.
func dsn(path, mode string, most int64) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + fmt.Sprintf("?_txlock=immediate&_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)"+
		"&_pragma=synchronous(%s)&_pragma=foreign_keys(1)&_pragma=journal_size_limit(16777216)&_pragma=max_page_count(%d)", mode, most/pageSize)
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
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.owner != "" {
		return s.owner, nil
	}
	dir := filepath.Join(s.dir, ownersDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	for range 10 {
		name := fmt.Sprintf("%d-%s", os.Getpid(), uuid.NewString())
		path := filepath.Join(dir, name)
		lock := flock.New(path, flock.SetPermissions(0o600))
		ok, err := lock.TryLock()
		if err != nil {
			return "", fmt.Errorf("cannot mark this process as alive: %w", err)
		}
		// Another process may have looked at the file before it was locked, and taken it for that of a dead one.
		if _, err := os.Stat(path); ok && err == nil {
			s.owner, s.alive = name, lock
			return name, nil
		}
		_ = lock.Unlock()
	}
	return "", errors.New("cannot mark this process as alive: other processes are in the way")
}

// lives says whether the process of that name still runs.
func (s *Store) lives(owner string) bool {
	s.mu.Lock()
	own := s.owner
	s.mu.Unlock()
	if owner == own {
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

// unclean says that a process died that was sending.
func (s *Store) unclean() bool {
	names, err := os.ReadDir(filepath.Join(s.dir, ownersDir))
	if err != nil {
		return false
	}
	for _, f := range names {
		if !s.lives(f.Name()) {
			return true
		}
	}
	return false
}
