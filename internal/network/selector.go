package network

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/myrvm/rvmctl/internal/platform"
)

const (
	// patience bounds a look at an address, and the wait for an answer to a read while another address is left.
	patience = 4 * time.Second
	// brief is how long a call is held up for a look at an address that was away a moment ago, longer where it was away some time
	// ago.
	brief, longer = 250 * time.Millisecond, 1500 * time.Millisecond
	// quiet is how long a success is not written down again.
	quiet = 15 * time.Second
)

// Options are what a Selector is made of.
type Options struct {
	Settings Settings
	// Token is the bearer token, or empty.
	Token string
	// Store keeps what is learned.
	Store *Store
	// Dial makes a client of one address for looks and checks, with the token or without one when it is empty. It must try each
	// call once.
	Dial func(base, token string, header http.Header) (*platform.Client, error)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Served is told which address answered whenever it is another one than before; nil tells nobody.
	Served func(Candidate)
}

// Selector chooses addresses for the calls of one process; it is a platform.Endpoints. It is safe for concurrent use.
type Selector struct {
	candidates []Candidate
	order      []string
	settings   Settings
	token      string
	store      *Store
	dialling   func(base, token string, header http.Header) (*platform.Client, error)
	now        func() time.Time
	told       func(Candidate)

	checking sync.Mutex
	mu       sync.Mutex
	served   string
	// aside is the one thing that may run beside a call, learned whether one was begun in this process.
	aside   *aside
	learned bool
}

// New makes a Selector. It touches neither the network nor the file. It returns *platform.OptionError.
func New(o Options) (*Selector, error) {
	candidates, err := o.Settings.Candidates()
	if err != nil {
		return nil, err
	}
	s := &Selector{candidates: candidates, order: bases(candidates), settings: o.Settings, token: o.Token, store: o.Store,
		dialling: o.Dial, now: o.Now, told: o.Served}
	if s.now == nil {
		s.now = time.Now
	}
	return s, nil
}

// Preferred is the address that the settings put first.
func (s *Selector) Preferred() Candidate { return s.candidates[0] }

// Candidates are all addresses, the preferred one first.
func (s *Selector) Candidates() []Candidate { return slices.Clone(s.candidates) }

func (s *Selector) dial(c Candidate, token string) (*platform.Client, error) {
	return s.dialling(c.Base, token, c.Header)
}

// State is what is known now.
func (s *Selector) State() State { return s.store.Load().Sane(s.order, s.now()) }

// usable are the addresses that a call may go to, in their order, and whether a person has chosen the one that there is.
func (s *Selector) usable(state State) (list []Candidate, pinned bool) {
	for _, c := range s.candidates {
		if c.Role == state.Pin {
			return []Candidate{c}, true
		}
	}
	for _, base := range state.Order(s.order, s.now()) {
		if c := s.candidates[slices.Index(s.order, base)]; s.settings.Fallback || base == s.order[0] {
			list = append(list, c)
		}
	}
	return list, false
}

// Next is the address that the next call asks first.
func (s *Selector) Next() Candidate {
	list, _ := s.usable(s.State())
	return list[0]
}

// Pick implements platform.Endpoints.
func (s *Selector) Pick(ctx context.Context, need platform.Need, tried []string) (platform.Choice, error) {
	state := s.State()
	list, pinned := s.usable(state)
	var refused error
	for i, c := range list {
		if slices.Contains(tried, c.Base) {
			continue
		}
		if err := s.fit(ctx, c, need, pinned); err != nil {
			refused = err
			continue
		}
		s.accompany(ctx, c, need, state)
		chosen := platform.Choice{Base: c.Base, Header: c.Header}
		if slices.ContainsFunc(list[i+1:], func(other Candidate) bool { return !state.Links[other.Base].Open(s.now()) }) {
			chosen.Patience = patience
		}
		return chosen, nil
	}
	return platform.Choice{}, refused
}

func (s *Selector) fit(ctx context.Context, c Candidate, need platform.Need, pinned bool) error {
	if need != platform.NeedNothing && c.Unfit != nil {
		return &UnfitError{c.Base, c.Unfit.Error()}
	}
	return s.trust(ctx, c, need, pinned)
}

// Report implements platform.Endpoints.
func (s *Selector) Report(base string, r platform.Reported) {
	kind := judge(r)
	s.note(Event{base, kind})
	if r.Status != 0 {
		s.tell(base)
	}
	s.settle(kind)
}

// judge says what an attempt proves about its address.
func judge(r platform.Reported) Kind {
	switch {
	case r.Status == 0 && !r.Sent:
		return NoConnection
	case r.Status == 0, r.Err != nil, r.Status == http.StatusBadGateway, r.Status == http.StatusServiceUnavailable, r.Status == http.StatusGatewayTimeout:
		return Failed
	}
	return Answered
}

// note writes an event down, unless it is one more success of an address that is known to be well.
func (s *Selector) note(e Event) {
	now := s.now()
	if e.Kind == Answered {
		l := s.store.Load().Links[e.Base]
		if since := now.Sub(l.LastOK); l.Failures == 0 && !l.Open(now) && since >= 0 && since < quiet {
			return
		}
	}
	s.store.Update(func(state State) State { return state.After(e, s.order, now) })
}

func (s *Selector) change(set func(*Link), base string) {
	s.store.Update(func(state State) State {
		state = state.Sane(s.order, s.now())
		l := state.Links[base]
		set(&l)
		state.Links[base] = l
		return state
	})
}

func (s *Selector) tell(base string) {
	s.mu.Lock()
	other := s.served != base
	s.served = base
	s.mu.Unlock()
	if i := slices.Index(s.order, base); other && i >= 0 && s.told != nil {
		s.told(s.candidates[i])
	}
}

// Pin makes one address the only one until Auto takes that back.
func (s *Selector) Pin(role Role) {
	if role == Auto {
		role = ""
	}
	s.store.Update(func(state State) State {
		state = state.Sane(s.order, s.now())
		state.Pin, state.Active, state.Since, state.Flaps = role, "", time.Time{}, 0
		return state
	})
}
