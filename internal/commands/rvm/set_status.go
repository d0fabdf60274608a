package rvm

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/delivery"
	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// SetStatusOptions is what set-status needs.
type SetStatusOptions struct {
	Console  *terminal.Console
	Platform client
	Out      *toolbox.Outgoing
	// InUse says whether there is an outbox at all.
	InUse func() bool

	ID     int64
	Status string
}

// StatusSet is the result of set-status.
type StatusSet struct {
	Outcome   string `json:"outcome" doc:"updated, unchanged, or queued (kept until the platform can be reached)"`
	ID        int64  `json:"id" doc:"number of the machine"`
	Name      string `json:"name" doc:"name of the machine; empty when the platform was not reached"`
	OldStatus string `json:"old_status" doc:"status that the platform held before; empty when the platform was not reached"`
	Status    string `json:"status" doc:"status that the platform holds now, or is to hold"`
	Announced bool   `json:"announced" doc:"true when the platform told kiosks and consoles over realtime"`
	Confirmed string `json:"confirmed_by" doc:"answer, or look when the platform's answer was no yes and a second look found the status; empty while it is queued"`
	Delivery  string `json:"delivery" doc:"sent (the platform holds it) or queued"`
	Key       string `json:"key,omitempty" doc:"name of the entry in the outbox, absent when nothing was handed over"`
}

// Text is one line; in a pipe: outcome, id, old status, status, and the key while it is queued.
func (s StatusSet) Text(p *terminal.Page) {
	if s.Outcome != updated && s.Outcome != unchanged {
		if !p.ForPeople() {
			p.Row(s.Outcome, toolbox.Number(s.ID), toolbox.Or(s.OldStatus, "-"), s.Status, s.Key)
			return
		}
		p.Text(p.Warning(s.Outcome), " rvm "+toolbox.Number(s.ID)+" → ", p.Strong(s.Status), p.Dim(" · "+s.Key))
		return
	}
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
	opts := &SetStatusOptions{Console: box.Console, Platform: box.Platform, Out: box.Outgoing(), InUse: box.OutboxInUse}
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

When the platform is away, or nobody is signed in, the status is kept and sent later by rvmctl outbox flush; a newer one takes the
place of one that waits. --queue always only keeps it, --queue never keeps nothing.

Exit status: 0 the platform holds the status, or it is kept, 1 it could not be kept, or with --queue never the outcome is unknown,
2 usage, 4 not signed in and 5 platform away (only with --queue never), 6 not allowed, 7 no such machine.`,
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
	toolbox.Queue(cmd)
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
	cfg, err := o.Out.Config()
	if err != nil {
		return err
	}
	s := StatusSet{ID: o.ID, Status: o.Status, Delivery: toolbox.Sent, Confirmed: "look"}
	look := cfg.Outbox.Queue != toolbox.QueueAlways
	if look {
		if err := o.look(ctx, &s); err != nil {
			return err
		}
	}
	if s.Outcome == unchanged && !o.outdated(ctx) {
		return o.Console.Emit(s)
	}
	s.Outcome = updated
	if cfg.Outbox.Queue == toolbox.QueueNever {
		err = o.send(ctx, &s)
	} else {
		err = o.hand(ctx, &s)
	}
	if err != nil {
		return err
	}
	id := toolbox.Number(s.ID)
	if s.Delivery != toolbox.Sent {
		return toolbox.Unwritten(o.Console.Emit(s), "the status is kept as "+s.Key, "rvmctl outbox show "+s.Key)
	}
	return toolbox.Unwritten(o.Console.Emit(s), "rvm "+id+" is "+o.Status, "rvmctl rvm show "+id)
}

// look asks what the platform holds. Where a status may wait, a platform that is away or does not know us is no obstacle.
func (o *SetStatusOptions) look(ctx context.Context, s *StatusSet) error {
	c, err := o.Platform()
	var m platform.RVM
	if err == nil {
		m, err = c.RVMs.Current(ctx, o.ID)
	}
	if err != nil {
		if o.Out.CanWait(err) {
			return nil
		}
		return err
	}
	s.Name, s.OldStatus = m.Name, m.Status
	if m.Status == o.Status {
		s.Outcome = unchanged
	}
	return nil
}

// outdated says whether another status of the machine waits, which would undo what the platform holds now.
func (o *SetStatusOptions) outdated(ctx context.Context) bool {
	if !o.InUse() {
		return false
	}
	store, err := o.Out.Store(ctx)
	if err != nil {
		return false
	}
	for _, state := range []outbox.State{outbox.Pending, outbox.Leased} {
		all, err := store.List(ctx, outbox.Query{Class: outbox.Status, Kind: delivery.KindStatus, State: state})
		if err == nil && slices.ContainsFunc(all, func(e outbox.Entry) bool { return e.RVM == o.ID }) {
			return true
		}
	}
	return false
}

// send sends it and keeps nothing.
func (o *SetStatusOptions) send(ctx context.Context, s *StatusSet) error {
	c, err := o.Platform()
	if err != nil {
		return err
	}
	stored, err := c.RVMs.StoreStatus(ctx, o.ID, o.Status)
	if err != nil {
		return err
	}
	if stored.Doubt != nil {
		o.Console.Warn("%v; but the platform holds the status now", stored.Doubt)
	}
	s.confirmed(stored.Announced, stored.Doubt != nil)
	return nil
}

// hand keeps it and sends it when it can be sent.
func (o *SetStatusOptions) hand(ctx context.Context, s *StatusSet) error {
	h, err := o.Out.Hand(ctx, func(profile, target string) (outbox.New, error) {
		return delivery.StatusEntry(profile, target, o.ID, o.Status)
	})
	if err != nil {
		return err
	}
	o.Out.Tell(h)
	s.Key, s.Delivery = h.Entry.Key, h.Delivery
	if h.Delivery != toolbox.Sent {
		s.Outcome, s.Confirmed = h.Delivery, ""
		return nil
	}
	stored, _ := delivery.StoredStatus(h.Entry)
	if stored.Looked {
		o.Console.Warn("the answer was lost; but the platform holds the status now")
	}
	s.confirmed(stored.Announced, stored.Looked)
	return nil
}

func (s *StatusSet) confirmed(announced, looked bool) {
	s.Announced, s.Confirmed = announced, "answer"
	if looked {
		s.Confirmed = "look"
	}
}
