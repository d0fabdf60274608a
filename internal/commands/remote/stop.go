package remote

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// StopOptions is what stop needs.
type StopOptions struct {
	Console  *terminal.Console
	Platform client
	RVM      func() (int64, error)

	Reason string
}

// Stopped is the result of stop.
type Stopped struct {
	RVMID        int64   `json:"rvm_id" doc:"number of the machine; the platform has made it active"`
	StatusBefore string  `json:"status_before,omitempty" doc:"the machine's status before, absent when the platform does not tell this account"`
	Session      Session `json:"session" doc:"the session that was ended"`
}

// Text says what has ended; in a pipe: rvm and the session's row.
func (s Stopped) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(append([]string{toolbox.Number(s.RVMID)}, s.Session.row(p)...)...)
		return
	}
	p.Text(p.Good("ended"), " remote access to rvm ", p.Strong(toolbox.Number(s.RVMID)), p.Dim(", session "+toolbox.Number(s.Session.ID)))
	p.Line("the platform has made the machine active, whatever it was before")
}

// NewStop makes the command; runF replaces the run in tests.
func NewStop(box *toolbox.Box, runF func(context.Context, *StopOptions) error) *cobra.Command {
	opts := &StopOptions{Console: box.Console, Platform: box.Platform, RVM: box.RVM}
	if runF == nil {
		runF = stopRun
	}
	cmd := &cobra.Command{
		Use:   "stop",
		Short: "End your remote access to a machine",
		Long: `End the remote access to a machine that was opened in the name of the account that is signed in.

The platform makes the machine active, whatever it was before the session, and does not remember what that was. rvmctl warns when
it knows that the machine was neither active nor in maintenance.

Exit status: 0 ended, 1 the outcome is unknown, 2 usage, 4 not signed in, 5 platform away, 6 refused, 7 there is none of yours, no
such machine, or the platform build has it in its web console at most.`,
		Example: `  $ rvmctl remote start --rvm 1 --address 172.28.93.97
  $ rvmctl remote stop --rvm 1 --reason "camera cleaned"`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return runF(cmd.Context(), opts) },
	}
	toolbox.Settings(cmd, config.KeyRVM)
	cmd.Flags().StringVar(&opts.Reason, "reason", "", "`TEXT` that says why it ends, at most 255 characters")
	toolbox.SentAtOnce(cmd, "access must not stay open until the platform is back")
	return box.Returns(cmd, Stopped{})
}

func stopRun(ctx context.Context, o *StopOptions) error {
	rvm, err := o.RVM()
	if err != nil {
		return err
	}
	c, err := o.Platform()
	if err != nil {
		return err
	}
	me, err := c.Auth.Me(ctx)
	if err != nil {
		return err
	}
	before, err := present(ctx, c, rvm)
	if err != nil {
		return err
	}
	session, err := c.Remote.Stop(ctx, rvm, me.ID, o.Reason)
	if err != nil {
		return err
	}
	if before != "" && before != active && before != "maintenance" {
		o.Console.Warn("rvm %d was %s and the platform has made it active; to set it again: rvmctl rvm set-status %d %s", rvm, before, rvm, before)
	}
	shown := newSession(session)
	shown.State = ended
	return toolbox.Unwritten(o.Console.Emit(Stopped{rvm, before, shown}), fmt.Sprintf("remote access to rvm %d has ended", rvm),
		fmt.Sprintf("rvmctl remote status --rvm %d", rvm))
}
