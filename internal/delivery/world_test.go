package delivery

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/sandbox"
)

// world is a sandbox over HTTP that counts what reaches it, an outbox, and somebody signed in.
type world struct {
	t     *testing.T
	box   *sandbox.Server
	url   string
	dir   string
	store *outbox.Store
	mu    sync.Mutex
	calls map[string]int
	token string
	// delay is how long a deposit takes, whether or not anybody waits for it.
	delay atomic.Int64
}

// slow does what was asked although its sender has gone, as a platform behind a gateway does.
func (w *world) slow(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if d := time.Duration(w.delay.Load()); d > 0 && r.Method == http.MethodPost && r.URL.Path == "/api/v2/deposits" {
			body, _ := io.ReadAll(r.Body)
			r = r.WithContext(context.WithoutCancel(r.Context()))
			r.Body = io.NopCloser(bytes.NewReader(body))
			time.Sleep(d)
		}
		next.ServeHTTP(rw, r)
	})
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, calls: map[string]int{}, dir: t.TempDir()}
	box, err := sandbox.Open(sandbox.Options{Log: func(method, path string, _ int, _ time.Duration) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.calls[method+" "+path]++
	}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(w.slow(box.Handler()))
	t.Cleanup(func() { server.Close(); _ = box.Close() })
	w.box, w.url = box, server.URL
	w.token = w.login(t.Context(), "operator@myrvm.com")
	w.store = w.open()
	return w
}

func (w *world) open() *outbox.Store {
	w.t.Helper()
	s, err := outbox.Open(w.t.Context(), w.dir, outbox.Options{Ballast: 1 << 16})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = s.Close() })
	return s
}

func (w *world) login(ctx context.Context, who string) string {
	w.t.Helper()
	anonymous, err := platform.New(platform.Options{URL: w.url})
	if err != nil {
		w.t.Fatal(err)
	}
	defer anonymous.Close()
	login, err := anonymous.Auth.Login(ctx, who, sandbox.DemoPassword)
	if err != nil {
		w.t.Fatal(err)
	}
	return login.Token.Reveal()
}

func tokenID(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func (w *world) connect(context.Context) (*platform.Client, string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	client, err := platform.New(platform.Options{URL: w.url, Token: w.token, ReadAttempts: 1})
	return client, tokenID(w.token), err
}

// courier sends in the name of the world's operator, with waits too short to be noticed.
func (w *world) courier(change func(*Options)) *Courier {
	o := Options{Store: w.store, Connect: w.connect, Profile: "p", Targets: []string{w.url}, Settle: 300 * time.Millisecond}
	if change != nil {
		change(&o)
	}
	c := New(o)
	c.random = func() float64 { return 0 }
	c.poll = 20 * time.Millisecond
	return c
}

func (w *world) count(call string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls[call]
}

func (w *world) fail(faults ...string) {
	w.t.Helper()
	all, err := sandbox.ParseFaults(faults)
	if err != nil {
		w.t.Fatal(err)
	}
	w.box.SetFaults(all...)
}

func (w *world) ledger() sandbox.Ledger {
	w.t.Helper()
	l, err := w.box.Ledger()
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

func (w *world) add(n outbox.New, err error) string {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	if _, _, err := w.store.Add(w.t.Context(), n); err != nil {
		w.t.Fatal(err)
	}
	return n.Key
}

// deposit puts one in that is like no other.
func (w *world) deposit(session string, grams int) string {
	w.t.Helper()
	return w.add(DepositEntry("p", w.url, platform.DepositCreate{RVMID: 1, WasteType: "plastic", Weight: platform.NewDecimal(int64(grams), -3), Quantity: 1, SessionToken: session}, ""))
}

func (w *world) entry(key string) outbox.Entry {
	w.t.Helper()
	e, err := w.store.Get(w.t.Context(), key)
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

func (w *world) is(key string, want outbox.State) outbox.Entry {
	w.t.Helper()
	e := w.entry(key)
	if e.State != want {
		w.t.Fatalf("entry is %s, not %s: %s", e.State, want, e.Reason)
	}
	return e
}

// mine are the deposits that were made beside those the sandbox begins with.
func (w *world) mine() (mine []sandbox.LedgerDeposit) {
	w.t.Helper()
	for _, d := range w.ledger().Deposits {
		if d.SessionToken != "" {
			mine = append(mine, d)
		}
	}
	return mine
}

func (w *world) flush(c *Courier) Summary {
	w.t.Helper()
	s, err := c.Flush(w.t.Context(), FlushOptions{Now: true})
	if err != nil {
		w.t.Logf("flush: %v", err)
	}
	return s
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatal("waited in vain for " + what)
}

func session(n int) string { return fmt.Sprintf("person-%d", n) }

// impatient gives a client that waits a short while for an answer.
func impatient(w *world) func(context.Context) (*platform.Client, string, error) {
	return func(context.Context) (*platform.Client, string, error) {
		client, err := platform.New(platform.Options{URL: w.url, Token: w.token, ReadAttempts: 1, Timeout: 500 * time.Millisecond})
		return client, tokenID(w.token), err
	}
}
