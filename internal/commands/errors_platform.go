package commands

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/sandbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

func explainSignIn(err error) (f terminal.Failure, known bool) {
	var none *config.NoTokenError
	var other *config.OtherPlatformError
	var plain *platform.PlaintextError
	switch {
	case errors.As(err, &none):
		return terminal.Failure{Code: exitSignIn, Hint: "type: rvmctl login" + profileFlag(none.Profile)}, true
	case errors.As(err, &other):
		return terminal.Failure{Code: exitSignIn, Hint: "type: rvmctl login" + profileFlag(other.Profile) + " --url " + other.URL}, true
	case errors.As(err, &plain):
		return terminal.Failure{Code: exitConfig, Hint: "use https, or set RVMCTL_ALLOW_PLAINTEXT_TOKEN=true when you accept that"}, true
	}
	return f, false
}

func profileFlag(profile string) string {
	if profile == config.DefaultProfile {
		return ""
	}
	return " --profile " + profile
}

func explainPlatform(err error) (f terminal.Failure, known bool) {
	var limit *platform.LimitError
	var away *platform.UnreachableError
	var other *platform.NotPlatformError
	var file *platform.SourceError
	var database *sandbox.OpenError
	var foreign *sandbox.ForeignDatabaseError
	var short *platform.IncompleteListError
	var payment *platform.PaymentError
	var unreadable *toolbox.DocumentError
	var foreignForm *platform.DetectionDocumentError
	var noMetrics *platform.MetricsDocumentError
	var no *platform.Error
	switch {
	case errors.As(err, &short):
		return terminal.Failure{Code: exitPartial, Retryable: true, Hint: "the platform's pages left some out; run it again"}, true
	case errors.As(err, &unreadable):
		return explainDocument(unreadable), true
	case errors.As(err, &foreignForm):
		return terminal.Failure{Code: exitRefused, Hint: "nothing of it was sent; the forms are in: rvmctl detection upload --help"}, true
	case errors.As(err, &noMetrics):
		return terminal.Failure{Code: exitRefused, Hint: "nothing was sent; the forms are in: rvmctl metrics push --help"}, true
	case errors.As(err, &payment):
		return terminal.Failure{Code: exitFailure, Hint: "tell whoever keeps the platform's books; the JSON of this command names every payment"}, true
	case errors.As(err, &limit):
		return terminal.Failure{Code: exitRefused, Hint: "nothing was sent for it: the platform would refuse it"}, true
	case errors.As(err, &away):
		return terminal.Failure{Code: exitUnreachable, Retryable: true, Hint: awayHint(away)}, true
	case errors.As(err, &other):
		return terminal.Failure{Code: exitUnreachable, HTTPStatus: other.Status, Hint: notPlatformHint(other)}, true
	case errors.As(err, &file):
		return terminal.Failure{Code: exitFailure, Hint: "nothing was stored"}, true
	case errors.As(err, &database), errors.As(err, &foreign):
		return terminal.Failure{Code: exitFailure, Hint: "name another file, or leave --db out to keep the data in memory"}, true
	case errors.As(err, &no):
		return explainAnswer(no), true
	}
	return f, false
}

// awayHint claims that nothing was changed only where nothing can have been: signing in and out are sent again without harm, and
// may have been done all the same.
func awayHint(e *platform.UnreachableError) string {
	const look = "check the network and the address: rvmctl help environment"
	if e.Sent && e.Method != http.MethodGet {
		return "it may have been done all the same, and may be tried again without harm; " + look
	}
	return "nothing was changed; " + look
}

func notPlatformHint(e *platform.NotPlatformError) string {
	if strings.Contains(e.Location, "login") {
		return "the address answers with a login page for browsers; sign in again: rvmctl login"
	}
	return "is this the address of a MyRVM Platform? type: rvmctl login --url http://HOST:PORT"
}

// explainAnswer is about a clear "no" of the platform.
func explainAnswer(e *platform.Error) terminal.Failure {
	f := terminal.Failure{HTTPStatus: e.Status, Fields: e.Fields}
	switch {
	case e.Unauthenticated() && strings.HasSuffix(e.Path, "/auth/login"):
		f.Code, f.Fact, f.Hint = exitSignIn, "the platform refused this e-mail and password", "check both, and type: rvmctl login"
	case e.Unauthenticated() && e.Anonymous:
		f.Code, f.Fact, f.Hint = exitSignIn, "the platform answers this only to who is signed in, and no token was sent", "type: rvmctl login, and leave --anonymous out"
	case e.Unauthenticated():
		f.Code, f.Fact, f.Hint = exitSignIn, "the platform does not accept the token (any more)", "type: rvmctl login"
	case e.RouteMissing():
		f.Code, f.Hint = exitNotFound, "is this the right address? rvmctl config get platform.url; if it is, another platform build is needed"
		f.Fact = fmt.Sprintf("this platform build lacks %s %s", e.Method, e.Path)
	case e.NotFound():
		f.Code = exitNotFound
		f.Fact, f.Hint = missing(e)
	case e.OlderEngineAPI():
		f.Code, f.Hint = exitRefused, "this is an older platform build that wants other fields for engines"
	case e.Temporary():
		f.Code, f.Hint, f.Retryable = exitUnreachable, "nothing was changed; try again later", true
		if e.RetryAfter > 0 {
			f.Hint = fmt.Sprintf("nothing was changed; the platform asks to wait %s", e.RetryAfter)
		}
	case e.NoEngines():
		f.Code, f.Hint = exitRefused, "assign one first: rvmctl engine assign ID --rvm N; the engines are: rvmctl engine list"
	case e.Status == 403:
		f.Code, f.Hint = exitRefused, "this account does not have the role for it; type: rvmctl whoami"
	case e.CurrentStatus != "":
		f.Code, f.Hint = exitRefused, "nothing was changed: it is "+e.CurrentStatus+" already"
	default:
		f.Code, f.Hint = exitRefused, "correct what it names, and try again"
	}
	return f
}

// missing says what is not there in the operator's words, and where the numbers are, where the path tells: the platform's own
// words for it differ from endpoint to endpoint, and one of them is a server error.
func missing(e *platform.Error) (fact, hint string) {
	nouns := map[string]string{"deposits": "deposit", "processing-engines": "engine", "rvms": "rvm", "rvm": "rvm", "rvm-status": "rvm",
		"detection-results": "detection result"}
	hints := map[string]string{
		"deposit": "check the number; another user's is not found either; yours are: rvmctl deposit list",
		"engine":  "check the number; the engines are: rvmctl engine list", "rvm": "check the number; the machines are: rvmctl rvm list",
		"detection result": "check the number; the results are: rvmctl detection list",
	}
	parts := strings.Split(e.Path, "/")
	for i := len(parts) - 1; i > 0; i-- {
		// Some words stand where a number does: /rvm/self, /rvm/generate-token.
		if _, err := strconv.ParseInt(parts[i], 10, 64); err != nil {
			continue
		}
		if noun := nouns[parts[i-1]]; noun != "" {
			return fmt.Sprintf("the platform has no %s %s", noun, parts[i]), hints[noun]
		}
	}
	return "", "check the number; what belongs to another user is not found either"
}
