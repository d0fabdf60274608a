package deposit

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// ProcessOptions is what process needs.
type ProcessOptions struct {
	Console  *terminal.Console
	Platform deposits
	// Lock keeps other rvmctl processes away from the same deposit.
	Lock func(ctx context.Context, name, work string, wait time.Duration) (release func(), err error)

	ID             int64
	Status, Reason string
}

// Processed is the result of process.
type Processed struct {
	ID           int64     `json:"deposit_id" doc:"number of the deposit"`
	Status       string    `json:"status" doc:"completed or rejected"`
	RewardAmount string    `json:"reward_amount" doc:"reward in rupiah as text; a rejected deposit keeps its figure and pays nothing"`
	ProcessedAt  time.Time `json:"processed_at,omitzero" doc:"when it was decided"`
}

// Text is one line; in a pipe: id, status, reward.
func (r Processed) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(toolbox.Number(r.ID), r.Status, r.RewardAmount)
		return
	}
	if r.Status == platform.DepositRejected {
		p.Line("rejected deposit %d: nothing is paid", r.ID)
		return
	}
	p.Text(p.Good("completed"), fmt.Sprintf(" deposit %d: ", r.ID), p.Strong(currency+" "+r.RewardAmount), " credited to its owner")
}

// NewProcess makes the command; runF replaces the run in tests.
func NewProcess(box *toolbox.Box, runF func(context.Context, *ProcessOptions) error) *cobra.Command {
	opts := &ProcessOptions{Console: box.Console, Platform: box.Platform, Lock: box.Lock}
	if runF == nil {
		runF = processRun
	}
	cmd := &cobra.Command{
		Use:   "process <id>",
		Short: "Complete or reject a deposit",
		Long: `Complete a deposit, which pays its owner, or reject it with a reason.

The platform takes no lock here: two calls for the same deposit at the same moment pay twice. Of two on this machine the
second is refused (9); never decide the same deposit on two machines at once. A deposit that is decided already is refused; so is a second attempt after a lost answer, and the refusal says what it is.

Exit status: 0 decided, 1 the outcome is unknown, 2 usage, 4 not signed in, 5 platform away and nothing sent, 6 refused,
7 not found, 9 another rvmctl is deciding it.`,
		Example: `  $ rvmctl deposit process 7 --status completed
  $ rvmctl deposit process 8 --status rejected --reason "not a bottle"`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              toolbox.Exactly("the number of the deposit"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if opts.ID, err = toolbox.ID("deposit", args[0]); err != nil {
				return err
			}
			if err := checkDecision(opts); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	cmd.Flags().StringVar(&opts.Status, "status", "", "completed or rejected")
	cmd.Flags().StringVar(&opts.Reason, "reason", "", "`TEXT` that says why it is rejected, at most 500 characters")
	_ = cmd.RegisterFlagCompletionFunc("status", cobra.FixedCompletions(
		[]string{platform.DepositCompleted, platform.DepositRejected}, cobra.ShellCompDirectiveNoFileComp))
	return box.Returns(cmd, Processed{})
}

func checkDecision(o *ProcessOptions) error {
	if err := toolbox.OneOf("status", o.Status, []string{platform.DepositCompleted, platform.DepositRejected}); err != nil {
		return err
	}
	switch {
	case o.Status == platform.DepositRejected && o.Reason == "":
		return toolbox.Usage("a rejection needs a reason", "add --reason \"WHY\"")
	case o.Status == platform.DepositCompleted && o.Reason != "":
		return toolbox.Usage("--reason only goes with --status rejected", "leave --reason out")
	}
	return nil
}

func processRun(ctx context.Context, o *ProcessOptions) error {
	decision := platform.DepositProcess{Status: o.Status, RejectionReason: o.Reason}
	if err := decision.Validate(); err != nil {
		return err
	}
	client, err := o.Platform()
	if err != nil {
		return err
	}
	release, err := o.Lock(ctx, fmt.Sprintf("deposit-%d", o.ID), fmt.Sprintf("deciding deposit %d", o.ID), 0)
	if err != nil {
		return err
	}
	defer release()
	done, err := client.Deposits.Process(ctx, o.ID, decision)
	if err != nil {
		return err
	}
	id := toolbox.Number(done.ID)
	return toolbox.Unwritten(o.Console.Emit(Processed{ID: done.ID, Status: done.Status,
		RewardAmount: done.RewardAmount.StringFixed(2), ProcessedAt: done.ProcessedAt}),
		"deposit "+id+" is "+done.Status, "rvmctl deposit show "+id)
}
