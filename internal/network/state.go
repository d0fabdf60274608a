package network

import (
	"maps"
	"slices"
	"time"
)

// The times by which addresses are judged.
const (
	// known is how long an observation stands: an older one says nothing about now.
	known = 60 * time.Second
	// firstDwell is how long a choice stays before the way back, maxDwell what it grows to when the preferred address comes and goes.
	firstDwell, maxDwell = 60 * time.Second, 15 * time.Minute
	// steady is how long the good probes before the way back must span: a link that comes and goes passes single probes.
	steady = 15 * time.Second
	// goodProbes is how many of them there must be.
	goodProbes = 2
	// tolerated is how many failures in a row an address may have.
	tolerated = 3
	// probeEvery is the least time between two probes of an address.
	probeEvery = 5 * time.Second
	// forgotten is how long a choice is kept that nobody has used.
	forgotten = 24 * time.Hour
	// skew is how far ahead of the clock a stored time may lie; one beyond it comes from another clock.
	skew = 5 * time.Second
)

// State is what is known about the addresses of one profile. The zero value is nothing.
type State struct {
	// Pin is the address that a person has chosen, or empty.
	Pin Role `json:"pin,omitempty"`
	// Active is the address in use; empty is the preferred one. Since is when that was decided.
	Active string    `json:"active,omitempty"`
	Since  time.Time `json:"since,omitzero"`
	// Flaps counts how often in a row the preferred address failed soon after the way back to it.
	Flaps int `json:"flaps,omitempty"`
	// Links are the addresses.
	Links map[string]Link `json:"links,omitempty"`
}

// Link is what is known about one address. A zero time means never.
type Link struct {
	LastOK      time.Time `json:"last_ok,omitzero"`
	LastFailure time.Time `json:"last_failure,omitzero"`
	// Failures counts those since the last success.
	Failures int `json:"failures,omitempty"`
	// OpenUntil is how long the address is left alone while there is another.
	OpenUntil time.Time `json:"open_until,omitzero"`
	// Good counts probes that went well in a row, the first of them at GoodSince; Probed is when the last one began.
	Good      int       `json:"good,omitempty"`
	GoodSince time.Time `json:"good_since,omitzero"`
	Probed    time.Time `json:"probed,omitzero"`
	// Seen is what the platform said of itself there; SameUntil and SameAccountUntil are how long a successful check holds
	// that it is the preferred address's platform.
	Seen             Seen      `json:"seen,omitzero"`
	SameUntil        time.Time `json:"same_until,omitzero"`
	SameAccountUntil time.Time `json:"same_account_until,omitzero"`
}

// Open says whether the address is left alone.
func (l Link) Open(now time.Time) bool { return now.Before(l.OpenUntil) }

// Word is what is known in one word: ok, failing or away by the last minute's calls, otherwise unknown.
func (l Link) Word(now time.Time) string {
	switch {
	case l.Open(now):
		return "away"
	case l.LastFailure.After(l.LastOK) && now.Sub(l.LastFailure) < known:
		return "failing"
	case !l.LastOK.IsZero() && now.Sub(l.LastOK) < known:
		return "ok"
	}
	return "unknown"
}

// Kind is what happened at an address.
type Kind int

// The kinds of events.
const (
	// Answered is an answer of any platform, also a refusal.
	Answered Kind = iota
	// NoConnection is a failure before anything was sent.
	NoConnection
	// Failed is a lost answer, or one of a gateway that found nobody.
	Failed
	// ProbeGood and ProbeBad are the outcomes of a look, ProbeUnfinished is its beginning.
	ProbeGood
	ProbeBad
	ProbeUnfinished
)

// Event is something that happened at an address.
type Event struct {
	Base string
	Kind Kind
}

