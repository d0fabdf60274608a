package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"
)

// The codes by which SQLite says that a file is not what it wrote, and that a value is there already.
const (
	codeCorrupt  = 11
	codeNotADB   = 26
	codeConflict = 19
	codeUnique   = 2067
)

// damagedFile is there when an operation met damage; the next Open looks at everything then.
const damagedFile = "damaged"

func isDamage(err error) bool {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()&0xff == codeCorrupt || e.Code()&0xff == codeNotADB
	}
	var d *DamageError
	return errors.As(err, &d)
}

func isUnique(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code() == codeUnique || e.Code() == codeConflict && strings.Contains(err.Error(), "UNIQUE"))
}

// mark leaves word for the next Open when err is damage, which it gives back as *DamageError; any other err it gives back as it is.
func (s *Store) mark(err error) error {
	if !isDamage(err) {
		return err
	}
	_ = os.WriteFile(filepath.Join(s.dir, damagedFile), nil, 0o600)
	var known *DamageError
	if errors.As(err, &known) {
		return err
	}
	return &DamageError{err.Error()}
}

// markGone has the whole journal read when there is one and the file of deposits is not there: it was removed, or put aside by a
// process that died. The journal's end alone would not show what was open before, nor which captures have their deposit.
func (s *Store) markGone() {
	if _, err := os.Stat(filepath.Join(s.dir, moneyFile)); !errors.Is(err, os.ErrNotExist) {
		return
	}
	if names, err := journalFiles(s.ledger.dir); err == nil && len(names) > 0 {
		_ = os.WriteFile(filepath.Join(s.dir, damagedFile), nil, 0o600)
	}
}

const (
	// smallFile is checked whenever it is opened: that takes a few milliseconds.
	smallFile = 1 << 20
	// largeFile is checked only when there is a reason or Check is called: it takes seconds.
	largeFile  = 256 << 20
	checkEvery = 24 * time.Hour
)

// checkDue says whether a file is to be looked through when it is opened, and whether every entry's checksum is compared too. A
// small file always is; a larger one once a day and after a process died while it was sending; a very large one only when damage
// was met.
func (s *Store) checkDue(ctx context.Context, path string, db *sql.DB) (due, deep bool) {
	if _, err := os.Stat(filepath.Join(s.dir, damagedFile)); err == nil {
		return true, true
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() > largeFile {
		return false, false
	}
	if info.Size() <= smallFile || s.unclean() {
		return true, false
	}
	var last int64
	if err := db.QueryRowContext(ctx, "SELECT CAST(value AS INTEGER) FROM notes WHERE name = 'checked'").Scan(&last); err != nil {
		return true, false
	}
	age := s.Now().Wall.Sub(time.Unix(0, last))
	return age > checkEvery || age < 0, false
}

// Check looks through both files and every entry in them; it takes seconds for a gigabyte. The error is *DamageError when they are
// damaged, and the next Open puts the damaged file aside.
func (s *Store) Check(ctx context.Context) error {
	for _, db := range s.files() {
		if err := s.checkFile(ctx, db, true); err != nil {
			return s.mark(err)
		}
	}
	return nil
}

func (s *Store) checkFile(ctx context.Context, db *sql.DB, deep bool) error {
	pragma := "PRAGMA quick_check(3)"
	if deep {
		pragma = "PRAGMA integrity_check(3)"
	}
	var said string
	if err := db.QueryRowContext(ctx, pragma).Scan(&said); err != nil {
		return err
	}
	if said != "ok" {
		return &DamageError{strings.ReplaceAll(said, "\n", "; ")}
	}
	for after := int64(0); deep; {
		some, err := queryEntries(ctx, db, "seq > ? ORDER BY seq LIMIT 500", after)
		if err != nil {
			return err
		}
		if len(some) == 0 {
			break
		}
		after = some[len(some)-1].Seq
	}
	if !deep && s.smallAll() {
		return nil
	}
	_, err := db.ExecContext(ctx, "INSERT INTO notes VALUES ('checked', ?) ON CONFLICT DO UPDATE SET value = excluded.value", fmt.Sprint(nanos(s.Now().Wall)))
	if asFull(err) != "" {
		return nil
	}
	return err
}

// smallAll says that both files are looked through at every Open, so that nobody needs to know when the last time was.
func (s *Store) smallAll() bool {
	for _, name := range []string{moneyFile, otherFile} {
		if info, err := os.Stat(filepath.Join(s.dir, name)); err == nil && info.Size() > smallFile {
			return false
		}
	}
	return true
}

// setAside renames a file with what belongs to it, so that nothing is overwritten.
func setAside(path string, now time.Time) (string, error) {
	stamp := now.UTC().Format("20060102T150405.000000000Z")
	aside := path + ".damaged-" + stamp
	for i := 1; ; i++ {
		if _, err := os.Lstat(aside); errors.Is(err, os.ErrNotExist) {
			break
		}
		aside = fmt.Sprintf("%s.damaged-%s-%d", path, stamp, i)
	}
	for _, suffix := range []string{"-wal", "-shm", ""} {
		if err := os.Rename(path+suffix, aside+suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
	}
	return aside, syncFolder(filepath.Dir(path))
}
