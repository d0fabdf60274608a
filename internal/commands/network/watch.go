package network

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// WatchOptions is what watch needs.
type WatchOptions struct {
	Console *terminal.Console
	Network connect

	Interval time.Duration
	Count    int
	Always   bool
}

// Watched is one line of watch.
type Watched struct {
	At        time.Time `json:"at" doc:"when the addresses were looked at"`
	Next      string    `json:"next" doc:"address that the next call asks first"`
	Endpoints []Tried   `json:"endpoints" doc:"what was found at each address, the preferred one first"`
}

// Text is one line: time, next address, and for each address its role and tcp, http and application in one word each.
func (w Watched) Text(p *terminal.Page) {
	cells := []string{p.Time(w.At), w.Next}
	for _, e := range w.Endpoints {
		cells = append(cells, strings.Join([]string{e.Role, e.TCP.State, e.HTTP.State, e.Application.State}, " "))
	}
	p.Row(cells...)
}

// same says whether two rounds found the same.
func (w Watched) same(other Watched) bool {
	return w.Next == other.Next && slices.EqualFunc(w.Endpoints, other.Endpoints, func(a, b Tried) bool {
		return a.Well == b.Well && a.TCP.State == b.TCP.State && a.HTTP.State == b.HTTP.State && a.Application.State == b.Application.State &&
			a.Identity == b.Identity
	})
}

// NewWatch makes the command; runF replaces the run in tests.
func NewWatch(box *toolbox.Box, runF func(context.Context, *WatchOptions) error) *cobra.Command {
	opts := &WatchOptions{Console: box.Console, Network: box.Network}
	if runF == nil {
		runF = watchRun
	}
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Look at the addresses again and again, and tell what changes",
		Long: `Look at each address of the platform at every interval, and write one line, or with --json one object, whenever something has
changed; with --always at every interval. What is found is remembered, so that other commands leave an address that fails and come
back to the preferred one sooner. It runs until a signal ends it, or for --count rounds.

In a pipe the columns are: time, the address that the next call asks first, then for each address its role and its tcp, http and
application.

Exit status: 0 after the last round, 2 usage, 10 no platform is set, 130 or 143 ended by a signal.`,
		Example: `  $ rvmctl network watch --count 2 --interval 1s
  $ rvmctl network watch --count 1 --json`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if opts.Interval < time.Second || opts.Count < 0 {
				return toolbox.Usage("--interval must be 1s or more, and --count 0 or more", "type: rvmctl network watch --interval 10s")
			}
			return runF(cmd.Context(), opts)
		},
	}
	cmd.Flags().DurationVar(&opts.Interval, "interval", 10*time.Second, "`TIME` from one look to the next, from 1s")
	cmd.Flags().IntVar(&opts.Count, "count", 0, "end after `N` rounds; 0 means never")
	cmd.Flags().BoolVar(&opts.Always, "always", false, "write a line at every interval, changed or not")
	return box.Returns(cmd, Watched{})
}

func watchRun(ctx context.Context, o *WatchOptions) error {
	n, err := o.Network()
	if err != nil {
		return err
	}
	tick := time.NewTicker(o.Interval)
	defer tick.Stop()
	var last Watched
	for round := 1; ; round++ {
		at := o.Console.Now().UTC()
		looks := n.Survey(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		next := n.Next()
		w := Watched{At: at, Next: next.Base, Endpoints: tried(looks, next)}
		if o.Always || !w.same(last) {
			if err := o.Console.Emit(w); err != nil {
				return err
			}
			last = w
		}
		if round == o.Count {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}
