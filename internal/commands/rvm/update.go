package rvm

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// UpdateOptions is what update needs: dependencies first, then flags.
type UpdateOptions struct {
	Console  *terminal.Console
	Platform client

	ID     int64
	Change platform.RVMUpdate
}

// Updated is the result of update.
type Updated struct {
	Outcome  string   `json:"outcome" doc:"updated or unchanged"`
	Changed  []string `json:"changed" doc:"fields that were changed: name, location_description"`
	ID       int64    `json:"id" doc:"number of the machine"`
	Name     string   `json:"name" doc:"name that the platform holds now"`
	Location string   `json:"location" doc:"where the machine stands, as the platform holds it now"`
	Status   string   `json:"status" doc:"status that the platform stores"`
}

// Text is one line; in a pipe: outcome, id, name, location, status.
func (u Updated) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(u.Outcome, toolbox.Number(u.ID), u.Name, u.Location, u.Status)
		return
	}
	what := p.Good(u.Outcome)
	if len(u.Changed) > 0 {
		what += " (" + strings.Join(u.Changed, ", ") + ")"
	}
	p.Text(what, " ", described(p, u.ID, u.Name, u.Status))
}

// NewUpdate makes the command; runF replaces the run in tests.
func NewUpdate(box *toolbox.Box, runF func(context.Context, *UpdateOptions) error) *cobra.Command {
	opts := &UpdateOptions{Console: box.Console, Platform: box.Platform}
	if runF == nil {
		runF = updateRun
	}
	cmd := &cobra.Command{
		Use:   "update <id>",
		Short: "Change the name or location of a machine",
		Long: `Change the name or location of a machine. What is not given stays as it is.

rvmctl looks first and sends nothing when the machine is like that already: the outcome is updated or unchanged. For the
status there is rvmctl rvm set-status.

Exit status: 0 it is as wanted, 1 the outcome is unknown, 2 usage, 4 not signed in, 5 platform away, 6 refused, 7 no such
machine.`,
		Example: `  $ rvmctl rvm update 2 --name RVM-002b
  $ rvmctl rvm update 2 --location "Hall B, near the lifts" --json`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              toolbox.Exactly(theNumber),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if opts.ID, err = ident(args[0]); err != nil {
				return err
			}
			if opts.Change == (platform.RVMUpdate{}) {
				return toolbox.Usage("there is nothing to change", "give --name or --location")
			}
			return runF(cmd.Context(), opts)
		},
	}
	cmd.Flags().StringVar(&opts.Change.Name, "name", "", "another `NAME`, which must not be taken")
	cmd.Flags().StringVar(&opts.Change.LocationDescription, "location", "", "`TEXT` that says where it stands, at most 1000 characters")
	toolbox.SentAtOnce(cmd, "what is to be changed is compared with what the platform holds now")
	return box.Returns(cmd, Updated{})
}

func updateRun(ctx context.Context, o *UpdateOptions) error {
	if err := o.Change.Validate(); err != nil {
		return err
	}
	c, err := o.Platform()
	if err != nil {
		return err
	}
	m, err := c.RVMs.Get(ctx, o.ID)
	if err != nil {
		return err
	}
	u := Updated{Outcome: unchanged, Changed: m.Differences(o.Change)}
	if len(u.Changed) > 0 {
		u.Outcome = updated
		if m, err = c.RVMs.Update(ctx, o.ID, o.Change); err != nil {
			return err
		}
	}
	u.ID, u.Name, u.Location, u.Status = m.ID, m.Name, m.LocationDescription, m.Status
	id := toolbox.Number(m.ID)
	return toolbox.Unwritten(o.Console.Emit(u), "rvm "+id+" is as wanted", "rvmctl rvm show "+id)
}
