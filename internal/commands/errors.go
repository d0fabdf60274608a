package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/waste"
)

// Explain turns an error into what is told and into the exit code. It is the only place that does.
//
// The order matters: an outcome that nobody knows is looked for before everything that may be inside it. A refusal in there is
// no refusal, and an interruption does not make it known.
func Explain(err error) terminal.Failure {
	for _, explain := range []func(error) (terminal.Failure, bool){
		explainPartial, explainOutbox, explainUncertain, explainNetwork, explainEnd, explainMachines, explainRemote, explainUsage, explainConfig, explainSignIn,
		explainPlatform, explainVision,
	} {
		if f, known := explain(err); known {
			f.Category = category(f.Code)
			if f.Fact == "" {
				f.Fact = err.Error()
			}
			return f
		}
	}
	return terminal.Failure{Category: category(exitFailure), Code: exitFailure, Fact: err.Error()}
}

// explainEnd knows the ways in which a run is ended from outside, and those in which its work was done and only the result could
// not be written: that must never look like work that was not done.
func explainEnd(err error) (f terminal.Failure, known bool) {
	var sig *signalError
	var late *toolbox.TimeoutError
	var locked *toolbox.LockedError
	var unwritten *toolbox.UnwrittenError
	var expression *terminal.ExpressionError
	switch {
	case errors.Is(err, syscall.EPIPE):
		// The reader has seen enough: that is its right, and no failure.
		return terminal.Failure{Code: exitOK}, true
	case errors.As(err, &unwritten):
		f = terminal.Failure{Code: exitFailure, Hint: "do not repeat it; type: " + unwritten.Look}
	case errors.As(err, &expression):
		f = terminal.Failure{Code: exitFailure, Fact: "the work is done, but its result was not written: " + expression.Error(),
			Hint: "repeat it only if it changes nothing; --json shows what the expression gets"}
	}
	switch {
	case errors.As(err, &sig):
		f.Code = sig.code
	case f.Code != 0:
	case errors.As(err, &late):
		f = terminal.Failure{Code: exitUnreachable, Hint: "give it more time with --timeout", Retryable: true}
	case errors.As(err, &locked):
		f = terminal.Failure{Code: exitLocked, Hint: "wait until it has ended, and look what it did before you repeat it"}
	case errors.Is(err, context.Canceled):
		f = terminal.Failure{Code: exitInterrupted, Fact: "interrupted"}
	}
	return f, f.Code != 0
}

func explainDocument(e *toolbox.DocumentError) terminal.Failure {
	if e.Missing {
		return terminal.Failure{Code: exitNotFound, Hint: "check the path; a relative one starts from the working folder"}
	}
	return terminal.Failure{Code: exitFailure, Hint: "check the file: ls -l " + e.Name}
}

// explainPartial gives the code of the cause when everything failed and nothing was stored, and a code of its own otherwise: a
// script that repeats the whole run after a mere "away" would pay for what was stored a second time.
func explainPartial(err error) (f terminal.Failure, known bool) {
	var partial *toolbox.PartialError
	if !errors.As(err, &partial) {
		return f, false
	}
	if f, unknown := explainUncertain(partial.Unknown); unknown {
		f.Fact = partial.Error()
		return f, true
	}
	f = terminal.Failure{Code: exitPartial, Fact: partial.Error()}
	switch {
	case partial.Repeatable:
		f.Hint = "the same command again sends only what is missing"
	case len(partial.Confirmed) > 0:
		f.Hint = "send only what is missing: running this again would store the rest a second time"
	}
	var sig *signalError
	switch {
	case errors.As(partial.Stop, &sig):
		f.Code = sig.code
	case partial.Stop == nil && len(partial.Confirmed) == 0 && partial.Failed == partial.Total && partial.Last != nil:
		f = Explain(partial.Last)
		if partial.Total > 1 {
			f.Fact = partial.Error() + ", the last one: " + f.Fact
		}
	}
	return f, true
}

// explainUncertain is about money: the platform may have done it.
func explainUncertain(err error) (f terminal.Failure, known bool) {
	var unknown *platform.UncertainError
	if !errors.As(err, &unknown) {
		return f, false
	}
	f = terminal.Failure{Code: exitFailure, Hint: uncertainHint(unknown)}
	var answer *platform.Error
	if errors.As(unknown, &answer) {
		f.HTTPStatus = answer.Status
	}
	return f, true
}

func explainUsage(err error) (f terminal.Failure, known bool) {
	var usage *toolbox.UsageError
	var prompt *terminal.PromptError
	var flag *config.FlagError
	var late *platform.OptionError
	var call *platform.CallError
	var noList *platform.NoListError
	switch {
	case errors.As(err, &call):
		return terminal.Failure{Code: exitUsage, Hint: "nothing was sent; type: rvmctl api --help"}, true
	case errors.As(err, &noList):
		return terminal.Failure{Code: exitUsage, Hint: "leave --paginate out"}, true
	case errors.As(err, &usage):
		return terminal.Failure{Code: exitUsage, Hint: usage.Hint}, true
	case errors.As(err, &prompt):
		return terminal.Failure{Code: exitUsage, Hint: "use " + prompt.Flag}, true
	case errors.As(err, &flag):
		return terminal.Failure{Code: exitUsage, Hint: "type: rvmctl help environment"}, true
	case errors.As(err, &late):
		return terminal.Failure{Code: exitConfig, Hint: "type: rvmctl login --url http://HOST:PORT"}, true
	}
	return f, false
}

func explainConfig(err error) (f terminal.Failure, known bool) {
	var bad *config.Error
	var profile *config.NoProfileError
	var token *config.TokenFileError
	var table *waste.Error
	var address *toolbox.NoURLError
	var invalid *config.InvalidError
	switch {
	case errors.As(err, &profile):
		return terminal.Failure{Code: exitConfig, Hint: profileHint(profile)}, true
	case errors.As(err, &token):
		f := terminal.Failure{Code: exitConfig, Hint: "type: rvmctl login"}
		if token.Fix != "" {
			f.Hint = "type: " + token.Fix
		} else if strings.HasPrefix(token.Reason, "cannot be ") {
			f.Hint = "check the folder and its rights, or name another with RVMCTL_CONFIG_DIR"
		}
		return f, true
	case errors.As(err, &bad) && bad.Root:
		return terminal.Failure{Code: exitConfig, Hint: "only the machine's administrator may write this file; type: sudo rvmctl config set NAME VALUE --system"}, true
	case errors.As(err, &bad):
		return terminal.Failure{Code: exitConfig, Hint: "type: rvmctl config validate, or: rvmctl help environment"}, true
	case errors.As(err, &invalid):
		return terminal.Failure{Code: exitConfig, Hint: invalid.Hint}, true
	case errors.As(err, &table):
		return terminal.Failure{Code: exitConfig, Hint: "one row looks like this: labels: {bottle: {waste_type: plastic, weight: 0.02}}"}, true
	case errors.As(err, &address):
		return terminal.Failure{Code: exitConfig, Hint: "type: rvmctl login --url http://HOST:PORT --email NAME@EXAMPLE.COM"}, true
	}
	return f, false
}

func profileHint(e *config.NoProfileError) string {
	if e.Chosen() {
		return "type: rvmctl profile use NAME, with one of: " + strings.Join(append(e.Known, config.DefaultProfile), ", ")
	}
	if len(e.Known) == 0 {
		return fmt.Sprintf("type: rvmctl login --profile %s --url http://HOST:PORT", e.Name)
	}
	return "the profiles are: " + strings.Join(e.Known, ", ")
}
