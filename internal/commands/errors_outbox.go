package commands

import (
	"errors"
	"strings"

	"github.com/myrvm/rvmctl/internal/commands/deposit"
	waiting "github.com/myrvm/rvmctl/internal/commands/outbox"
	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/delivery"
	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// explainOutbox is about what is kept, and what could not be. It comes before what may lie inside of it: a lost answer that is kept
// and will be settled is another thing than one that a person must settle.
func explainOutbox(err error) (f terminal.Failure, known bool) {
	var left *waiting.LeftError
	var kept *toolbox.KeptError
	var held *toolbox.HeldError
	var unsettled *toolbox.UnsettledError
	var once *delivery.OnceError
	var behind *delivery.BehindError
	var paused *delivery.PausedError
	var elsewhere *delivery.ElsewhereError
	var dead *toolbox.DeadError
	var decided *deposit.DecidedError
	var already *deposit.AlreadyError
	switch {
	case errors.As(err, &already):
		return terminal.Failure{Code: exitRefused, Hint: "nothing was changed: it is " + already.Status + " already"}, true
	case errors.As(err, &left):
		return explainLeft(left), true
	case errors.As(err, &kept):
		f = Explain(kept.Err)
		f.Fact, f.Hint, f.Retryable = kept.Error(), "do not send it again; rvmctl outbox flush settles it", false
		return f, true
	case errors.As(err, &held):
		return terminal.Failure{Code: exitFailure, Hint: "look at the platform, and then say what is true: rvmctl outbox resolve " + held.Key + " --as sent|lost"}, true
	case errors.As(err, &unsettled):
		return terminal.Failure{Code: exitFailure, Hint: "it is kept and never sent again; to look for it: rvmctl outbox flush, then: rvmctl outbox show " + unsettled.Key}, true
	case errors.As(err, &once):
		return terminal.Failure{Code: exitFailure, Hint: "look at the platform, and then say what is true: rvmctl outbox resolve " + once.Key + " --as sent|lost"}, true
	case errors.As(err, &behind):
		f = terminal.Failure{Code: exitUnreachable, Retryable: true}
		if behind.Err != nil {
			f = Explain(behind.Err)
		}
		f.Fact, f.Hint = err.Error(), "send what is older first: rvmctl outbox flush"
		return f, true
	case errors.As(err, &paused) && paused.SignedOut:
		return terminal.Failure{Code: exitSignIn, Hint: "nothing is lost; type: rvmctl login, or look whether this account may do it: rvmctl whoami"}, true
	case errors.As(err, &paused):
		return terminal.Failure{Code: exitUnreachable, Retryable: true, Hint: "nothing was sent; try at once with: rvmctl outbox flush --now"}, true
	case errors.As(err, &elsewhere):
		return terminal.Failure{Code: exitFailure, Hint: "see it: rvmctl outbox show " + elsewhere.Key}, true
	case errors.As(err, &dead):
		return terminal.Failure{Code: exitRefused, Hint: "when its reason is mended: rvmctl outbox retry " + dead.Key}, true
	case errors.As(err, &decided):
		return terminal.Failure{Code: exitRefused, Hint: "see it: rvmctl outbox show " + decided.Key + "; take it back: rvmctl outbox drop " + decided.Key + " --yes"}, true
	}
	return explainStore(err)
}

// explainStore is about the files of the outbox and the states in them.
func explainStore(err error) (f terminal.Failure, known bool) {
	var full *outbox.FullError
	var open *outbox.OpenError
	var conflict *outbox.ConflictError
	var missing *outbox.NotFoundError
	var state *outbox.StateError
	var lost *outbox.LostLeaseError
	var taken *outbox.TakenError
	var repaired *toolbox.RepairedError
	var damaged *outbox.DamageError
	var moved *outbox.MovedError
	var unreadable *waiting.JournalError
	switch {
	case errors.As(err, &unreadable):
		return terminal.Failure{Code: exitPartial, Hint: "compare with what the platform has: rvmctl deposit list"}, true
	case errors.As(err, &full):
		f = terminal.Failure{Code: exitFailure, Hint: "make room: see rvmctl outbox stats and df -h; then rvmctl outbox flush"}
		if full.Class == outbox.Deposit {
			f.Fact = "the deposit was NOT taken: " + full.Error()
		}
		return f, true
	case errors.As(err, &moved):
		return terminal.Failure{Code: exitFailure, Retryable: true, Hint: "the repaired file is in its place; look before you repeat anything: rvmctl outbox list"}, true
	case errors.As(err, &damaged) && !errors.As(err, &open):
		return terminal.Failure{Code: exitFailure, Hint: "the next command repairs it, from the file and from the journal: rvmctl outbox stats"}, true
	case errors.As(err, &open):
		return terminal.Failure{Code: exitFailure, Hint: "nothing was kept and nothing was sent; check the folder, or name another with RVMCTL_STATE_DIR"}, true
	case errors.As(err, &conflict):
		return terminal.Failure{Code: exitRefused, Hint: "one capture makes one deposit; see it: rvmctl outbox show " + conflict.Key}, true
	case errors.As(err, &missing):
		return terminal.Failure{Code: exitNotFound, Hint: "check the key; done entries go after a while: rvmctl outbox list"}, true
	case errors.As(err, &state) && (state.State == outbox.Uncertain || state.State == outbox.Held):
		return terminal.Failure{Code: exitNotFound, Hint: "look at the platform, and then say what is true: rvmctl outbox resolve " + state.Key + " --as sent|lost"}, true
	case errors.As(err, &state):
		return terminal.Failure{Code: exitNotFound, Hint: "see it: rvmctl outbox show " + state.Key}, true
	case errors.As(err, &lost):
		return terminal.Failure{Code: exitLocked, Retryable: true, Hint: "see it: rvmctl outbox show " + lost.Key}, true
	case errors.As(err, &taken):
		return terminal.Failure{Code: exitRefused, Hint: "check the number; see which entry has it: rvmctl outbox list --state done"}, true
	case errors.As(err, &repaired):
		return terminal.Failure{Code: exitPartial, Hint: "do not repeat this command; see what is there: rvmctl outbox list"}, true
	}
	return f, false
}

// explainLeft gives the code of what must be done next.
func explainLeft(e *waiting.LeftError) terminal.Failure {
	s := e.Summary
	f := terminal.Failure{}
	if e.Err != nil {
		f = Explain(e.Err)
	}
	ended := f.Code == exitSignIn || f.Code == exitConfig || f.Code == exitInterrupted || f.Code == exitTerminated || f.Code == exitHungUp
	rest := s.Queued + s.Uncertain
	switch {
	case ended:
	case s.Refused+s.NewlyHeld > 0:
		f = terminal.Failure{Code: exitPartial, Hint: "see them: " + leftStates(s)}
	case s.Others > 0 && rest == 0:
		f = terminal.Failure{Code: exitLocked, Retryable: true, Hint: "another rvmctl is sending the rest; see: rvmctl outbox stats"}
	case rest == 0 && s.Others == 0:
	case s.Uncertain > 0 && s.Queued == 0:
		f = terminal.Failure{Code: exitUnreachable, Retryable: true, Hint: "a later flush settles that; see: rvmctl outbox list --state uncertain"}
	default:
		f = terminal.Failure{Code: exitUnreachable, Retryable: true, HTTPStatus: f.HTTPStatus, Hint: "nothing is lost: run rvmctl outbox flush again later, or with --now"}
	}
	f.Fact = e.Error()
	return f
}

// leftStates are the lists in which a person finds what a flush could not deliver.
func leftStates(s waiting.Summary) string {
	var lists []string
	if s.Refused > 0 {
		lists = append(lists, "rvmctl outbox list --state dead")
	}
	if s.NewlyHeld > 0 {
		lists = append(lists, "rvmctl outbox list --state held, then rvmctl outbox resolve")
	}
	return strings.Join(lists, "; ")
}
