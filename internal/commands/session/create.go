package session

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// CreateOptions is what create needs.
type CreateOptions struct {
	Console  *terminal.Console
	Platform func() (*platform.Client, error)
	RVM      func() (int64, error)
}

// Created is the result of create.
type Created struct {
	Token       string    `json:"session_token" doc:"token of the session: it goes into the QR code, and whoever has it may claim the session"`
	RVMID       int64     `json:"rvm_id" doc:"number of the machine"`
	ExpiresAt   time.Time `json:"expires_at,omitzero" doc:"until when it can be claimed"`
	SecondsLeft int64     `json:"seconds_left" doc:"seconds until then, by the platform's clock"`
}

// Text is one line; in a pipe: token, rvm, expiry.
func (c Created) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(c.Token, toolbox.Number(c.RVMID), p.Time(c.ExpiresAt))
		return
	}
	p.Text(p.Good("created"), " session ", p.Strong(c.Token), p.Dim(" · "), "rvm ", toolbox.Number(c.RVMID), p.Dim(" · "), remaining(c.SecondsLeft), " to claim it")
}

// NewCreate makes the command; runF replaces the run in tests.
func NewCreate(box *toolbox.Box, runF func(context.Context, *CreateOptions) error) *cobra.Command {
	opts := &CreateOptions{Console: box.Console, Platform: anonymous(box), RVM: box.RVM}
	if runF == nil {
		runF = createRun
	}
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Open a session at a machine",
		Long: `Open a session at a machine and show its token, which a person claims within ten minutes.

The platform asks nobody who opens a session, so no sign-in is needed, and does not look at the machine's status. A session
whose answer was lost does no harm: nobody knows its token, and another can be opened.

Exit status: 0 opened, 1 the outcome is unknown, 2 usage, 5 platform away, 6 refused, for example because there is no such
machine.`,
		Example: `  $ rvmctl session create --rvm 1
  $ rvmctl session create --rvm 1 | cut -f 1
  $ rvmctl session create --rvm 1 --json`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return runF(cmd.Context(), opts) },
	}
	toolbox.Settings(cmd, config.KeyRVM)
	toolbox.SentAtOnce(cmd, "the token of the session is needed now")
	return box.Returns(cmd, Created{})
}

func createRun(ctx context.Context, o *CreateOptions) error {
	rvm, err := o.RVM()
	if err != nil {
		return err
	}
	c, err := o.Platform()
	if err != nil {
		return err
	}
	s, err := c.Sessions.Create(ctx, rvm)
	if err != nil {
		return err
	}
	return o.Console.Emit(Created{s.Token, s.RVMID, s.ExpiresAt, seconds(s.Left(s.Clock(o.Console.Now())))})
}
