package outbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"syscall"
	"time"

	"modernc.org/sqlite"
)

// SQLite's codes for a file that may not or cannot grow (https://sqlite.org/rescode.html).
const (
	codeFull       = 13
	codeIOWrite    = 778
	codeIOFsync    = 1034
	codeIODirFsync = 1290
	codeIOTruncate = 1546
	codeShmSize    = 4874
	codeShmMap     = 5386
)

// asFull says in words that err is a disk or a file that is full, or "".
func asFull(err error) string {
	var e *sqlite.Error
	if errors.As(err, &e) {
		switch e.Code() {
		case codeFull:
			return "the disk or the outbox is full"
		case codeIOWrite, codeIOFsync, codeIODirFsync, codeIOTruncate, codeShmSize, codeShmMap:
			return "the disk takes no more: " + e.Error()
		}
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EFBIG) || errors.Is(err, errQuota) {
		return "the disk takes no more: " + err.Error()
	}
	return ""
}

// makeRoom refuses what there is no room for before anything is written, and drops what may be dropped for it. A deposit is
// refused a sixteenth before its quota, since settling those that are in needs some room as well.
func (s *Store) makeRoom(ctx context.Context, n New) error {
	s.keepBallast()
	short := s.short()
	switch {
	case n.Class == Picture:
		return s.roomForPicture(ctx, n, short)
	case n.Class == Deposit && !short:
		return s.roomForDeposit(ctx)
	case !short || n.Coalesce != "":
		return nil
	case n.Class == Detection && s.shed(ctx, n):
		return nil
	}
	return &FullError{Class: n.Class, Why: fmt.Sprintf("the disk has less than %d MiB left", s.opts.Floor>>20)}
}

// short says that the disk has less left than the floor.
func (s *Store) short() bool {
	free, known := freeBytes(s.dir)
	return known && s.opts.Floor > 0 && free < s.opts.Floor
}

func (s *Store) roomForDeposit(ctx context.Context) error {
	var pages, free int64
	err := errors.Join(s.money.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages), s.money.QueryRowContext(ctx, "PRAGMA freelist_count").Scan(&free))
	if err != nil {
		return s.mark(err)
	}
	if (pages-free)*pageSize > s.opts.MaxDepositBytes/16*15 {
		return &FullError{Class: Deposit, Why: fmt.Sprintf("deposits that wait or are kept as a record take %d MiB", s.opts.MaxDepositBytes>>20)}
	}
	return nil
}

// Loss is how many entries of a class were dropped because room was short.
type Loss struct {
	Class   Class     `json:"class"`
	Entries int64     `json:"entries"`
	Last    time.Time `json:"last"`
}

// Dropped tells what was ever dropped for want of room, empty when nothing was.
func (s *Store) Dropped(ctx context.Context) ([]Loss, error) {
	var all []Loss
	for _, c := range []Class{Detection, Picture} {
		l, err := getLoss(ctx, s.other, c)
		if err != nil {
			return nil, s.mark(err)
		}
		if l.Entries > 0 {
			all = append(all, l)
		}
	}
	return all, nil
}

func getLoss(ctx context.Context, db interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}, c Class) (Loss, error) {
	l := Loss{Class: c}
	var text string
	err := db.QueryRowContext(ctx, "SELECT value FROM notes WHERE name = ?", "dropped:"+string(c)).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return l, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &l)
	}
	return l, err
}

func (s *Store) countLoss(ctx context.Context, tx *sql.Tx, c Class, n int64) error {
	l, err := getLoss(ctx, tx, c)
	if err != nil {
		return err
	}
	l.Entries, l.Last = l.Entries+n, s.Now().Wall
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO notes VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", "dropped:"+string(c), string(text))
	return err
}

// shed drops the oldest waiting detections to make room for entries of the telemetry file: at least as many as come, at least as
// many bytes, and a few more, so that not every new one has to. It says whether there were any.
func (s *Store) shed(ctx context.Context, all ...New) bool {
	var bytes, gone int64
	for _, n := range all {
		bytes += int64(len(n.Payload))
	}
	for step := 0; step < 64 && (bytes > 0 || step == 0); step++ {
		var freed int64
		err := s.insist(ctx, Detection, func(tx *sql.Tx) error {
			count, size, err := dropOldest(ctx, tx, max(32, len(all)))
			if err != nil || count == 0 {
				return err
			}
			gone, freed = gone+count, size
			return s.countLoss(ctx, tx, Detection, count)
		})
		if err != nil || freed == 0 {
			break
		}
		bytes -= freed
	}
	if gone > 0 {
		s.warn("%d detections that waited were dropped, since there is no room for more", gone)
	}
	return gone > 0
}

func dropOldest(ctx context.Context, tx *sql.Tx, most int) (count, bytes int64, err error) {
	rows, err := tx.QueryContext(ctx, `DELETE FROM entries WHERE seq IN (SELECT seq FROM (
		SELECT * FROM (SELECT seq FROM entries WHERE state = 'pending' AND class = 'detection' AND ready = 1 AND waits = 0 ORDER BY seq LIMIT ?1)
		UNION ALL SELECT * FROM (SELECT seq FROM entries WHERE state = 'pending' AND class = 'detection' AND ready = 1 AND waits = 1 ORDER BY seq LIMIT ?1))
		ORDER BY seq LIMIT ?1) RETURNING size`, most)
	if err != nil {
		return 0, 0, err
	}
	for rows.Next() {
		var size int64
		if err := rows.Scan(&size); err != nil {
			return 0, 0, errors.Join(err, rows.Close())
		}
		count, bytes = count+1, bytes+size
	}
	return count, bytes, errors.Join(rows.Err(), rows.Close())
}
