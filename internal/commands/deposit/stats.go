package deposit

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// StatsOptions is what stats needs.
type StatsOptions struct {
	Console  *terminal.Console
	Platform deposits
}

// Stats is the result of stats. Null is the platform's own, where it has nothing to count or sum.
type Stats struct {
	Total        int     `json:"total_deposits" doc:"deposits of this account"`
	Completed    *int    `json:"completed_deposits" doc:"paid ones, null when the platform has no deposits to count"`
	Processing   int     `json:"processing_deposits" doc:"those that wait for a decision: the total less the others, computed here"`
	Pending      *int    `json:"pending_deposits" doc:"those that are being stored, null when there are no deposits"`
	Rejected     *int    `json:"rejected_deposits" doc:"rejected ones, null when there are no deposits"`
	TotalRewards *string `json:"total_rewards" doc:"sum of the rewards of every status, rejected and undecided ones included, in rupiah as text; not what was paid"`
	Confidence   *string `json:"avg_confidence_percent" doc:"mean of the platform's confidence, percent as text, null when there are no deposits"`
	WasteTypes   int     `json:"waste_types_count" doc:"how many waste types there are among them"`
}

// Text is a field a line; nothing is 0 for people.
func (s Stats) Text(p *terminal.Page) {
	rewards, confidence := "0.00", "-"
	if s.TotalRewards != nil {
		rewards = *s.TotalRewards
	}
	if s.Confidence != nil {
		confidence = *s.Confidence
	}
	if p.ForPeople() {
		rewards = currency + " " + rewards + " (of every status, rejected ones included; paid is what rvmctl balance show says)"
	}
	p.Fields("deposits", toolbox.Number(s.Total), "completed", orNone(s.Completed), "processing", toolbox.Number(s.Processing),
		"pending", orNone(s.Pending), "rejected", orNone(s.Rejected), "total rewards", rewards, "confidence", confidence,
		"waste types", toolbox.Number(s.WasteTypes))
}

func orNone(n *int) string {
	if n == nil {
		return "0"
	}
	return toolbox.Number(*n)
}

// NewStats makes the command; runF replaces the run in tests.
func NewStats(box *toolbox.Box, runF func(context.Context, *StatsOptions) error) *cobra.Command {
	opts := &StatsOptions{Console: box.Console, Platform: box.Platform}
	if runF == nil {
		runF = statsRun
	}
	cmd := &cobra.Command{
		Use:   "stats",
		Short: "Sum up your deposits",
		Long: `Sum up the deposits of the account that is signed in.

The figures are the platform's, except "processing", which it does not count. Its total of rewards adds up the rewards of every
status, rejected and undecided ones too: what was really paid is in rvmctl balance show.

In a pipe there is a name and a value on each line.

Exit status: 0 shown, 4 not signed in, 5 platform away, 7 the platform build has no such figures.`,
		Example: `  $ rvmctl deposit stats
  $ rvmctl deposit stats --json`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return runF(cmd.Context(), opts) },
	}
	return box.Returns(cmd, Stats{})
}

func statsRun(ctx context.Context, o *StatsOptions) error {
	client, err := o.Platform()
	if err != nil {
		return err
	}
	got, err := client.Deposits.Statistics(ctx)
	if err != nil {
		return err
	}
	return o.Console.Emit(newStats(got))
}

func newStats(got platform.DepositStatistics) Stats {
	return Stats{Total: got.Total, Completed: got.Completed, Processing: got.Processing(), Pending: got.Pending,
		Rejected: got.Rejected, WasteTypes: got.WasteTypes,
		TotalRewards: places(got.TotalRewards), Confidence: places(got.AvgConfidence)}
}

// places is a decimal with two places as text, nil when there is none.
func places(d *platform.Decimal) *string {
	if d == nil {
		return nil
	}
	text := d.StringFixed(2)
	return &text
}
