package sandbox

import (
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// FaultState is a fault that is switched on, and what it has done.
type FaultState struct {
	Fault string `json:"fault"`
	// Fired counts how often it struck. Left is how often it still will; nil means always.
	Fired int  `json:"fired"`
	Left  *int `json:"left"`
}

// faultSet is what goes wrong now. Its dice repeat with their seed.
type faultSet struct {
	armed atomic.Bool // lets every request past without a lock while nothing is to go wrong
	mu    sync.Mutex
	dice  *rand.Rand
	list  []faultCount
}

type faultCount struct {
	Fault
	fired int
}

func newFaultSet(seed uint64, faults []Fault) *faultSet {
	s := &faultSet{dice: rand.New(rand.NewPCG(seed, seed))}
	s.set(faults)
	return s
}

// set replaces every fault.
func (s *faultSet) set(faults []Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = nil
	for _, f := range faults {
		s.list = append(s.list, faultCount{Fault: f})
	}
	s.armed.Store(len(s.list) > 0)
}

func (s *faultSet) states() []FaultState {
	s.mu.Lock()
	defer s.mu.Unlock()
	states := []FaultState{}
	for _, f := range s.list {
		state := FaultState{Fault: f.text, Fired: f.fired}
		if f.times > 0 {
			left := f.times - f.fired
			state.Left = &left
		}
		states = append(states, state)
	}
	return states
}

// trouble is what happens to one request: any number of delays, then at most one fault.
type trouble struct {
	delay time.Duration
	race  bool
	fault *Fault
}

// strike decides about one request and counts what struck it.
func (s *faultSet) strike(method, path string) (t trouble) {
	if !s.armed.Load() {
		return t
	}
	parts := segmentsOf(path)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.list {
		f := &s.list[i]
		here := slices.ContainsFunc(f.places, func(p place) bool { return p.matches(method, parts) })
		final := f.what != "latency" && f.what != "race"
		if !here || f.times > 0 && f.fired >= f.times || final && t.fault != nil || s.dice.IntN(100) >= f.percent {
			continue
		}
		f.fired++
		switch {
		case f.what == "latency":
			t.delay += f.low + time.Duration(s.dice.Int64N(int64(f.high-f.low)+1))
		case f.what == "race":
			t.race = true
		default:
			once := f.Fault
			t.fault = &once
		}
	}
	t.delay = min(t.delay, maxLatency)
	return t
}

// SetFaults replaces what goes wrong from now on; without any the sandbox behaves.
func (s *Server) SetFaults(faults ...Fault) { s.faults.set(faults) }

// Faults lists what goes wrong now and how often it did.
func (s *Server) Faults() []FaultState { return s.faults.states() }
