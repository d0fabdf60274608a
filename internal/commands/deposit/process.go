package deposit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/delivery"
	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// ProcessOptions is what process needs.
type ProcessOptions struct {
	Console *terminal.Console
	Out     *toolbox.Outgoing
	// Lock keeps other rvmctl processes away from the same deposit.
	Lock func(ctx context.Context, name, work string, wait time.Duration) (release func(), err error)

	ID             int64
	Status, Reason string
}

// Processed is the result of process.
type Processed struct {
	ID           int64     `json:"deposit_id" doc:"number of the deposit"`
	Status       string    `json:"status" doc:"completed or rejected; queued or uncertain like delivery when the platform has not confirmed it"`
	RewardAmount string    `json:"reward_amount" doc:"reward in rupiah as text; a rejected deposit keeps its figure and pays nothing; \"not said\" where no answer told it"`
	ProcessedAt  time.Time `json:"processed_at,omitzero" doc:"when it was decided"`
	Delivery     string    `json:"delivery" doc:"sent (the platform confirmed it), queued (kept until the platform can be reached), or uncertain (sent, the answer was lost; rvmctl outbox flush settles it)"`
	Key          string    `json:"key" doc:"name of the entry in the outbox"`
}

// Text is one line; in a pipe: id, status, reward, and the key when it was not sent.
func (r Processed) Text(p *terminal.Page) {
	switch {
	case !p.ForPeople() && r.Delivery != toolbox.Sent:
		p.Row(toolbox.Number(r.ID), r.Status, "-", r.Key)
	case !p.ForPeople():
		p.Row(toolbox.Number(r.ID), r.Status, r.RewardAmount)
	case r.Delivery != toolbox.Sent:
		p.Text(p.Warning(r.Delivery), fmt.Sprintf(" the decision about deposit %d: ", r.ID), p.Strong(r.Key))
	case r.Status == platform.DepositRejected:
		p.Line("rejected deposit %d: nothing is paid", r.ID)
	default:
		p.Text(p.Good("completed"), fmt.Sprintf(" deposit %d: ", r.ID), p.Strong(currency+" "+r.RewardAmount), " credited to its owner")
	}
}

