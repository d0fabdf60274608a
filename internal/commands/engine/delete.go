package engine

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// DeleteOptions is what delete needs.
type DeleteOptions struct {
	Console  *terminal.Console
	Platform client

	ID  int64
	Yes bool
}

// Deleted is the result of delete.
type Deleted struct {
	ID   int64   `json:"engine_id" doc:"number that the engine had"`
	Name string  `json:"name" doc:"name that it had"`
	RVMs []int64 `json:"rvm_ids" doc:"machines that it served and that have no engine of that number any more"`
}

// Text is one line; in a pipe: deleted, id, name.
func (d Deleted) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row("deleted", toolbox.Number(d.ID), d.Name)
		return
	}
	p.Text(p.Good("deleted"), fmt.Sprintf(" engine %d (%s)", d.ID, terminal.Clean(d.Name)))
}

// NewDelete makes the command; runF replaces the run in tests.
func NewDelete(box *toolbox.Box, runF func(context.Context, *DeleteOptions) error) *cobra.Command {
	opts := &DeleteOptions{Console: box.Console, Platform: box.Platform}
	if runF == nil {
		runF = deleteRun
	}
	cmd := &cobra.Command{
		Use:   "delete <id>",
		Short: "Remove an engine from the register",
		Long: `Remove an engine from the platform's register. The machines that it serves are named before you are asked; --yes answers
beforehand. The engine itself is not touched, and the platform stops no work.

In a pipe the columns are: deleted, id, name.

Exit status: 0 deleted, 1 the outcome is unknown, 2 usage or not confirmed, 4 not signed in, 5 platform away, 6 refused, 7 no such
engine.`,
		Example:           `  $ rvmctl engine delete 1 --yes`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              toolbox.Exactly("the number of the engine"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if opts.ID, err = toolbox.ID("engine", args[0]); err != nil {
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
	engine, err := c.Engines.Get(ctx, o.ID)
	if err != nil {
		return err
	}
	record := newRecord(engine)
	if len(record.RVMs) > 0 {
		o.Console.Warn("engine %d (%s) serves rvm %s", o.ID, engine.Name, record.machines())
	}
	if err := toolbox.Agree(o.Console, o.Yes, fmt.Sprintf("Delete engine %d (%s at %s)?", o.ID, engine.Name, record.endpoint())); err != nil {
		return err
	}
	if err := c.Engines.Delete(ctx, o.ID); err != nil {
		return err
	}
	d := Deleted{ID: o.ID, Name: engine.Name, RVMs: record.RVMs}
	return toolbox.Unwritten(o.Console.Emit(d), fmt.Sprintf("engine %d was deleted", o.ID), "rvmctl engine list")
}
