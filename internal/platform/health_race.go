package platform

import (
	"context"
	"time"
)

// stagger is how long a health path waits for the one before it.
const stagger = 250 * time.Millisecond

// Race is Check without waiting for each path in turn: the next one is asked when the one before has proved nothing, or after
// 250 ms. The first definite word about the application wins; what is not needed any more is broken off.
func (s *HealthService) Race(ctx context.Context) Health {
	racing, stop := context.WithCancel(ctx)
	defer stop()
	h := s.untried()
	ended := make(chan runner, len(probePaths))
	next, running := 0, 0
	start := func() {
		go func(i int) { ended <- s.run(racing, i) }(next)
		next, running = next+1, running+1
	}
	start()
	clock := time.NewTimer(stagger)
	defer clock.Stop()
	for running > 0 {
		select {
		case r := <-ended:
			running--
			r.merge(&h)
			if h.Application.State != StateUnknown || h.TCP.State == StateFailed {
				return h
			}
			if next < len(probePaths) {
				start()
			}
		case <-clock.C:
			if next < len(probePaths) {
				start()
				clock.Reset(stagger)
			}
		}
	}
	if s.c.opts.Token != "" && h.HTTP.State == StateOK {
		s.read(ctx, &h)
	}
	return h
}

// runner is one path that was asked, with what it proves by itself.
type runner struct {
	probe Probe
	found Health
}

func (s *HealthService) run(ctx context.Context, i int) runner {
	found := s.untried()
	probe, connected := s.probe(ctx, probePaths[i], &found)
	if connected && probe.Status != 0 {
		found.Application = probe.Finding
	}
	return runner{probe, found}
}

// merge keeps the best that was proved of each fact: a connection that came about once is possible.
func (r runner) merge(h *Health) {
	h.Probes = append(h.Probes, r.probe)
	h.TCP, h.HTTP = better(h.TCP, r.found.TCP), better(h.HTTP, r.found.HTTP)
	h.Application = r.found.Application
	if r.found.Documented {
		h.Documented, h.Version, h.Name, h.Environment = true, r.found.Version, r.found.Name, r.found.Environment
	}
}

func better(old, found Finding) Finding {
	if old.State == StateOK || found.State == StateUnknown && old.State != StateUnknown {
		return old
	}
	return found
}

func (s *HealthService) untried() Health {
	none := Finding{StateUnknown, "not tried"}
	return Health{Address: hostPort(s.c.base), TCP: none, HTTP: none, Application: none}
}
