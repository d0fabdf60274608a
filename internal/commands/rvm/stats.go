package rvm

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
	Platform client

	ID int64
}

// Stats is the result of stats.
type Stats struct {
	ID             int64   `json:"id" doc:"number of the machine"`
	Name           string  `json:"name" doc:"name of the machine"`
	Status         string  `json:"status" doc:"status that the platform stores"`
	Deposits       int     `json:"deposits" doc:"deposits made at it, of every user"`
	Completed      int     `json:"completed_deposits" doc:"those that were paid"`
	Processing     int     `json:"processing_deposits" doc:"those that wait for a decision; computed as the rest"`
	Pending        int     `json:"pending_deposits" doc:"those that are pending"`
	Rejected       int     `json:"rejected_deposits" doc:"those that were rejected"`
	Rewards        string  `json:"total_rewards_given" doc:"what was paid in rupiah, a decimal with two places as text"`
	SuccessRate    string  `json:"success_rate_percent" doc:"completed of all deposits, percent as text"`
	ProcessingTime *string `json:"avg_processing_time_s" doc:"seconds from a deposit to its completion on average, as text, null without any"`
	Confidence     *string `json:"avg_confidence_percent" doc:"average confidence, percent as text, null when the platform has none"`
	Sessions       int     `json:"sessions" doc:"sessions opened at it"`
	ActiveSessions int     `json:"active_sessions" doc:"sessions that nobody claimed, those that expired included"`
}

// Text lists the figures, one a line.
func (s Stats) Text(p *terminal.Page) {
	p.Fields("rvm", toolbox.Number(s.ID), "name", s.Name, "status", s.Status, "deposits", toolbox.Number(s.Deposits),
		"completed", toolbox.Number(s.Completed), "processing", toolbox.Number(s.Processing), "pending", toolbox.Number(s.Pending),
		"rejected", toolbox.Number(s.Rejected), "rewards", currency+" "+s.Rewards, "success rate", s.SuccessRate+" %",
		"average time", unit(s.ProcessingTime, " s"), "average confidence", unit(s.Confidence, " %"),
		"sessions", toolbox.Number(s.Sessions), "unclaimed", toolbox.Number(s.ActiveSessions))
}

func unit(s *string, unit string) string {
	if s == nil {
		return "-"
	}
	return *s + unit
}

// NewStats makes the command; runF replaces the run in tests.
func NewStats(box *toolbox.Box, runF func(context.Context, *StatsOptions) error) *cobra.Command {
	opts := &StatsOptions{Console: box.Console, Platform: box.Platform}
	if runF == nil {
		runF = statsRun
	}
	cmd := &cobra.Command{
		Use:   "stats <id>",
		Short: "Show the figures of a machine",
		Long: `Show the figures of a machine: deposits of every user, what was paid for them, sessions.

What the platform counts wrongly is left out: it never marks a session completed or expired, and never counts waste types.

Exit status: 0 shown, 2 usage, 4 not signed in, 5 platform away, 6 not allowed, 7 no such machine.`,
		Example: `  $ rvmctl rvm stats 1
  $ rvmctl rvm stats 1 --json`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              toolbox.Exactly(theNumber),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if opts.ID, err = ident(args[0]); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	return box.Returns(cmd, Stats{})
}

func statsRun(ctx context.Context, o *StatsOptions) error {
	c, err := o.Platform()
	if err != nil {
		return err
	}
	f, err := c.RVMs.Statistics(ctx, o.ID)
	if err != nil {
		return err
	}
	d := f.Deposits
	return o.Console.Emit(Stats{
		ID: f.RVM.ID, Name: f.RVM.Name, Status: f.RVM.Status, Deposits: d.Total, Completed: d.Completed, Processing: d.Processing(),
		Pending: d.Pending, Rejected: d.Rejected, Rewards: d.TotalRewardsGiven.StringFixed(2), SuccessRate: f.Performance.SuccessRate.StringFixed(2),
		ProcessingTime: places(f.Performance.AvgProcessingTime, 1), Confidence: places(d.AvgConfidence, 2),
		Sessions: f.Sessions.Total, ActiveSessions: f.Sessions.Active,
	})
}

func places(d *platform.Decimal, n int32) *string {
	if d == nil {
		return nil
	}
	text := d.StringFixed(n)
	return &text
}
