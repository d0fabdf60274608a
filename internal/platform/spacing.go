package platform

import (
	"context"
	"sync"
	"time"
)

// uploadGap is a little more than the whole second that the platform puts into the name of a stored picture.
const uploadGap = 1050 * time.Millisecond

// UploadSpacing keeps the uploads of one machine apart: the platform names pictures by machine and second, and a second
// picture of the same second silently replaces the first. The gap is counted from the end of the previous upload, since
// when a request was sent says nothing about when it arrived. The zero value is ready and works in real time.
type UploadSpacing struct {
	// Now and Sleep are the clock; nil means real time.
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error

	mu   sync.Mutex
	last map[int64]time.Time
}

// Do waits until the machine may upload again, runs upload, and remembers when it ended, however it ended. Uploads of one
// UploadSpacing run one after another.
func (s *UploadSpacing) Do(ctx context.Context, rvmID int64, upload func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, wait := s.Now, s.Sleep
	if now == nil {
		now = time.Now
	}
	if wait == nil {
		wait = sleep
	}
	if last, before := s.last[rvmID]; before {
		if rest := last.Add(uploadGap).Sub(now()); rest > 0 {
			if err := wait(ctx, min(rest, uploadGap)); err != nil {
				return err
			}
		}
	}
	err := upload()
	if s.last == nil {
		s.last = map[int64]time.Time{}
	}
	s.last[rvmID] = now()
	return err
}
