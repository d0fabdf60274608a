package platform

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// twoWays are two addresses of one platform, asked in their order.
type twoWays struct {
	mu       sync.Mutex
	order    []string
	patience time.Duration
	refuse   map[string]error
	needs    []Need
	reported []string
}

func (w *twoWays) Pick(_ context.Context, need Need, tried []string) (Choice, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.needs = append(w.needs, need)
	for i, base := range w.order {
		if slices.Contains(tried, base) {
			continue
		}
		if err := w.refuse[base]; err != nil {
			return Choice{}, err
		}
		chosen := Choice{Base: base, Header: http.Header{"X-Tunnel": {"yes"}}}
		if i+1 < len(w.order) {
			chosen.Patience = w.patience
		}
		return chosen, nil
	}
	return Choice{}, nil
}

func (w *twoWays) Report(base string, r Reported) {
	w.mu.Lock()
	defer w.mu.Unlock()
	word := "answered"
	switch {
	case r.Status == 0 && !r.Sent:
		word = "away"
	case r.Status == 0:
		word = "lost"
	}
	w.reported = append(w.reported, base+" "+word)
}

// closedPort is an address at which nothing listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return "http://" + l.Addr().String()
}

const meAnswer = `{"success":true,"data":{"user":{"id":1,"name":"A","email":"a@b.c","role":"User"}}}`

func twoClients(t *testing.T, w *twoWays) *Client {
	t.Helper()
	return newTestClient(t, w.order[0], func(o *Options) { o.Endpoints, o.ReadAttempts = w, 1 })
}

func TestWhereACallGoesNext(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		first http.HandlerFunc
		// read and change say how often the second address is asked.
		read, change int
	}{
		{"it is well", func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				says(200, meAnswer)(w, r)
				return
			}
			says(201, created)(w, r)
		}, 0, 0},
		{"a lost answer", dies, 1, 0},
		{"half an answer", cuts(200, `{"success":`), 1, 0},
		{"502", answers(502, "text/html", "no"), 1, 0},
		{"503 with a wish", answers(503, "text/html", "no", "Retry-After", "5"), 1, 0},
		{"504", answers(504, "text/html", "no"), 1, 0},
		{"500", says(500, `{"success":false,"message":"Server Error"}`), 0, 0},
		{"401", says(401, `{"message":"Unauthenticated."}`), 0, 0},
		{"404", says(404, `{"message":"no"}`), 0, 0},
		{"422", says(422, `{"message":"no","errors":{"weight":["no"]}}`), 0, 0},
		{"429", says(429, `{"message":"Too Many Attempts."}`), 0, 0},
		{"a login page", answers(200, "text/html", "<html>"), 0, 0},
		{"a redirect", answers(302, "text/html", "", "Location", "/login"), 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			first := newStage(t, tt.first)
			second := newStage(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet {
					says(200, meAnswer)(w, r)
					return
				}
				says(201, created)(w, r)
			})
			client := twoClients(t, &twoWays{order: []string{first.URL, second.URL}})
			_, err := client.Auth.Me(t.Context())
			if got := second.count(); got != tt.read || tt.read > 0 && err != nil {
				t.Errorf("a read: the second was asked %d times, want %d: %v", got, tt.read, err)
			}
			before := second.count()
			_, err = client.Deposits.Create(t.Context(), validDeposit(t))
			if got := second.count() - before; got != tt.change {
				t.Errorf("a change: the second was asked %d times, want %d: %v", got, tt.change, err)
			}
		})
	}
}

func TestAChangeThatNeverLeftGoesElsewhere(t *testing.T) {
	t.Parallel()
	second := newStage(t, says(201, created))
	w := &twoWays{order: []string{closedPort(t), second.URL}}
	client := twoClients(t, w)
	if _, err := client.Deposits.Create(t.Context(), validDeposit(t)); err != nil {
		t.Fatal(err)
	}
	request, _ := second.last(t)
	if second.count() != 1 || client.Served() != second.URL || request.Header.Get("X-Tunnel") != "yes" {
		t.Errorf("asked %d times, served by %q, header %v", second.count(), client.Served(), request.Header)
	}
	if want := []string{w.order[0] + " away", second.URL + " answered"}; !slices.Equal(w.reported, want) {
		t.Errorf("reported %v, want %v", w.reported, want)
	}
	if !slices.Equal(w.needs, []Need{NeedChange, NeedChange}) {
		t.Errorf("needs %v", w.needs)
	}
}

func TestErrorsNameTheAddressThatWasAsked(t *testing.T) {
	t.Parallel()
	host := func(url string) string { return strings.TrimPrefix(url, "http://") }
	away, broken := closedPort(t), newStage(t, dies)
	var traced []string
	client := newTestClient(t, away, func(o *Options) {
		o.Endpoints = &twoWays{order: []string{away, broken.URL}}
		o.Trace = func(x Exchange) { traced = append(traced, x.URL) }
	})
	_, err := client.Deposits.Create(t.Context(), validDeposit(t))
	var unknown *UncertainError
	if !errors.As(err, &unknown) || unknown.Host != host(broken.URL) || !strings.Contains(err.Error(), " at "+unknown.Host+" ") {
		t.Errorf("got %v", err)
	}
	if len(traced) != 2 || !strings.HasPrefix(traced[0], away) || !strings.HasPrefix(traced[1], broken.URL) {
		t.Errorf("traced %v", traced)
	}
	if client.Served() != "" {
		t.Errorf("served by %q, which answered nothing", client.Served())
	}
}

