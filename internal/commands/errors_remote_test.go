package commands

import (
	"io"
	"strings"
	"testing"

	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/platform"
)

func TestExplainTellsMachinesFromPeople(t *testing.T) {
	t.Parallel()
	refused := func(path string) error {
		return &platform.Error{Status: 401, Machine: true, Method: "POST", Path: path}
	}
	lost := func(path string) error { return &platform.UncertainError{Method: "POST", Path: path, Err: io.EOF} }
	for _, tt := range []struct {
		name string
		err  error
		code int
		hint string
	}{
		{"a wrong api key", refused("/api/v2/rvm/self/claim"), exitSignIn, "rvmctl rvm show"},
		{"a void machine token", refused("/api/rvm/validate-token"), exitSignIn, "rvmctl device token create"},
		{"tokens for the signed in only", refused("/api/rvm/generate-token"), exitSignIn, "web console"},
		{"a wrong access pin", &platform.Error{Status: 401, Message: "Invalid access pin", Path: "/api/v2/admin/rvm/1/remote-access"}, exitRefused, "correct"},
		{"a missing key file", &config.SecretFileError{What: "api key", Path: "f", Missing: true}, exitNotFound, "path"},
		{"an open key file", &config.SecretFileError{What: "api key", Path: "f", Fix: "chmod 600 f"}, exitConfig, "chmod 600 f"},
		{"an empty key file", &config.SecretFileError{What: "api key", Path: "f"}, exitConfig, "api key"},
		{"a build without remote access", &platform.WebConsoleError{Method: "GET", Path: "/x", Err: &platform.Error{Status: 404}}, exitNotFound, "browser"},
		{"a made-up answer", &platform.SimulatedError{Command: "open_door", RVMID: 1}, exitFailure, "not done"},
		{"access that somebody has", &platform.Error{Status: 409, Path: "/api/v2/rvms/1/remote-access/start"}, exitRefused, "rvmctl remote status"},
		{"no access to end", &platform.Error{Status: 404, Message: "No active remote access session found", Path: "/api/v2/rvms/1/remote-access/stop"}, exitNotFound, "rvmctl remote status"},
		{"no machine to end it at", &platform.Error{Status: 404, Message: "RVM not found", Path: "/api/v2/rvms/9/remote-access/stop"}, exitNotFound, "check the number"},
		{"a lost start", lost("/api/v2/rvms/1/remote-access/start"), exitFailure, "rvmctl remote status"},
		{"a lost command", lost("/api/rvm/1/execute-command"), exitFailure, "look at the machine"},
		{"a lost token", lost("/api/rvm/generate-token"), exitFailure, "rvmctl device token create"},
		{"a lost claim", lost("/api/v2/rvm/self/claim"), exitFailure, "no harm"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := Explain(tt.err)
			if got.Code != tt.code || !strings.Contains(got.Hint, tt.hint) || got.Fact == "" || strings.Contains(got.Hint, "rvmctl login") {
				t.Errorf("got %+v, want code %d and a hint with %q", got, tt.code, tt.hint)
			}
		})
	}
}

func TestExplainTellsAClosedMachineFromAPlatformThatIsAway(t *testing.T) {
	t.Parallel()
	closed := &platform.Error{Status: 503, Path: "/api/v2/rvms/1/remote-access/start", Message: "Service port 5001 is not available",
		Body: `{"success":false,"message":"Service port 5001 is not available"}`}
	if got := Explain(closed); got.Code != exitRefused || got.Retryable || !strings.Contains(got.Fact, "does not reach the machine") {
		t.Errorf("got %+v, want a refusal about the machine", got)
	}
	closed.Body, closed.Message = `{"message":"Service Unavailable"}`, "Service Unavailable"
	if got := Explain(closed); got.Code != exitUnreachable {
		t.Errorf("got %+v, want the platform away", got)
	}
}
