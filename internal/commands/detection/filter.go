package detection

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

// filter is what list and history select by. A machine from the profile does not count: whoever asks for a list without --rvm
// wants the whole of it.
type filter struct {
	RVM          int64
	Since, Until toolbox.Moment

	rvm, since, until string
}

func (f *filter) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.rvm, "rvm", "", "only those of the machine with this `NUMBER`")
	cmd.Flags().StringVar(&f.since, "since", "", "only those stored at or after `WHEN`: "+toolbox.MomentForms)
	cmd.Flags().StringVar(&f.until, "until", "", "only those stored at or before `WHEN`, in the same forms")
}

func (f *filter) check() (err error) {
	if f.rvm != "" {
		if f.RVM, err = toolbox.ID("rvm", f.rvm); err != nil {
			return err
		}
	}
	if f.since != "" {
		if f.Since, err = toolbox.ParseMoment("since", f.since, time.Local); err != nil {
			return err
		}
	}
	if f.until != "" {
		f.Until, err = toolbox.ParseMoment("until", f.until, time.Local)
	}
	return err
}

// span is the filter's time by the platform's clock, which is asked for only when a length of time is counted back from it.
func (f *filter) span(ctx context.Context, c *platform.Client, own time.Time) (from, to time.Time, err error) {
	now := own
	if f.Since.Relative() || f.Until.Relative() {
		page, err := c.Detections.List(ctx, platform.DetectionQuery{RVMID: f.RVM, PerPage: 1})
		if err != nil {
			return from, to, err
		}
		if !page.Meta.ServerTime.IsZero() {
			now = page.Meta.ServerTime
		}
	}
	from, to = f.Since.At(now), f.Until.At(now)
	if !to.IsZero() && from.After(to) {
		return from, to, toolbox.Usage("--since is after --until", "exchange them")
	}
	return from, to, nil
}