func TestNoAddressThatFulfilsTheNeed(t *testing.T) {
	t.Parallel()
	second := newStage(t, says(201, created))
	reason := errors.New("it may be another platform")
	t.Run("after a failure", func(t *testing.T) {
		away := closedPort(t)
		client := twoClients(t, &twoWays{order: []string{away, second.URL}, refuse: map[string]error{second.URL: reason}})
		_, err := client.Deposits.Create(t.Context(), validDeposit(t))
		var unreachable *UnreachableError
		if !errors.As(err, &unreachable) || unreachable.Sent || !errors.Is(err, reason) || !strings.Contains(err.Error(), "another platform") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("from the start", func(t *testing.T) {
		client := twoClients(t, &twoWays{order: []string{second.URL}, refuse: map[string]error{second.URL: reason}})
		_, err := client.Deposits.Create(t.Context(), validDeposit(t))
		var unreachable *UnreachableError
		if !errors.As(err, &unreachable) || unreachable.Sent || !errors.Is(err, reason) {
			t.Errorf("got %v", err)
		}
	})
	if second.count() != 0 {
		t.Errorf("the second was asked")
	}
}

func TestASilentAddressIsGivenUpForReadsOnly(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	silent := newStage(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	t.Cleanup(func() { close(release) })
	second := newStage(t, says(200, meAnswer))
	w := &twoWays{order: []string{silent.URL, second.URL}, patience: 50 * time.Millisecond}
	client := newTestClient(t, silent.URL, func(o *Options) { o.Endpoints, o.Timeout = w, 2*time.Second })
	began := time.Now()
	if _, err := client.Auth.Me(t.Context()); err != nil || time.Since(began) > 1900*time.Millisecond {
		t.Errorf("a read: %v after %s", err, time.Since(began))
	}
	_, err := client.Deposits.Create(t.Context(), validDeposit(t))
	if verdictOf(err) != "uncertain" || second.count() != 1 || !strings.Contains(err.Error(), "2s") {
		t.Errorf("a change: %v, the second was asked %d times, want once for the read", err, second.count())
	}
}

func TestATokenCrossesNoOpenRoadElsewhere(t *testing.T) {
	t.Parallel()
	w := &twoWays{order: []string{closedPort(t), "http://203.0.113.7"}}
	client := newTestClient(t, w.order[0], func(o *Options) {
		o.Endpoints, o.ReadAttempts = w, 1
		o.Transport = onlyLoopback{NewTransport()}
	})
	_, err := client.Auth.Me(t.Context())
	var open *PlaintextError
	if !errors.As(err, &open) || open.Host != "203.0.113.7" {
		t.Errorf("got %v", err)
	}
}

// onlyLoopback keeps a mistake from leaving the machine.
type onlyLoopback struct{ http.RoundTripper }

func (o onlyLoopback) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Hostname() != "127.0.0.1" {
		panic("a request to " + r.URL.Host)
	}
	return o.RoundTripper.RoundTrip(r)
}

func TestEveryAddressIsTriedAsOftenAsReadsAre(t *testing.T) {
	t.Parallel()
	first, second := newStage(t, dies), newStage(t, dies)
	client := newTestClient(t, first.URL, func(o *Options) {
		o.Endpoints, o.ReadAttempts = &twoWays{order: []string{first.URL, second.URL}}, 3
	})
	_, err := client.Auth.Me(t.Context())
	var unreachable *UnreachableError
	if !errors.As(err, &unreachable) || unreachable.Attempts != 6 || first.count() != 3 || second.count() != 3 {
		t.Errorf("got %v, %d and %d requests", err, first.count(), second.count())
	}
}

func TestRaceFindsWhatCheckFinds(t *testing.T) {
	t.Parallel()
	const healthyDoc = `{"success":true,"data":{"status":"healthy","server":{"name":"P","version":"2.0","environment":"production"}}}`
	route := func(paths map[string]http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if h := paths[r.URL.Path]; h != nil {
				h(w, r)
				return
			}
			says(404, `{"message":"no"}`)(w, r)
		}
	}
	hangs := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	tests := []struct {
		name           string
		handler        http.HandlerFunc
		tcp, web, app  State
		name2, version string
	}{
		{"healthy", route(map[string]http.HandlerFunc{"/api/health-check": says(200, healthyDoc)}), StateOK, StateOK, StateOK, "P", "2.0"},
		{"failing", route(map[string]http.HandlerFunc{"/api/health-check": says(500, `{}`)}), StateOK, StateOK, StateFailed, "", ""},
		{"an older build", route(map[string]http.HandlerFunc{"/up": answers(200, "text/html", "up")}), StateOK, StateOK, StateUnknown, "", ""},
		{"nothing there", route(nil), StateOK, StateOK, StateUnknown, "", ""},
		{"the first hangs", route(map[string]http.HandlerFunc{"/api/health-check": hangs, "/api/health": says(200, healthyDoc)}), StateOK, StateOK, StateOK, "P", "2.0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := newStage(t, tt.handler)
			client := newTestClient(t, server.URL, func(o *Options) { o.Token = "" })
			h := client.Health.Race(t.Context())
			if h.TCP.State != tt.tcp || h.HTTP.State != tt.web || h.Application.State != tt.app || h.Name != tt.name2 || h.Version != tt.version {
				t.Errorf("got %+v", h)
			}
		})
	}
	t.Run("away", func(t *testing.T) {
		t.Parallel()
		h := newTestClient(t, closedPort(t)).Health.Race(t.Context())
		if h.TCP.State != StateFailed || h.Application.State != StateUnknown {
			t.Errorf("got %+v", h)
		}
	})
}
