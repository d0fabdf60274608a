package platform

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"
)

// canary is the token of every test client; no error, trace or formatted value may ever show it.
const canary = "77|canaryCANARYcanaryCANARYcanaryCANARYcanaryCANARY"

// stage is a server on the loopback address that answers from a handler and remembers what it was asked.
type stage struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
}

func newStage(t *testing.T, handler http.HandlerFunc) *stage {
	t.Helper()
	s := &stage{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.requests, s.bodies = append(s.requests, r), append(s.bodies, string(body))
		s.mu.Unlock()
		handler(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *stage) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

// all returns every request so far; bodies are already read.
func (s *stage) all() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

func (s *stage) last(t *testing.T) (*http.Request, string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.requests) == 0 {
		t.Fatal("no request arrived")
	}
	return s.requests[len(s.requests)-1], s.bodies[len(s.bodies)-1]
}

// newTestClient never really sleeps between attempts.
func newTestClient(t *testing.T, url string, change ...func(*Options)) *Client {
	t.Helper()
	opts := Options{URL: url, Token: canary, Timeout: 5 * time.Second,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
	for _, f := range change {
		f(&opts)
	}
	c, err := New(opts)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(c.Close)
	return c
}

// answers always says the same.
func answers(status int, contentType, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// says answers with JSON.
func says(status int, body string) http.HandlerFunc { return answers(status, "application/json", body) }

// cuts promises more bytes than it sends and then resets the connection.
func cuts(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "5000")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

// dies closes the connection instead of answering.
func dies(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func mustDecimal(t testing.TB, text string) Decimal {
	t.Helper()
	d, err := ParseDecimal(text)
	if err != nil {
		t.Fatalf("ParseDecimal(%q): %v", text, err)
	}
	return d
}

func validDeposit(t testing.TB) DepositCreate {
	return DepositCreate{RVMID: 1, WasteType: "plastic", Weight: mustDecimal(t, "0.5"), Quantity: 3}
}
