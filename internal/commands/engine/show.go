package engine

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// ShowOptions is what show needs.
type ShowOptions struct {
	Console  *terminal.Console
	Platform client

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
		Short: "Show one engine",
		Long: `Show one engine of the platform's register.

Exit status: 0 shown, 2 usage, 4 not signed in, 5 platform away, 7 not found.`,
		Example: `  $ rvmctl engine show 3
  $ rvmctl engine show 3 --json`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              toolbox.Exactly("the number of the engine"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if opts.ID, err = toolbox.ID("engine", args[0]); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	return box.Returns(cmd, Record{})
}

func showRun(ctx context.Context, o *ShowOptions) error {
	c, err := o.Platform()
	if err != nil {
		return err
	}
	e, err := c.Engines.Get(ctx, o.ID)
	if err != nil {
		return err
	}
	return o.Console.Emit(newRecord(e))
}
