package detect

import (
	"context"
	"testing"

	"github.com/myrvm/rvmctl/internal/delivery"
	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

const site = "http://127.0.0.1:1"

// kept puts a deposit of a track into the outbox and gives its key.
func kept(t *testing.T, s *outbox.Store, capture string) string {
	t.Helper()
	n, err := delivery.DepositEntry("default", site, platform.DepositCreate{RVMID: 1, WasteType: "metal", Weight: platform.NewDecimal(15, -3),
		Quantity: 1, SessionToken: "guest"}, capture)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Add(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	return n.Key
}

func newStore(t *testing.T) (*outbox.Store, func(context.Context) (*outbox.Store, error)) {
	t.Helper()
	s, err := outbox.Open(t.Context(), t.TempDir(), outbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, func(context.Context) (*outbox.Store, error) { return s, nil }
}

// begin is a watch that begins after the one before ended anyhow.
func begin(t *testing.T, open func(context.Context) (*outbox.Store, error)) *memory {
	t.Helper()
	m, err := openMemory(t.Context(), open, site, 1)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestWhatWasPaidAndStillLiesThereIsSuspect(t *testing.T) {
	t.Parallel()
	s, open := newStore(t)
	m := begin(t, open)
	for id := range int64(2) {
		if err := m.add(t.Context(), id, noted{kept(t, s, string(rune('a'+id))), "metal"}); err != nil {
			t.Fatal(err)
		}
	}
	// Killed here. Two are suspect and a third is not; one of another waste type is, until it is known which those two are.
	m = begin(t, open)
	if m.suspect(0, "plastic") == "" || m.suspect(1, "metal") == "" || m.suspect(0, "plastic") == "" || m.suspect(1, "metal") == "" ||
		m.suspect(2, "metal") == "" || m.suspect(3, "metal") != "" || m.suspect(0, "plastic") != "" {
		t.Errorf("got %+v", m)
	}
	if err := m.save(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Killed again: they still lie there.
	if m = begin(t, open); len(m.before) != 2 {
		t.Errorf("got %+v, want both again", m.before)
	}
}

func TestWhatHasLeftIsForgotten(t *testing.T) {
	t.Parallel()
	s, open := newStore(t)
	m := begin(t, open)
	if err := m.add(t.Context(), 1, noted{kept(t, s, "a"), "metal"}); err != nil {
		t.Fatal(err)
	}
	if err := m.drop(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if m = begin(t, open); len(m.before) != 0 {
		t.Errorf("got %+v", m.before)
	}
}

// A run that dies between the note and the deposit has paid for nothing.
func TestWhatWasNotedAndNeverKeptIsNotSuspect(t *testing.T) {
	t.Parallel()
	_, open := newStore(t)
	if err := begin(t, open).add(t.Context(), 1, noted{"no-such-key", "metal"}); err != nil {
		t.Fatal(err)
	}
	if begin(t, open).suspect(1, "metal") != "" {
		t.Error("what was never kept is suspect")
	}
}

func TestANewcomerIsNotSuspectOnceTheBeginningIsOver(t *testing.T) {
	t.Parallel()
	s, open := newStore(t)
	m := begin(t, open)
	if err := m.add(t.Context(), 1, noted{kept(t, s, "a"), "metal"}); err != nil {
		t.Fatal(err)
	}
	m = begin(t, open)
	if err := m.settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m.suspect(1, "metal") != "" || len(begin(t, open).before) != 0 {
		t.Errorf("got %+v", m)
	}
}

// The same track met again is the same row; another watch or another track is another one.
func TestOneTrackIsOneEntry(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	first, again := kept(t, s, (&watcher{run: "w1"}).capture(1)), kept(t, s, (&watcher{run: "w1"}).capture(1))
	other, later := kept(t, s, (&watcher{run: "w1"}).capture(11)), kept(t, s, (&watcher{run: "w2"}).capture(1))
	all, err := s.List(t.Context(), outbox.Query{})
	if err != nil || first != again || len(all) != 3 || other == first || later == first || other == later {
		t.Errorf("got %d entries, %v: %s %s %s %s", len(all), err, first, again, other, later)
	}
}
