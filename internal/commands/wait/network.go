package wait

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
)

// NewNetwork makes the command; runF replaces the run in tests.
func NewNetwork(box *toolbox.Box, runF func(context.Context, *Options) error) *cobra.Command {
	if runF == nil {
		runF = func(ctx context.Context, o *Options) error { return until(ctx, o, "network", connected) }
	}
	return build(box, &cobra.Command{
		Use:   "network",
		Short: "Wait until the platform can be reached",
		Long: `Wait until a connection to any address of the platform comes about, whatever answers there. Without --timeout it waits for ever.

In a pipe the columns are: address, seconds.

Exit status: 0 it can be reached, 5 not within --timeout, 10 no platform is set, 130 or 143 ended by a signal.`,
		Example: `  $ rvmctl wait network --timeout 2m
  $ rvmctl wait network --timeout 30s --quiet && rvmctl status push --rvm 1`,
	}, runF)
}
