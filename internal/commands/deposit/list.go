package deposit

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
	Platform deposits

	Status string
	Limit  int
}

// Listing is the result of list.
type Listing struct {
	Total    int      `json:"total" doc:"how many deposits the platform has for this account and filter"`
	Deposits []Record `json:"deposits" doc:"the newest of them, newest first"`
}

// Text is a table.
func (l Listing) Text(p *terminal.Page) {
	rows := make([][]string, 0, len(l.Deposits))
	for _, d := range l.Deposits {
		rows = append(rows, []string{
			toolbox.Number(d.ID), d.Status, d.WasteType, d.WeightKG, toolbox.Number(d.Quantity), d.QualityGrade,
			d.RewardAmount, toolbox.Number(d.RVMID), p.Time(d.CreatedAt),
		})
	}
	p.Table([]string{"ID", "STATUS", "WASTE TYPE", "KG", "ITEMS", "GRADE", "REWARD (" + currency + ")", "RVM", "CREATED"}, rows)
}

// NewList makes the command; runF replaces the run in tests.
func NewList(box *toolbox.Box, runF func(context.Context, *ListOptions) error) *cobra.Command {
	opts := &ListOptions{Console: box.Console, Platform: box.Platform}
	if runF == nil {
		runF = listRun
	}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List your deposits, newest first",
		Long: `List the deposits of the account that is signed in, newest first.

In a pipe the columns are: id, status, waste type, kilograms, items, grade, reward, rvm, created.

Exit status: 0 listed, 4 not signed in, 5 platform away.`,
		Example: `  $ rvmctl deposit list
  $ rvmctl deposit list --status processing --limit 100
  $ rvmctl deposit list | cut -f 1,7`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if opts.Limit < 1 || opts.Limit > 5000 {
				return toolbox.Usage("--limit must be from 1 to 5000", "type: rvmctl deposit list --limit 100")
			}
			if opts.Status != "" {
				if err := toolbox.OneOf("status", opts.Status, states()); err != nil {
					return err
				}
			}
			return runF(cmd.Context(), opts)
		},
	}
	cmd.Flags().StringVar(&opts.Status, "status", "", "only those that are pending, processing, completed or rejected")
	cmd.Flags().IntVar(&opts.Limit, "limit", 30, "at most this many, up to 5000")
	_ = cmd.RegisterFlagCompletionFunc("status", cobra.FixedCompletions(states(), cobra.ShellCompDirectiveNoFileComp))
	return box.Returns(cmd, Listing{})
}

func states() []string {
	return []string{platform.DepositPending, platform.DepositProcessing, platform.DepositCompleted, platform.DepositRejected}
}

// listRun asks for one page that holds everything that is wanted: rows of the same second have no order on the platform, so
// that pages repeat some and miss others.
func listRun(ctx context.Context, o *ListOptions) error {
	client, err := o.Platform()
	if err != nil {
		return err
	}
	page, err := client.Deposits.List(ctx, platform.DepositQuery{Status: o.Status, PerPage: o.Limit})
	if err != nil {
		return err
	}
	l := Listing{Total: page.Meta.Total, Deposits: []Record{}}
	for _, d := range page.Items {
		l.Deposits = append(l.Deposits, newRecord(d))
	}
	if len(l.Deposits) == 0 {
		o.Console.Note("no deposits")
	}
	return o.Console.Emit(l)
}
