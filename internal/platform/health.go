package platform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"
)

// HealthService looks at a platform from outside.
type HealthService struct{ c *Client }

// State is what a probe found out about one fact.
type State string

// The states of a fact. Unknown is an honest answer: on older platforms nothing but a signed-in read proves more.
const (
	StateOK      State = "ok"
	StateFailed  State = "failed"
	StateUnknown State = "unknown"
)

// Finding is one fact and the reason for it, in one line.
type Finding struct {
	State  State  `json:"state"`
	Detail string `json:"detail"`
}

// Probe is one path that was asked.
type Probe struct {
	Path string `json:"path"`
	// Status is 0 when no answer came.
	Status  int           `json:"status"`
	Finding Finding       `json:"finding"`
	Elapsed time.Duration `json:"-"`
}

// Health is three facts that are often confused, and the probes they rest on.
type Health struct {
	// Address is the host:port that was asked.
	Address string `json:"address"`
	// TCP says whether a connection came about.
	TCP Finding `json:"tcp"`
	// HTTP says whether anything answered in HTTP, whatever it said.
	HTTP Finding `json:"http"`
	// Application says whether the platform itself reported that it works.
	Application Finding `json:"application"`
	// Version is the platform's own, empty when it does not say.
	Version string `json:"version,omitempty"`
	// Name and Environment are what a newer build says of itself besides, empty when it does not.
	Name        string `json:"name,omitempty"`
	Environment string `json:"environment,omitempty"`
	// Documented says that the platform answered with a document about itself, as newer builds do.
	Documented bool    `json:"documented"`
	Probes     []Probe `json:"probes"`
}

// probePaths in their order: the first exists on newer builds, the second never did though clients ask for it, the
// third answers on all and proves least.
var probePaths = [...]string{"/api/health-check", "/api/health", "/up"}

// Check asks the health paths in order until one says something definite, each once and without the token. When none
// does and the client has a token, a signed-in read decides, because it needs the database.
func (s *HealthService) Check(ctx context.Context) Health {
	h := s.untried()
	for _, path := range probePaths {
		probe, connected := s.probe(ctx, path, &h)
		h.Probes = append(h.Probes, probe)
		if !connected || probe.Status == 0 {
			return h
		}
		h.Application = probe.Finding
		if probe.Finding.State != StateUnknown {
			return h
		}
	}
	if s.c.opts.Token != "" {
		s.read(ctx, &h)
	}
	return h
}

// probe asks one path and fills in what it proves about TCP and HTTP.
func (s *HealthService) probe(ctx context.Context, path string, h *Health) (Probe, bool) {
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		ConnectDone: func(_, _ string, err error) {
			if err == nil {
				connected.Store(true)
			}
		},
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	k := get(path, nil)
	k.anonymous = true
	o, err := s.c.ask(ctx, address{base: s.c.base}, k, len(h.Probes)+1)
	if err == nil {
		err = o.err
	}
	finding := s.place(path, &o, err, connected.Load(), h)
	return Probe{Path: path, Status: o.status, Finding: finding, Elapsed: o.ended.Sub(o.began)}, connected.Load()
}

// place files what one attempt proves under its three facts, and returns the finding of the probe itself.
func (s *HealthService) place(path string, o *outcome, err error, connected bool, h *Health) Finding {
	if !connected {
		h.TCP, h.HTTP = Finding{StateFailed, s.words(err)}, Finding{StateUnknown, "no connection"}
		h.Application = Finding{StateUnknown, "no connection"}
		return h.TCP
	}
	h.TCP = Finding{StateOK, "connected"}
	if o.status == 0 {
		h.HTTP, h.Application = Finding{StateFailed, s.words(err)}, Finding{StateUnknown, "no answer"}
		return h.HTTP
	}
	h.HTTP = Finding{StateOK, fmt.Sprintf("%s answered %d", path, o.status)}
	return s.c.assess(path, o, h)
}

func (s *HealthService) words(err error) string {
	if err == nil {
		return "no answer"
	}
	return oneLine(s.c.clean.text(err.Error(), maxMessage))
}

// assess says what the answer to a health path proves about the application.
func (c *Client) assess(path string, o *outcome, h *Health) Finding {
	switch {
	case o.status >= 500:
		return Finding{StateFailed, fmt.Sprintf("%s answered %d %s", path, o.status, statusText(o.status))}
	case o.status == http.StatusNotFound:
		return Finding{StateUnknown, path + " is absent on this build"}
	case o.status >= 300:
		return Finding{StateUnknown, fmt.Sprintf("%s answered %d", path, o.status)}
	case path == "/up":
		return Finding{StateUnknown, "/up answered, which proves neither the database nor the end of maintenance"}
	}
	v, reason := readJSON(o)
	if reason != "" {
		return Finding{StateUnknown, path + " answered " + reason}
	}
	return c.assessReport(path, v, h)
}

// healthWire is the part of a health report that is judged.
type healthWire struct {
	Status string `json:"status"`
	Server struct {
		Name        string `json:"name"`
		Version     string `json:"version"`
		Environment string `json:"environment"`
	} `json:"server"`
	Database struct {
		Status string `json:"status"`
	} `json:"database"`
}

func (c *Client) assessReport(path string, v any, h *Health) Finding {
	a, ok := openEnvelope(v)
	if !ok {
		e, _ := decodeError(http.StatusOK, v, c.clean)
		return Finding{StateFailed, path + " says " + oneLine(e.Message)}
	}
	var report healthWire
	if err := decode(a.data, &report); err != nil || report.Status == "" {
		return Finding{StateUnknown, path + " answered json of another shape"}
	}
	h.Documented, h.Version = true, bound(report.Server.Version, 64)
	h.Name, h.Environment = bound(report.Server.Name, 128), bound(report.Server.Environment, 64)
	if !healthy(report.Status) {
		return Finding{StateFailed, "status " + oneLine(c.clean.text(report.Status, 64))}
	}
	if report.Database.Status != "" && !healthy(report.Database.Status) {
		return Finding{StateFailed, "database " + oneLine(c.clean.text(report.Database.Status, 64))}
	}
	return Finding{StateOK, path + " reports " + oneLine(c.clean.text(report.Status, 64))}
}

func healthy(word string) bool {
	switch strings.ToLower(word) {
	case "healthy", "ok", "up", "operational", "connected", "running", "good", "pass":
		return true
	}
	return false
}

// read lets a signed-in call decide.
func (s *HealthService) read(ctx context.Context, h *Health) {
	_, err := s.c.Auth.Me(ctx)
	var refused *Error
	switch {
	case err == nil:
		h.Application = Finding{StateOK, "a signed-in read answered"}
	case errors.As(err, &refused) && refused.Unauthenticated():
		// The platform looks a token up before it refuses it, and without its database it answers 500.
		h.Application = Finding{StateOK, "the token was looked up and refused"}
	case errors.As(err, &refused) && refused.Status >= 500:
		h.Application = Finding{StateFailed, oneLine(refused.Error())}
	default:
		h.Application = Finding{StateUnknown, oneLine(err.Error())}
	}
}
