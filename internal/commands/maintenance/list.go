package maintenance

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// ListOptions is what list needs.
type ListOptions struct {
	Console  *terminal.Console
	Platform client
	Notes    func() (notebook, error)
}

// Listing is the result of list.
type Listing struct {
	RVMs []Item `json:"rvms" doc:"the machines that the platform holds in maintenance, in the order of their numbers"`
}

// Item is one machine in maintenance with what is remembered of it.
type Item struct {
	RVMID    int64     `json:"rvm_id" doc:"number of the machine"`
	Name     string    `json:"name" doc:"name of the machine"`
	Location string    `json:"location" doc:"where the machine stands"`
	Previous string    `json:"previous_status,omitempty" doc:"status that maintenance end restores, absent when it was started elsewhere"`
	Since    time.Time `json:"since,omitzero" doc:"when it was started from this computer, absent when it was started elsewhere"`
	By       string    `json:"by,omitempty" doc:"account, or user of this computer, that started it"`
	Reason   string    `json:"reason,omitempty" doc:"why, as remembered on this computer"`
}

// Text is a table.
func (l Listing) Text(p *terminal.Page) {
	rows := make([][]string, 0, len(l.RVMs))
	for _, m := range l.RVMs {
		rows = append(rows, []string{toolbox.Number(m.RVMID), m.Name, toolbox.Or(m.Previous, "-"), p.Time(m.Since), toolbox.Or(m.By, "-"),
			toolbox.Or(m.Reason, "-"), m.Location})
	}
	p.Table([]string{"RVM", "NAME", "BEFORE", "SINCE", "BY", "REASON", "LOCATION"}, rows)
}

// NewList makes the command; runF replaces the run in tests.
func NewList(box *toolbox.Box, runF func(context.Context, *ListOptions) error) *cobra.Command {
	opts := &ListOptions{Console: box.Console, Platform: box.Platform, Notes: notes(box)}
	if runF == nil {
		runF = listRun
	}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the machines in maintenance",
		Long: `List the machines that the platform holds in maintenance, with what is remembered of them on this computer.

In a pipe the columns are: rvm, name, status before, since, by, reason, location; "-" is what was started elsewhere.

Exit status: 0 listed, 4 not signed in, 5 platform away, 6 not allowed, 10 the notes cannot be read.`,
		Example: `  $ rvmctl maintenance list
  $ rvmctl maintenance list --json`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return runF(cmd.Context(), opts) },
	}
	return box.Returns(cmd, Listing{})
}

func listRun(ctx context.Context, o *ListOptions) error {
	c, err := o.Platform()
	if err != nil {
		return err
	}
	book, err := o.Notes()
	if err != nil {
		return err
	}
	remembered, err := book.all()
	if err != nil {
		return err
	}
	l := Listing{RVMs: []Item{}}
	for m, err := range c.RVMs.All(ctx, platform.RVMQuery{Status: inMaintenance}) {
		if err != nil {
			return err
		}
		n := remembered[m.ID]
		l.RVMs = append(l.RVMs, Item{m.ID, m.Name, m.LocationDescription, n.Previous, n.Since, n.By, n.Reason})
	}
	if len(l.RVMs) == 0 {
		o.Console.Note("no machine is in maintenance")
	}
	return o.Console.Emit(l)
}
