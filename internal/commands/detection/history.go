package detection

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// HistoryOptions is what history needs.
type HistoryOptions struct {
	Console  *terminal.Console
	Platform client

	filter
	Status string
	Limit  int
}

// History is the result of history.
type History struct {
	Results []Record `json:"detection_results" doc:"results and requests, newest first"`
}

// Text is a table.
func (h History) Text(p *terminal.Page) { table(p, h.Results) }

// NewHistory makes the command; runF replaces the run in tests.
func NewHistory(box *toolbox.Box, runF func(context.Context, *HistoryOptions) error) *cobra.Command {
	opts := &HistoryOptions{Console: box.Console, Platform: box.Platform}
	if runF == nil {
		runF = historyRun
	}
	cmd := &cobra.Command{
		Use:   "history",
		Short: "List what was processed and what was asked for, newest first",
		Long: `List the platform's processing history: detection results, and the requests of rvmctl detection trigger, newest first.

A request stays "processing_requested" for ever: the platform writes it down and nothing carries it out.

Only --rvm narrows the list to one machine; the machine of the profile does not.

In a pipe the columns are: id, rvm, status, labels separated by commas, picture, model, time.

Exit status: 0 listed, 2 usage, 4 not signed in, 5 platform away, 7 the platform build has no history.`,
		Example: `  $ rvmctl detection history
  $ rvmctl detection history --rvm 1 --status failed --since 7d --limit 100`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if opts.Limit < 1 || opts.Limit > 1000 {
				return toolbox.Usage("--limit must be from 1 to 1000", "type: rvmctl detection history --limit 100")
			}
			if opts.Status != "" {
				if err := toolbox.OneOf("status", opts.Status, platform.ProcessingStates()); err != nil {
					return err
				}
			}
			if err := opts.check(); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	opts.flags(cmd)
	cmd.Flags().StringVar(&opts.Status, "status", "", "only those that are completed, processing, processing_requested or failed")
	cmd.Flags().IntVar(&opts.Limit, "limit", 30, "at most this many, up to 1000")
	_ = cmd.RegisterFlagCompletionFunc("status", cobra.FixedCompletions(platform.ProcessingStates(), cobra.ShellCompDirectiveNoFileComp))
	return box.Returns(cmd, History{})
}

func historyRun(ctx context.Context, o *HistoryOptions) error {
	c, err := o.Platform()
	if err != nil {
		return err
	}
	from, to, err := o.span(ctx, c, o.Console.Now())
	if err != nil {
		return err
	}
	found, err := c.Detections.History(ctx, platform.HistoryQuery{RVMID: o.RVM, Status: o.Status, From: from, To: to, Limit: o.Limit})
	if err != nil {
		return err
	}
	if len(found) == 0 {
		o.Console.Note("nothing was processed")
	}
	return o.Console.Emit(History{newRecords(found)})
}
