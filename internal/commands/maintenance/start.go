package maintenance

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// maxReason bounds what is remembered, in characters.
const maxReason = 500

// StartOptions is what start needs: dependencies first, then flags.
type StartOptions struct {
	Console  *terminal.Console
	Platform client
	RVM      func() (int64, error)
	Lock     locker
	Notes    func() (notebook, error)
	Who      func() string

	Reason string
}

// Started is the result of start.
type Started struct {
	Outcome   string    `json:"outcome" doc:"started or unchanged"`
	RVMID     int64     `json:"rvm_id" doc:"number of the machine"`
	Name      string    `json:"name" doc:"name of the machine"`
	Status    string    `json:"status" doc:"status that the platform holds now: maintenance"`
	Previous  string    `json:"previous_status,omitempty" doc:"status that maintenance end restores, absent when it is not known on this computer"`
	Since     time.Time `json:"since,omitzero" doc:"when maintenance was started from this computer, absent when it was not"`
	By        string    `json:"by,omitempty" doc:"account, or user of this computer, that started it"`
	Reason    string    `json:"reason,omitempty" doc:"why; remembered on this computer only"`
	Confirmed string    `json:"confirmed_by" doc:"answer, or look when the platform's answer was no yes and a second look found the status"`
}

// Text is one line; in a pipe: outcome, rvm, previous status, since.
func (s Started) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(s.Outcome, toolbox.Number(s.RVMID), toolbox.Or(s.Previous, "-"), p.Time(s.Since))
		return
	}
	words := ", it is in maintenance already"
	if s.Outcome == started {
		words = ", it is in maintenance now"
	}
	p.Text(p.Good(s.Outcome), " rvm ", p.Strong(toolbox.Number(s.RVMID)), " (", terminal.Clean(s.Name), ")", words,
		p.Dim(" · "), "before: ", terminal.Clean(toolbox.Or(s.Previous, "not known here")))
	p.Text(p.Dim("the platform does not refuse sessions or deposits meanwhile"))
}

// NewStart makes the command; runF replaces the run in tests.
func NewStart(box *toolbox.Box, runF func(context.Context, *StartOptions) error) *cobra.Command {
	opts := &StartOptions{Console: box.Console, Platform: box.Platform, RVM: box.RVM, Lock: box.Lock, Notes: notes(box), Who: who(box)}
	if runF == nil {
		runF = startRun
	}
	cmd := &cobra.Command{
		Use:   "start",
		Short: "Set a machine to maintenance, and remember what it was",
		Long: `Set a machine to maintenance, and remember its status, the time, who you are and the reason on this computer.

The platform does not refuse sessions or deposits meanwhile, and gets no reason: that stays here. A machine that is in
maintenance already is left as it is, and what was remembered of it too. When the answer is lost, what was remembered is
kept, so that maintenance end works either way.

Exit status: 0 it is in maintenance, 1 the outcome is unknown, 2 usage, 4 not signed in, 5 platform away, 6 not allowed,
7 no such machine, 9 another rvmctl is at it, 10 the notes cannot be read or written.`,
		Example: `  $ rvmctl maintenance start --rvm 1 --reason "new belt"
  $ rvmctl maintenance start --rvm 2 --json`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkReason(opts.Reason); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	toolbox.Settings(cmd, config.KeyRVM)
	cmd.Flags().StringVar(&opts.Reason, "reason", "", "`TEXT` that says why; kept on this computer only")
	toolbox.SentAtOnce(cmd, "people must not rely on a maintenance that has not begun")
	return box.Returns(cmd, Started{})
}

func checkReason(text string) error {
	if n := utf8.RuneCountInString(text); n > maxReason {
		return toolbox.Usage("--reason is longer than 500 characters", "say it shorter")
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return toolbox.Usage("--reason has control characters in it", "give one line of plain text")
	}
	return nil
}

func startRun(ctx context.Context, o *StartOptions) error {
	v, err := enter(ctx, o.Platform, o.RVM, o.Lock, o.Notes)
	if err != nil {
		return err
	}
	defer v.leave()
	m := v.machine
	s := Started{Outcome: unchanged, RVMID: m.ID, Name: m.Name, Status: inMaintenance, Confirmed: "look"}
	if m.Status == inMaintenance {
		return o.Console.Emit(s.with(v.before))
	}
	fresh := &note{Previous: m.Status, Since: o.Console.Now().UTC().Truncate(time.Second), By: o.Who(), Reason: o.Reason}
	stored, err := v.begin(ctx, fresh)
	if err != nil {
		return err
	}
	s.Outcome, s.Confirmed = started, "answer"
	if stored.Doubt != nil {
		s.Confirmed = "look"
		o.Console.Warn("%v; but the platform holds the status now", stored.Doubt)
	}
	return toolbox.Unwritten(o.Console.Emit(s.with(fresh)), "rvm "+toolbox.Number(m.ID)+" is in maintenance", "rvmctl maintenance list")
}

func (s Started) with(n *note) Started {
	if n != nil {
		s.Previous, s.Since, s.By, s.Reason = n.Previous, n.Since, n.By, n.Reason
	}
	return s
}

// begin writes the note before it sends, because a note that could not be written afterwards would leave a machine in
// maintenance that nobody knows how to restore. It takes the note back only when the platform certainly changed nothing.
func (v *visit) begin(ctx context.Context, fresh *note) (platform.StatusStored, error) {
	if err := v.book.put(v.machine.ID, fresh); err != nil {
		return platform.StatusStored{}, err
	}
	stored, err := v.client.RVMs.StoreStatus(ctx, v.machine.ID, inMaintenance)
	var unknown *platform.UncertainError
	if err == nil || errors.As(err, &unknown) {
		return stored, err
	}
	return stored, errors.Join(err, v.book.put(v.machine.ID, v.before))
}
