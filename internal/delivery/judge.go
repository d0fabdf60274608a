package delivery

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/myrvm/rvmctl/internal/platform"
)

// Verdict is what an attempt means for its entry.
type Verdict string

// The verdicts.
const (
	// Delivered says that the platform holds it.
	Delivered Verdict = "delivered"
	// Later says that it was not carried out, or may be carried out twice, and is to be sent again.
	Later Verdict = "later"
	// Never says that the platform refused it, and would again.
	Never Verdict = "never"
	// Unknown says that it may have been carried out and must not be twice.
	Unknown Verdict = "uncertain"
)

// Asked is what was asked of the platform.
type Asked struct {
	// Kind is the entry's.
	Kind   string
	Policy Policy
	// Wanted is the status that a decision asks for, else "".
	Wanted string
}

// Judgement is everything that follows from the outcome of an attempt.
type Judgement struct {
	Verdict Verdict
	// Pause says that the whole class had better wait: its other entries would fail alike, and somebody has to mend something.
	Pause bool
	// SignIn says that the token is not good any more.
	SignIn bool
	// Blames says that the platform is away or overloaded, not the entry.
	Blames bool
	// Away says that there was no connection: trying costs the platform nothing.
	Away bool
	// After is how long the platform asked to wait, 0 when it did not.
	After time.Duration
	// Status is that of the answer, 0 without one.
	Status int
}

// Judge says what the outcome of an attempt means. It is the only place that does: nil is a confirmation, anything else one of
// package platform's errors.
func Judge(a Asked, err error) Judgement {
	var (
		uncertain   *platform.UncertainError
		unreachable *platform.UnreachableError
		foreign     *platform.NotPlatformError
		refused     *platform.Error
		limit       *platform.LimitError
		source      *platform.SourceError
		plaintext   *platform.PlaintextError
		unreadable  *PayloadError
		once        *OnceError
		account     *AccountError
	)
	switch {
	case err == nil:
		return Judgement{Verdict: Delivered}
	case errors.As(err, &account):
		return Judgement{Verdict: Later}
	case errors.As(err, &uncertain):
		return a.unknown(uncertain)
	case errors.As(err, &unreachable):
		return Judgement{Verdict: Later, Blames: !ended(err), Away: !ended(err) && !unreachable.Sent}
	case errors.As(err, &foreign):
		return Judgement{Verdict: Later, Pause: true, Status: foreign.Status}
	case errors.As(err, &refused):
		return a.refusal(refused)
	case errors.As(err, &limit), errors.As(err, &source), errors.As(err, &unreadable), errors.As(err, &once):
		return Judgement{Verdict: Never}
	case errors.As(err, &plaintext):
		return Judgement{Verdict: Later, Pause: true}
	case ended(err):
		return Judgement{Verdict: a.doubt()}
	}
	return Judgement{Verdict: a.doubt(), Pause: true}
}

// ended says that it was the caller who gave up.
func ended(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// doubt is the verdict where nobody knows: money must not move twice, all else may be sent again.
func (a Asked) doubt() Verdict {
	if a.Kind == KindDeposit && a.Policy != Idempotent || a.Kind == KindDecision {
		return Unknown
	}
	return Later
}

func (a Asked) unknown(err *platform.UncertainError) Judgement {
	j := Judgement{Verdict: a.doubt(), Blames: !ended(err)}
	var refused *platform.Error
	var foreign *platform.NotPlatformError
	switch {
	case errors.As(err.Err, &refused):
		j.Status, j.After = refused.Status, refused.RetryAfter
	case errors.As(err.Err, &foreign):
		j.Status = foreign.Status
	}
	return j
}

// refusal judges a "no" that says that nothing was done.
func (a Asked) refusal(e *platform.Error) Judgement {
	j := Judgement{Status: e.Status, After: e.RetryAfter}
	switch {
	case a.Wanted != "" && e.Status == http.StatusBadRequest && e.CurrentStatus == a.Wanted:
		j.Verdict = Delivered
	case e.Status == http.StatusUnauthorized:
		j.Verdict, j.Pause, j.SignIn = Later, true, e.Unauthenticated() && !e.Anonymous
	case a.namesThing() && e.NotFound():
		j.Verdict = Never
	case pausing(e.Status):
		j.Verdict, j.Pause = Later, true
	case e.Status == http.StatusConflict && a.Policy == Idempotent && a.Kind == KindDeposit:
		j.Verdict = Later
	case waiting(e.Status):
		j.Verdict, j.Blames = Later, true
	case e.Status >= 500 || e.Status < 300:
		// The client calls one that may have been carried out uncertain; this is another's.
		j.Verdict, j.Blames = Later, e.Status >= 500
	default:
		j.Verdict = Never
	}
	return j
}

// namesThing says that the call is about a thing by its number: a missing one is the entry's fault and not the address's.
func (a Asked) namesThing() bool {
	return a.Kind == KindDecision || a.Kind == KindStatus || a.Kind == KindMetrics
}

// pausing lists the statuses after which everything of the class would fail alike.
func pausing(status int) bool {
	switch status {
	case http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, 419:
		return true
	}
	return false
}

// waiting lists the statuses that are said before the platform looks at what was sent.
func waiting(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusRequestTimeout, http.StatusTooEarly, http.StatusServiceUnavailable:
		return true
	}
	return false
}
