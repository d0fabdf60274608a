package delivery

import (
	"context"
	"fmt"
	"time"

	"github.com/myrvm/rvmctl/internal/outbox"
)

// mostAhead is how many older entries of the same order Send sends before its own.
const mostAhead = 50

// othersTime is how long Send waits for another process that sends the same entry: as long as a call may take.
const othersTime = 35 * time.Second

// askTime is how long Send waits to learn whose token it has.
const askTime = 10 * time.Second

// BehindError says that an entry waits for an older one of the same order.
type BehindError struct {
	// Key is the older entry's, empty when it is not known which.
	Key string
	// Err is why that one is not delivered, or nil.
	Err error
}

func (e *BehindError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("entry %s goes before it: %v", e.Key, e.Err)
	}
	return "older entries go before it"
}

// Unwrap returns the cause.
func (e *BehindError) Unwrap() error { return e.Err }

// Send tries one entry now, after what must go before it, and returns it as it is afterwards. The error is why it was not
// delivered: the platform's, *PausedError, *BehindError, or that of Connect; what became of the entry it says itself. Send waits
// for no time of the entry and for no pause of its class, but leaves a platform in peace that was away a moment ago or asked for it.
func (c *Courier) Send(ctx context.Context, key string) (outbox.Entry, error) {
	e, err := c.Store.Get(ctx, key)
	if err != nil {
		return e, err
	}
	switch e.State {
	case outbox.Pending, outbox.Leased:
		err = c.send(ctx, e)
	case outbox.Uncertain:
		_, err = c.settleUncertain(ctx)
	}
	return c.afterwards(ctx, key, err)
}

// afterwards is the entry as it is now. One that was to be sent once, and could not be, does not stay.
func (c *Courier) afterwards(ctx context.Context, key string, cause error) (outbox.Entry, error) {
	ctx = context.WithoutCancel(ctx)
	e, err := c.Store.Get(ctx, key)
	if err != nil {
		return e, firstOf(cause, err)
	}
	if e.Once && e.State == outbox.Pending && cause != nil {
		_ = c.Store.Refuse(ctx, e, outbox.Failure{Reason: cause.Error()})
		if now, err := c.Store.Get(ctx, key); err == nil {
			e = now
		}
	}
	return e, cause
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *Courier) send(ctx context.Context, e outbox.Entry) error {
	if _, _, err := c.connect(ctx); err != nil {
		return err
	}
	if p := c.rested(ctx); p != nil {
		return p
	}
	if err := c.introduced(ctx, e); err != nil {
		return err
	}
	c.before(ctx, e, true)
	want := outbox.Want{Classes: []outbox.Class{e.Class}, Order: e.Order, Now: true}
	if e.Order == "" {
		want.Key = e.Key
	}
	for range mostAhead {
		got, ok, err := c.claim(ctx, want)
		switch {
		case err != nil:
			return err
		case !ok:
			return c.blocked(ctx, e)
		case got.Key == e.Key:
			return c.attempt(ctx, got)
		}
		if err := c.attempt(ctx, got); err != nil {
			return &BehindError{got.Key, err}
		}
	}
	return &BehindError{}
}

// introduced learns whose token a deposit goes out with, in no more time than somebody at a machine should wait for it.
func (c *Courier) introduced(ctx context.Context, e outbox.Entry) error {
	if e.Class != outbox.Deposit || c.Policy != Reconcile {
		return nil
	}
	quick, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	_, err := c.account(quick)
	if err != nil && quick.Err() != nil && ctx.Err() == nil {
		c.blame(ctx, Judgement{Blames: true}, err.Error())
	}
	return err
}

// blocked waits for another process that is sending the entry, and says otherwise that something goes before it.
func (c *Courier) blocked(ctx context.Context, e outbox.Entry) error {
	ctx, cancel := context.WithTimeout(ctx, othersTime)
	defer cancel()
	for {
		now, err := c.Store.Get(ctx, e.Key)
		switch {
		case err != nil:
			return err
		case now.State == outbox.Done:
			return nil
		case now.State != outbox.Leased && now.Reason != "":
			return &ElsewhereError{now.Key, now.Reason}
		case now.State != outbox.Leased:
			return &BehindError{}
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return &ElsewhereError{now.Key, "another process is still sending it"}
		}
	}
}

// ElsewhereError says that another process sent an entry, and in its words why it was not delivered.
type ElsewhereError struct{ Key, Reason string }

func (e *ElsewhereError) Error() string { return e.Reason }

// sleep waits for d or for the end of ctx, whichever comes first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
