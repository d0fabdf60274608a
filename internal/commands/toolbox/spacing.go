package toolbox

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/myrvm/rvmctl/internal/platform"
)

// UploadSpacing keeps the uploads of one machine apart, also those of other rvmctl processes of this user: a file for each
// machine is locked during an upload, and its time is when the last one ended. Without a folder for that file, only the
// uploads of this process are kept apart, and that is said.
func (b *Box) UploadSpacing() *platform.UploadSpacing {
	return &platform.UploadSpacing{Enter: b.enterUpload}
}

func (b *Box) enterUpload(ctx context.Context, rvmID int64) (time.Time, func(time.Time), error) {
	c, err := b.Config()
	if err != nil {
		return time.Time{}, nil, err
	}
	dir := filepath.Join(b.System.CacheDir, "uploads")
	file := filepath.Join(dir, fmt.Sprintf("%x-rvm-%d", sha256.Sum256([]byte(c.URL)), rvmID))
	alone := func(time.Time) {}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		b.Console.Warn("uploads of other rvmctl processes are not kept apart: %v", err)
		return time.Time{}, alone, nil
	}
	lock := flock.New(file, flock.SetPermissions(0o600))
	ok, err := lock.TryLockContext(ctx, 50*time.Millisecond)
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return time.Time{}, nil, err
	case !ok || err != nil:
		b.Console.Warn("uploads of other rvmctl processes are not kept apart: %v", err)
		return time.Time{}, alone, nil
	}
	var last time.Time
	if st, err := os.Stat(file); err == nil {
		last = st.ModTime()
	}
	return last, func(ended time.Time) {
		_ = os.Chtimes(file, ended, ended)
		_ = lock.Unlock()
	}, nil
}
