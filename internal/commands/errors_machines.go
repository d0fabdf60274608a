package commands

import (
	"errors"
	"fmt"

	"github.com/myrvm/rvmctl/internal/commands/maintenance"
	"github.com/myrvm/rvmctl/internal/commands/session"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// explainMachines is about machines, their sessions and their maintenance.
func explainMachines(err error) (f terminal.Failure, known bool) {
	var used *platform.RVMInUseError
	var expired *session.ExpiredError
	var book *maintenance.NotebookError
	var forgotten *maintenance.NothingRememberedError
	var no *platform.Error
	switch {
	case errors.As(err, &used):
		f = terminal.Failure{Code: exitRefused, Hint: fmt.Sprintf("it can only be taken out of use; type: rvmctl rvm set-status %d inactive", used.RVMID)}
		if used.Err != nil {
			f.HTTPStatus = used.Err.Status
		}
	case errors.As(err, &expired):
		f = terminal.Failure{Code: exitRefused, Hint: "nothing was sent, though the platform would take it; open another: rvmctl session create --rvm N"}
	case errors.As(err, &book):
		f = terminal.Failure{Code: exitConfig, Hint: "mend or remove the file; rvmctl maintenance end then wants --status"}
	case errors.As(err, &forgotten):
		f = terminal.Failure{Code: exitUsage, Hint: fmt.Sprintf("say what it shall be: rvmctl maintenance end --rvm %d --status active", forgotten.RVMID)}
	case errors.As(err, &no) && no.AboutSession():
		f = explainSession(no)
	}
	return f, f.Code != 0
}

// explainSession is about a "no" whose path names no session.
func explainSession(e *platform.Error) terminal.Failure {
	f := explainAnswer(e)
	switch {
	case e.Unauthenticated() && e.Anonymous:
		f.Hint = "this platform build wants a sign-in for it; what sends one: rvmctl api " + e.Method + " " + e.Path
	case e.TakenSession():
		f.Fact, f.Hint = "somebody has the session already: it was claimed, or a guest uses it", "type: rvmctl session status TOKEN"
	case e.NotFound():
		f.Fact, f.Hint = "the platform has no such session", "give the token of the session, not its number; open one: rvmctl session create --rvm N"
	}
	return f
}
