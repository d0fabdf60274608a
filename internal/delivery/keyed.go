package delivery

import (
	"context"
	"fmt"

	"github.com/myrvm/rvmctl/internal/outbox"
)

// KeyedError says that a deposit was not sent again: it may have been carried out, and only its key would keep a repeat from being
// paid as well. The policy has been changed to one that sends no key.
type KeyedError struct{ Key string }

func (e *KeyedError) Error() string {
	return fmt.Sprintf("entry %s was sent with a key, its answer was lost, and keys are not sent any more", e.Key)
}

func keyedNote(e outbox.Entry) string { return "keyed " + e.Key }

// markKeyed notes, before it waits to be sent again, that only the key of a deposit makes that safe.
func (c *Courier) markKeyed(ctx context.Context, e outbox.Entry, j Judgement, cause error) {
	if c.Policy != Idempotent || e.Kind != KindDeposit {
		return
	}
	ctx = context.WithoutCancel(ctx)
	switch {
	case j.Verdict == Later && Judge(Asked{Kind: e.Kind, Policy: Reconcile}, cause).Verdict == Unknown:
		_ = c.Store.SetNote(ctx, keyedNote(e), "yes")
	case j.Verdict != Later && e.Attempts > 1:
		_ = c.Store.SetNote(ctx, keyedNote(e), "")
	}
}

// keyed says that only an idempotent platform may get a deposit again.
func (c *Courier) keyed(ctx context.Context, e outbox.Entry) bool {
	if c.Policy == Idempotent || e.Kind != KindDeposit || e.Attempts < 2 {
		return false
	}
	text, err := c.Store.Note(ctx, keyedNote(e))
	return err == nil && text != ""
}

// hold leaves it to a person, whose word is asked for once.
func (c *Courier) hold(ctx context.Context, e outbox.Entry) error {
	cause := &KeyedError{e.Key}
	_ = c.settle(ctx, func(ctx context.Context) error { return c.Store.Hold(ctx, e, outbox.Failure{Reason: cause.Error()}) })
	_ = c.Store.SetNote(context.WithoutCancel(ctx), keyedNote(e), "")
	c.tell(ctx, e.Key, cause)
	return cause
}
