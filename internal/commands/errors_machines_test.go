package commands

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/myrvm/rvmctl/internal/commands/maintenance"
	"github.com/myrvm/rvmctl/internal/commands/session"
	"github.com/myrvm/rvmctl/internal/platform"
)

func TestExplainMachinesAndSessions(t *testing.T) {
	t.Parallel()
	about := func(status int, path, message string) error {
		return &platform.Error{Status: status, Message: message, Method: "POST", Path: path}
	}
	lost := func(path string) error { return &platform.UncertainError{Path: path, Err: io.EOF} }
	const sessions = "/api/v2/rvm/session"
	for _, tt := range []struct {
		name       string
		err        error
		code       int
		fact, hint string
	}{
		{"a machine in use", &platform.RVMInUseError{RVMID: 7, Deposits: 1}, exitRefused, "1 deposit and 0 sessions", "rvmctl rvm set-status 7 inactive"},
		{"a machine in use, as the platform says", &platform.RVMInUseError{RVMID: 7, Err: &platform.Error{Status: 409}}, exitRefused, "", "set-status 7 inactive"},
		{"an expired session", &session.ExpiredError{}, exitRefused, "expired", "nothing was sent"},
		{"damaged notes", &maintenance.NotebookError{Path: "f", Reason: "is damaged"}, exitConfig, "f is damaged", "--status"},
		{"a status that nobody remembers", &maintenance.NothingRememberedError{RVMID: 3}, exitUsage, "rvm 3", "rvmctl maintenance end --rvm 3 --status active"},
		{"a taken session", about(409, sessions+"/claim", "Session is no longer available"), exitRefused, "somebody has the session already", "session status TOKEN"},
		{"no such session", about(404, sessions+"/status", "Session token not found or expired"), exitNotFound, "the platform has no such session", "not its number"},
		{"a session of a build without any", about(404, sessions+"/status", "The route api/v2/rvm/session/status could not be found."), exitNotFound,
			"this platform build lacks POST " + sessions + "/status", "platform build"},
		{"a session at no machine", about(422, sessions+"/create", "Validation failed"), exitRefused, "Validation failed", "correct"},
		{"claiming without a sign-in", about(401, sessions+"/claim", "Unauthenticated."), exitSignIn, "token", "rvmctl login"},
		{"a build that lets nobody open one without a sign-in", &platform.Error{Status: 401, Method: "POST", Path: sessions + "/create", Message: "Unauthenticated.", Anonymous: true},
			exitSignIn, "no token was sent", "rvmctl api POST " + sessions + "/create"},
		{"a conflict that is about no session", about(409, "/api/v2/rvms/1", "no"), exitRefused, "no", "correct"},
		{"no such machine", about(404, "/api/v2/admin/rvm/9/status", "RVM not found"), exitNotFound, "the platform has no rvm 9", "check the number"},
		{"a lost key", lost("/api/v2/rvms/1/regenerate-api-key"), exitFailure, "unknown", "rvmctl rvm show 1 --show-secrets"},
		{"a lost session", lost(sessions + "/create"), exitFailure, "unknown", "opening another does no harm"},
		{"a lost claim", lost(sessions + "/claim"), exitFailure, "unknown", "rvmctl session status TOKEN"},
		{"a lost machine", lost("/api/v2/rvms"), exitFailure, "unknown", "rvmctl rvm list"},
		{"a lost deletion", lost("/api/v2/rvms/7"), exitFailure, "unknown", "rvmctl rvm show 7"},
		{"a lost status", lost("/api/v2/rvms/7/status"), exitFailure, "unknown", "rvmctl rvm show 7"},
		{"a lost status of the console", lost("/api/v2/admin/rvm/8/status"), exitFailure, "unknown", "rvmctl rvm show 8"},
		{"a lost decision", lost("/api/v2/deposits/9/process"), exitFailure, "unknown", "rvmctl deposit show 9; another user's"},
		{"a lost engine", lost("/api/v2/processing-engines"), exitFailure, "unknown", "rvmctl engine list"},
		{"a lost change of an engine", lost("/api/v2/processing-engines/6/assign"), exitFailure, "unknown", "rvmctl engine show 6"},
		{"a lost status with a note that could not be taken back", errors.Join(lost("/api/v2/rvms/7/status"), &maintenance.NotebookError{}), exitFailure, "unknown", "rvmctl rvm show 7"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := Explain(tt.err)
			if f.Code != tt.code || f.Category != category(tt.code) || !strings.Contains(f.Fact, tt.fact) || !strings.Contains(f.Hint, tt.hint) {
				t.Errorf("got %+v, want code %d, fact with %q, hint with %q", f, tt.code, tt.fact, tt.hint)
			}
		})
	}
}
