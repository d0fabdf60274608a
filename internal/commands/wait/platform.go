package wait

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
)

// NewPlatform makes the command; runF replaces the run in tests.
func NewPlatform(box *toolbox.Box, runF func(context.Context, *Options) error) *cobra.Command {
	if runF == nil {
		runF = func(ctx context.Context, o *Options) error { return until(ctx, o, "platform", healthy) }
	}
	return build(box, &cobra.Command{
		Use:   "platform",
		Short: "Wait until the platform works",
		Long: `Wait until the platform itself says at any of its addresses that it works. Older builds cannot say so: with a token a call that
needs the database decides there, and without one nothing does. Without --timeout it waits for ever.

In a pipe the columns are: address, seconds.

Exit status: 0 it works, 5 not within --timeout, 10 no platform is set, 130 or 143 ended by a signal.`,
		Example: `  $ rvmctl wait platform --timeout 2m
  $ rvmctl wait platform --timeout 30s --json`,
	}, runF)
}
