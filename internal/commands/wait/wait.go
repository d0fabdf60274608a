// Package wait holds a script or a systemd unit back until something is there. It refuses to know what comes afterwards.
package wait

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/network"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// New makes the noun.
func New(box *toolbox.Box) *cobra.Command {
	return toolbox.Group("wait", "Wait until the network or the platform is there",
		`For scripts and systemd units: hold back what comes next until the platform can be reached, or until it says that it works.`,
		NewNetwork(box, nil), NewPlatform(box, nil))
}

// interval is how long a look that found nothing waits for the next.
const interval = time.Second

// Options is what both verbs need.
type Options struct {
	Console *terminal.Console
	Network func() (*toolbox.Network, error)
}

// Waited is the result of both verbs.
type Waited struct {
	Address string  `json:"address" doc:"address at which it is there"`
	Role    string  `json:"role" doc:"tunnel or local"`
	Seconds float64 `json:"waited_seconds" doc:"how long that took"`
}

// Text is one line for people; in a pipe: address, seconds.
func (w Waited) Text(p *terminal.Page) {
	if p.ForPeople() {
		p.Line("%s is there, after %.1f s", w.Address, w.Seconds)
		return
	}
	p.Row(w.Address, toolbox.Number(int64(w.Seconds)))
}

// until looks again and again until there gives an address that is fit, and remembers why it was not.
func until(ctx context.Context, o *Options, what string, fit func(network.Look) error) error {
	n, err := o.Network()
	if err != nil {
		return err
	}
	began := time.Now()
	var last error
	for {
		looks := n.Survey(ctx)
		for _, l := range looks {
			if ctx.Err() != nil {
				break
			}
			reason := fit(l)
			if reason == nil {
				return o.Console.Emit(Waited{Address: l.Base, Role: string(l.Role), Seconds: time.Since(began).Seconds()})
			}
			if last == nil || l.Base == n.Preferred().Base {
				last = reason
			}
			o.Console.Step("%s: %v", l.Base, reason)
		}
		timer := time.NewTimer(interval)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ended(context.Cause(ctx), what, last)
		case <-timer.C:
		}
	}
}

// ended adds what was found last to the end of the time; a signal needs no reason.
func ended(cause error, what string, last error) error {
	var late *toolbox.TimeoutError
	if !errors.As(cause, &late) {
		return cause
	}
	return &LateError{What: what, Last: last, Err: late}
}

// LateError says that what was waited for did not come in time.
type LateError struct {
	// What is the network or the platform.
	What string
	// Last is why not, as it was found last; nil when there was no time to look.
	Last error
	Err  *toolbox.TimeoutError
}

func (e *LateError) Error() string {
	text := "the " + e.What + " is not there after " + e.Err.Limit.String()
	if e.Last != nil {
		text += ": " + e.Last.Error()
	}
	return text
}

// Unwrap gives the end of the time.
func (e *LateError) Unwrap() error { return e.Err }

// connected wants a connection, and nothing of what comes through it.
func connected(l network.Look) error {
	if l.Health.TCP.State == platform.StateOK {
		return nil
	}
	return errors.New(l.Health.TCP.Detail)
}

// healthy wants the platform's own word that it works.
func healthy(l network.Look) error {
	if l.Health.Application.State == platform.StateOK && l.Sameness != network.Different {
		return nil
	}
	return errors.New(l.Trouble())
}

// build makes one of the two verbs.
func build(box *toolbox.Box, cmd *cobra.Command, runF func(context.Context, *Options) error) *cobra.Command {
	opts := &Options{Console: box.Console, Network: box.Network}
	cmd.Args = toolbox.Exactly()
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return runF(cmd.Context(), opts) }
	return box.Returns(cmd, Waited{})
}
