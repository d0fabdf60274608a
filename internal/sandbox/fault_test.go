package sandbox

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseFault(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want Fault
	}{
		{"deposits=503x2", Fault{what: "status", status: 503, times: 2, percent: 100, retryAfter: -1}},
		{"all=429(retry-after=7)@25%", Fault{what: "status", status: 429, percent: 25, retryAfter: 7}},
		{"uploads=204", Fault{what: "status", status: 204, percent: 100, retryAfter: -1}},
		{"POST:/api/v2/deposits=drop-response", Fault{what: "drop-response", percent: 100, retryAfter: -1}},
		{"*:/api/**=latency=250msx3@50%", Fault{what: "latency", low: 250 * time.Millisecond, high: 250 * time.Millisecond, times: 3, percent: 50, retryAfter: -1}},
		{"engines=latency=1s-3s", Fault{what: "latency", low: time.Second, high: 3 * time.Second, percent: 100, retryAfter: -1}},
		{"process=race", Fault{what: "race", percent: 100, retryAfter: -1}},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			got, err := ParseFault(tt.text)
			if err != nil || got.String() != tt.text {
				t.Fatalf("got %v, %v", got, err)
			}
			got.text, got.places = "", nil
			if !sameFault(got, tt.want) {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func sameFault(a, b Fault) bool {
	return a.what == b.what && a.status == b.status && a.retryAfter == b.retryAfter && a.low == b.low && a.high == b.high &&
		a.times == b.times && a.percent == b.percent
}

func TestParseFaultRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, reason, possible string }{
		{"", "not <where>=<what>", "deposits=503x2"},
		{"deposits", "not <where>=<what>", "deposits=503x2"},
		{"deposits=" + strings.Repeat("x", 200), "not <where>=<what>", "deposits=503x2"},
		{"bottles=503", `nothing is called "bottles"`, "auth, balance, claim"},
		{"FETCH:/api=503", "nothing is called", "METHOD:/path"},
		{"POST:api=503", "nothing is called", "METHOD:/path"},
		{"deposits=", "nothing goes wrong like", "drop-response"},
		{"deposits=explode", `nothing goes wrong like "explode"`, "drop-response"},
		{"deposits=200", "nothing goes wrong like", "204, 400 to 599"},
		{"deposits=600", "nothing goes wrong like", "204, 400 to 599"},
		{"deposits=500(retry-after=2)", "nothing goes wrong like", "429(retry-after=2)"},
		{"deposits=503(retry-after=9999)", "nothing goes wrong like", "429(retry-after=2)"},
		{"deposits=503x0", "no number of times", "x1000000"},
		{"deposits=503x9999999", "no number of times", "x1000000"},
		{"deposits=503x99999999", "nothing goes wrong like", "204"},
		{"deposits=503@0%", "no probability", "@100%"},
		{"deposits=503@101%", "no probability", "@100%"},
		{"deposits=503@50", "nothing goes wrong like", "204"},
		{"deposits=latency=0s", "nothing goes wrong like", "latency=2s"},
		{"deposits=latency=1h", "nothing goes wrong like", "latency=2s"},
		{"deposits=latency=3s-1s", "nothing goes wrong like", "latency=1s-3s"},
		{"deposits=503\nx2", "several lines", "x1000000"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			_, err := ParseFault(tt.text)
			var wrong *FaultError
			if !errors.As(err, &wrong) || !strings.Contains(err.Error(), tt.reason) || !strings.Contains(wrong.Possible, tt.possible) {
				t.Errorf("got %v, want …%s… and …%s… as possible", err, tt.reason, tt.possible)
			}
		})
	}
	if _, err := ParseFaults(make([]string, maxFaults+1)); err == nil {
		t.Error("a hundred and one faults went through")
	}
}

// FuzzParseFault also proves that what is taken is within its bounds.
func FuzzParseFault(f *testing.F) {
	for _, text := range []string{"deposits=503x2", "POST:/api/v2/*/x/**=latency=1s-3s@5%", "all=429(retry-after=2)x1@1%", "a=b=c", "process=race"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseFault(text)
		if err != nil {
			return
		}
		if got.percent < 1 || got.percent > 100 || got.times < 0 || got.times > maxFaultTimes || got.high > maxLatency ||
			got.low > got.high || got.retryAfter > maxRetryAfter || len(got.places) == 0 || got.String() != text {
			t.Errorf("%q gave %+v", text, got)
		}
	})
}

func TestPlacesMatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		where, method, path string
		want                bool
	}{
		{"deposits", "GET", "/api/v2/deposits", true},
		{"deposits", "POST", "/api/v2/deposits/7/process", true},
		{"deposits", "GET", "/api/v2/deposits-of-others", false},
		{"process", "POST", "/api/v2/deposits/7/process/", true},
		{"process", "GET", "/api/v2/deposits/7/process", false},
		{"metrics", "POST", "/api/v2/rvms/1/metrics", true},
		{"metrics", "GET", "/api/v2/rvms/1/metrics/history", true},
		{"metrics", "GET", "/api/v2/rvms/1", false},
		{"sessions", "POST", "/api/v2/rvm/session/create", true},
		{"rvms", "POST", "/api/v2/admin/rvm/1/status", true},
		{"rvms", "GET", "/api/v2/rvms/1", true},
		{"rvms", "PATCH", "/api/v2/rvms/1/regenerate-api-key", true},
		{"rvms", "POST", "/api/v2/rvms/1/metrics", false},
		{"rvms", "POST", "/api/v2/rvms/1/remote-access/start", false},
		{"rvms", "POST", "/api/v2/rvms/1/execute-command", false},
		{"detections", "GET", "/api/v2/processing-history", true},
		{"commands", "GET", "/api/rvm/1/recent-commands", true},
		{"all", "DELETE", "/", true},
		{"GET:/up", "GET", "/up", true},
		{"GET:/up", "POST", "/up", false},
		{"*:/api/*/deposits", "PUT", "/api/v3/deposits", true},
		{"*:/api/*/deposits", "PUT", "/api/deposits", false},
		{"*:/api/**", "PUT", "/api", true},
	}
	for _, tt := range tests {
		got := slices.ContainsFunc(placesOf(tt.where), func(p place) bool { return p.matches(tt.method, segmentsOf(tt.path)) })
		if got != tt.want {
			t.Errorf("%s for %s %s: got %t, want %t", tt.where, tt.method, tt.path, got, tt.want)
		}
	}
	// Whatever a name covers, the platform serves; a name for nothing would be a trap.
	s := friendly(t)
	for name := range namedPlaces() {
		served := slices.ContainsFunc(s.routes, func(r route) bool {
			return slices.ContainsFunc(placesOf(name), func(p place) bool { return p.matches(r.method, r.segments) })
		})
		if !served {
			t.Errorf("%s covers no route", name)
		}
	}
}
