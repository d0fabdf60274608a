package detection

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// ShowOptions is what show needs.
type ShowOptions struct {
	Console  *terminal.Console
	Platform client

	ID int64
}

// Text shows everything, a field a line, and each thing seen.
func (r Record) Text(p *terminal.Page) {
	seconds := "unknown"
	if r.ProcessingTime != nil {
		seconds = *r.ProcessingTime + " s"
	}
	fields := []string{"detection result", toolbox.Number(r.ID), "rvm", toolbox.Number(r.RVMID), "status", r.Status,
		"picture", toolbox.Or(r.ImagePath, "-"), "model", toolbox.Or(r.ModelVersion, "-"), "took", seconds,
		"taken", p.Time(r.TakenAt), "stored", p.Time(r.CreatedAt)}
	if r.ProcessingType != "" {
		fields = append(fields, "asked for", r.ProcessingType)
	}
	if r.Priority != "" {
		fields = append(fields, "priority", r.Priority)
	}
	for _, d := range r.Detections {
		fields = append(fields, "seen", d.words())
	}
	p.Fields(fields...)
}

func (s Seen) words() string {
	w := fmt.Sprintf("%s %.2f at %g,%g,%g,%g", s.Class, s.Confidence, s.Box[0], s.Box[1], s.Box[2], s.Box[3])
	if s.Mask != "" {
		w += " with a mask"
	}
	return w
}

// NewShow makes the command; runF replaces the run in tests.
func NewShow(box *toolbox.Box, runF func(context.Context, *ShowOptions) error) *cobra.Command {
	opts := &ShowOptions{Console: box.Console, Platform: box.Platform}
	if runF == nil {
		runF = showRun
	}
	cmd := &cobra.Command{
		Use:   "show <id>",
		Short: "Show one detection result",
		Long: `Show one detection result: what was seen where, by which model, and the picture that it belongs to.

Exit status: 0 shown, 2 usage, 4 not signed in, 5 platform away, 7 no such detection result.`,
		Example: `  $ rvmctl detection show 1
  $ rvmctl detection show 1 --json`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              toolbox.Exactly("the number of the detection result"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if opts.ID, err = toolbox.ID("detection result", args[0]); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	return box.Returns(cmd, Record{})
}

func showRun(ctx context.Context, o *ShowOptions) error {
	c, err := o.Platform()
	if err != nil {
		return err
	}
	d, err := c.Detections.Get(ctx, o.ID)
	if err != nil {
		return err
	}
	return o.Console.Emit(newRecord(d))
}
