package network

import (
	"context"
	"time"

	"github.com/myrvm/rvmctl/internal/platform"
)

// aside is a look or a lesson that runs beside a call. The call waits for it at its end, for a time that is bounded.
type aside struct {
	done chan struct{}
	stop context.CancelFunc
	wait time.Duration
	// late is called when nobody could wait any longer.
	late func()
}

// accompany begins what may run beside a call to an address: a look at the preferred one when it is due, or learning who the
// preferred one is while it is there. Looks may race with calls; calls never race with each other.
func (s *Selector) accompany(ctx context.Context, c Candidate, need platform.Need, state State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch preferred := s.order[0]; {
	case s.aside != nil || len(s.order) == 1:
	case c.Base != preferred && state.Pin == "" && state.ProbeDue(s.order, s.now()):
		wait := longer
		if s.now().Sub(state.Links[preferred].LastFailure) < known {
			wait = brief
		}
		// Other processes that start now need not look as well.
		s.note(Event{preferred, ProbeUnfinished})
		s.begin(ctx, wait, func(ctx context.Context) { s.probe(ctx) }, func() {
			if wait == longer {
				s.note(Event{preferred, ProbeBad})
			}
		})
	case c.Base == preferred && need != platform.NeedNothing && !s.learned && s.unlearned(state):
		s.learned = true
		s.begin(ctx, longer, s.learn, func() {})
	}
}

func (s *Selector) begin(ctx context.Context, wait time.Duration, work func(context.Context), late func()) {
	// The call that it accompanies may end first, and its end must not look like a failure of the address.
	running, stop := context.WithTimeout(context.WithoutCancel(ctx), patience)
	a := &aside{done: make(chan struct{}), stop: stop, wait: wait, late: late}
	s.aside = a
	go func() {
		defer close(a.done)
		defer stop()
		work(running)
	}()
}

// settle waits for what runs beside the call that has just ended. After a failure it does not: another address is asked next.
func (s *Selector) settle(kind Kind) {
	s.mu.Lock()
	a := s.aside
	s.mu.Unlock()
	if a == nil || kind != Answered {
		return
	}
	timer := time.NewTimer(a.wait)
	defer timer.Stop()
	select {
	case <-a.done:
	case <-timer.C:
		a.stop()
		<-a.done
		a.late()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.aside == a {
		s.aside = nil
	}
}

// probe looks at the preferred address and writes down what it finds, unless it was broken off.
func (s *Selector) probe(ctx context.Context) {
	c := s.candidates[0]
	h, err := s.look(ctx, c)
	if err == nil && ctx.Err() == nil {
		s.note(Event{c.Base, verdict(h)})
	}
}

// look asks the health paths of an address; the token goes along only to the preferred one.
func (s *Selector) look(ctx context.Context, c Candidate) (platform.Health, error) {
	token := ""
	if c.Base == s.order[0] && c.Unfit == nil {
		token = s.token
	}
	client, err := s.dial(c, token)
	if err != nil {
		return platform.Health{}, err
	}
	defer client.Close()
	limited, stop := context.WithTimeout(ctx, patience)
	defer stop()
	return client.Health.Race(limited), nil
}

// verdict says whether a look went well: the platform says that it is well, or it is an older build that cannot say so and
// serves its pages. An address at which every path is absent proves nothing.
func verdict(h platform.Health) Kind {
	switch h.Application.State {
	case platform.StateOK:
		return ProbeGood
	case platform.StateFailed:
		return ProbeBad
	}
	for _, p := range h.Probes {
		if p.Status >= 200 && p.Status < 300 {
			return ProbeGood
		}
	}
	return ProbeBad
}
