package metrics

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// ShowOptions is what show needs.
type ShowOptions struct {
	Console  *terminal.Console
	Platform func() (*platform.Client, error)
	RVM      func() (int64, error)

	History bool
	Limit   int
}

// Shown is the result of show.
type Shown struct {
	RVMID     int64    `json:"rvm_id" doc:"number of the machine"`
	Metrics   *Report  `json:"metrics" doc:"the newest measurements, null when the machine never sent any"`
	Simulated bool     `json:"simulated" doc:"true when the platform offered figures that it had made up; they are not shown"`
	History   []Report `json:"history" doc:"with --history: the newest sets of measurements, newest first; otherwise empty"`
}

// Text is a table; in a pipe without a header, and nothing when there is no data.
func (s Shown) Text(p *terminal.Page) {
	reports := s.History
	if len(reports) == 0 && s.Metrics != nil {
		reports = []Report{*s.Metrics}
	}
	rows := make([][]string, len(reports))
	for i, r := range reports {
		rows[i] = r.cells(p)
	}
	p.Table(header(), rows)
}

// NewShow makes the command; runF replaces the run in tests.
func NewShow(box *toolbox.Box, runF func(context.Context, *ShowOptions) error) *cobra.Command {
	opts := &ShowOptions{Console: box.Console, Platform: box.Platform, RVM: box.RVM}
	if runF == nil {
		runF = showRun
	}
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show the newest measurements of a machine",
		Long: `Show the newest measurements that the platform has of a machine, or with --history the last sets of them, newest first.

For a machine that never sent any the platform makes figures up. They are not shown: the answer is "no data", which is no
failure.

In a pipe the columns are: time, cpu, memory, disk, gpu, temperature, uptime, errors, software; what is unknown is a dash, and no
line means no data.

Exit status: 0 shown, or there is no data, 2 usage, 4 not signed in, 5 platform away, 7 no such machine, or the platform build has
no metrics.`,
		Example: `  $ rvmctl metrics show --rvm 1
  $ rvmctl metrics push --rvm 1 && rvmctl metrics show --rvm 1 --history --limit 10 --json`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case opts.Limit < 1 || opts.Limit > 1000:
				return toolbox.Usage("--limit must be from 1 to 1000", "type: rvmctl metrics show --history --limit 100")
			case cmd.Flags().Changed("limit") && !opts.History:
				return toolbox.Usage("--limit only goes with --history", "add --history, or leave --limit out")
			}
			return runF(cmd.Context(), opts)
		},
	}
	toolbox.Settings(cmd, config.KeyRVM)
	cmd.Flags().BoolVar(&opts.History, "history", false, "show the last sets of measurements")
	cmd.Flags().IntVar(&opts.Limit, "limit", 100, "with --history: at most this many, up to 1000")
	return box.Returns(cmd, Shown{})
}

func showRun(ctx context.Context, o *ShowOptions) error {
	rvm, err := o.RVM()
	if err != nil {
		return err
	}
	c, err := o.Platform()
	if err != nil {
		return err
	}
	all, err := o.read(ctx, c, rvm)
	if err != nil {
		return err
	}
	s := Shown{RVMID: rvm, History: []Report{}}
	for _, m := range all {
		if m.Simulated {
			s.Simulated = true
			continue
		}
		if m.System == nil && m.Application == nil && m.Network == nil {
			continue
		}
		report := newReport(m.MetricsReport, m.Timestamp)
		if s.Metrics == nil {
			s.Metrics = &report
		}
		if o.History {
			s.History = append(s.History, report)
		}
	}
	switch {
	case s.Metrics != nil:
	case s.Simulated:
		o.Console.Note("no data: the platform offers made-up figures, they are not shown")
	default:
		o.Console.Note("no data")
	}
	return o.Console.Emit(s)
}

func (o *ShowOptions) read(ctx context.Context, c *platform.Client, rvm int64) ([]platform.Metrics, error) {
	if o.History {
		return c.Metrics.History(ctx, rvm, o.Limit)
	}
	latest, err := c.Metrics.Latest(ctx, rvm)
	return []platform.Metrics{latest}, err
}
