package outbox

import (
	"errors"
	"testing"
	"time"
)

func settled(t *testing.T, s *Store, key string, f func(Entry) error) {
	t.Helper()
	e, ok := claim(t, s)
	if !ok || e.Key != key {
		t.Fatalf("claimed %v %s, not %s", ok, e.Key, key)
	}
	if err := f(e); err != nil {
		t.Fatal(err)
	}
}

func TestAPersonsWord(t *testing.T) {
	s, ctx := open(t), t.Context()
	add(t, s, deposit("1", "o", "f"))
	settled(t, s, "1", func(e Entry) error { return s.Doubt(ctx, e, Failure{Reason: "lost"}) })
	var state *StateError
	if _, err := s.Retry(ctx, "1"); !errors.As(err, &state) || state.State != Uncertain {
		t.Fatalf("an uncertain deposit was made to be sent again: %v", err)
	}
	if _, err := s.Drop(ctx, "1", false); !errors.As(err, &state) {
		t.Fatalf("an open deposit was dropped without force: %v", err)
	}
	if e, err := s.Resolve(ctx, "1", false, ""); err != nil || e.State != Pending {
		t.Fatalf("%+v %v", e, err)
	}
	settled(t, s, "1", func(e Entry) error {
		if _, err := s.Drop(ctx, "1", true); !errors.As(err, &state) {
			t.Fatalf("what is being sent was dropped: %v", err)
		}
		return s.Refuse(ctx, e, Failure{Reason: "no"})
	})
	if e, err := s.Retry(ctx, "1"); err != nil || e.State != Pending || !e.Settled.IsZero() {
		t.Fatalf("%+v %v", e, err)
	}
	settled(t, s, "1", func(e Entry) error { return s.Hold(ctx, e, Failure{Reason: "who knows"}) })
	if _, err := s.Retry(ctx, "1"); !errors.As(err, &state) || state.State != Held {
		t.Fatalf("a deposit that waits for a person was made to be sent again: %v", err)
	}
	if e, err := s.Resolve(ctx, "1", true, "7"); err != nil || e.State != Done || e.ServerID != "7" {
		t.Fatalf("%+v %v", e, err)
	}
	add(t, s, deposit("2", "o", "f"))
	settled(t, s, "2", func(e Entry) error { return s.Hold(ctx, e, Failure{}) })
	var taken *TakenError
	if _, err := s.Resolve(ctx, "2", true, "7"); !errors.As(err, &taken) {
		t.Fatalf("got %v", err)
	}
	if _, err := s.Drop(ctx, "2", true); err != nil {
		t.Fatal(err)
	}
	var missing *NotFoundError
	if _, err := s.Retry(ctx, "2"); !errors.As(err, &missing) {
		t.Fatalf("got %v", err)
	}
}

func TestRetargetExportAndPrune(t *testing.T) {
	now := Moment{Wall: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), Boot: "a", Up: time.Hour}
	s, err := Open(t.Context(), t.TempDir(), Options{Clock: Clock{func() Moment { return now }}, Ballast: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	add(t, s, deposit("1", "o", "f"))
	add(t, s, New{Class: Detection, Kind: "detection", Key: "d", Profile: "p", Target: "http://a"})
	e, err := s.Retarget(t.Context(), "1", "http://b")
	if err != nil || e.Target != "http://b" {
		t.Fatalf("%+v %v", e, err)
	}
	if _, ok, err := s.Claim(t.Context(), Want{Profile: "p", Targets: []string{"http://a"}, Classes: []Class{Deposit}}); ok || err != nil {
		t.Fatalf("it went to the old address: %v", err)
	}
	e, ok, err := s.Claim(t.Context(), Want{Profile: "p", Targets: []string{"http://b"}})
	if !ok || err != nil {
		t.Fatal(err)
	}
	if err := s.Deliver(t.Context(), e, "1", nil); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err := range s.Export(t.Context()) {
		if n++; err != nil {
			t.Fatal(err)
		}
	}
	if n != 2 {
		t.Fatalf("%d entries", n)
	}
	prune := func(want int) {
		t.Helper()
		if p, err := s.Prune(t.Context()); err != nil || p.Entries != want {
			t.Fatalf("%+v %v", p, err)
		}
	}
	now.Wall = now.Wall.AddDate(1, 0, 0) // A clock that jumped ahead within one boot.
	prune(0)
	now.Wall = time.Unix(60, 0)
	prune(0)
	now.Wall, now.Boot = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), "b"
	prune(1)
}
