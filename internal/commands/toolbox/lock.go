package toolbox

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// lockPoll is how often a lock that is taken is looked at again.
const lockPoll = 50 * time.Millisecond

// LockedError says that another rvmctl of this user is at the same work.
type LockedError struct {
	// Work is what it does, such as "deciding deposit 7".
	Work string
	// Holder is what the other process wrote about itself, or empty.
	Holder string
}

func (e *LockedError) Error() string {
	if e.Holder == "" {
		return "another rvmctl is " + e.Work
	}
	return fmt.Sprintf("another rvmctl (%s) is %s", e.Holder, e.Work)
}

// Lock keeps other rvmctl processes of this user away from a piece of work on the platform until release is called. It waits
// for at most wait, then fails with *LockedError. The kernel drops the lock when a process dies, so none is ever left behind.
// Where no lock file can be written the work goes on without, and that is said: it protects a machine from itself, and
// nobody from another machine.
func (b *Box) Lock(ctx context.Context, name, work string, wait time.Duration) (release func(), err error) {
	lock, err := b.lockFile(name)
	if err != nil || lock == nil {
		return func() {}, err
	}
	limited, cancel := context.WithTimeout(ctx, max(wait, lockPoll))
	defer cancel()
	ok, err := lock.TryLockContext(limited, lockPoll)
	switch {
	case ok:
		_ = os.WriteFile(lock.Path(), fmt.Appendf(nil, "pid %d", os.Getpid()), 0o600)
		return func() { _ = lock.Unlock() }, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err == nil || errors.Is(err, context.DeadlineExceeded):
		holder, _ := os.ReadFile(lock.Path())
		return nil, &LockedError{Work: work, Holder: strings.TrimSpace(string(holder))}
	}
	b.Console.Warn("other rvmctl processes are not kept away: %v", err)
	return func() {}, nil
}

// lockFile is the lock of something on the platform in use; it is nil, and that was said, where there is no place for it.
func (b *Box) lockFile(name string) (*flock.Flock, error) {
	c, err := b.Config()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(b.System.CacheDir, "locks")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		b.Console.Warn("other rvmctl processes are not kept away: %v", err)
		return nil, nil
	}
	file := fmt.Sprintf("%.8x-%s", sha256.Sum256([]byte(c.URL)), name)
	return flock.New(filepath.Join(dir, file), flock.SetPermissions(0o600)), nil
}
