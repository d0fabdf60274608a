package outbox

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// DropOptions is what drop needs.
type DropOptions struct {
	Console *terminal.Console
	Store   store

	Key string
	Yes bool
}

// dropped is what an entry is once it is gone.
const dropped = "dropped"

// NewDrop makes the command; runF replaces the run in tests.
func NewDrop(box *toolbox.Box, runF func(context.Context, *DropOptions) error) *cobra.Command {
	opts := &DropOptions{Console: box.Console, Store: box.Outbox}
	if runF == nil {
		runF = dropRun
	}
	cmd := &cobra.Command{
		Use:   "drop <key>",
		Short: "Give up one entry for good",
		Long: `Remove one entry for good. It asks first, or wants --yes: a deposit that was not sent is money that somebody is not paid, and rvmctl
says so. What a process is sending at this moment cannot be dropped.

In a pipe the columns are: dropped, key, class, kind, what.

Exit status: 0 gone, 1 the outbox cannot be used, 2 usage, or not confirmed, 7 there is no such entry, or it is being sent, 10 the
configuration is invalid.`,
		Example:           `  $ rvmctl outbox drop "$(rvmctl outbox list --state dead --limit 1 | cut -f 1)" --yes`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              toolbox.Exactly(theKey),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Key = args[0]
			return runF(cmd.Context(), opts)
		},
	}
	toolbox.Yes(cmd, &opts.Yes, "drop it")
	return box.Returns(cmd, Changed{})
}

func dropRun(ctx context.Context, o *DropOptions) error {
	s, err := o.Store(ctx)
	if err != nil {
		return err
	}
	e, err := find(ctx, s, o.Key)
	if err != nil {
		return err
	}
	question := "Drop the " + string(e.Class) + " entry \"" + what(e) + "\"?"
	money := e.Class == outbox.Deposit && e.State != outbox.Done
	if money {
		question = "Drop this deposit (" + what(e) + ")? The platform was never heard to have it, and nobody is paid for it then."
	}
	if money && (e.State == outbox.Uncertain || e.State == outbox.Held) {
		question = "Drop this deposit (" + what(e) + ")? Whether the platform has it is not known; when it has not, nobody is paid for it."
	}
	if err := toolbox.Agree(o.Console, o.Yes, question); err != nil {
		return err
	}
	if _, err = s.Drop(ctx, e.Key, true); err != nil {
		return err
	}
	if money {
		o.Console.Warn("lost: %s, put in %s, was %s", what(e), e.Created.Wall.Format("2006-01-02T15:04:05Z"), e.State)
	}
	return toolbox.Unwritten(o.Console.Emit(Changed{dropped, newEntry(e, s.Now())}), "entry "+e.Key+" is dropped", "rvmctl outbox list")
}
