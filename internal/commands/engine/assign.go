package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// AssignOptions is what assign needs.
type AssignOptions struct {
	Console  *terminal.Console
	Platform client
	RVM      func() (int64, error)

	ID       int64
	Priority string
	Yes      bool
}

// Assigned is the result of assign.
type Assigned struct {
	EngineID int64   `json:"engine_id" doc:"number of the engine"`
	Engine   string  `json:"engine" doc:"name of the engine"`
	RVMID    int64   `json:"rvm_id" doc:"number of the machine"`
	Detached []int64 `json:"detached" doc:"engines that served the machine before and do not any more"`
}

// Text is one line; in a pipe the columns are engine, rvm, and the engines that were detached.
func (a Assigned) Text(p *terminal.Page) {
	if !p.ForPeople() {
		detached := make([]string, len(a.Detached))
		for i, id := range a.Detached {
			detached[i] = toolbox.Number(id)
		}
		p.Row(toolbox.Number(a.EngineID), toolbox.Number(a.RVMID), strings.Join(detached, ","))
		return
	}
	p.Text(p.Good("assigned"), fmt.Sprintf(" engine %d (%s) to rvm %d", a.EngineID, terminal.Clean(a.Engine), a.RVMID))
	if len(a.Detached) > 0 {
		p.Line("detached by the platform: %v", a.Detached)
	}
}

// NewAssign makes the command; runF replaces the run in tests.
func NewAssign(box *toolbox.Box, runF func(context.Context, *AssignOptions) error) *cobra.Command {
	opts := &AssignOptions{Console: box.Console, Platform: box.Platform, RVM: box.RVM}
	if runF == nil {
		runF = assignRun
	}
	cmd := &cobra.Command{
		Use:   "assign <id>",
		Short: "Make an engine serve a machine, in place of every other",
		Long: `Make an engine serve a machine.

The platform replaces: every other engine of that machine is detached, whatever the priority says, which it accepts and
ignores. When others would be detached, rvmctl names them and asks; --yes answers beforehand.

In a pipe the columns are: engine, rvm, engines that were detached, with commas between them.

Exit status: 0 assigned, 1 the outcome is unknown, 2 usage or not confirmed, 4 not signed in, 5 platform away, 6 refused,
7 not found.`,
		Example: `  $ rvmctl engine assign 3 --rvm 1
  $ rvmctl engine assign 3 --rvm 1 --yes`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              toolbox.Exactly("the number of the engine"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if opts.ID, err = toolbox.ID("engine", args[0]); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	toolbox.Settings(cmd, config.KeyRVM)
	cmd.Flags().StringVar(&opts.Priority, "priority", "", "primary, secondary or backup; accepted and ignored by the platform")
	toolbox.Yes(cmd, &opts.Yes, "detach the others")
	toolbox.SentAtOnce(cmd, "what is to be changed is compared with what the platform holds now")
	return box.Returns(cmd, Assigned{})
}

func assignRun(ctx context.Context, o *AssignOptions) error {
	rvm, err := o.RVM()
	if err != nil {
		return err
	}
	to := platform.Assignment{RVMID: rvm, Priority: o.Priority}
	if err := to.Validate(); err != nil {
		return err
	}
	c, err := o.Platform()
	if err != nil {
		return err
	}
	others, err := o.others(ctx, c, rvm)
	if err != nil {
		return err
	}
	if err := o.confirm(rvm, others); err != nil {
		return err
	}
	done, err := c.Engines.Assign(ctx, o.ID, to)
	if err != nil {
		return err
	}
	a := Assigned{EngineID: done.Engine.ID, Engine: done.Engine.Name, RVMID: rvm, Detached: []int64{}}
	for _, e := range others {
		a.Detached = append(a.Detached, e.ID)
	}
	return o.Console.Emit(a)
}

// others are the engines that the platform would detach. A platform build that does not tell leaves a warning.
func (o *AssignOptions) others(ctx context.Context, c *platform.Client, rvm int64) ([]platform.Engine, error) {
	status, err := c.RVMs.Status(ctx, rvm)
	var no *platform.Error
	if errors.As(err, &no) && no.RouteMissing() {
		o.Console.Warn("assigning replaces every other engine of rvm %d, and this platform build does not say which there are", rvm)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var others []platform.Engine
	for _, e := range status.Engines {
		if e.ID != o.ID {
			others = append(others, e)
		}
	}
	return others, nil
}

func (o *AssignOptions) confirm(rvm int64, others []platform.Engine) error {
	if len(others) == 0 {
		return nil
	}
	names := make([]string, len(others))
	for i, e := range others {
		names[i] = fmt.Sprintf("%d (%s)", e.ID, e.Name)
	}
	o.Console.Warn("assigning replaces: the platform will detach %s from rvm %d", strings.Join(names, ", "), rvm)
	return toolbox.Agree(o.Console, o.Yes, "Detach them?")
}
