package outbox

import (
	"errors"
	"testing"
	"time"
)

func open(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), t.TempDir(), Options{Ballast: 1 << 16})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func deposit(key, order, fingerprint string) New {
	return New{Class: Deposit, Kind: "deposit.create", Key: key, Profile: "p", Target: "http://a", RVM: 1, Order: order, Fingerprint: fingerprint, Payload: []byte(`{"w":1}`)}
}

func add(t *testing.T, s *Store, n New) Entry {
	t.Helper()
	e, _, err := s.Add(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func claim(t *testing.T, s *Store) (Entry, bool) {
	t.Helper()
	e, ok, err := s.Claim(t.Context(), Want{Profile: "p", Targets: []string{"http://a"}})
	if err != nil {
		t.Fatal(err)
	}
	return e, ok
}

func TestAKeyIsTakenOnce(t *testing.T) {
	s := open(t)
	add(t, s, deposit("k", "o", "f"))
	_, added, err := s.Add(t.Context(), deposit("k", "o", "f"))
	if err != nil || added {
		t.Fatalf("added %v, %v", added, err)
	}
	other := deposit("k", "o", "f")
	other.Payload = []byte(`{"w":2}`)
	var conflict *ConflictError
	if _, _, err := s.Add(t.Context(), other); !errors.As(err, &conflict) {
		t.Fatalf("got %v", err)
	}
}

func TestOrderAndFingerprintsHoldBack(t *testing.T) {
	s := open(t)
	add(t, s, deposit("1", "o", "f"))
	add(t, s, deposit("2", "o", "g"))
	add(t, s, deposit("3", "other", "f"))
	first, ok := claim(t, s)
	if !ok || first.Key != "1" || first.State != Leased || first.Attempts != 1 {
		t.Fatalf("%v %+v", ok, first)
	}
	if e, ok := claim(t, s); ok {
		t.Fatalf("%s was given out beside 1", e.Key)
	}
	if err := s.Doubt(t.Context(), first, Failure{Reason: "lost"}); err != nil {
		t.Fatal(err)
	}
	if e, ok := claim(t, s); ok {
		t.Fatalf("%s was given out while 1 is uncertain", e.Key)
	}
	first, err := s.Get(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Deliver(t.Context(), first, "7", []byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	second, ok := claim(t, s)
	if !ok || second.Key != "2" {
		t.Fatalf("%v %+v", ok, second)
	}
	var taken *TakenError
	if err := s.Deliver(t.Context(), second, "7", nil); !errors.As(err, &taken) {
		t.Fatalf("got %v", err)
	}
	if err := s.Later(t.Context(), second, s.Now().Wall.Add(time.Minute), Failure{Reason: "away"}); err != nil {
		t.Fatal(err)
	}
	third, ok := claim(t, s)
	if !ok || third.Key != "3" {
		t.Fatalf("%v %+v", ok, third)
	}
	var lost *LostLeaseError
	if err := s.Deliver(t.Context(), second, "8", nil); !errors.As(err, &lost) {
		t.Fatalf("got %v", err)
	}
}

func TestADeadOwnersDepositIsUncertain(t *testing.T) {
	dir := t.TempDir()
	dead, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	add(t, dead, deposit("1", "o", "f"))
	if _, ok := claim(t, dead); !ok {
		t.Fatal("nothing claimed")
	}
	again, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Close() }()
	if e, _ := again.Get(t.Context(), "1"); e.State != Leased {
		t.Fatalf("a living process lost its entry: %s", e.State)
	}
	_ = dead.Close()
	if err := again.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if e, _ := again.Get(t.Context(), "1"); e.State != Uncertain || e.Ended.IsZero() {
		t.Fatalf("%+v", e)
	}
}
