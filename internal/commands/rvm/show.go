package rvm

import (
	"context"
	"errors"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// ShowOptions is what show needs.
type ShowOptions struct {
	Console  *terminal.Console
	Platform client

	ID          int64
	ShowSecrets bool
}

// NewShow makes the command; runF replaces the run in tests.
func NewShow(box *toolbox.Box, runF func(context.Context, *ShowOptions) error) *cobra.Command {
	opts := &ShowOptions{Console: box.Console, Platform: box.Platform}
	if runF == nil {
		runF = showRun
	}
	cmd := &cobra.Command{
		Use:   "show <id>",
		Short: "Show everything that the platform holds of a machine",
		Long: `Show everything that the platform holds of a machine, with its last five deposits and sessions.

The API key and the PIN are masked unless --show-secrets is given. The platform shows figures to one kind of role and the PIN
and the switches to another; what this account may not see is left out.

Exit status: 0 shown, 2 usage, 4 not signed in, 5 platform away, 6 not allowed, 7 no such machine.`,
		Example: `  $ rvmctl rvm show 1
  $ rvmctl rvm show 1 --show-secrets
  $ rvmctl rvm show 1 --json`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              toolbox.Exactly(theNumber),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if opts.ID, err = ident(args[0]); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	toolbox.ShowSecrets(cmd, &opts.ShowSecrets)
	return box.Returns(cmd, Record{})
}

func showRun(ctx context.Context, o *ShowOptions) error {
	c, err := o.Platform()
	if err != nil {
		return err
	}
	m, err := both(ctx, c, o.ID)
	if err != nil {
		return err
	}
	return o.Console.Emit(newRecord(m, o.ShowSecrets, o.Console.Now()))
}

// both joins what the inventory and the console say of a machine. Each needs its own role, and one of the two is enough.
func both(ctx context.Context, c *platform.Client, id int64) (platform.RVM, error) {
	m, refusal := c.RVMs.Get(ctx, id)
	if refusal != nil && !withheld(refusal) {
		return m, refusal
	}
	details, second := c.RVMs.Details(ctx, id)
	switch {
	case withheld(second):
		return m, refusal
	case second != nil || refusal != nil:
		return details, second
	}
	m.AdminAccessPIN, m.RemoteAccess, m.KioskMode, m.POSSettings = details.AdminAccessPIN, details.RemoteAccess, details.KioskMode, details.POSSettings
	m.LastStatusChange = details.LastStatusChange
	return m, nil
}

// withheld says that this account or this platform build does not have the endpoint.
func withheld(err error) bool {
	var no *platform.Error
	return errors.As(err, &no) && (no.Status == http.StatusForbidden || no.RouteMissing())
}
