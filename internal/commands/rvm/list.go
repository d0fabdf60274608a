package rvm

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// ListOptions is what list needs: dependencies first, then flags.
type ListOptions struct {
	Console  *terminal.Console
	Platform client

	Search, Status string
	Limit          int
}

// Listing is the result of list.
type Listing struct {
	RVMs []Item `json:"rvms" doc:"the machines in the order of their numbers"`
	More bool   `json:"more" doc:"true when there are more than --limit let through"`
}

// Item is one machine of the list.
type Item struct {
	ID             int64  `json:"id" doc:"number of the machine"`
	Name           string `json:"name" doc:"name of the machine"`
	Status         string `json:"status" doc:"status that the platform stores"`
	Location       string `json:"location" doc:"where the machine stands"`
	Deposits       int    `json:"deposits_count" doc:"deposits made at it"`
	Sessions       int    `json:"sessions_count" doc:"sessions opened at it"`
	ActiveSessions int    `json:"active_sessions_count" doc:"sessions that nobody claimed, those that expired included"`
}

// Text is a table.
func (l Listing) Text(p *terminal.Page) {
	rows := make([][]string, 0, len(l.RVMs))
	for _, m := range l.RVMs {
		rows = append(rows, []string{toolbox.Number(m.ID), m.Name, m.Status, m.Location, toolbox.Number(m.Deposits),
			toolbox.Number(m.Sessions), toolbox.Number(m.ActiveSessions)})
	}
	p.Table([]string{"ID", "NAME", "STATUS", "LOCATION", "DEPOSITS", "SESSIONS", "UNCLAIMED"}, rows)
}

// NewList makes the command; runF replaces the run in tests.
func NewList(box *toolbox.Box, runF func(context.Context, *ListOptions) error) *cobra.Command {
	opts := &ListOptions{Console: box.Console, Platform: box.Platform}
	if runF == nil {
		runF = listRun
	}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the machines",
		Long: `List the machines in the order of their numbers.

The platform's search looks into names and locations and tells capital letters from small ones. In a pipe the columns are:
id, name, status, location, deposits, sessions, sessions that nobody claimed.

Exit status: 0 listed, 2 usage, 4 not signed in, 5 platform away, 6 not allowed.`,
		Example: `  $ rvmctl rvm list
  $ rvmctl rvm list --status maintenance
  $ rvmctl rvm list --search RVM-00 --json`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if opts.Limit < 1 || opts.Limit > 100_000 {
				return toolbox.Usage("--limit must be from 1 to 100000", "type: rvmctl rvm list --limit 500")
			}
			if opts.Status != "" {
				if err := toolbox.OneOf("status", opts.Status, platform.AdminStatuses()); err != nil {
					return err
				}
			}
			return runF(cmd.Context(), opts)
		},
	}
	cmd.Flags().StringVar(&opts.Search, "search", "", "only those with this `TEXT` in the name or location")
	cmd.Flags().StringVar(&opts.Status, "status", "", "only those that are "+strings.Join(platform.AdminStatuses(), ", "))
	cmd.Flags().IntVar(&opts.Limit, "limit", 1000, "at most this many, up to 100000")
	_ = cmd.RegisterFlagCompletionFunc("status", cobra.FixedCompletions(platform.AdminStatuses(), cobra.ShellCompDirectiveNoFileComp))
	return box.Returns(cmd, Listing{})
}

func listRun(ctx context.Context, o *ListOptions) error {
	c, err := o.Platform()
	if err != nil {
		return err
	}
	l := Listing{RVMs: []Item{}}
	for m, err := range c.RVMs.All(ctx, platform.RVMQuery{Search: o.Search, Status: o.Status}) {
		if err != nil {
			return err
		}
		if l.More = len(l.RVMs) == o.Limit; l.More {
			break
		}
		l.RVMs = append(l.RVMs, Item{m.ID, m.Name, m.Status, m.LocationDescription, m.DepositsCount, m.SessionsCount, m.ActiveSessionsCount})
	}
	switch {
	case len(l.RVMs) == 0:
		o.Console.Note("no machines")
	case l.More:
		o.Console.Note("there are more than these %d; type: rvmctl rvm list --limit %d", o.Limit, 10*o.Limit)
	}
	return o.Console.Emit(l)
}
