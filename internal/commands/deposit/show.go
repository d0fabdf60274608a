package deposit

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// ShowOptions is what show needs.
type ShowOptions struct {
	Console  *terminal.Console
	Platform deposits

	ID int64
}

// NewShow makes the command; runF replaces the run in tests.
func NewShow(box *toolbox.Box, runF func(context.Context, *ShowOptions) error) *cobra.Command {
	opts := &ShowOptions{Console: box.Console, Platform: box.Platform}
	if runF == nil {
		runF = showRun
	}
	cmd := &cobra.Command{
		Use:   "show <id>",
		Short: "Show one of your deposits",
		Long: `Show one deposit of the account that is signed in.

The platform shows nobody the deposits of another account, not even to an administrator: they are "not found".

Exit status: 0 shown, 2 usage, 4 not signed in, 5 platform away, 7 not found.`,
		Example: `  $ rvmctl deposit show 7
  $ rvmctl deposit show 7 --json`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              toolbox.Exactly("the number of the deposit"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if opts.ID, err = toolbox.ID("deposit", args[0]); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	return box.Returns(cmd, Record{})
}

func showRun(ctx context.Context, o *ShowOptions) error {
	client, err := o.Platform()
	if err != nil {
		return err
	}
	d, err := client.Deposits.Get(ctx, o.ID)
	if err != nil {
		return err
	}
	return o.Console.Emit(newRecord(d))
}
