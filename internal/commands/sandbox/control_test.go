package sandbox

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	server "github.com/myrvm/rvmctl/internal/sandbox"
)

func TestOnlyThisMachineIsAsked(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"http://127.0.0.1:8001": true, "http://localhost": true, "http://[::1]:8001/": true, "http://127.9.9.9": true,
		"http://192.0.2.1:8001": false, "http://platform.example": false, "http://localhost.example": false, "": false, "http://%zz": false,
	} {
		if got := loopback(address); got != want {
			t.Errorf("%q: got %t, want %t", address, got, want)
		}
	}
}

// asked is a control of what answers with a handler.
func asked(t *testing.T, handler http.HandlerFunc) *control {
	t.Helper()
	web := httptest.NewServer(handler)
	t.Cleanup(web.Close)
	client, err := platform.New(platform.Options{URL: web.URL, Token: "never-sent", ReadAttempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &control{client}
}

func TestWhatIsNoSandbox(t *testing.T) {
	t.Parallel()
	var report server.FaultReport
	another := asked(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("a token went along")
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"message":"The route sandbox/faults could not be found."}`))
	})
	var no *platform.Error
	if err := another.ask(t.Context(), "GET", "faults", nil, &report); !errors.As(err, &no) || !no.RouteMissing() {
		t.Errorf("a platform: got %v, want a missing route", err)
	}
	strange := asked(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"faults":"none"}`))
	})
	if err := strange.ask(t.Context(), "GET", "faults", nil, &report); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("something strange: got %v, want that it cannot be read", err)
	}
}

func TestCheckFaults(t *testing.T) {
	t.Parallel()
	if faults, err := checkFaults([]string{"deposits=503x2", "all=latency=1ms"}); err != nil || len(faults) != 2 {
		t.Errorf("got %v, %v", faults, err)
	}
	var usage *toolbox.UsageError
	if _, err := checkFaults([]string{"deposits=503x2", "nowhere=503"}); !errors.As(err, &usage) ||
		usage.Fact != `fault "nowhere=503": nothing is called "nowhere"` || !strings.HasPrefix(usage.Hint, "possible: all, auth, ") {
		t.Errorf("got %v", err)
	}
	if places, _ := completeFault(nil, nil, "de"); !slices.Equal(places, []string{"deposits=", "detections=", "devices="}) {
		t.Errorf("got %v as completions", places)
	}
}

func TestNewLedger(t *testing.T) {
	t.Parallel()
	s, err := server.Open(server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	held, err := s.Ledger()
	if err != nil {
		t.Fatal(err)
	}
	if l := newLedger(held); l.Deposits == nil || l.PaidAgain == nil || l.Credited != "0.00" {
		t.Errorf("got %+v, want empty lists and no money", l)
	}
	held.Deposits = []server.LedgerDeposit{{ID: 4, Credits: 3}, {ID: 5, Credits: 1}}
	held.Uploads = []server.LedgerUpload{{Overwritten: 2}, {Overwritten: 1}}
	if l := newLedger(held); l.Credits != 4 || !slices.Equal(l.PaidAgain, []int64{4}) || l.Overwritten != 3 || l.Uploads != 2 {
		t.Errorf("got %+v", l)
	}
}
