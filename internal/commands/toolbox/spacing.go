package toolbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/myrvm/rvmctl/internal/platform"
)

// UploadSpacing keeps the uploads of one machine apart, also those of other rvmctl processes of this user: a file for each
// machine is locked during an upload, its time is when the last one ended, and what it holds says that one has not ended. Without a folder for that file, only the
// uploads of this process are kept apart, and that is said.
func (b *Box) UploadSpacing() *platform.UploadSpacing {
	return &platform.UploadSpacing{Enter: b.enterUpload}
}

func (b *Box) enterUpload(ctx context.Context, rvmID int64) (time.Time, func(time.Time), error) {
	alone := func(time.Time) {}
	lock, err := b.lockFile(fmt.Sprintf("uploads-of-rvm-%d", rvmID))
	if err != nil || lock == nil {
		return time.Time{}, alone, err
	}
	ok, err := lock.TryLockContext(ctx, lockPoll)
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return time.Time{}, nil, err
	case !ok || err != nil:
		b.Console.Warn("other rvmctl processes are not kept away: %v", err)
		return time.Time{}, alone, nil
	}
	var last time.Time
	if st, err := os.Stat(lock.Path()); err == nil {
		last = st.ModTime()
		if st.Size() > 0 {
			// Whoever wrote this died in the middle of an upload, which may have arrived just now.
			last = time.Now()
		}
	}
	_ = os.WriteFile(lock.Path(), []byte("uploading"), 0o600)
	return last, func(ended time.Time) {
		_ = os.Truncate(lock.Path(), 0)
		_ = os.Chtimes(lock.Path(), ended, ended)
		_ = lock.Unlock()
	}, nil
}
