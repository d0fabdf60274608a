package onnx

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// BusyError says that another process builds the same engine.
type BusyError struct {
	// Holder is what the other process wrote about itself, or empty.
	Holder string
}

// Error is one line of fact.
func (e *BusyError) Error() string {
	if e.Holder == "" {
		return "another rvmctl is building this engine"
	}
	return "another rvmctl (" + e.Holder + ") is building this engine"
}

// lockPoll is how often a lock that is taken is looked at again.
const lockPoll = 100 * time.Millisecond

// lock keeps other processes from building the same engine until release is called. It waits for at most wait, then fails
// with *BusyError. The kernel drops the lock when its holder dies.
func (f engineFolder) lock(ctx context.Context, wait time.Duration) (release func(), err error) {
	// Beside the folder and not in it: the folder is emptied before a build.
	lock := flock.New(f.dir+".lock", flock.SetPermissions(0o600))
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
		return nil, &BusyError{Holder: strings.TrimSpace(string(holder[:min(len(holder), 64)]))}
	}
	return nil, fmt.Errorf("other processes cannot be kept from building the same engine: %w", err)
}
