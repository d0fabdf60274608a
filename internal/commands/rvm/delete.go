package rvm

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// DeleteOptions is what delete needs: dependencies first, then flags.
type DeleteOptions struct {
	Console  *terminal.Console
	Platform client

	ID  int64
	Yes bool
}

// Deleted is the result of delete.
type Deleted struct {
	ID   int64  `json:"id" doc:"number that the machine had"`
	Name string `json:"name" doc:"name that it had"`
}

// Text is one line; in a pipe: id, name.
func (d Deleted) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(toolbox.Number(d.ID), d.Name)
		return
	}
	p.Text(p.Good("deleted"), " rvm ", p.Strong(toolbox.Number(d.ID)), " (", terminal.Clean(d.Name), ")")
}

// NewDelete makes the command; runF replaces the run in tests.
func NewDelete(box *toolbox.Box, runF func(context.Context, *DeleteOptions) error) *cobra.Command {
	opts := &DeleteOptions{Console: box.Console, Platform: box.Platform}
	if runF == nil {
		runF = deleteRun
	}
	cmd := &cobra.Command{
		Use:   "delete <id>",
		Short: "Delete a machine at which nothing ever happened",
		Long: `Delete a machine for good.

rvmctl says which machine it is and asks; --yes answers beforehand. The platform keeps every machine that has deposits or
sessions: such a one can only be set inactive.

Exit status: 0 deleted, 1 the outcome is unknown, 2 usage or not confirmed, 4 not signed in, 5 platform away, 6 refused, 7 no such
machine.`,
		Example: `  $ rvmctl rvm delete 5 --yes
  $ rvmctl rvm delete 4 --yes --json`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              toolbox.Exactly(theNumber),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if opts.ID, err = ident(args[0]); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	toolbox.Yes(cmd, &opts.Yes, "delete it")
	toolbox.SentAtOnce(cmd, "somebody agrees to it now, and not to what is there later")
	return box.Returns(cmd, Deleted{})
}

func deleteRun(ctx context.Context, o *DeleteOptions) error {
	c, err := o.Platform()
	if err != nil {
		return err
	}
	m, err := c.RVMs.Get(ctx, o.ID)
	if err != nil {
		return err
	}
	// Known beforehand: a question whose yes is refused wastes a person's attention.
	if err := m.InUse(); err != nil {
		return err
	}
	if err := toolbox.Agree(o.Console, o.Yes, "Delete "+question(m)+" for good?"); err != nil {
		return err
	}
	if err := c.RVMs.Delete(ctx, o.ID); err != nil {
		return err
	}
	return toolbox.Unwritten(o.Console.Emit(Deleted{m.ID, m.Name}), fmt.Sprintf("rvm %d was deleted", m.ID), "rvmctl rvm list")
}

// question names a machine so that nobody says yes to the wrong one.
func question(m platform.RVM) string {
	words := fmt.Sprintf("rvm %d (%s, %s", m.ID, terminal.Clean(m.Name), terminal.Clean(m.Status))
	if m.LocationDescription != "" {
		words += ", " + terminal.Clean(m.LocationDescription)
	}
	return words + ")"
}
