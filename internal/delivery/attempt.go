package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

// attempt sends an entry that was claimed and settles it. The error is why it was not delivered.
func (c *Courier) attempt(ctx context.Context, e outbox.Entry) error {
	var r receipt
	var err error
	crashAt("before-send")
	if c.keyed(ctx, e) {
		return c.hold(ctx, e)
	}
	if e.Once && e.Attempts > 1 {
		err = &OnceError{e.Key}
	} else {
		err = c.withToken(ctx, func(client *platform.Client) error {
			r, err = c.kind(e.Kind)(ctx, client, e)
			return err
		})
	}
	crashAt("after-send-before-settle")
	j := Judge(c.question(e), err)
	if j.Verdict == Delivered {
		err = nil
	}
	return c.apply(ctx, e, j, r, err)
}

// OnceError says that an entry that must not be sent twice was sent before.
type OnceError struct{ Key string }

func (e *OnceError) Error() string {
	return fmt.Sprintf("entry %s was to be sent once, and was", e.Key)
}

// apply writes down what follows from a judgement, tells whoever listens, and gives back why the entry was not delivered.
func (c *Courier) apply(ctx context.Context, e outbox.Entry, j Judgement, r receipt, cause error) error {
	c.learn(ctx, e, j, cause)
	failure := outbox.Failure{HTTPStatus: j.Status}
	if cause != nil {
		failure.Reason = cause.Error()
	}
	c.markKeyed(ctx, e, j, cause)
	failed := c.settle(ctx, func(ctx context.Context) error {
		switch {
		case j.Verdict == Delivered:
			return c.deliver(ctx, e, r)
		case j.Verdict == Unknown && c.Policy == Hold:
			return c.Store.Hold(ctx, e, failure)
		case j.Verdict == Unknown:
			return c.Store.Doubt(ctx, e, failure)
		case j.Verdict == Never, e.Once, c.poison(ctx, e, j):
			return c.Store.Refuse(ctx, e, failure)
		}
		return c.Store.Later(ctx, e, c.again(e, j), failure)
	})
	if cause == nil {
		cause = failed
	}
	c.tell(ctx, e.Key, cause)
	return cause
}

// deliver confirms an entry. A number that another entry has already is no reason to doubt the platform's own word: it was set up
// anew, and counts from the beginning.
func (c *Courier) deliver(ctx context.Context, e outbox.Entry, r receipt) error {
	err := c.Store.Deliver(ctx, e, r.number, r.encoded())
	var taken *outbox.TakenError
	if errors.As(err, &taken) {
		return c.Store.Deliver(ctx, e, "", r.encoded())
	}
	return err
}

// learn draws the conclusions that reach beyond the entry.
func (c *Courier) learn(ctx context.Context, e outbox.Entry, j Judgement, cause error) {
	switch {
	case j.Blames:
		c.blame(ctx, j, cause.Error())
	case j.Pause:
		c.pauseClass(ctx, e.Class, j, cause.Error())
	case j.Verdict == Delivered, j.Verdict == Never && j.Status != 0:
		c.praise(ctx, e.Class)
	}
}

// again is when an entry may be sent again.
func (c *Courier) again(e outbox.Entry, j Judgement) time.Time {
	now := c.Store.Now().Wall
	switch {
	case j.After > 0:
		return now.Add(c.asked(j.After))
	case j.Blames || j.Status != 0 && !j.Pause:
		return now.Add(c.backoff(e.Attempts, j.most()))
	}
	return now
}

// equals counts the equal failures of an entry.
type equals struct {
	Status int `json:"status"`
	Times  int `json:"times"`
}

// poison says that the platform fails at this entry and not for want of itself. Money is never given up.
func (c *Courier) poison(ctx context.Context, e outbox.Entry, j Judgement) bool {
	if e.Class == outbox.Deposit || j.Status < 500 || j.Status >= 502 && j.Status <= 504 {
		return false
	}
	name := "equal " + e.Key
	var seen equals
	if text, err := c.Store.Note(ctx, name); err == nil && text != "" && json.Unmarshal([]byte(text), &seen) != nil {
		seen = equals{}
	}
	if seen.Status != j.Status {
		seen = equals{Status: j.Status}
	}
	seen.Times++
	if seen.Times >= mostEqual {
		_ = c.Store.SetNote(ctx, name, "")
		return true
	}
	if raw, err := json.Marshal(seen); err == nil {
		_ = c.Store.SetNote(ctx, name, string(raw))
	}
	return false
}

// settle writes down what became of an entry. What cannot be written now, on a full disk, is owed and written as soon as it can.
func (c *Courier) settle(ctx context.Context, write func(context.Context) error) error {
	ctx = context.WithoutCancel(ctx)
	err := write(ctx)
	var lost *outbox.LostLeaseError
	if err != nil && !errors.As(err, &lost) {
		c.owing.Lock()
		defer c.owing.Unlock()
		c.owed = append(c.owed, write)
	}
	return err
}

// payOwed writes down what could not be.
func (c *Courier) payOwed(ctx context.Context) {
	c.owing.Lock()
	owed := c.owed
	c.owed = nil
	c.owing.Unlock()
	for _, write := range owed {
		_ = c.settle(ctx, write)
	}
}

// tell reports what became of an entry.
func (c *Courier) tell(ctx context.Context, key string, cause error) {
	if c.Report == nil {
		return
	}
	e, err := c.Store.Get(context.WithoutCancel(ctx), key)
	if err != nil {
		return
	}
	c.telling.Lock()
	defer c.telling.Unlock()
	c.Report(Event{e, cause})
}
