package network

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

const (
	tunnelURL = "http://172.28.233.83:8001"
	localURL  = "http://192.168.1.5:8001"
)

var (
	order = []string{tunnelURL, localURL}
	noon  = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
)

// step is an event so long after the one before it, and the address that the next call then asks first.
type step struct {
	after time.Duration
	event Event
	want  string
}

func TestWhichAddressIsAskedFirst(t *testing.T) {
	t.Parallel()
	onTunnel := func(k Kind) Event { return Event{tunnelURL, k} }
	onLocal := func(k Kind) Event { return Event{localURL, k} }
	tests := []struct {
		name  string
		steps []step
	}{
		{"all is well", []step{{0, onTunnel(Answered), tunnelURL}, {time.Hour, onTunnel(Answered), tunnelURL}}},
		{"one failure of the connection is enough", []step{{0, onTunnel(NoConnection), localURL}}},
		{"lost answers need three", []step{{0, onTunnel(Failed), tunnelURL}, {time.Second, onTunnel(Failed), tunnelURL}, {time.Second, onTunnel(Failed), localURL}}},
		{"an answer between them starts the count again", []step{{0, onTunnel(Failed), tunnelURL}, {1, onTunnel(Failed), tunnelURL},
			{1, onTunnel(Answered), tunnelURL}, {1, onTunnel(Failed), tunnelURL}, {1, onTunnel(Failed), tunnelURL}}},
		{"both away: the preferred one first", []step{{0, onTunnel(NoConnection), localURL}, {1, onLocal(NoConnection), tunnelURL}}},
		{"an answer of the second keeps it", []step{{0, onTunnel(NoConnection), localURL}, {time.Hour, onLocal(Answered), localURL}}},
		{"back after two good looks and a minute", []step{{0, onTunnel(NoConnection), localURL}, {50 * time.Second, onTunnel(ProbeGood), localURL},
			{16 * time.Second, onTunnel(ProbeGood), tunnelURL}}},
		{"not back before a minute", []step{{0, onTunnel(NoConnection), localURL}, {10 * time.Second, onTunnel(ProbeGood), localURL},
			{20 * time.Second, onTunnel(ProbeGood), localURL}, {31 * time.Second, onTunnel(ProbeGood), tunnelURL}}},
		{"not back after one good look", []step{{0, onTunnel(NoConnection), localURL}, {2 * time.Minute, onTunnel(ProbeGood), localURL}}},
		{"not back after two looks at once", []step{{0, onTunnel(NoConnection), localURL}, {2 * time.Minute, onTunnel(ProbeGood), localURL},
			{time.Second, onTunnel(ProbeGood), localURL}}},
		{"a bad look starts the count again", []step{{0, onTunnel(NoConnection), localURL}, {time.Minute, onTunnel(ProbeGood), localURL},
			{10 * time.Second, onTunnel(ProbeBad), localURL}, {10 * time.Second, onTunnel(ProbeGood), localURL}, {10 * time.Second, onTunnel(ProbeGood), localURL}}},
		{"back at once when the second is away and the first answers", []step{{0, onTunnel(NoConnection), localURL},
			{10 * time.Second, onTunnel(Answered), localURL}, {1, onLocal(NoConnection), tunnelURL}}},
		{"a choice that nobody used for a day is forgotten", []step{{0, onTunnel(NoConnection), localURL}, {25 * time.Hour, onLocal(ProbeUnfinished), tunnelURL}}},
		{"an address that is none of ours", []step{{0, Event{"http://203.0.113.1", NoConnection}, tunnelURL}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var s State
			now := noon
			for i, step := range tt.steps {
				now = now.Add(step.after)
				s = s.After(step.event, order, now)
				if got := s.Order(order, now); got[0] != step.want || len(got) != 2 {
					t.Fatalf("step %d: got %v, want %s first: %+v", i, got, step.want, s)
				}
			}
		})
	}
}

