package network

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/myrvm/rvmctl/internal/platform"
)

// Sameness says whether an address is shown to be the preferred one's platform.
type Sameness string

// The words for it. Unshown is an honest answer: nothing contradicts it, and nothing proves it.
const (
	Preferred Sameness = "preferred"
	Same      Sameness = "same"
	Different Sameness = "different"
	Unshown   Sameness = "not shown"
)

// Look is what was found at one address just now.
type Look struct {
	Candidate
	Health platform.Health
	// Elapsed is how long it took to find out.
	Elapsed time.Duration
	// Sameness is about identity, Detail says why in one line.
	Sameness Sameness
	Detail   string
}

// Well says that calls can be made there: something answered in HTTP, and the platform did not say that it is not well.
func (l Look) Well() bool {
	return l.Health.HTTP.State == platform.StateOK && verdict(l.Health) == ProbeGood && l.Sameness != Different
}

// Survey looks at all addresses at once, writes down what it finds, and then compares the others with the preferred one: first
// what they say of themselves, then, where nothing contradicts that, whose token this is.
func (s *Selector) Survey(ctx context.Context) []Look {
	looks := make([]Look, len(s.candidates))
	var all sync.WaitGroup
	for i, c := range s.candidates {
		all.Go(func() {
			began := s.now()
			h, err := s.look(ctx, c)
			if err != nil {
				h.TCP = platform.Finding{State: platform.StateUnknown, Detail: err.Error()}
			}
			looks[i] = Look{Candidate: c, Health: h, Elapsed: s.now().Sub(began)}
		})
	}
	all.Wait()
	if ctx.Err() != nil {
		return looks
	}
	for i := range looks {
		s.note(Event{looks[i].Base, s.surveyed(looks[i])})
	}
	s.learnFrom(ctx, looks[0])
	for i := range looks {
		s.compare(ctx, &looks[i])
	}
	return looks
}

// surveyed is the event of a look. Only the preferred address is on its way back; a good look at another is an answer.
func (s *Selector) surveyed(l Look) Kind {
	kind := verdict(l.Health)
	switch {
	case kind == ProbeGood && (l.Base != s.order[0] || s.State().Active == ""):
		return Answered
	case kind == ProbeGood, l.Base == s.order[0] && s.State().Active != "":
		return kind
	case l.Health.TCP.State == platform.StateFailed:
		return NoConnection
	}
	return Failed
}

// learnFrom remembers who the preferred address is.
func (s *Selector) learnFrom(ctx context.Context, l Look) {
	got, err := seen(l.Base, l.Health, s.now())
	if err != nil || l.Unfit != nil {
		return
	}
	var account int64
	if s.token != "" {
		account, _ = s.account(ctx, l.Candidate)
	}
	s.remember(l.Candidate, got, account)
}

// compare says what is known about the identity of an address that was looked at.
func (s *Selector) compare(ctx context.Context, l *Look) {
	if l.Base == s.order[0] {
		l.Sameness, l.Detail = Preferred, "the address that the others are compared with"
		return
	}
	l.Sameness = Unshown
	if l.Unfit != nil {
		l.Detail = l.Unfit.Error()
		return
	}
	// What held a moment ago may not hold now, and this is the moment of the question.
	s.change(func(link *Link) { link.SameUntil, link.SameAccountUntil = time.Time{}, time.Time{} }, l.Base)
	err := s.trust(ctx, l.Candidate, platform.NeedChange, false)
	var fail *IdentityError
	is := errors.As(err, &fail)
	switch {
	case err == nil:
		l.Sameness, l.Detail = Same, "it says the same of itself, and the token belongs to the same account there"
	case is && fail.Different:
		l.Sameness, l.Detail = Different, fail.Reason
	case is:
		l.Detail = fail.Reason
	default:
		l.Detail = err.Error()
	}
}

// AwayError says that not every address is well. All is true when none is.
type AwayError struct {
	// Bases are the addresses that are not well, with the reason.
	Bases []string
	All   bool
}

func (e *AwayError) Error() string { return strings.Join(e.Bases, "; ") }

// Verdict is nil when every address is well, otherwise an *AwayError.
func Verdict(looks []Look) error {
	e := &AwayError{}
	for _, l := range looks {
		if !l.Well() {
			e.Bases = append(e.Bases, l.Base+" is not well: "+l.Trouble())
		}
	}
	if len(e.Bases) == 0 {
		return nil
	}
	e.All = len(e.Bases) == len(looks)
	return e
}

// Trouble is the first fact that is not as it should be, in its words.
func (l Look) Trouble() string {
	for _, f := range []platform.Finding{l.Health.TCP, l.Health.HTTP} {
		if f.State != platform.StateOK {
			return f.Detail
		}
	}
	if l.Sameness == Different {
		return "another platform: " + l.Detail
	}
	return l.Health.Application.Detail
}

// NoAddressError says that an address was named that is not set.
type NoAddressError struct{ Role Role }

func (e *NoAddressError) Error() string { return "no " + string(e.Role) + " address is set" }
