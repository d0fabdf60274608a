package detect

import (
	"testing"
	"time"
)

// A video of two seconds is looked at in less than one, and its rate is not 0.
func TestTheRateOfTheFirstSecond(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	w := &watcher{ratedAt: began}
	for _, step := range []struct {
		after  time.Duration
		frames int64
		want   float64
	}{{0, 0, 0}, {500 * time.Millisecond, 30, 60}, {time.Second, 50, 50}, {1500 * time.Millisecond, 60, 50}, {3 * time.Second, 90, 20}} {
		w.sum.Frames = step.frames
		if got := w.rate(began.Add(step.after)); got != step.want {
			t.Errorf("after %v and %d frames: got %g, want %g", step.after, step.frames, got, step.want)
		}
	}
}
