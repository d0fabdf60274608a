package toolbox

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/delivery"
	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

// What became of something that was handed to the outbox.
const (
	// Sent means that the platform confirmed it.
	Sent = "sent"
	// Queued means that it is kept and waits.
	Queued = "queued"
	// Uncertain means that it is kept, was sent, and that the answer was lost.
	Uncertain = "uncertain"
)

// Handed is what became of something that was handed to the outbox.
type Handed struct {
	// Entry is as it is now.
	Entry outbox.Entry
	// Delivery is Sent, Queued or Uncertain.
	Delivery string
	// Again is true when the entry was there before, under the same key.
	Again bool
	// Why is what kept it from being sent, nil when it was sent or was not tried.
	Why error
}

// NewEntry makes an entry for a profile at an address.
type NewEntry func(profile, target string) (outbox.New, error)

// Outgoing is the way of everything that changes something and may wait.
type Outgoing struct {
	Config  func() (*config.Config, error)
	Target  func() (profile, target string, err error)
	Store   func(context.Context) (*outbox.Store, error)
	Courier func(context.Context, func(delivery.Event)) (*delivery.Courier, error)
	Warn    func(format string, args ...any)
	Explain func(error) string
}

// Outgoing is the way that leads through this run's outbox.
func (b *Box) Outgoing() *Outgoing {
	return &Outgoing{Config: b.Config, Target: b.Target, Store: b.Outbox, Courier: b.Courier, Warn: b.Console.Warn,
		Explain: func(err error) string { return b.Explain(err).Fact }}
}

// Hand keeps something and, unless it is to wait, tries to send it now. The error is nil when it was sent or is kept and will be
// settled without a person: then the caller must say which, with Tell. Otherwise nothing of it waits, or the error says what does: a refusal
// of the platform, *HeldError, or with --queue never whatever kept it from being sent.
func (o *Outgoing) Hand(ctx context.Context, entry NewEntry) (Handed, error) {
	h, err := o.Keep(ctx, entry)
	if err != nil {
		return h, err
	}
	if waits, err := o.Waits(); err != nil || waits && h.Entry.Open() {
		return h, err
	}
	return o.Send(ctx, h)
}

// Send tries an entry that is in the outbox.
func (o *Outgoing) Send(ctx context.Context, h Handed) (Handed, error) {
	c, err := o.Config()
	if err != nil {
		return h, err
	}
	if h.Entry.Open() {
		courier, err := o.Courier(ctx, nil)
		if err != nil {
			return h, err
		}
		var e outbox.Entry
		if e, err = o.try(ctx, courier, h.Entry.Key, c.Outbox.LockWait); e.State == outbox.Uncertain && c.Outbox.Queue != QueueNever {
			e, err = lookAgain(ctx, courier, e, err)
		}
		if e.Key != "" {
			h.Entry = e
		}
		return o.judge(ctx, c, h, err)
	}
	return o.judge(ctx, c, h, nil)
}

// try sends, and waits as long as the operator wishes when another process is at it.
func (o *Outgoing) try(ctx context.Context, courier *delivery.Courier, key string, wait time.Duration) (outbox.Entry, error) {
	end := time.Now().Add(wait)
	for {
		e, err := courier.Send(ctx, key)
		if e.State != outbox.Leased || !time.Now().Before(end) || ctx.Err() != nil {
			return e, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(lockPoll):
		}
	}
}

// lookTime bounds the look: somebody waits for its end, and what it does not find is looked for later anyway.
const lookTime = 10 * time.Second

