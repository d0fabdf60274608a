package session

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

// NewClaim makes the command; runF replaces the run in tests.
func NewClaim(box *toolbox.Box, runF func(context.Context, *TakeOptions) error) *cobra.Command {
	opts := &TakeOptions{Console: box.Console, Platform: box.Platform}
	if runF == nil {
		runF = claimRun
	}
	cmd := &cobra.Command{
		Use:   "claim <token>",
		Short: "Take a session for the account that is signed in",
		Long: `Take a session for the account that is signed in, as the app does after it has read the QR code.

An expired session is refused here; the platform itself would take it. Two people who claim the same session at the same
moment are both told yes by the platform. A hyphen reads the token from standard input.

Exit status: 0 claimed, 1 the outcome is unknown, 2 usage, 4 not signed in, 5 platform away, 6 somebody has it already or it
has expired, 7 no such session.`,
		Example: `  $ rvmctl session create --rvm 1 | cut -f 1 | rvmctl session claim -
  $ rvmctl session create --rvm 1 | cut -f 1 | xargs rvmctl session claim --json`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              toolbox.Exactly(theToken),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if opts.Token, err = token(opts.Console, args[0]); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	toolbox.SentAtOnce(cmd, "the person stands at the machine now")
	return box.Returns(cmd, Taken{})
}

func claimRun(ctx context.Context, o *TakeOptions) error {
	return take(ctx, o, platform.SessionClaimed, func(c *platform.Client) (platform.Session, error) { return c.Sessions.Claim(ctx, o.Token) })
}
