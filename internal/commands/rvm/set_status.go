package rvm

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// SetStatusOptions is what set-status needs.
type SetStatusOptions struct {
	Console  *terminal.Console
	Platform client

	ID     int64
	Status string
}

// StatusSet is the result of set-status.
type StatusSet struct {
	Outcome   string `json:"outcome" doc:"updated or unchanged"`
	ID        int64  `json:"id" doc:"number of the machine"`
	Name      string `json:"name" doc:"name of the machine"`
	OldStatus string `json:"old_status" doc:"status that the platform held before"`
	Status    string `json:"status" doc:"status that the platform holds now"`
	Announced bool   `json:"announced" doc:"true when the platform told kiosks and consoles over realtime"`
	Confirmed string `json:"confirmed_by" doc:"answer, or look when the platform's answer was no yes and a second look found the status"`
}

// Text is one line; in a pipe: outcome, id, old status, status.
func (s StatusSet) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(s.Outcome, toolbox.Number(s.ID), s.OldStatus, s.Status)
		return
	}
	if s.Outcome == unchanged {
		p.Text(p.Good(unchanged), " ", described(p, s.ID, s.Name, s.Status))
		return
	}
	p.Text(p.Good(updated), " ", described(p, s.ID, s.Name, s.OldStatus), " → ", p.Strong(s.Status))
}

// NewSetStatus makes the command; runF replaces the run in tests.
func NewSetStatus(box *toolbox.Box, runF func(context.Context, *SetStatusOptions) error) *cobra.Command {
	opts := &SetStatusOptions{Console: box.Console, Platform: box.Platform}
	if runF == nil {
		runF = setStatusRun
	}
	cmd := &cobra.Command{
		Use:   "set-status <id> <status>",
		Short: "Set the status of a machine",
		Long: `Set the status of a machine: active, inactive, maintenance, full, error or unknown.

rvmctl looks first and sends nothing when the machine holds the status already. The platform stores the word and acts on it
nowhere: a machine in maintenance goes on taking sessions and deposits. Only error and unknown are announced to kiosks and
consoles over realtime, because only the endpoint for those does it. Where that endpoint answers with a server error, rvmctl
looks at what the platform holds before it says that the change failed.

Exit status: 0 the platform holds the status, 1 the outcome is unknown, 2 usage, 4 not signed in, 5 platform away, 6 not
allowed, 7 no such machine.`,
		Example: `  $ rvmctl rvm set-status 1 full
  $ rvmctl rvm set-status 1 error --json`,
		ValidArgsFunction: completeStatus,
		Args:              toolbox.Exactly(theNumber, "the status"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if opts.ID, err = ident(args[0]); err != nil {
				return err
			}
			if opts.Status, err = status(args[1]); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	return box.Returns(cmd, StatusSet{})
}

// completeStatus completes the second argument.
func completeStatus(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 1 {
		return platform.AdminStatuses(), cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

func status(word string) (string, error) {
	for _, s := range platform.AdminStatuses() {
		if s == word {
			return s, nil
		}
	}
	return "", toolbox.Usage("\""+word+"\" is no status", "one of: "+strings.Join(platform.AdminStatuses(), ", "))
}

func setStatusRun(ctx context.Context, o *SetStatusOptions) error {
	c, err := o.Platform()
	if err != nil {
		return err
	}
	m, err := c.RVMs.Current(ctx, o.ID)
	if err != nil {
		return err
	}
	s := StatusSet{Outcome: unchanged, ID: m.ID, Name: m.Name, OldStatus: m.Status, Status: o.Status, Confirmed: "look"}
	if m.Status == o.Status {
		return o.Console.Emit(s)
	}
	stored, err := c.RVMs.StoreStatus(ctx, o.ID, o.Status)
	if err != nil {
		return err
	}
	s.Outcome, s.Announced, s.Confirmed = updated, stored.Announced, "answer"
	if stored.Doubt != nil {
		s.Confirmed = "look"
		o.Console.Warn("%v; but the platform holds the status now", stored.Doubt)
	}
	id := toolbox.Number(m.ID)
	return toolbox.Unwritten(o.Console.Emit(s), "rvm "+id+" is "+o.Status, "rvmctl rvm show "+id)
}
