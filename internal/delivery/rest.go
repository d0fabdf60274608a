package delivery

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/myrvm/rvmctl/internal/outbox"
)

// pause is a time in which nothing is sent, kept between processes.
type pause struct {
	Failures int       `json:"failures"`
	Until    time.Time `json:"until"`
	Reason   string    `json:"reason"`
	// Since is when the last failure was; Asked says that the platform itself asked for the wait.
	Since time.Time `json:"since,omitzero"`
	Asked bool      `json:"asked,omitempty"`
	// Token is the account's token that was refused, else "": with another one there is no reason to wait.
	Token string `json:"token,omitempty"`
}

// on says whether the pause still lasts. One that ends later than any may was written by a clock that has been put right since.
func (p pause) on(now time.Time) bool {
	return now.Before(p.Until) && p.Until.Before(now.Add(2*mostWait))
}

// rest is what this process knows of the platform's health.
type rest struct {
	mu sync.Mutex
	// failures blame the platform, one after the other.
	failures int
	// known says that failures were read from the notes once.
	known bool
}

// PausedError says that nothing was sent, because the last attempts failed and the platform is left in peace.
type PausedError struct {
	// Class is what waits, empty for everything.
	Class  outbox.Class
	Until  time.Time
	Reason string
	// SignedOut is true when the account was the cause, and another sign-in ends the pause.
	SignedOut bool
}

func (e *PausedError) Error() string {
	what := "everything"
	if e.Class != "" {
		what = "every " + string(e.Class)
	}
	return fmt.Sprintf("%s waits until %s: %s", what, e.Until.UTC().Format(time.RFC3339), e.Reason)
}

func (c *Courier) noteOf(class outbox.Class) string {
	return "pause " + string(class) + " " + c.Profile
}

// paused gives the pause of a class, or with "" that of everything; nil when there is none.
func (c *Courier) paused(ctx context.Context, class outbox.Class) *PausedError {
	p, ok := c.pause(ctx, class)
	if !ok || !p.on(c.Store.Now().Wall) {
		return nil
	}
	if _, token := c.line.now(); p.Token != "" && token != "" && token != p.Token {
		return nil
	}
	return &PausedError{class, p.Until, p.Reason, p.Token != ""}
}

// rested gives the pause of everything as it counts for somebody who waits for the answer: a platform that has not asked for more
// is tried again after patience, since it may be back long before the end of a long pause.
func (c *Courier) rested(ctx context.Context) *PausedError {
	p, ok := c.pause(ctx, "")
	if now := c.Store.Now().Wall; ok && !p.Asked && (now.Sub(p.Since) >= patience || now.Before(p.Since)) {
		return nil
	}
	return c.paused(ctx, "")
}

func (c *Courier) pause(ctx context.Context, class outbox.Class) (p pause, ok bool) {
	text, err := c.Store.Note(ctx, c.noteOf(class))
	return p, err == nil && text != "" && json.Unmarshal([]byte(text), &p) == nil
}

// setPause is best effort: without it the next process only comes too early.
func (c *Courier) setPause(ctx context.Context, class outbox.Class, p pause) {
	raw, err := json.Marshal(p)
	if err == nil {
		_ = c.Store.SetNote(context.WithoutCancel(ctx), c.noteOf(class), string(raw))
	}
}

// blame counts a failure of the platform, and makes everything wait after some in a row or when the platform asked for it.
func (c *Courier) blame(ctx context.Context, j Judgement, reason string) {
	c.rest.mu.Lock()
	defer c.rest.mu.Unlock()
	c.remember(ctx)
	c.rest.failures++
	now := c.Store.Now().Wall
	p := pause{Failures: c.rest.failures, Reason: reason, Since: now, Asked: j.After > 0}
	switch {
	case j.After > 0:
		p.Until = now.Add(c.asked(j.After))
	case c.rest.failures >= pauseAfter:
		p.Until = now.Add(c.backoff(c.rest.failures-pauseAfter+1, j.most()))
	}
	c.setPause(ctx, "", p)
}

// remember reads once what earlier processes have seen; the caller holds the lock.
func (c *Courier) remember(ctx context.Context) {
	if c.rest.known {
		return
	}
	c.rest.known = true
	if p, ok := c.pause(ctx, ""); ok {
		c.rest.failures = p.Failures
	}
}

// ailing says that the last attempt failed because of the platform, so that one at a time is enough to try.
func (c *Courier) ailing(ctx context.Context) bool {
	c.rest.mu.Lock()
	defer c.rest.mu.Unlock()
	c.remember(ctx)
	return c.rest.failures >= pauseAfter
}

// praise ends every pause that an answer of the platform disproves.
func (c *Courier) praise(ctx context.Context, class outbox.Class) {
	c.rest.mu.Lock()
	defer c.rest.mu.Unlock()
	c.remember(ctx)
	if c.rest.failures > 0 {
		c.rest.failures = 0
		_ = c.Store.SetNote(context.WithoutCancel(ctx), c.noteOf(""), "")
	}
	if c.line.wasPaused(class) {
		_ = c.Store.SetNote(context.WithoutCancel(ctx), c.noteOf(class), "")
	}
}

// pauseClass makes a class wait for somebody to mend something.
func (c *Courier) pauseClass(ctx context.Context, class outbox.Class, j Judgement, reason string) {
	c.rest.mu.Lock()
	defer c.rest.mu.Unlock()
	p, _ := c.pause(ctx, class)
	p.Failures, p.Reason, p.Token = p.Failures+1, reason, ""
	p.Until = c.Store.Now().Wall.Add(max(c.backoff(p.Failures, mostWait), c.asked(j.After)))
	if _, token := c.line.now(); j.SignIn {
		p.Token = token
	}
	c.setPause(ctx, class, p)
	c.line.setPaused(class)
}