// lookAgain asks at once whether the platform has what was sent and not answered: a hit settles it, and a miss proves nothing yet.
func lookAgain(ctx context.Context, courier *delivery.Courier, e outbox.Entry, cause error) (outbox.Entry, error) {
	if ctx.Err() != nil {
		return e, cause
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	now, err := courier.Send(ctx, e.Key)
	switch {
	case now.Key == "":
		return e, cause
	case now.State == outbox.Uncertain && cause != nil:
		return now, cause
	}
	return now, err
}

// judge says what the state of an entry means to who asked for it.
func (o *Outgoing) judge(ctx context.Context, c *config.Config, h Handed, err error) (Handed, error) {
	never := c.Outbox.Queue == QueueNever
	h.Delivery = Queued
	switch h.Entry.State {
	case outbox.Done:
		h.Delivery = Sent
		return h, nil
	case outbox.Dead:
		if never && (Unsent(err) || h.Entry.Attempts == 0) {
			return h, o.giveUp(ctx, h.Entry, err)
		}
		return h, orDead(err, h.Entry)
	case outbox.Held:
		return h, &HeldError{Key: h.Entry.Key, Reason: h.Entry.Reason}
	case outbox.Uncertain:
		h.Delivery = Uncertain
	case outbox.Pending:
		if never && !h.Entry.Once {
			// It was there before, and whoever put it in was told that it is kept.
			if err == nil {
				err = &delivery.BehindError{}
			}
			return h, &KeptError{Key: h.Entry.Key, Delivery: Queued, Err: err}
		}
		// Who may not do it is told so at once, and not by a later flush. Money stays: somebody may get the right.
		if never || h.Entry.Class != outbox.Deposit && !h.Again && forbidden(err) {
			return h, o.giveUp(ctx, h.Entry, err)
		}
	}
	if interrupted(ctx) {
		return h, &KeptError{Key: h.Entry.Key, Delivery: h.Delivery, Err: context.Cause(ctx)}
	}
	if never || h.Entry.Once {
		// What was put in to be sent once is not sent again, whoever asks for it now.
		return h, orUnsettled(err, h.Entry)
	}
	h.Why = err
	return h, nil
}

// interrupted says whether a person or the system ended the run; a limit of time did not.
func interrupted(ctx context.Context) bool {
	var late *TimeoutError
	return ctx.Err() != nil && !errors.As(context.Cause(ctx), &late)
}

// CanWait says whether err, from a look before a change, is a reason to keep the change rather than to fail: nobody is signed in, or
// the platform is away.
func (o *Outgoing) CanWait(err error) bool {
	c, configErr := o.Config()
	if configErr != nil || c.Outbox.Queue == QueueNever {
		return false
	}
	return Unsent(err)
}

// Tell says on stderr what was not sent, why, and what sends it.
func (o *Outgoing) Tell(h Handed) {
	reason := h.Entry.Reason
	if h.Why != nil {
		reason = o.Explain(h.Why)
	}
	switch {
	case h.Delivery == Sent:
	case h.Delivery == Uncertain:
		o.Warn("the answer was lost (%s); it is kept as %s and settled by: rvmctl outbox flush; do not send it again", Or(reason, "unknown"), h.Entry.Key)
	case h.Entry.State == outbox.Leased:
		o.Warn("another rvmctl is sending it; see: rvmctl outbox show %s", h.Entry.Key)
	default:
		o.Warn("not sent yet (%s); it is kept as %s and sent by: rvmctl outbox flush", Or(reason, "as asked"), h.Entry.Key)
	}
}

// giveUp takes back what was certainly not sent and may not wait. Left among the dead, a retry of all of them would send it behind the
// back of whoever was told that it was not.
func (o *Outgoing) giveUp(ctx context.Context, e outbox.Entry, err error) error {
	store, openErr := o.Store(ctx)
	if openErr != nil {
		return openErr
	}
	ctx = context.WithoutCancel(ctx)
	var dropErr error
	if e.State == outbox.Pending {
		dropErr = store.Withdraw(ctx, e.Key)
	} else {
		_, dropErr = store.Drop(ctx, e.Key, true)
	}
	if dropErr != nil {
		return &KeptError{Key: e.Key, Delivery: Queued, Err: errors.Join(err, dropErr)}
	}
	if err == nil {
		err = &delivery.BehindError{}
	}
	return err
}

// TakeBack takes back what was kept with --queue never and never tried. The error says why it was not, or that it is still there.
func (o *Outgoing) TakeBack(ctx context.Context, h Handed) (Handed, error) {
	return h, o.giveUp(ctx, h.Entry, nil)
}

// Unsent says that err kept something from being carried out at all, and may be gone later.
func Unsent(err error) bool {
	var unknown *platform.UncertainError
	var none *config.NoTokenError
	var away *platform.UnreachableError
	var other *platform.NotPlatformError
	var paused *delivery.PausedError
	var behind *delivery.BehindError
	var no *platform.Error
	if errors.As(err, &unknown) {
		return false
	}
	return errors.As(err, &none) || errors.As(err, &away) || errors.As(err, &other) || errors.As(err, &paused) || errors.As(err, &behind) ||
		errors.As(err, &no) && (no.Unauthenticated() || no.Temporary())
}

// forbidden says that the platform does not let this account do it, or does not know how.
func forbidden(err error) bool {
	var no *platform.Error
	return errors.As(err, &no) && (no.Status == http.StatusForbidden || no.NotFound() || no.RouteMissing())
}

func orDead(err error, e outbox.Entry) error {
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return &DeadError{Key: e.Key, Reason: e.Reason}
}

func orUnsettled(err error, e outbox.Entry) error {
	return &UnsettledError{Key: e.Key, Reason: e.Reason, Err: err}
}
