package detection

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// ListOptions is what list needs.
type ListOptions struct {
	Console  *terminal.Console
	Platform client

	filter
	Limit int
}

// Listing is the result of list.
type Listing struct {
	Total   int      `json:"total" doc:"how many results the platform has for this filter"`
	Results []Record `json:"detection_results" doc:"the newest of them, newest first"`
}

// Text is a table.
func (l Listing) Text(p *terminal.Page) { table(p, l.Results) }

// NewList makes the command; runF replaces the run in tests.
func NewList(box *toolbox.Box, runF func(context.Context, *ListOptions) error) *cobra.Command {
	opts := &ListOptions{Console: box.Console, Platform: box.Platform}
	if runF == nil {
		runF = listRun
	}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List detection results, newest first",
		Long: `List the detection results that the platform has, of every machine or of one, newest first.

A length of time such as 24h is counted back from the platform's clock; a date is its midnight in this machine's time zone.

Only --rvm narrows the list to one machine; the machine of the profile does not.

In a pipe the columns are: id, rvm, status, labels separated by commas, picture, model, time.

Exit status: 0 listed, 2 usage, 4 not signed in, 5 platform away, 7 the platform build has no detection results.`,
		Example: `  $ rvmctl detection list
  $ rvmctl detection list --rvm 1 --since 24h
  $ rvmctl detection list --since 2026-11-01 --until 2026-11-08 --limit 5000 | cut -f 4`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if opts.Limit < 1 || opts.Limit > 5000 {
				return toolbox.Usage("--limit must be from 1 to 5000", "type: rvmctl detection list --limit 100")
			}
			if err := opts.check(); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	opts.flags(cmd)
	cmd.Flags().IntVar(&opts.Limit, "limit", 30, "at most this many, up to 5000")
	return box.Returns(cmd, Listing{})
}

// listRun asks for one page that holds everything that is wanted: pages may repeat some rows of the same second and miss others.
func listRun(ctx context.Context, o *ListOptions) error {
	c, err := o.Platform()
	if err != nil {
		return err
	}
	from, to, err := o.span(ctx, c, o.Console.Now())
	if err != nil {
		return err
	}
	page, err := c.Detections.List(ctx, platform.DetectionQuery{RVMID: o.RVM, From: from, To: to, PerPage: o.Limit})
	if err != nil {
		return err
	}
	l := Listing{Total: page.Meta.Total, Results: newRecords(page.Items)}
	switch {
	case len(l.Results) == 0:
		o.Console.Note("no detection results")
	case len(l.Results) < l.Total && o.Console.OutIsTerminal():
		o.Console.Note("%d of %d; --limit N lists more", len(l.Results), l.Total)
	}
	return o.Console.Emit(l)
}
