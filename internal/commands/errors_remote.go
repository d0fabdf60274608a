package commands

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// explainRemote knows what is said about a machine's own identity, remote access to it, and commands sent to it.
func explainRemote(err error) (f terminal.Failure, known bool) {
	var secret *config.SecretFileError
	var console *platform.WebConsoleError
	var pretended *platform.SimulatedError
	var no *platform.Error
	switch {
	case errors.As(err, &secret):
		return explainSecretFile(secret), true
	case errors.As(err, &console):
		return terminal.Failure{Code: exitNotFound,
			Fact: fmt.Sprintf("this platform build lacks %s %s: it is in its web console at most", console.Method, console.Path),
			Hint: "look for it in the web console, with a browser; rvmctl does not act through web pages"}, true
	case errors.As(err, &pretended):
		return terminal.Failure{Code: exitFailure, Hint: "take it as not done, and look at the machine before you send it again"}, true
	case errors.As(err, &no):
		return explainRemoteAnswer(no)
	}
	return f, false
}

// explainRemoteAnswer is about answers whose status alone would mislead.
func explainRemoteAnswer(e *platform.Error) (f terminal.Failure, known bool) {
	f.HTTPStatus, f.Fields = e.Status, e.Fields
	switch {
	case e.MachineRefused():
		f.Code = exitSignIn
		f.Fact, f.Hint = refusedMachine(e.Path)
	case e.MachineClosed():
		f.Code, f.Hint = exitRefused, "nothing was changed; start the service on the machine, or mend its address on the platform"
		f.Fact = fmt.Sprintf("the platform does not reach the machine, so it opened no remote access: %q", e.Message)
	case e.Status == http.StatusConflict && strings.HasSuffix(e.Path, "/remote-access/start"):
		f.Code, f.Hint = exitRefused, "somebody has remote access already; type: rvmctl remote status --rvm N"
	case e.Status == http.StatusNotFound && strings.HasSuffix(e.Path, "/remote-access/stop") && strings.Contains(e.Message, "active remote access"):
		f.Code, f.Hint = exitNotFound, "type: rvmctl remote status --rvm N"
		f.Fact = "there is no remote access of yours to end at this machine"
	default:
		return terminal.Failure{}, false
	}
	return f, true
}

// refusedMachine is about a credential of a machine: signing in as a person would not help.
func refusedMachine(path string) (fact, hint string) {
	switch {
	case strings.Contains(path, "/self/"):
		return "the platform does not know this API key, or it is another machine's", "compare number and key: rvmctl rvm show N --show-secrets"
	case strings.HasSuffix(path, "/generate-token"):
		return "this platform build does not give machine tokens to everybody", "make the token in its web console"
	}
	return "the machine token is wrong, expired or revoked", "make another: rvmctl device token create --rvm N --save FILE"
}

func explainSecretFile(e *config.SecretFileError) terminal.Failure {
	switch {
	case e.Missing:
		return terminal.Failure{Code: exitNotFound, Hint: "check the path"}
	case e.Fix != "":
		return terminal.Failure{Code: exitConfig, Hint: "type: " + e.Fix}
	}
	return terminal.Failure{Code: exitConfig, Hint: "its first line must be the " + e.What + ", and only you may read it"}
}

// uncertainRemote is the command that shows what became of such a change, with {} for its number, or "".
func uncertainRemote(path string) string {
	for _, part := range []struct{ of, hint string }{
		{"/remote-access/", "look before you send it again: rvmctl remote status --rvm {}"},
		{"/execute-command", "look at the machine before you send it again: it may have done it"},
		{"/generate-token", "the token that the machine had may be void; make another: rvmctl device token create --rvm {} --save FILE"},
		{"/rvm/self/", "doing it again does no harm"},
	} {
		if strings.Contains(path, part.of) {
			return part.hint
		}
	}
	return ""
}
