package remote

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// StatusOptions is what status needs.
type StatusOptions struct {
	Console  *terminal.Console
	Platform client
	RVM      func() (int64, error)
}

// Status is the result of status.
type Status struct {
	RVMID     int64    `json:"rvm_id" doc:"number of the machine"`
	Open      bool     `json:"open" doc:"true when somebody has remote access"`
	RVMStatus string   `json:"rvm_status,omitempty" doc:"the machine's status, absent when this endpoint does not say"`
	Session   *Session `json:"session" doc:"the open session, null when there is none"`
}

// Text says who has access; in a pipe: rvm, open or none, then the session's row.
func (s Status) Text(p *terminal.Page) {
	if !p.ForPeople() {
		cells := []string{toolbox.Number(s.RVMID), "none"}
		if s.Session != nil {
			cells = append(cells[:1], s.Session.row(p)...)
		}
		p.Row(cells...)
		return
	}
	if s.Session == nil {
		p.Text("nobody has remote access to rvm ", p.Strong(toolbox.Number(s.RVMID)))
		return
	}
	p.Text(p.Warning("open"), ": remote access to rvm ", p.Strong(toolbox.Number(s.RVMID)))
	p.Fields("session", toolbox.Number(s.Session.ID), "user", s.Session.user(), "type", toolbox.Or(s.Session.Type, "-"),
		"machine at", toolbox.Or(s.Session.Address, "-"), "since", p.Time(s.Session.StartedAt), "should end", p.Time(s.Session.ExpiresAt),
		"reason", toolbox.Or(s.Session.Reason, "-"))
}

// NewStatus makes the command; runF replaces the run in tests.
func NewStatus(box *toolbox.Box, runF func(context.Context, *StatusOptions) error) *cobra.Command {
	opts := &StatusOptions{Console: box.Console, Platform: box.Platform, RVM: box.RVM}
	if runF == nil {
		runF = statusRun
	}
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say whether somebody has remote access to a machine",
		Long: `Say whether somebody has remote access to a machine. The platform ends no session by itself: one that should have ended
is open until somebody stops it.

Exit status: 0 answered, whether there is one or not, 2 usage, 4 not signed in, 5 platform away, 6 refused, 7 no such machine, or
the platform build has it in its web console at most.`,
		Example: `  $ rvmctl remote status --rvm 1
  $ rvmctl remote status --rvm 1 --jq .open`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return runF(cmd.Context(), opts) },
	}
	toolbox.Settings(cmd, config.KeyRVM)
	return box.Returns(cmd, Status{})
}

func statusRun(ctx context.Context, o *StatusOptions) error {
	rvm, err := o.RVM()
	if err != nil {
		return err
	}
	c, err := o.Platform()
	if err != nil {
		return err
	}
	got, err := c.Remote.Status(ctx, rvm)
	if err != nil {
		return err
	}
	s := Status{RVMID: rvm, RVMStatus: got.RVMStatus}
	if got.Active != nil {
		session := newSession(*got.Active)
		s.Session, s.Open = &session, session.State == open
	}
	return o.Console.Emit(s)
}
