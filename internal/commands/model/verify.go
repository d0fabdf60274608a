package model

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision/onnx"
)

// trialLimit is how long a trial may take: seconds are usual, and a slow disk or a first start of CUDA takes a while.
const trialLimit = 2 * time.Minute

// VerifyOptions is what verify needs.
type VerifyOptions struct {
	bench
	// Trial runs the model once in a process of its own.
	Trial func(context.Context, onnx.Options, time.Duration) (toolbox.TrialResult, error)

	Word  string
	Limit time.Duration
}

// Verified is the result of verify.
type Verified struct {
	Outcome  string   `json:"outcome" doc:"usable: everything was checked, and it ran"`
	Name     string   `json:"name" doc:"name of the model inside rvmctl, or of the file"`
	File     string   `json:"file,omitempty" doc:"path, absent for the model inside rvmctl"`
	SHA256   string   `json:"sha256" doc:"sum of the file"`
	Promised string   `json:"sha256_said_by" doc:"who had said this sum, empty when nobody had"`
	Task     string   `json:"task" doc:"detect or segment"`
	Width    int      `json:"input_width" doc:"pixels"`
	Height   int      `json:"input_height" doc:"pixels"`
	Labels   []string `json:"labels" doc:"what it can see"`
	Device   Device   `json:"device" doc:"where it was tried"`
	Notes    []string `json:"notes" doc:"what an operator may want to know"`
}

// Text is one line; in a pipe: outcome, name, sha256, provider.
func (v Verified) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(v.Outcome, v.Name, v.SHA256, v.Device.Provider)
		return
	}
	p.Text(p.Good(v.Outcome), " ", p.Strong(v.Name), p.Dim(" sha256 "+v.SHA256))
	p.Line("  %s, input %s, %d labels, ran on %s in %s", v.Task, size(v.Width, v.Height), len(v.Labels), v.Device.Provider, ms(v.Device.WarmUpMS))
	if v.Promised != "" {
		p.Line("  the sum is the one that %s says", v.Promised)
	}
}

func newVerifyOptions(box *toolbox.Box) VerifyOptions {
	return VerifyOptions{bench: newBench(box), Trial: box.Trial}
}

func (o *VerifyOptions) flags(cmd *cobra.Command) {
	loading(cmd)
	cmd.Flags().DurationVar(&o.Limit, "limit", trialLimit, "end the process that tries the model after `T`")
}

func (o *VerifyOptions) check() error {
	if o.Limit <= 0 {
		return toolbox.Usage("--limit must be longer than nothing", "for example: --limit 2m")
	}
	return nil
}

// NewVerify makes the command; runF replaces the run in tests.
func NewVerify(box *toolbox.Box, runF func(context.Context, *VerifyOptions) error) *cobra.Command {
	o := newVerifyOptions(box)
	opts := &o
	if runF == nil {
		runF = verifyRun
	}
	cmd := &cobra.Command{
		Use:   "verify [<file>|<name>]",
		Short: "Check a model and try it in a process of its own",
		Long: `Check a model completely: that it is an ONNX file which holds together, reads no other file, uses only standard operators, has
the sum that was promised (--model-sha256, the settings, or what model use noted), and is a detector that rvmctl understands.
Then it is loaded and run in a process of its own, without your tokens and settings, bounded in time and memory. When a model
crashes the runtime, that process dies and this one says so.

In a pipe the columns are: usable, name, sha256, provider that computed.

Exit status: 0 it can be used, 8 it cannot, with the reason, 10 the settings cannot be read.`,
		Example: `  $ rvmctl model verify
  $ rvmctl model verify best.onnx --device cpu`,
		Args: oneModel, ValidArgsFunction: completeModel(box),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Word = word(args)
			if err := opts.check(); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	opts.flags(cmd)
	return box.Returns(cmd, Verified{})
}

func verifyRun(ctx context.Context, o *VerifyOptions) error {
	_, v, err := o.verify(ctx)
	if err != nil {
		return err
	}
	return o.Console.Emit(v)
}

// verify is everything that can be known of a model before it is trusted.
func (o *VerifyOptions) verify(ctx context.Context) (j judged, v Verified, err error) {
	if j, err = o.judge(o.Word); err != nil {
		return j, v, err
	}
	r, err := o.Trial(ctx, j.options, o.Limit)
	if err != nil {
		return j, v, err
	}
	v = Verified{Outcome: "usable", Name: j.Name, File: j.File, SHA256: j.Model.SHA256, Promised: j.SaidBy, Task: j.spec.Task, Width: j.spec.Width,
		Height: j.spec.Height, Labels: j.spec.Labels, Device: tried(string(j.options.Device), r), Notes: merged(j.options.Notes(j.header, j.spec), r.Notes)}
	if r.NoScores {
		v.Notes = append(v.Notes, "it gave no score at all for two pictures; it was probably quantised wrongly")
	}
	for _, note := range v.Notes {
		o.Console.Warn("model %s: %s", j.Name, note)
	}
	fellBack(o.Console, r.Fallback, r.Unexpected)
	return j, v, nil
}
