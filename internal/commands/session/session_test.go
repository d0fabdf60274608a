package session

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/sandbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// TestAnExpiredSessionIsNotTaken by the platform's clock, even where this machine's is an hour off.
func TestAnExpiredSessionIsNotTaken(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{-time.Hour, 0, time.Hour} {
		var ahead atomic.Int64
		clock := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		client := signedOut(t, clock)
		made, err := client.Sessions.Create(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		console := terminal.New(terminal.Options{In: strings.NewReader(""), Out: &out, Err: &bytes.Buffer{},
			Now: func() time.Time { return clock().Add(off) }})
		console.Wish(terminal.Wishes{JSON: true})
		connect := always(client)
		status := func(want string) (s Status) {
			out.Reset()
			if err := statusRun(t.Context(), &StatusOptions{Console: console, Platform: connect, Token: made.Token}); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(out.Bytes(), &s); err != nil || s.State != want || s.PlatformStatus != "active" {
				t.Errorf("this clock %s off: got %s, want %s", off, out.String(), want)
			}
			return s
		}
		if s := status(platform.SessionActive); s.SecondsLeft < 500 || s.SecondsLeft > 600 {
			t.Errorf("%d seconds left", s.SecondsLeft)
		}
		ahead.Store(int64(11 * time.Minute))
		if s := status(platform.SessionExpired); s.SecondsLeft != 0 {
			t.Errorf("%d seconds left of an expired session", s.SecondsLeft)
		}
		var expired *ExpiredError
		if err := guestRun(t.Context(), &TakeOptions{Console: console, Platform: connect, Token: made.Token}); !errors.As(err, &expired) {
			t.Errorf("got %v", err)
		}
		status(platform.SessionExpired)
	}
}

func always(c *platform.Client) func() (*platform.Client, error) {
	return func() (*platform.Client, error) { return c, nil }
}

// signedOut is a client of a sandbox with that clock, which its answers carry too.
func signedOut(t *testing.T, clock func() time.Time) *platform.Client {
	t.Helper()
	box, err := sandbox.Open(sandbox.Options{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", clock().UTC().Format(http.TimeFormat))
		box.Handler().ServeHTTP(w, r)
	}))
	t.Cleanup(func() { server.Close(); _ = box.Close() })
	client, err := platform.New(platform.Options{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func TestSecondsAreRoundedUp(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]int64{0: 0, 1: 1, time.Second: 1, time.Second + 1: 2, 10 * time.Minute: 600} {
		if got := seconds(d); got != want {
			t.Errorf("%s: got %d, want %d", d, got, want)
		}
	}
}

func TestATokenMayComeFromStandardInput(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		word, in, want string
		refused        bool
	}{
		{"abc", "", "abc", false}, {"-", "abc\r\nmore\n", "abc", false}, {"-", "abc", "abc", false},
		{"-", "", "", true}, {"-", "\n", "", true}, {"-", strings.Repeat("x", 5000), "", true},
	} {
		console := terminal.New(terminal.Options{In: strings.NewReader(tt.in), Out: &bytes.Buffer{}, Err: &bytes.Buffer{}})
		got, err := token(console, tt.word)
		if (err != nil) != tt.refused || err == nil && got != tt.want {
			t.Errorf("%q with %.10q: got %q, %v", tt.word, tt.in, got, err)
		}
	}
}

func TestTheVerbsWantOneToken(t *testing.T) {
	t.Parallel()
	console := terminal.New(terminal.Options{In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: &bytes.Buffer{}})
	box := toolbox.New(console, toolbox.Version{}, toolbox.System{}, func(error) {})
	for _, make := range []func() *cobra.Command{
		func() *cobra.Command { return NewClaim(box, never[TakeOptions](t)) }, func() *cobra.Command { return NewGuest(box, never[TakeOptions](t)) },
		func() *cobra.Command { return NewStatus(box, never[StatusOptions](t)) },
	} {
		for _, args := range [][]string{{}, {"a", "b"}, {"-"}} {
			cmd := make()
			cmd.SetArgs(args)
			cmd.SilenceErrors, cmd.SilenceUsage = true, true
			var usage *toolbox.UsageError
			if err := cmd.Execute(); !errors.As(err, &usage) {
				t.Errorf("%s %q: got %v", cmd.Name(), args, err)
			}
		}
	}
}

func never[O any](t *testing.T) func(context.Context, *O) error {
	return func(_ context.Context, o *O) error { t.Errorf("ran with %+v", o); return nil }
}
