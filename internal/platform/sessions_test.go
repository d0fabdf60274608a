package platform

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// played is a client that gets the recorded answer of that name, whatever it asks.
func played(t *testing.T, name string) *Client {
	t.Helper()
	for _, r := range mustRecords(t) {
		if r.Name == name {
			c, err := New(Options{URL: "http://127.0.0.1:1", Token: canary, ReadAttempts: 1,
				Transport: replay{r.Response.Status, r.Response.Headers, r.Response.Body}})
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
	}
	t.Fatalf("nothing was recorded as %s", name)
	return nil
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	when, err := ParseTime(text)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

// TestSessionCalls checks method, path, body and whether the token goes along.
func TestSessionCalls(t *testing.T) {
	t.Parallel()
	const answer = `{"success":true,"data":{"id":0,"session_id":0,"session_token":"abc","rvm_id":"3","user_name":"A","status":"active"}}`
	for _, tt := range []struct {
		name, want, body string
		signed           bool
		run              func(*Client) (Session, error)
	}{
		{"create", "POST /api/v2/rvm/session/create", `{"rvm_id":3}`, false,
			func(c *Client) (Session, error) { return c.Sessions.Create(t.Context(), 3) }},
		{"claim", "POST /api/v2/rvm/session/claim", `{"session_token":"abc"}`, true,
			func(c *Client) (Session, error) { return c.Sessions.Claim(t.Context(), "abc") }},
		{"guest", "POST /api/v2/rvm/session/activate-guest", `{"session_token":"abc"}`, false,
			func(c *Client) (Session, error) { return c.Sessions.ActivateGuest(t.Context(), "abc") }},
		{"status", "GET /api/v2/rvm/session/status?session_token=abc", "", false,
			func(c *Client) (Session, error) { return c.Sessions.Status(t.Context(), "abc") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := newStage(t, says(http.StatusOK, answer))
			got, err := tt.run(newTestClient(t, server.URL))
			if err != nil || got.Token != "abc" || got.RVMID != 3 || got.ServerTime.IsZero() {
				t.Errorf("got %+v, %v", got, err)
			}
			request, body := server.last(t)
			if line := request.Method + " " + request.URL.String(); line != tt.want || body != tt.body {
				t.Errorf("asked %s with %s, want %s with %s", line, body, tt.want, tt.body)
			}
			if signed := request.Header.Get("Authorization") != ""; signed != tt.signed {
				t.Errorf("token sent: %t, want %t", signed, tt.signed)
			}
		})
	}
}

func TestSessionsAsTheyWereRecorded(t *testing.T) {
	t.Parallel()
	const one, two, three = "00000001-0000-4000-8000-000000000001", "00000002-0000-4000-8000-000000000002", "00000003-0000-4000-8000-000000000003"
	expires, opened := at(t, "2026-11-23T09:53:38Z"), at(t, "2026-11-23T09:43:38Z")
	john := int64(7)
	for _, tt := range []struct {
		name string
		run  func(*Client) (Session, error)
		want Session
		now  time.Time
		// state and left are at the time now.
		state string
		left  time.Duration
	}{
		{"session_create_ok", func(c *Client) (Session, error) { return c.Sessions.Create(t.Context(), 1) },
			Session{Token: one, RVMID: 1, Status: "active", ExpiresAt: expires}, opened, SessionActive, 10 * time.Minute},
		{"session_create_rvm_id_string", func(c *Client) (Session, error) { return c.Sessions.Create(t.Context(), 1) },
			Session{Token: two, RVMID: 1, Status: "active", ExpiresAt: expires}, expires.Add(-1), SessionActive, 1},
		{"session_status_ok", func(c *Client) (Session, error) { return c.Sessions.Status(t.Context(), one) },
			Session{Token: one, RVMID: 1, Status: "active", CreatedAt: opened, ExpiresAt: expires}, expires, SessionExpired, 0},
		{"session_claim_ok", func(c *Client) (Session, error) { return c.Sessions.Claim(t.Context(), one) },
			Session{Token: one, RVMID: 1, Status: "claimed", UserName: "John Doe"}, opened, SessionGuest, 0},
		{"session_status_claimed", func(c *Client) (Session, error) { return c.Sessions.Status(t.Context(), one) },
			Session{Token: one, RVMID: 1, Status: "claimed", UserID: &john, CreatedAt: opened, ExpiresAt: expires}, expires.Add(time.Hour), SessionClaimed, 0},
		{"session_guest_ok", func(c *Client) (Session, error) { return c.Sessions.ActivateGuest(t.Context(), two) },
			Session{Token: two, RVMID: 1, Status: "claimed", Mode: "guest_donation"}, opened, SessionGuest, 0},
		{"session_status_guest", func(c *Client) (Session, error) { return c.Sessions.Status(t.Context(), two) },
			Session{Token: two, RVMID: 1, Status: "claimed", CreatedAt: opened, ExpiresAt: expires}, opened, SessionGuest, 0},
		{"session_status_expired_still_active", func(c *Client) (Session, error) { return c.Sessions.Status(t.Context(), three) },
			Session{Token: three, RVMID: 2, Status: "active", CreatedAt: opened, ExpiresAt: at(t, "2026-11-23T08:43:40Z")}, opened, SessionExpired, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := tt.run(played(t, tt.name))
			if err != nil {
				t.Fatal(err)
			}
			got.ServerTime = time.Time{}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if state, left := got.State(tt.now), got.Left(tt.now); state != tt.state || left != tt.left {
				t.Errorf("got %s and %s left, want %s and %s", state, left, tt.state, tt.left)
			}
		})
	}
}

func TestASessionThatCannotBeTakenSaysWhy(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct{ taken, missing bool }{
		"session_claim_twice_409": {true, false}, "session_guest_twice_409": {true, false}, "session_claim_after_guest_409": {true, false},
		"session_claim_unknown": {false, true}, "session_status_unknown": {false, true}, "session_claim_missing": {false, false},
	} {
		_, err := played(t, name).Sessions.Claim(t.Context(), "nope")
		no, ok := err.(*Error) //nolint:errorlint // it must be the refusal itself, nothing around it
		if !ok || !no.AboutSession() || no.TakenSession() != want.taken || no.NotFound() != want.missing {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if (&Error{Status: 409, Path: "/api/v2/rvms/1"}).TakenSession() {
		t.Error("the refusal to delete a machine passes for a taken session")
	}
}

// TestASuccessThatNamesNoSessionIsNone also makes sure that no error repeats the token.
func TestASuccessThatNamesNoSessionIsNone(t *testing.T) {
	t.Parallel()
	const token = "5f0e8c1e-2f6d-4b7e-9a61-0c9d2f1f6a55"
	calls := map[string]struct {
		run  func(*Client) error
		want string
	}{
		"create": {func(c *Client) error { _, err := c.Sessions.Create(t.Context(), 1); return err }, "uncertain"},
		"claim":  {func(c *Client) error { _, err := c.Sessions.Claim(t.Context(), token); return err }, "uncertain"},
		"guest":  {func(c *Client) error { _, err := c.Sessions.ActivateGuest(t.Context(), token); return err }, "uncertain"},
		"status": {func(c *Client) error { _, err := c.Sessions.Status(t.Context(), token); return err }, "foreign"},
	}
	for _, body := range []string{
		`{"success":true}`, `{"success":true,"data":[]}`, `{"success":true,"data":{"rvm_id":1,"status":"active"}}`,
		`{"success":true,"data":{"session_token":"","rvm_id":1,"status":"active"}}`,
		`{"success":true,"data":{"session_token":"x\u0000y","rvm_id":1,"status":"active"}}`,
		`{"success":true,"data":{"session_token":"other","rvm_id":2,"status":""},"echo":"` + token + `"}`,
		`{"success":true,"data":{"session_token":{},"rvm_id":1}}`, `{"success":false,"message":"` + token + `"}`,
	} {
		for name, tt := range calls {
			err := tt.run(newTestClient(t, newStage(t, says(http.StatusOK, body)).URL))
			want := tt.want
			if want == "foreign" && strings.Contains(body, "false") {
				want = "refused"
			}
			if got := verdictOf(err); got != want {
				t.Errorf("%s with %s: got %s, want %s", name, body, got, want)
			}
			if name != "create" && strings.Contains(everything(err), token) {
				t.Errorf("%s: the token shows in %s", name, everything(err))
			}
		}
	}
}

func TestASessionTokenIsCheckedBeforeItLeaves(t *testing.T) {
	t.Parallel()
	server := newStage(t, says(http.StatusOK, `{}`))
	c := newTestClient(t, server.URL)
	for _, token := range []string{"", " a", "a ", "a\x00b", "a\nb", "\xff", strings.Repeat("x", 256)} {
		for name, call := range map[string]func() error{
			"claim":  func() error { _, err := c.Sessions.Claim(t.Context(), token); return err },
			"guest":  func() error { _, err := c.Sessions.ActivateGuest(t.Context(), token); return err },
			"status": func() error { _, err := c.Sessions.Status(t.Context(), token); return err },
		} {
			if got := verdictOf(call()); got != "limit" {
				t.Errorf("%s of %q: got %s", name, token, got)
			}
		}
	}
	if _, err := c.Sessions.Create(t.Context(), 0); verdictOf(err) != "limit" {
		t.Errorf("create at rvm 0: %v", err)
	}
	if server.count() > 0 {
		t.Errorf("%d requests left", server.count())
	}
}

func TestTheClockIsThePlatformsWhereItTells(t *testing.T) {
	t.Parallel()
	local, server := at(t, "2026-11-23T09:00:00Z"), at(t, "2026-11-23T12:00:00Z")
	if got := (Session{}).Clock(local); got != local {
		t.Errorf("got %s without a Date", got)
	}
	if got := (Session{ServerTime: server}).Clock(local); got != server {
		t.Errorf("got %s with a Date", got)
	}
	// A platform that does not say when a session ends is believed.
	if got := (Session{Status: SessionActive}).State(local); got != SessionActive {
		t.Errorf("got %s without an expiry", got)
	}
}
