package outbox

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// ResolveOptions is what resolve needs.
type ResolveOptions struct {
	Console *terminal.Console
	Store   store

	Key, As string
	Deposit int64
}

// What a person can say.
const (
	asSent = "sent"
	asLost = "lost"
)

// NewResolve makes the command; runF replaces the run in tests.
func NewResolve(box *toolbox.Box, runF func(context.Context, *ResolveOptions) error) *cobra.Command {
	opts := &ResolveOptions{Console: box.Console, Store: box.Outbox}
	if runF == nil {
		runF = resolveRun
	}
	cmd := &cobra.Command{
		Use:   "resolve <key>",
		Short: "Say what became of an entry whose answer was lost",
		Long: `Say what became of an entry that is uncertain or held, after you have looked at the platform: --as sent, it is there (with its number,
--deposit, when you know it), or --as lost, it is not there, and the next flush sends it. When a deposit that is there is said to be
lost, it is paid twice; when one that is not there is said to be sent, somebody is not paid.

In a pipe the columns are: done or pending, key, class, kind, what.

Exit status: 0 noted, 1 the outbox cannot be used, 2 usage, 6 that number belongs to another entry, 7 there is no such entry, or it is
in another state, 10 the
configuration is invalid.`,
		Example: `  $ rvmctl outbox resolve "$(rvmctl outbox list --state uncertain --limit 1 | cut -f 1)" --as lost
  $ rvmctl outbox resolve "$(rvmctl outbox list --state uncertain --limit 1 | cut -f 1)" --as sent --deposit 7`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              toolbox.Exactly(theKey),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Key = args[0]
			if err := opts.check(cmd.Flags().Changed("deposit")); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	cmd.Flags().StringVar(&opts.As, "as", "", "sent (the platform has it) or lost (it has not)")
	cmd.Flags().Int64Var(&opts.Deposit, "deposit", 0, "`NUMBER` that the platform gave it, with --as sent")
	completeWords(cmd, "as", []string{asSent, asLost})
	return box.Returns(cmd, Changed{})
}

func (o *ResolveOptions) check(numbered bool) error {
	if o.As == "" {
		return toolbox.Usage("--as is missing", "say --as sent, or --as lost")
	}
	if err := toolbox.OneOf("as", o.As, []string{asSent, asLost}); err != nil {
		return err
	}
	switch {
	case numbered && o.As == asLost:
		return toolbox.Usage("--deposit only goes with --as sent", "leave --deposit out")
	case numbered && o.Deposit < 1:
		return toolbox.Usage("--deposit must be the number of a deposit", "for example: --deposit 7")
	}
	return nil
}

func resolveRun(ctx context.Context, o *ResolveOptions) error {
	s, err := o.Store(ctx)
	if err != nil {
		return err
	}
	e, err := find(ctx, s, o.Key)
	if err != nil {
		return err
	}
	number := ""
	if o.Deposit > 0 {
		number = toolbox.Number(o.Deposit)
	}
	if e, err = s.Resolve(ctx, e.Key, o.As == asSent, number); err != nil {
		return err
	}
	return toolbox.Unwritten(o.Console.Emit(Changed{string(e.State), newEntry(e, s.Now())}), "entry "+e.Key+" is "+string(e.State), "rvmctl outbox show "+e.Key)
}