// TestAClockThatWasSetLocksNobodyOut moves the clock under a state that was written before.
func TestAClockThatWasSetLocksNobodyOut(t *testing.T) {
	t.Parallel()
	epoch := time.Unix(60, 0)
	for name, times := range map[string]struct{ written, read time.Time }{
		"set back by a day": {noon, noon.Add(-24 * time.Hour)}, "set back to 1970": {noon, epoch},
		"from 1970 to now": {epoch, noon}, "a year ahead": {noon, noon.AddDate(1, 0, 0)},
	} {
		s := State{}.After(Event{tunnelURL, NoConnection}, order, times.written)
		s = s.After(Event{localURL, NoConnection}, order, times.written)
		l := s.Links[localURL]
		l.SameUntil, l.SameAccountUntil = times.written.Add(known), times.written.Add(known)
		s.Links[localURL] = l
		now := times.read
		sane := s.Sane(order, now)
		for base, l := range sane.Links {
			if l.Open(now) || now.Before(l.SameUntil) || now.Before(l.SameAccountUntil) {
				t.Errorf("%s: %s is judged by another clock: %+v", name, base, l)
			}
		}
		if got := s.Order(order, now); got[0] != tunnelURL || len(got) != 2 {
			t.Errorf("%s: got %v", name, got)
		}
		// And the machine goes on from there.
		s = s.After(Event{tunnelURL, NoConnection}, order, now)
		for _, after := range []time.Duration{50 * time.Second, 61 * time.Second, 80 * time.Second} {
			s = s.After(Event{tunnelURL, ProbeGood}, order, now.Add(after))
		}
		if got := s.Order(order, now.Add(81*time.Second)); got[0] != tunnelURL {
			t.Errorf("%s: no way back: %+v", name, s)
		}
	}
}

// TestNoHistoryHidesAnAddress tries histories at random: every address is always in the order, once.
func TestNoHistoryHidesAnAddress(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var s State
		now := noon
		for range 60 {
			now = now.Add(time.Duration(random.Int64N(int64(3*time.Minute))) - time.Minute)
			s = s.After(Event{order[random.IntN(2)], Kind(random.IntN(6))}, order, now)
			got := s.Order(order, now)
			if len(got) != 2 || !slices.Contains(got, tunnelURL) || !slices.Contains(got, localURL) || len(s.Links) > 2 {
				t.Fatalf("got %v of %+v", got, s)
			}
		}
	}
}

// TestALinkThatComesAndGoes is target F8: five seconds up, five seconds down, for ten minutes, a call every second.
func TestALinkThatComesAndGoes(t *testing.T) {
	t.Parallel()
	for _, period := range []time.Duration{2, 5, 7, 10, 13, 40, 90} {
		var s State
		var switches []time.Time
		attempts, calls := 0, 0
		first := tunnelURL
		for at := time.Duration(0); at < 10*time.Minute; at += time.Second {
			now := noon.Add(at)
			up := at/(period*time.Second)%2 == 0
			if s.ProbeDue(order, now) {
				kind := ProbeBad
				if up {
					kind = ProbeGood
				}
				s = s.After(Event{tunnelURL, kind}, order, now)
			}
			calls++
			for _, base := range s.Order(order, now) {
				attempts++
				if base == localURL || up {
					s = s.After(Event{base, Answered}, order, now)
					break
				}
				s = s.After(Event{base, NoConnection}, order, now)
			}
			if got := s.Order(order, now)[0]; got != first {
				first = got
				switches = append(switches, now)
			}
		}
		away := 0
		for i := 1; i < len(switches); i++ {
			if i%2 == 0 && switches[i].Sub(switches[i-2]) < firstDwell {
				away++
			}
		}
		t.Logf("%2d s up, %2d s down: %d switches, %d attempts for %d calls", period, period, len(switches), attempts, calls)
		if most := int(10 * time.Minute / firstDwell); len(switches) > most || away > 0 {
			t.Errorf("%d switches in ten minutes, want at most %d, and at most one leaving in each dwell", len(switches), most)
		}
		if float64(attempts) > 1.1*float64(calls) {
			t.Errorf("%d attempts for %d calls", attempts, calls)
		}
	}
}
