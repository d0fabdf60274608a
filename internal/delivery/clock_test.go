package delivery

import (
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/outbox"
)

// at opens the outbox with a clock that is wrong by some time, in a boot that began a while ago.
func (w *world) at(boot string, wrong time.Duration, up func() time.Duration) *outbox.Store {
	w.t.Helper()
	clock := outbox.Clock{Now: func() outbox.Moment {
		return outbox.Moment{Wall: time.Now().UTC().Add(wrong), Boot: boot, Up: up()}
	}}
	s, err := outbox.Open(w.t.Context(), w.dir, outbox.Options{Clock: clock, Ballast: -1})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = s.Close() })
	return s
}

// A clock that is wrong or set between an attempt and the look after it must not pay twice.
func TestClocksThatAreWrong(t *testing.T) {
	began := time.Now()
	up := func() time.Duration { return time.Since(began) }
	const year = 365 * 24 * time.Hour
	for name, test := range map[string]struct {
		before, after time.Duration
		boot          string
		want          outbox.State
	}{
		"1970, put right in the same boot":   {-56 * year, 0, "a", outbox.Done},
		"a year ahead, put right":            {year, 0, "a", outbox.Done},
		"a day back during the attempt":      {0, -24 * time.Hour, "a", outbox.Done},
		"wrong all the time":                 {-3 * time.Hour, -3 * time.Hour, "a", outbox.Done},
		"1970, right after the next start":   {-56 * year, 0, "b", outbox.Held},
		"right, and 1970 after the start":    {0, -56 * year, "b", outbox.Held},
		"a year ahead, right after a start":  {year, 0, "b", outbox.Held},
		"hours behind, right after a start":  {-3 * time.Hour, 0, "b", outbox.Done},
		"right before and after a new start": {0, 0, "b", outbox.Done},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			key := w.deposit("a", 500)
			w.fail("POST:/api/v2/deposits=drop-responsex1")
			first := w.at("a", test.before, up)
			_, _ = w.courier(func(o *Options) { o.Store = first }).Send(t.Context(), key)
			w.is(key, outbox.Uncertain)
			second := w.at(test.boot, test.after, up)
			w.flush(w.courier(func(o *Options) { o.Store = second }))
			w.is(key, test.want)
			if n := len(w.mine()); n != 1 || w.count(post) != 1 {
				t.Fatalf("%d deposits, %d requests", n, w.count(post))
			}
		})
	}
}