// After is the state after an event. order holds the addresses in use, the preferred one first; whatever else the state knows is
// dropped, so that it cannot grow. It is a pure function.
func (s State) After(e Event, order []string, now time.Time) State {
	s = s.Sane(order, now)
	if !slices.Contains(order, e.Base) {
		return s
	}
	l := s.Links[e.Base]
	switch e.Kind {
	case Answered:
		l.LastOK, l.Failures, l.OpenUntil = now, 0, time.Time{}
	case NoConnection, Failed:
		l.LastFailure, l.Good = now, 0
		l.Failures++
		if e.Kind == NoConnection || l.Failures >= tolerated {
			l.OpenUntil = now.Add(known)
		}
	case ProbeGood:
		if l.Good == 0 {
			l.GoodSince = now
		}
		l.LastOK, l.Probed, l.Failures, l.OpenUntil = now, now, 0, time.Time{}
		l.Good++
	case ProbeBad:
		l.LastFailure, l.Probed, l.Good = now, now, 0
		l.Failures++
		l.OpenUntil = now.Add(known)
	case ProbeUnfinished:
		l.Probed = now
	}
	s.Links[e.Base] = l
	return s.choose(order, now)
}

// choose switches when the address in use is left alone and another is not, or when the way back is free.
func (s State) choose(order []string, now time.Time) State {
	active, preferred := s.active(order), order[0]
	if s.Links[active].Open(now) {
		for _, base := range order {
			if base != active && !s.Links[base].Open(now) {
				return s.switched(base, order, now)
			}
		}
	}
	back := s.Links[preferred]
	if active != preferred && back.Good >= goodProbes && now.Sub(back.GoodSince) >= steady && now.Sub(s.Since) >= s.dwell() {
		return s.switched(preferred, order, now)
	}
	return s
}

func (s State) switched(to string, order []string, now time.Time) State {
	if s.active(order) == order[0] {
		if !s.Since.IsZero() && now.Sub(s.Since) < 2*s.dwell() {
			s.Flaps++
		} else {
			s.Flaps = 0
		}
	}
	s.Active, s.Since = to, now
	for base, l := range s.Links {
		l.Good, l.GoodSince = 0, time.Time{}
		s.Links[base] = l
	}
	return s
}

// dwell is how long the choice now in use stays at least.
func (s State) dwell() time.Duration { return min(firstDwell<<min(s.Flaps, 8), maxDwell) }

func (s State) active(order []string) string {
	if slices.Contains(order, s.Active) {
		return s.Active
	}
	return order[0]
}

// Order is the addresses in the order in which a call asks them: the one in use first, those that are left alone last. None is
// missing, so that no mistake about one can lock anybody out.
func (s State) Order(order []string, now time.Time) []string {
	s = s.Sane(order, now)
	active := s.active(order)
	list := slices.Clone(order)
	rank := func(base string) int {
		switch {
		case s.Links[base].Open(now):
			return 2
		case base != active:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(list, func(a, b string) int { return rank(a) - rank(b) })
	return list
}

// ProbeDue says whether the preferred address should be looked at: another one is in use and the way back is near.
func (s State) ProbeDue(order []string, now time.Time) bool {
	s = s.Sane(order, now)
	return s.active(order) != order[0] && now.Sub(s.Since) >= s.dwell()-steady && now.Sub(s.Links[order[0]].Probed) >= probeEvery
}

// Sane drops addresses that are not in use any more, times that come from another clock, and a choice that nobody has used for
// a day. It copies what it changes.
func (s State) Sane(order []string, now time.Time) State {
	links := map[string]Link{}
	for base, l := range s.Links {
		if slices.Contains(order, base) {
			links[base] = l.sane(now)
		}
	}
	s.Links = links
	past(now, &s.Since)
	s.Flaps = max(0, min(s.Flaps, 8))
	if now.Sub(s.Since) > forgotten && now.Sub(s.Links[s.Active].LastOK) > forgotten {
		s.Active, s.Since, s.Flaps = "", time.Time{}, 0
	}
	return s
}

func (l Link) sane(now time.Time) Link {
	past(now, &l.LastOK, &l.LastFailure, &l.GoodSince, &l.Probed, &l.Seen.At)
	past(now.Add(known), &l.OpenUntil, &l.SameUntil, &l.SameAccountUntil)
	l.Failures = max(0, l.Failures)
	if l.GoodSince.IsZero() {
		l.Good = 0
	}
	l.Seen.Accounts = maps.Clone(l.Seen.Accounts)
	return l
}

// past clears times that lie after the latest that this clock can have written.
func past(latest time.Time, times ...*time.Time) {
	for _, t := range times {
		if t.After(latest.Add(skew)) {
			*t = time.Time{}
		}
	}
}
