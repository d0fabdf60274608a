package sandbox

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// Paths below which the sandbox itself is spoken to. They are no part of the platform, and only this machine may use
// them: for everybody else they are unknown routes.
const (
	controlPrefix = "/sandbox/"
	maxControl    = 64 << 10
	maxAdvance    = 10 * 365 * 24 * time.Hour
)

// control answers what concerns the sandbox and not the platform.
//
//	GET, PUT, DELETE /sandbox/faults   what goes wrong: {"faults":["deposits=503x2"]}
//	GET              /sandbox/ledger   what is held, and what was paid how often
//	POST             /sandbox/clock    {"advance":"11m"}
func (s *Server) control(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, controlPrefix) || !fromHere(r) {
			next.ServeHTTP(w, r)
			return
		}
		acts := map[string]func(*http.Request) (any, error){
			"GET faults": s.controlFaults, "PUT faults": s.controlFaults, "DELETE faults": s.controlFaults,
			"GET ledger": func(*http.Request) (any, error) { return s.Ledger() },
			"POST clock": s.controlClock,
		}
		act, known := acts[r.Method+" "+strings.TrimPrefix(r.URL.Path, controlPrefix)]
		if !known {
			next.ServeHTTP(w, r)
			return
		}
		status := http.StatusOK
		answer, err := act(r)
		if err != nil {
			status, answer = http.StatusUnprocessableEntity, map[string]string{"message": err.Error()}
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(answer) // the caller has gone: nobody is left to tell
	})
}

// fromHere says whether a request comes from a program on this machine. Web pages are no such program: browsers name
// the page's origin, or were tricked into a host name that means this machine.
func fromHere(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() {
		return false
	}
	for name := range r.Header {
		if foreignHeader(name) {
			return false
		}
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "none" && site != "same-origin" {
		return false
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// foreignHeader says that only a web page or a proxy sends a header of this name.
func foreignHeader(name string) bool {
	switch name {
	case "Origin", "Forwarded", "Via", "X-Real-Ip":
		return true
	}
	return strings.HasPrefix(name, "X-Forwarded-")
}

// FaultReport is what the sandbox says about its faults.
type FaultReport struct {
	Mode   string       `json:"mode"` // strict or friendly
	Faults []FaultState `json:"faults"`
}

// Mode is "friendly" or "strict".
func (s *Server) Mode() string {
	if s.friendly {
		return "friendly"
	}
	return "strict"
}

func (s *Server) controlFaults(r *http.Request) (any, error) {
	switch r.Method {
	case http.MethodDelete:
		s.SetFaults()
	case http.MethodPut:
		var asked struct {
			Faults []string `json:"faults"`
		}
		if err := readControl(r, &asked); err != nil {
			return nil, err
		}
		faults, err := ParseFaults(asked.Faults)
		if err != nil {
			return nil, err
		}
		s.SetFaults(faults...)
	}
	return FaultReport{Mode: s.Mode(), Faults: s.Faults()}, nil
}

// ParseFaults reads several faults; the first that is none is returned as a *FaultError.
func ParseFaults(texts []string) ([]Fault, error) {
	if len(texts) > maxFaults {
		return nil, &FaultError{Text: texts[maxFaults], Reason: "there are more than a hundred before it", Possible: "fewer"}
	}
	var faults []Fault
	for _, text := range texts {
		f, err := ParseFault(text)
		if err != nil {
			return nil, err
		}
		faults = append(faults, f)
	}
	return faults, nil
}

// ClockError says that the clock cannot be turned like that.
type ClockError struct{ Advance string }

// Error names what was asked and what is possible.
func (e *ClockError) Error() string {
	return "advance " + e.Advance + " is no time to go forward; possible: 11m, 36h"
}

func (s *Server) controlClock(r *http.Request) (any, error) {
	var asked struct {
		Advance string `json:"advance"`
	}
	if err := readControl(r, &asked); err != nil {
		return nil, err
	}
	d, err := time.ParseDuration(asked.Advance)
	if err != nil || d <= 0 || d > maxAdvance {
		return nil, &ClockError{Advance: asked.Advance}
	}
	s.Advance(d)
	return map[string]time.Time{"now": s.now().UTC()}, nil
}

// Advance puts the sandbox's clock forward, to see things expire. It never goes back.
func (s *Server) Advance(d time.Duration) {
	for {
		before := s.ahead.Load()
		after := before + int64(min(max(0, d), maxAdvance))
		if after > int64(10*maxAdvance) || s.ahead.CompareAndSwap(before, after) {
			return
		}
	}
}

func readControl(r *http.Request, into any) error {
	dec := json.NewDecoder(io.LimitReader(r.Body, maxControl))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}
