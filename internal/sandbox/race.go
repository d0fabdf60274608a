package sandbox

import (
	"context"
	"sync"
	"time"
)

// raceWindow is about how long the platform takes between reading that something is open and writing that it is closed.
// It takes no lock meanwhile, so what comes in that time reads the same and pays again.
const raceWindow = 2 * time.Millisecond

// raceLimit is how long the fault "race" holds one call for a second one.
const raceLimit = 10 * time.Second

// racing marks the context of a request whose window is to be held open.
type racing struct{}

// window ends the call's transaction, lets others in, and goes on in another one. What was read before may be wrong
// after it: that is the point.
func (c *call) window(what string) error {
	if err := c.tx.Commit(); err != nil {
		return err
	}
	if c.r.Context().Value(racing{}) != nil {
		c.s.meeting.meet(what, raceLimit)
	} else {
		wait(context.WithoutCancel(c.r.Context()), raceWindow)
	}
	tx, err := c.s.store.begin(c.r.Context())
	if err == nil {
		c.tx = tx
	}
	return err
}

// meeting brings two callers to the same place at the same time.
type meeting struct {
	mu      sync.Mutex
	waiting map[string]chan struct{}
}

// meet waits for a second caller with the same place, for a limited time; the second one waits for nobody.
func (m *meeting) meet(place string, limit time.Duration) {
	m.mu.Lock()
	if first := m.waiting[place]; first != nil {
		close(first)
		delete(m.waiting, place)
		m.mu.Unlock()
		return
	}
	if m.waiting == nil {
		m.waiting = map[string]chan struct{}{}
	}
	arrived := make(chan struct{})
	m.waiting[place] = arrived
	m.mu.Unlock()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-arrived:
	case <-timer.C:
		m.mu.Lock()
		if m.waiting[place] == arrived {
			delete(m.waiting, place)
		}
		m.mu.Unlock()
	}
}
