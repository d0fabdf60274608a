package outbox

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// RetryOptions is what retry needs.
type RetryOptions struct {
	Console *terminal.Console
	Store   store

	Keys  []string
	All   bool
	State string
}

// Changed is the result of a person's word about an entry.
type Changed struct {
	Outcome string `json:"outcome" doc:"pending, done or dropped: what the entry is now"`
	Entry
}

// Text is one line; in a pipe: outcome, key, class, kind, what.
func (c Changed) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(c.Outcome, c.Key, c.Class, c.Kind, c.What)
		return
	}
	p.Text(p.Good(c.Outcome), " ", terminal.Clean(c.What), p.Dim(" · "+c.Key))
}

// NewRetry makes the command; runF replaces the run in tests.
func NewRetry(box *toolbox.Box, runF func(context.Context, *RetryOptions) error) *cobra.Command {
	opts := &RetryOptions{Console: box.Console, Store: box.Outbox}
	if runF == nil {
		runF = retryRun
	}
	cmd := &cobra.Command{
		Use:   "retry [key]...",
		Short: "Let dead or waiting entries be sent again",
		Long: `Let entries that are dead, or that wait for their time, be sent by the next flush. Mend first what they were refused for. An entry
that is uncertain or held cannot be retried, since that could pay twice: rvmctl outbox resolve says what became of it.

In a pipe the columns are: pending, key, class, kind, what.

Exit status: 0 they wait to be sent, 1 the outbox cannot be used, 2 usage, 3 some of several could not be retried, 7 there is no such
entry, or it is in another state, 10 the
configuration is invalid.`,
		Example: `  $ rvmctl outbox retry "$(rvmctl outbox list --state dead --limit 1 | cut -f 1)"
  $ rvmctl outbox retry --all --state dead`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Keys = args
			if err := opts.check(); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	cmd.Flags().BoolVar(&opts.All, "all", false, "all entries of a state")
	cmd.Flags().StringVar(&opts.State, "state", string(outbox.Dead), "which, with --all: dead or pending")
	completeWords(cmd, "state", words(retryable()))
	return box.Returns(cmd, Changed{})
}

func retryable() []outbox.State { return []outbox.State{outbox.Dead, outbox.Pending} }

func (o *RetryOptions) check() error {
	switch {
	case o.All && len(o.Keys) > 0:
		return toolbox.Usage("--all and keys do not go together", "leave one of them out")
	case !o.All && len(o.Keys) == 0:
		return toolbox.Usage(theKey+" is missing", "type: rvmctl outbox retry KEY, or: rvmctl outbox retry --all --state dead")
	}
	return toolbox.OneOf("state", o.State, words(retryable()))
}

func retryRun(ctx context.Context, o *RetryOptions) error {
	s, err := o.Store(ctx)
	if err != nil {
		return err
	}
	if o.All {
		all, err := s.List(ctx, outbox.Query{State: outbox.State(o.State), Limit: maxListed})
		if err != nil {
			return err
		}
		for _, e := range all {
			o.Keys = append(o.Keys, e.Key)
		}
		if len(all) == 0 {
			o.Console.Note("no entry is %s", o.State)
		}
	}
	tally := toolbox.Tally{What: "entries", Planned: len(o.Keys)}
	for _, key := range o.Keys {
		e, err := find(ctx, s, key)
		if err == nil {
			e, err = s.Retry(ctx, e.Key)
		}
		if tally.Add(err); err != nil {
			o.Console.Warn("%s: %v", key, err)
			continue
		}
		if err := o.Console.Emit(Changed{string(e.State), newEntry(e, s.Now())}); err != nil {
			return errors.Join(err, tally.Err())
		}
	}
	return tally.Err()
}
