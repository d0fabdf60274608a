package outbox

import (
	"testing"
	"time"
)

// TestAClockThatJumps sets the clock while a deposit is being sent, and wherever it stands nobody else gets that deposit.
func TestAClockThatJumps(t *testing.T) {
	right := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	for name, jump := range map[string]time.Time{"1970": time.Unix(5, 0), "a year ahead": right.AddDate(1, 0, 0), "a day back": right.AddDate(0, 0, -1)} {
		t.Run(name, func(t *testing.T) {
			now := Moment{Wall: right, Boot: "boot", Up: time.Hour}
			o, dir := Options{Ballast: -1, Clock: Clock{func() Moment { return now }}}, t.TempDir()
			sender := reopen(t, dir, o)
			add(t, sender, deposit("1", "o", "f"))
			e, ok := claim(t, sender)
			if !ok {
				t.Fatal("nothing claimed")
			}
			now.Wall, now.Up = jump, now.Up+time.Minute
			thief := reopen(t, dir, o)
			defer func() { _ = thief.Close() }()
			if stolen, ok := claim(t, thief); ok {
				t.Fatalf("%s was given out twice", stolen.Key)
			}
			if age, known := e.Began.Since(thief.Now()); !known || age != time.Minute {
				t.Fatalf("it began %s ago, %v", age, known)
			}
			if err := sender.Later(t.Context(), e, now.Wall.Add(time.Minute), Failure{}); err != nil {
				t.Fatal(err)
			}
			// Put right again, the clock must not make it wait for a year.
			now.Wall = right.Add(2 * time.Minute)
			if _, ok := claim(t, thief); !ok {
				t.Fatal("it waits for a time that was never right")
			}
			_ = sender.Close()
			if created, err := thief.Get(t.Context(), "1"); err != nil || created.Created.Suspect() || created.State != Leased {
				t.Fatalf("%+v %v", created, err)
			}
		})
	}
}

func TestTimesOfAClockThatWasWrongAreKnown(t *testing.T) {
	wrong := Moment{Wall: time.Unix(100, 0), Boot: "a", Up: time.Minute}
	if !wrong.Suspect() {
		t.Error("1970 is taken for right")
	}
	if d, known := wrong.Since(Moment{Wall: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), Boot: "b"}); known {
		t.Errorf("%s from a wrong clock", d)
	}
}
