package platform_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/sandbox"
)

// faultyClient is an administrator's client of a sandbox that goes wrong as told once it is signed in, and what it has asked since.
func faultyClient(t *testing.T, faults ...string) (c *platform.Client, box *sandbox.Server, asked func() string) {
	t.Helper()
	var mu sync.Mutex
	var lines []string
	box, err := sandbox.Open(sandbox.Options{Log: func(method, path string, _ int, _ time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, method+" "+strings.TrimPrefix(path, "/api/v2"))
	}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(box.Handler())
	t.Cleanup(func() { server.Close(); _ = box.Close() })
	anonymous, err := platform.New(platform.Options{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	login, err := anonymous.Auth.Login(t.Context(), "admin@myrvm.com", sandbox.DemoPassword)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = platform.New(platform.Options{URL: server.URL, Token: login.Token.Reveal(), ReadAttempts: 1}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	var all []sandbox.Fault
	for _, text := range faults {
		fault, err := sandbox.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fault)
	}
	box.SetFaults(all...)
	return c, box, func() string {
		mu.Lock()
		defer mu.Unlock()
		return strings.Join(lines[1:], ", ")
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
	c, box, _ := faultyClient(t)
	made, err := c.Sessions.Create(t.Context(), 3)
	if err != nil || made.Left(made.ServerTime) < 9*time.Minute {
		t.Fatalf("create: %+v, %v", made, err)
	}
	box.Advance(11 * time.Minute)
	late, err := c.Sessions.Status(t.Context(), made.Token)
	if now := time.Now().Add(11 * time.Minute); err != nil || late.Status != platform.SessionActive || late.State(now) != platform.SessionExpired {
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

// TestAClaimWhoseAnswerIsLostIsUnknown also for the platform that says 500 after it has stored the claim.
func TestAClaimWhoseAnswerIsLostIsUnknown(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"claim=drop-response", "claim=500-after-commit"} {
		c, _, _ := faultyClient(t, fault)
		made, err := c.Sessions.Create(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		var unknown *platform.UncertainError
		if _, err := c.Sessions.Claim(t.Context(), made.Token); !errors.As(err, &unknown) {
			t.Errorf("%s: got %v", fault, err)
		}
		if now, err := c.Sessions.Status(t.Context(), made.Token); err != nil || now.State(time.Now()) != platform.SessionClaimed {
			t.Errorf("%s: the platform holds %+v, %v", fault, now, err)
		}
	}
}
