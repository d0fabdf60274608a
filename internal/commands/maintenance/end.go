package maintenance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// EndOptions is what end needs: dependencies first, then flags.
type EndOptions struct {
	Console  *terminal.Console
	Platform client
	RVM      func() (int64, error)
	Lock     locker
	Notes    func() (notebook, error)

	Status string
}

// Ended is the result of end.
type Ended struct {
	Outcome   string    `json:"outcome" doc:"ended or unchanged"`
	RVMID     int64     `json:"rvm_id" doc:"number of the machine"`
	Name      string    `json:"name" doc:"name of the machine"`
	Status    string    `json:"status" doc:"status that the platform holds now"`
	Restored  bool      `json:"restored" doc:"true when that is the remembered status, not one given by --status"`
	Since     time.Time `json:"since,omitzero" doc:"when maintenance was started from this computer, absent when it was not"`
	Confirmed string    `json:"confirmed_by" doc:"answer, or look when the platform's answer was no yes and a second look found the status"`
}

// Text is one line; in a pipe: outcome, rvm, status.
func (e Ended) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(e.Outcome, toolbox.Number(e.RVMID), e.Status)
		return
	}
	words := ", it is " + terminal.Clean(e.Status)
	switch {
	case e.Outcome == unchanged:
		words += " and not in maintenance"
	case e.Restored:
		words += " again"
	}
	p.Text(p.Good(e.Outcome), " rvm ", p.Strong(toolbox.Number(e.RVMID)), " (", terminal.Clean(e.Name), ")", words)
}

// NothingRememberedError says that nobody on this computer knows what a machine was before.
type NothingRememberedError struct{ RVMID int64 }

func (e *NothingRememberedError) Error() string {
	return fmt.Sprintf("what rvm %d was before maintenance is not remembered on this computer", e.RVMID)
}

// NewEnd makes the command; runF replaces the run in tests.
func NewEnd(box *toolbox.Box, runF func(context.Context, *EndOptions) error) *cobra.Command {
	opts := &EndOptions{Console: box.Console, Platform: box.Platform, RVM: box.RVM, Lock: box.Lock, Notes: notes(box)}
	if runF == nil {
		runF = endRun
	}
	cmd := &cobra.Command{
		Use:   "end",
		Short: "Give a machine back the status that it had before maintenance",
		Long: `Give a machine back the status that it had before maintenance, and forget what was remembered.

When maintenance was started elsewhere, nothing is remembered here, and --status must say what the machine shall be; it also
wins over what is remembered. A machine that is not in maintenance is left as it is. A start of the last two
minutes may still be under way: what was before it stays remembered.

Exit status: 0 it is out of maintenance, 1 the outcome is unknown, 2 usage, or no status is remembered, 4 not signed in,
5 platform away, 6 not allowed, 7 no such machine, 9 another rvmctl is at it, 10 the notes cannot be read or written.`,
		Example: `  $ rvmctl maintenance end --rvm 1
  $ rvmctl maintenance end --rvm 3 --status active`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if opts.Status != "" {
				if err := toolbox.OneOf("status", opts.Status, afterwards()); err != nil {
					return err
				}
			}
			return runF(cmd.Context(), opts)
		},
	}
	toolbox.Settings(cmd, config.KeyRVM)
	cmd.Flags().StringVar(&opts.Status, "status", "", strings.Join(afterwards(), ", ")+", in place of the remembered one")
	_ = cmd.RegisterFlagCompletionFunc("status", cobra.FixedCompletions(afterwards(), cobra.ShellCompDirectiveNoFileComp))
	toolbox.SentAtOnce(cmd, "what was before is put back, and must be what the platform holds now")
	return box.Returns(cmd, Ended{})
}

// afterwards are the statuses that a machine can have after maintenance.
func afterwards() []string {
	return slices.DeleteFunc(platform.AdminStatuses(), func(s string) bool { return s == inMaintenance })
}

// underWay is how long the platform may still carry out a start whose answer nobody waited for.
const underWay = 2 * time.Minute

func endRun(ctx context.Context, o *EndOptions) error {
	v, err := enter(ctx, o.Platform, o.RVM, o.Lock, o.Notes)
	if err != nil {
		return err
	}
	defer v.leave()
	m := v.machine
	e := Ended{Outcome: unchanged, RVMID: m.ID, Name: m.Name, Status: m.Status, Confirmed: "look"}
	if v.before != nil {
		e.Since = v.before.Since
	}
	if m.Status == inMaintenance {
		if err := o.restore(ctx, v, &e); err != nil {
			return err
		}
	} else if v.before != nil && o.Console.Now().Sub(v.before.Since).Abs() < underWay {
		o.Console.Warn("maintenance of rvm %d was begun a moment ago and the platform may still be at it; what it was before stays remembered", m.ID)
		return o.Console.Emit(e)
	}
	if err := v.book.put(m.ID, nil); err != nil {
		// The machine is what it should be; a note too many is overwritten by the next start.
		o.Console.Warn("%v", err)
	}
	return toolbox.Unwritten(o.Console.Emit(e), fmt.Sprintf("rvm %d is %s", m.ID, e.Status), "rvmctl maintenance list")
}

// restore takes the machine out of maintenance and completes the result.
func (o *EndOptions) restore(ctx context.Context, v *visit, e *Ended) error {
	target := o.Status
	if target == "" && v.before != nil {
		target, e.Restored = v.before.Previous, true
	}
	// The platform may have held a word that no endpoint takes.
	if !slices.Contains(afterwards(), target) {
		return &NothingRememberedError{e.RVMID}
	}
	stored, err := v.client.RVMs.StoreStatus(ctx, e.RVMID, target)
	if err != nil {
		return err
	}
	e.Outcome, e.Status, e.Confirmed = ended, target, "answer"
	if stored.Doubt != nil {
		e.Confirmed = "look"
		o.Console.Warn("%v; but the platform holds the status now", stored.Doubt)
	}
	return nil
}
