package detection

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// TriggerOptions is what trigger needs.
type TriggerOptions struct {
	Console  *terminal.Console
	Platform client
	RVM      func() (int64, error)

	Type, Priority string
}

// Triggered is the result of trigger.
type Triggered struct {
	ID      int64   `json:"processing_request_id" doc:"number of the request; it is in rvmctl detection history"`
	RVMID   int64   `json:"rvm_id" doc:"number of the machine"`
	Status  string  `json:"status" doc:"what the platform wrote down, processing_requested"`
	Engines []int64 `json:"engine_ids" doc:"engines that are assigned to the machine; none of them was told"`
	// Carried is a constant so that a program need not know the platform's habits.
	Carried bool `json:"executed" doc:"always false: the platform writes the request down and nothing carries it out"`
}

// Text says what happened and what did not; in a pipe: id, rvm, status.
func (t Triggered) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(toolbox.Number(t.ID), toolbox.Number(t.RVMID), t.Status)
		return
	}
	p.Text("recorded request ", p.Strong(toolbox.Number(t.ID)), fmt.Sprintf(" for rvm %d", t.RVMID),
		p.Dim(": the platform tells no engine, and nothing carries it out"))
}

// NewTrigger makes the command; runF replaces the run in tests.
func NewTrigger(box *toolbox.Box, runF func(context.Context, *TriggerOptions) error) *cobra.Command {
	opts := &TriggerOptions{Console: box.Console, Platform: box.Platform, RVM: box.RVM}
	if runF == nil {
		runF = triggerRun
	}
	cmd := &cobra.Command{
		Use:   "trigger",
		Short: "Record a request for processing, which nothing carries out",
		Long: `Record a request for processing on the platform.

The platform only writes the request down: it tells no engine, no machine asks for it, and its status never changes. To look at
a picture now, type rvmctl detect run on the machine. The request needs a machine with an engine: rvmctl engine assign.

In a pipe the columns are: number of the request, rvm, status.

Exit status: 0 recorded, 1 the outcome is unknown, 2 usage, 4 not signed in, 5 platform away, 6 refused (no engine is assigned),
7 not found.`,
		Example: `  $ rvmctl engine assign 1 --rvm 2 --yes && rvmctl detection trigger --rvm 2
  $ rvmctl engine assign 1 --rvm 2 --yes && rvmctl detection trigger --rvm 2 --type full_analysis --priority high --json`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := opts.check(); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	toolbox.Settings(cmd, config.KeyRVM)
	cmd.Flags().StringVar(&opts.Type, "type", "", "detection, segmentation or full_analysis")
	cmd.Flags().StringVar(&opts.Priority, "priority", "", "low, normal or high; written down, and without effect")
	_ = cmd.RegisterFlagCompletionFunc("type", cobra.FixedCompletions(platform.ProcessingTypes(), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("priority", cobra.FixedCompletions(platform.ProcessingPriorities(), cobra.ShellCompDirectiveNoFileComp))
	toolbox.SentAtOnce(cmd, "it asks for a picture of this moment")
	return box.Returns(cmd, Triggered{})
}

func (o *TriggerOptions) check() error {
	if o.Type != "" {
		if err := toolbox.OneOf("type", o.Type, platform.ProcessingTypes()); err != nil {
			return err
		}
	}
	if o.Priority != "" {
		return toolbox.OneOf("priority", o.Priority, platform.ProcessingPriorities())
	}
	return nil
}

func triggerRun(ctx context.Context, o *TriggerOptions) error {
	rvm, err := o.RVM()
	if err != nil {
		return err
	}
	c, err := o.Platform()
	if err != nil {
		return err
	}
	done, err := c.Detections.Trigger(ctx, platform.ProcessingTrigger{RVMID: rvm, Type: o.Type, Priority: o.Priority})
	if err != nil {
		return err
	}
	t := Triggered{ID: done.ID, RVMID: rvm, Status: done.Status, Engines: []int64{}}
	for _, e := range done.Engines {
		t.Engines = append(t.Engines, e.ID)
	}
	return toolbox.Unwritten(o.Console.Emit(t), fmt.Sprintf("request %d was recorded", t.ID), "rvmctl detection history")
}
