package network_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/network"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/sandbox"
)

// way is one address of a platform, counted, and broken when a test wants it.
type way struct {
	*httptest.Server
	posts, reads atomic.Int64
	mu           sync.Mutex
	broken       http.HandlerFunc
}

func newWay(t *testing.T, platform http.Handler) *way {
	t.Helper()
	w := &way{}
	w.Server = httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodGet:
			w.posts.Add(1)
		case strings.HasPrefix(r.URL.Path, "/api/v2/"):
			w.reads.Add(1)
		}
		w.mu.Lock()
		broken := w.broken
		w.mu.Unlock()
		if broken != nil {
			broken(out, r)
			return
		}
		platform.ServeHTTP(out, r)
	}))
	t.Cleanup(w.Close)
	return w
}

func (w *way) breaks(h http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = h
}

// dies carries the request out and takes the answer with it.
func dies(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// hangs never answers.
func hangs(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// site is one platform behind two addresses, or two platforms.
type site struct {
	tunnel, local *way
	token, state  string
	use           network.Settings
}

func newSite(t *testing.T, twins bool) *site {
	t.Helper()
	open := func() *sandbox.Server {
		server, err := sandbox.Open(sandbox.Options{Friendly: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = server.Close() })
		return server
	}
	one := open()
	other := one
	if !twins {
		other = open()
	}
	s := &site{tunnel: newWay(t, one.Handler()), local: newWay(t, other.Handler()), state: filepath.Join(t.TempDir(), "default.json")}
	s.use = network.Settings{URL: s.local.URL, TunnelURL: s.tunnel.URL, UseTunnel: true, Fallback: true, TunnelType: "zerotier"}
	c, err := platform.New(platform.Options{URL: s.tunnel.URL})
	if err != nil {
		t.Fatal(err)
	}
	login, err := c.Auth.Login(t.Context(), "operator@myrvm.com", sandbox.DemoPassword)
	if err != nil {
		t.Fatal(err)
	}
	s.token = login.Token.Reveal()
	s.tunnel.posts.Store(0)
	return s
}

// process is a new process of the same profile.
func (s *site) process(t *testing.T) (*platform.Client, *network.Selector) {
	t.Helper()
	selector, err := network.New(network.Options{Settings: s.use, Token: s.token, Store: &network.Store{Path: s.state, Warn: t.Logf},
		Dial: func(base, token string, header http.Header) (*platform.Client, error) {
			return platform.New(platform.Options{URL: base, Token: token, Header: header, ReadAttempts: 1})
		}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := platform.New(platform.Options{URL: selector.Preferred().Base, Token: s.token, Endpoints: selector, ReadAttempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, selector
}

func deposit(t *testing.T) platform.DepositCreate {
	t.Helper()
	w, err := platform.ParseDecimal("0.5")
	if err != nil {
		t.Fatal(err)
	}
	return platform.DepositCreate{RVMID: 1, WasteType: "plastic", Weight: w, Quantity: 1}
}

// seen lets a process learn who the preferred address is.
func (s *site) seen(t *testing.T) {
	t.Helper()
	c, _ := s.process(t)
	if _, err := c.Auth.Me(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestATunnelThatDiesMidRequest is target F7.
func TestATunnelThatDiesMidRequest(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]http.HandlerFunc{"cut": dies, "silent": hangs} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, true)
			s.seen(t)
			s.tunnel.breaks(broken)
			began := time.Now()
			c, _ := s.process(t)
			if _, err := c.Auth.Me(t.Context()); err != nil || c.Served() != s.local.URL {
				t.Fatalf("served by %q: %v", c.Served(), err)
			}
			took := time.Since(began)
			t.Logf("a read was answered by the other address after %s", took.Round(time.Millisecond))
			if took > 10*time.Second {
				t.Errorf("a read took %s; 6 s are the promise, on a machine that has time", took)
			}
		})
	}
}

func TestAnAmbiguousDepositIsSentOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	s.seen(t)
	s.tunnel.breaks(dies)
	c, _ := s.process(t)
	_, err := c.Deposits.Create(t.Context(), deposit(t))
	var unknown *platform.UncertainError
	if !errors.As(err, &unknown) || s.tunnel.posts.Load() != 1 || s.local.posts.Load() != 0 {
		t.Errorf("got %v; %d and %d posts", err, s.tunnel.posts.Load(), s.local.posts.Load())
	}
}

func TestADepositGoesElsewhereWhenNothingListens(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	s.seen(t)
	s.tunnel.Close()
	c, _ := s.process(t)
	if _, err := c.Deposits.Create(t.Context(), deposit(t)); err != nil || s.local.posts.Load() != 1 {
		t.Fatalf("got %v, %d posts", err, s.local.posts.Load())
	}
	// The next process knows, and pays next to nothing for it.
	began := time.Now()
	next, _ := s.process(t)
	if _, err := next.Deposits.Create(t.Context(), deposit(t)); err != nil || s.local.posts.Load() != 2 {
		t.Fatalf("got %v, %d posts", err, s.local.posts.Load())
	}
	t.Logf("the next process took %s", time.Since(began).Round(time.Millisecond))
	// 250 ms are the promise, on a machine that has time; a connection that is waited for takes 5 s.
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("the next process took %s", took)
	}
}

// TestALookAtADeadAddressHoldsNobodyUp opens the way back, so that the process looks at the preferred address, which hangs.
func TestALookAtADeadAddressHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	s.seen(t)
	store := &network.Store{Path: s.state}
	now := time.Now()
	order := []string{s.tunnel.URL, s.local.URL}
	store.Update(func(state network.State) network.State {
		state = state.After(network.Event{Base: s.tunnel.URL, Kind: network.NoConnection}, order, now.Add(-2*time.Minute))
		return state.After(network.Event{Base: s.tunnel.URL, Kind: network.ProbeBad}, order, now.Add(-6*time.Second))
	})
	s.tunnel.breaks(hangs)
	began := time.Now()
	c, _ := s.process(t)
	if _, err := c.Auth.Me(t.Context()); err != nil || c.Served() != s.local.URL {
		t.Fatalf("served by %q: %v", c.Served(), err)
	}
	took := time.Since(began)
	t.Logf("with a look at an address that hangs: %s", took.Round(time.Millisecond))
	// The look is given 250 ms; the request itself would be given 4 s.
	if took < 200*time.Millisecond || took > 3500*time.Millisecond {
		t.Errorf("it took %s", took)
	}
}

func TestAnotherPlatformGetsNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	s.seen(t)
	s.tunnel.Close()
	c, selector := s.process(t)
	_, err := c.Deposits.Create(t.Context(), deposit(t))
	var stranger *network.IdentityError
	var away *platform.UnreachableError
	if !errors.As(err, &stranger) || !stranger.Different || !errors.As(err, &away) || away.Sent || s.local.posts.Load() != 0 {
		t.Errorf("got %v, %d posts", err, s.local.posts.Load())
	}
	looks := selector.Survey(t.Context())
	if looks[1].Sameness != network.Different || looks[1].Well() {
		t.Errorf("got %+v", looks[1])
	}
}

func TestAnAddressThatContradictsGetsNoToken(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	s.seen(t)
	s.local.breaks(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("the token was shown to a stranger")
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"success":true,"data":{"status":"healthy","server":{"name":"MyRVM Platform (rvmctl sandbox)","version":"2.0","environment":"local"}}}`))
	})
	s.tunnel.Close()
	c, _ := s.process(t)
	_, err := c.Auth.Me(t.Context())
	var stranger *network.IdentityError
	if !errors.As(err, &stranger) || !stranger.Different || !strings.Contains(err.Error(), "environment") {
		t.Errorf("got %v", err)
	}
}

func TestWithoutAMemoryOfThePreferredAddressNoChangeGoesElsewhere(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	s.tunnel.Close()
	c, selector := s.process(t)
	_, err := c.Deposits.Create(t.Context(), deposit(t))
	var stranger *network.IdentityError
	if !errors.As(err, &stranger) || stranger.Different || s.local.posts.Load() != 0 {
		t.Errorf("got %v, %d posts", err, s.local.posts.Load())
	}
	if _, err := c.Auth.Me(t.Context()); err != nil {
		t.Errorf("a read: %v", err)
	}
	// A person's word is enough.
	selector.Pin(network.Local)
	if _, err := c.Deposits.Create(t.Context(), deposit(t)); err != nil || s.local.posts.Load() != 1 {
		t.Errorf("got %v, %d posts", err, s.local.posts.Load())
	}
}

func TestOneAddressOnly(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	s.seen(t)
	s.use.Fallback = false
	s.tunnel.Close()
	c, selector := s.process(t)
	if _, err := c.Auth.Me(t.Context()); err == nil || s.local.reads.Load() != 0 {
		t.Errorf("without fallback: %v, %d reads", err, s.local.reads.Load())
	}
	selector.Pin(network.Local)
	if _, err := c.Auth.Me(t.Context()); err != nil {
		t.Errorf("a choice is stronger: %v", err)
	}
	selector.Pin(network.Auto)
	if got := selector.Next(); got.Base != s.tunnel.URL {
		t.Errorf("got %+v", got)
	}
}

func TestCandidatesFollowTheSettings(t *testing.T) {
	t.Parallel()
	const a, b = "http://192.168.1.5:8001/", "https://x.ngrok.app"
	for _, tt := range []struct {
		name string
		set  network.Settings
		want string
	}{
		{"no tunnel", network.Settings{URL: a, UseTunnel: true}, "local http://192.168.1.5:8001"},
		{"the tunnel second", network.Settings{URL: a, TunnelURL: b}, "local http://192.168.1.5:8001 tunnel https://x.ngrok.app"},
		{"the tunnel first", network.Settings{URL: a, TunnelURL: b, UseTunnel: true}, "tunnel https://x.ngrok.app local http://192.168.1.5:8001"},
		{"twice the same", network.Settings{URL: a, TunnelURL: "http://192.168.1.5:8001", UseTunnel: true}, "local http://192.168.1.5:8001"},
	} {
		list, err := tt.set.Candidates()
		var words []string
		for _, c := range list {
			words = append(words, string(c.Role), c.Base)
		}
		if got := strings.Join(words, " "); err != nil || got != tt.want {
			t.Errorf("%s: got %s, %v", tt.name, got, err)
		}
	}
	if _, err := (network.Settings{URL: a, TunnelURL: "ftp://x"}).Candidates(); err == nil {
		t.Error("ftp is taken")
	}
	list, _ := network.Settings{URL: a, TunnelURL: "http://203.0.113.9", TunnelType: "ngrok"}.Candidates()
	if list[1].Unfit == nil || len(list[1].Header) != 1 || list[0].Unfit != nil {
		t.Errorf("got %+v", list)
	}
}

func TestDoubtsAboutATunnel(t *testing.T) {
	t.Parallel()
	for url, kinds := range map[string]string{
		"http://172.28.233.83:8001": "cloudflare ngrok", "http://8.8.8.8": "zerotier tailscale cloudflare ngrok",
		"http://100.64.1.2": "zerotier cloudflare ngrok", "https://platform.example": "", "http://platform.example": "cloudflare ngrok", "": "",
	} {
		for _, kind := range []string{"zerotier", "tailscale", "cloudflare", "ngrok"} {
			got := network.Settings{TunnelURL: url, TunnelType: kind}.Doubts()
			if want := strings.Contains(kinds, kind); (len(got) > 0) != want {
				t.Errorf("%s through %s: got %q", kind, url, got)
			}
		}
	}
}