// NewProcess makes the command; runF replaces the run in tests.
func NewProcess(box *toolbox.Box, runF func(context.Context, *ProcessOptions) error) *cobra.Command {
	opts := &ProcessOptions{Console: box.Console, Out: box.Outgoing(), Lock: box.Lock}
	if runF == nil {
		runF = processRun
	}
	cmd := &cobra.Command{
		Use:   "process <id>",
		Short: "Complete or reject a deposit",
		Long: `Complete a deposit, which pays its owner, or reject it with a reason.

The platform takes no lock here: two calls for the same deposit at the same moment pay twice. So of two on this machine the
second is refused (9), after --lock-wait; never decide the same deposit on two machines at once. A deposit that is decided already
is refused.

The decision is written into the outbox first, and sent from there. When the platform is away, or nobody is signed in, it stays
and is sent later by rvmctl outbox flush: queued. When the answer is lost it stays as well, and a flush looks what the deposit is
before it sends anything again: uncertain. --queue always only keeps it; --queue never keeps nothing that was not sent.

In a pipe the columns are: number, status, reward; a decision that was not sent has queued or uncertain as its status, - as its
reward, and its key in a fourth column.

Exit status: 0 sent, queued or uncertain (see delivery), 1 it could not be kept, waits for a person, or with --queue never its
outcome is unknown, 2 usage, 4 not signed in and 5 platform away (only with --queue never), 6 refused, or another decision waits,
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
	toolbox.Queue(cmd)
	toolbox.Settings(cmd, config.KeyLockWait)
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
	c, err := o.Out.Config()
	if err != nil {
		return err
	}
	work := fmt.Sprintf("deciding deposit %d", o.ID)
	release, err := o.Lock(ctx, fmt.Sprintf("deposit-%d", o.ID), work, c.Outbox.LockWait)
	if err != nil {
		return err
	}
	defer release()
	h, err := o.decide(ctx, decision, c.Outbox.LockWait)
	if err != nil {
		return err
	}
	if locked, err := o.behind(ctx, h); locked || err != nil {
		return firstOf(err, &toolbox.LockedError{Work: work})
	}
	o.Out.Tell(h)
	r := Processed{ID: o.ID, Status: h.Delivery, RewardAmount: toolbox.Unsaid, Delivery: h.Delivery, Key: h.Entry.Key}
	if h.Delivery != toolbox.Sent {
		return toolbox.Unwritten(o.Console.Emit(r), "the decision is kept as "+r.Key, "rvmctl outbox show "+r.Key)
	}
	r.Status = o.Status
	done, told := delivery.DecidedDeposit(h.Entry)
	whole := told && (!done.ProcessedAt.IsZero() || !done.RewardAmount.IsZero())
	switch {
	case whole:
		r.Status, r.ProcessedAt, r.RewardAmount = toolbox.Or(done.Status, o.Status), done.ProcessedAt, done.RewardAmount.StringFixed(2)
	case !h.Again && h.Entry.Attempts == 1:
		// The first attempt was answered with what the deposit is: somebody else decided it.
		return &AlreadyError{ID: o.ID, Status: o.Status}
	}
	id := toolbox.Number(r.ID)
	return toolbox.Unwritten(o.Console.Emit(r), "deposit "+id+" is "+r.Status, "rvmctl deposit show "+id)
}

// behind says whether another process is deciding the same deposit. Ours is then taken back: it must not follow by itself.
func (o *ProcessOptions) behind(ctx context.Context, h toolbox.Handed) (bool, error) {
	var older *delivery.BehindError
	if h.Entry.State == outbox.Leased {
		return true, nil
	}
	if h.Entry.State != outbox.Pending || h.Again || !errors.As(h.Why, &older) {
		return false, nil
	}
	store, err := o.Out.Store(ctx)
	if err == nil {
		err = store.Withdraw(context.WithoutCancel(ctx), h.Entry.Key)
	}
	return true, err
}

func firstOf(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// AlreadyError says that a deposit was decided before, in the same way.
type AlreadyError struct {
	ID     int64
	Status string
}

func (e *AlreadyError) Error() string {
	return fmt.Sprintf("deposit %d is %s already: it is not in pending or processing", e.ID, e.Status)
}

// decide hands the decision over, unless one about the same deposit waits already: the same one is taken up again, and another
// one is refused.
func (o *ProcessOptions) decide(ctx context.Context, decision platform.DepositProcess, patience time.Duration) (h toolbox.Handed, err error) {
	entry := func(profile, target string) (outbox.New, error) {
		return delivery.DecisionEntry(profile, target, o.ID, decision)
	}
	waiting, found, err := o.waiting(ctx, entry)
	if err != nil || !found {
		if err == nil {
			h, err = o.Out.Hand(ctx, entry)
		}
		return h, err
	}
	if waiting.State == outbox.Leased && patience == 0 {
		return toolbox.Handed{Entry: waiting, Again: true}, nil
	}
	return o.Out.Send(ctx, toolbox.Handed{Entry: waiting, Again: true})
}

// waiting is a decision about the same deposit that is not settled.
func (o *ProcessOptions) waiting(ctx context.Context, entry toolbox.NewEntry) (e outbox.Entry, found bool, err error) {
	profile, target, err := o.Out.Target()
	if err != nil {
		return e, false, err
	}
	n, err := entry(profile, target)
	if err != nil {
		return e, false, err
	}
	store, err := o.Out.Store(ctx)
	if err != nil {
		return e, false, err
	}
	for _, state := range []outbox.State{outbox.Pending, outbox.Leased, outbox.Uncertain, outbox.Held} {
		all, err := store.List(ctx, outbox.Query{Class: n.Class, Kind: n.Kind, State: state, Limit: 100_000})
		if err != nil {
			return e, false, err
		}
		for _, e := range all {
			switch {
			case e.Fingerprint != n.Fingerprint:
			case string(e.Payload) != string(n.Payload):
				return e, false, &DecidedError{ID: o.ID, Key: e.Key}
			default:
				return e, true, nil
			}
		}
	}
	return e, false, nil
}

// DecidedError says that another decision about the same deposit waits in the outbox.
type DecidedError struct {
	// ID is the deposit, Key the entry.
	ID  int64
	Key string
}

func (e *DecidedError) Error() string {
	return fmt.Sprintf("another decision about deposit %d waits in the outbox, as %s", e.ID, e.Key)
}
