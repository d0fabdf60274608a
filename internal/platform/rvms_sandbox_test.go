package platform_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/sandbox"
)

// hangUp stands for a line that breaks before anything was done.
const hangUp = -1

// spoilt is a sandbox some of whose answers are lost: a call that begins with a key of answers gets that status in place of its
// answer, below 500 without having been carried out; hangUp gets none.
type spoilt struct {
	sandbox *sandbox.Server
	answers map[string]int

	mu    sync.Mutex
	asked []string
}

func (s *spoilt) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	line := r.Method + " " + strings.TrimPrefix(r.URL.Path, "/api/v2")
	s.mu.Lock()
	s.asked = append(s.asked, line)
	s.mu.Unlock()
	code := s.answers[line]
	switch {
	case code == 0:
		s.sandbox.Handler().ServeHTTP(w, r)
		return
	case code == hangUp:
		panic(http.ErrAbortHandler)
	case code >= 500:
		s.sandbox.Handler().ServeHTTP(httptest.NewRecorder(), r)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = io.WriteString(w, `{"message":"spoilt"}`)
}

// spoiltClient is an administrator's client of such a sandbox, and what it has asked after its sign-in.
func spoiltClient(t *testing.T, now func() time.Time, answers map[string]int) (*platform.Client, func() string) {
	t.Helper()
	box, err := sandbox.Open(sandbox.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	s := &spoilt{sandbox: box, answers: answers}
	server := httptest.NewServer(s)
	t.Cleanup(func() { server.Close(); _ = box.Close() })
	anonymous, err := platform.New(platform.Options{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	login, err := anonymous.Auth.Login(t.Context(), "admin@myrvm.com", sandbox.DemoPassword)
	if err != nil {
		t.Fatal(err)
	}
	client, err := platform.New(platform.Options{URL: server.URL, Token: login.Token.Reveal(), ReadAttempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client, func() string {
		s.mu.Lock()
		defer s.mu.Unlock()
		return strings.Join(s.asked[1:], ", ")
	}
}

func TestTheLifeOfAMachineInTheSandbox(t *testing.T) {
	t.Parallel()
	c, ctx := signedIn(t, "admin@myrvm.com"), t.Context()
	made, err := c.RVMs.Create(ctx, platform.RVMCreate{Name: "RVM-042", LocationDescription: "Lobby – é你", Status: "inactive"})
	if err != nil || made.ID != 6 || made.APIKey.IsZero() || made.LocationDescription != "Lobby – é你" {
		t.Fatalf("create: %+v, %v", made, err)
	}
	var no *platform.Error
	if _, err := c.RVMs.Create(ctx, platform.RVMCreate{Name: "RVM-042", Status: "active"}); !errors.As(err, &no) || no.Fields["name"] == nil {
		t.Errorf("create again: %v", err)
	}
	changed, err := c.RVMs.Update(ctx, 6, platform.RVMUpdate{LocationDescription: "Hall B"})
	if err != nil || changed.Name != "RVM-042" || changed.Status != "inactive" || !changed.APIKey.Equal(made.APIKey) {
		t.Errorf("update: %+v, %v", changed, err)
	}
	fresh, err := c.RVMs.RegenerateKey(ctx, 6)
	if err != nil || fresh.APIKey.Equal(made.APIKey) {
		t.Errorf("regenerate: %v", err)
	}
	details, err := c.RVMs.Details(ctx, 6)
	if err != nil || !details.APIKey.Equal(fresh.APIKey) || details.RemoteAccess == nil {
		t.Errorf("details: %+v, %v", details, err)
	}
	if f, err := c.RVMs.Statistics(ctx, 6); err != nil || f.RVM.Name != "RVM-042" || f.Deposits.Total != 0 {
		t.Errorf("statistics: %+v, %v", f, err)
	}
	if _, err := c.Sessions.Create(ctx, 6); err != nil {
		t.Fatal(err)
	}
	var used *platform.RVMInUseError
	if err := c.RVMs.Delete(ctx, 6); !errors.As(err, &used) || used.Sessions != 1 {
		t.Errorf("delete with a session: %v", err)
	}
	if err := c.RVMs.Delete(ctx, 5); err != nil {
		t.Errorf("delete: %v", err)
	}
	for name, call := range map[string]func() error{
		"get": func() error { _, err := c.RVMs.Current(ctx, 5); return err }, "delete": func() error { return c.RVMs.Delete(ctx, 5) },
		"update":     func() error { _, err := c.RVMs.Update(ctx, 5, platform.RVMUpdate{Name: "x"}); return err },
		"regenerate": func() error { _, err := c.RVMs.RegenerateKey(ctx, 5); return err },
		"statistics": func() error { _, err := c.RVMs.Statistics(ctx, 5); return err },
		"details":    func() error { _, err := c.RVMs.Details(ctx, 5); return err },
		"status":     func() error { _, err := c.RVMs.StoreStatus(ctx, 5, "error"); return err },
	} {
		if err := call(); !errors.As(err, &no) || !no.NotFound() {
			t.Errorf("%s of a machine that is gone: %v", name, err)
		}
	}
}

func TestASessionInTheSandbox(t *testing.T) {
	t.Parallel()
	var ahead time.Duration
	var mu sync.Mutex
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return time.Now().Add(ahead)
	}
	c, _ := spoiltClient(t, clock, nil)
	made, err := c.Sessions.Create(t.Context(), 3)
	if err != nil || made.Left(clock()) < 9*time.Minute {
		t.Fatalf("create: %+v, %v", made, err)
	}
	mu.Lock()
	ahead = 11 * time.Minute
	mu.Unlock()
	late, err := c.Sessions.Status(t.Context(), made.Token)
	if err != nil || late.Status != platform.SessionActive || late.State(clock()) != platform.SessionExpired || late.Left(clock()) != 0 {
		t.Errorf("an expired session: %+v, %v", late, err)
	}
	claimed, err := c.Sessions.Claim(t.Context(), made.Token)
	if err != nil || claimed.UserName == "" {
		t.Errorf("the platform lets it be claimed: %+v, %v", claimed, err)
	}
	var no *platform.Error
	if _, err := c.Sessions.ActivateGuest(t.Context(), made.Token); !errors.As(err, &no) || !no.TakenSession() {
		t.Errorf("a second time: %v", err)
	}
	if _, err := c.Sessions.Create(t.Context(), 99); !errors.As(err, &no) || no.Fields["rvm_id"] == nil {
		t.Errorf("at no machine: %v", err)
	}
}
