package session

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

// NewGuest makes the command; runF replaces the run in tests.
func NewGuest(box *toolbox.Box, runF func(context.Context, *TakeOptions) error) *cobra.Command {
	opts := &TakeOptions{Console: box.Console, Platform: anonymous(box)}
	if runF == nil {
		runF = guestRun
	}
	cmd := &cobra.Command{
		Use:   "guest <token>",
		Short: "Open a session for somebody without an account",
		Long: `Open a session for somebody without an account, whose deposits are donations.

An expired session is refused here; the platform itself would take it. A hyphen reads the token from standard input. No
sign-in is needed.

Exit status: 0 opened, 1 the outcome is unknown, 2 usage, 5 platform away, 6 somebody has it already or it has expired, 7 no
such session.`,
		Example: `  $ rvmctl session create --rvm 1 | cut -f 1 | rvmctl session guest -
  $ rvmctl session create --rvm 1 | cut -f 1 | xargs rvmctl session guest --json`,
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

func guestRun(ctx context.Context, o *TakeOptions) error {
	return take(ctx, o, platform.SessionGuest, func(c *platform.Client) (platform.Session, error) {
		return c.Sessions.ActivateGuest(ctx, o.Token)
	})
}
