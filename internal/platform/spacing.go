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
// when a request was sent says nothing about when it arrived. The zero value is ready, works in real time, and knows only
// the uploads of this process.
type UploadSpacing struct {
	// Enter, when set, waits for a machine's turn among several processes and tells when its last upload ended; leave is
	// called with the end of the next.
	Enter func(ctx context.Context, rvmID int64) (last time.Time, leave func(ended time.Time), err error)
	// Gap is how far apart they are kept; 0 means a little more than the platform's second. A platform that names pictures by
	// anything else may do with less.
	Gap time.Duration

	mu   sync.Mutex
	last map[int64]time.Time
}

// Do waits until the machine may upload again, runs upload, and remembers when it ended, however it ended. Uploads of one
// UploadSpacing run one after another.
func (s *UploadSpacing) Do(ctx context.Context, rvmID int64, upload func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.last[rvmID]
	leave := func(time.Time) {}
	if s.Enter != nil {
		others, ours, err := s.Enter(ctx, rvmID)
		if err != nil {
			return err
		}
		if leave = ours; others.After(last) {
			last = others
		}
	}
	// A clock that was set back must not make anybody wait for longer than the gap.
	gap := s.Gap
	if gap == 0 {
		gap = uploadGap
	}
	if rest := min(time.Until(last.Add(gap)), gap); rest > 0 {
		if err := sleep(ctx, rest); err != nil {
			leave(last)
			return err
		}
	}
	err := upload()
	if s.last == nil {
		s.last = map[int64]time.Time{}
	}
	s.last[rvmID] = time.Now()
	leave(s.last[rvmID])
	return err
}
