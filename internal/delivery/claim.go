package delivery

import (
	"context"
	"slices"
	"time"

	"github.com/myrvm/rvmctl/internal/outbox"
)

// matesTime bounds what goes before a deposit: money never waits for a picture.
const matesTime = 20 * time.Second

// withKey is recorded instead of an account for what is sent with a key: only that may be sent again on the strength of its key.
const withKey = "a key"

// claim takes the next entry that may be sent. With deposits among the wanted it first learns whose token it sends with.
func (c *Courier) claim(ctx context.Context, w outbox.Want) (outbox.Entry, bool, error) {
	w.Profile, w.Targets = c.Profile, c.Targets
	switch deposits := slices.Contains(w.Classes, outbox.Deposit); {
	case deposits && c.Policy == Idempotent:
		w.Account = withKey
	case deposits && c.Policy == Reconcile:
		account, err := c.account(ctx)
		if err != nil {
			return outbox.Entry{}, false, err
		}
		w.Account = account
	}
	c.claiming.Lock()
	defer c.claiming.Unlock()
	return c.Store.Claim(ctx, w)
}

// account is whose, with the platform's failures taken into account.
func (c *Courier) account(ctx context.Context) (string, error) {
	account, err := c.whose(ctx)
	if unauthenticated(err) {
		if _, token := c.line.now(); c.signInAgain(ctx, token) {
			account, err = c.whose(ctx)
		}
	}
	if err != nil {
		c.noted(ctx, outbox.Deposit, err)
	}
	return account, err
}

// noted draws the conclusions from a call that belongs to no entry.
func (c *Courier) noted(ctx context.Context, class outbox.Class, err error) {
	switch j := Judge(Asked{}, err); {
	case j.Blames:
		c.blame(ctx, j, err.Error())
	case j.Pause && j.Status != 0:
		c.pauseClass(ctx, class, j, err.Error())
	}
}

// before sends once what belongs before an entry of a capture: its picture, and before a deposit also what was seen in it. Whatever
// comes of that, the entry goes.
func (c *Courier) before(ctx context.Context, e outbox.Entry, hurry bool) {
	var classes []outbox.Class
	switch e.Class {
	case outbox.Deposit:
		classes = []outbox.Class{outbox.Picture, outbox.Detection}
	case outbox.Detection:
		classes = []outbox.Class{outbox.Picture}
	}
	if e.Capture == "" || len(classes) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, matesTime)
	defer cancel()
	for _, class := range classes {
		mates, err := c.Store.List(ctx, outbox.Query{Class: class, State: outbox.Pending, Capture: e.Capture})
		if err != nil || c.paused(ctx, class) != nil {
			continue
		}
		for _, mate := range mates {
			if mate, ok, err := c.claim(ctx, outbox.Want{Classes: []outbox.Class{class}, Key: mate.Key, Now: hurry}); err == nil && ok {
				_ = c.attempt(ctx, mate)
			}
		}
	}
}
