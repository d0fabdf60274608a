package model

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision/onnx"
)

// The picture that is measured with: what a camera commonly gives, in pixels.
const (
	benchWidth  = 1280
	benchHeight = 720
	maxRuns     = 100_000
)

// BenchOptions is what bench needs.
type BenchOptions struct {
	bench
	Problem func(error) *toolbox.Problem
	Report  func(error)

	Word         string
	Runs, Warmup int
	Devices      []string
}

// Measured is the result of bench.
type Measured struct {
	Name    string `json:"name" doc:"name of the model inside rvmctl, or of the file"`
	SHA256  string `json:"sha256" doc:"sum of the file"`
	Width   int    `json:"input_width" doc:"pixels of the model's input"`
	Height  int    `json:"input_height" doc:"pixels of the model's input"`
	Picture string `json:"picture" doc:"size of the picture that was looked at, WxH in pixels"`
	Runs    int    `json:"runs" doc:"measured runs on each device"`
	Warmup  int    `json:"warmup" doc:"runs before them that do not count"`
	Rows    []Row  `json:"devices" doc:"one for each device"`
	Note    string `json:"note" doc:"what the figures say and what they do not"`
}

// Row is one device.
type Row struct {
	Device Device           `json:"device" doc:"where it ran"`
	Run    *Spread          `json:"inference_ms,omitempty" doc:"milliseconds of one inference, absent where nothing was measured"`
	Around *Spread          `json:"pre_post_ms,omitempty" doc:"milliseconds before and after it: from the decoded picture to the input, and from the output to the boxes; absent where nothing was measured"`
	Error  *toolbox.Problem `json:"error,omitempty" doc:"why there are no figures, absent when there are"`
}

// Spread is how times lie, in milliseconds.
type Spread struct {
	Min float64 `json:"min" doc:"shortest"`
	P50 float64 `json:"p50" doc:"half of the runs took at most this"`
	P95 float64 `json:"p95" doc:"19 of 20 runs took at most this"`
	Max float64 `json:"max" doc:"longest"`
}

// Text is a table with two lines for each device; in a pipe there is one: device, provider, threads, min, p50, p95 and max of
// inference, the same of what is around it, problem. What was not measured has no figures: a 0 would be the fastest of all.
func (m Measured) Text(p *terminal.Page) {
	var rows [][]string
	for _, r := range m.Rows {
		device := []string{r.Device.Device, r.Device.Provider, toolbox.Number(r.Device.Threads)}
		switch {
		case r.Run == nil && p.ForPeople():
			rows = append(rows, []string{r.Device.Device, "not measured", "", "", "", "", "", ""})
		case r.Run == nil:
			rows = append(rows, []string{r.Device.Device, "", "", "", "", "", "", "", "", "", "", r.problem()})
		case p.ForPeople():
			rows = append(rows, slices.Concat(device, []string{"inference"}, r.Run.figures()),
				slices.Concat([]string{"", "", "", "around it"}, r.Around.figures()))
		default:
			rows = append(rows, slices.Concat(device, r.Run.figures(), r.Around.figures(), []string{""}))
		}
	}
	p.Table([]string{"DEVICE", "PROVIDER", "THREADS", "TIME", "MIN", "P50", "P95", "MAX"}, rows)
	if p.ForPeople() {
		p.Text(p.Dim("milliseconds; " + m.Note))
	}
}

func (r Row) problem() string {
	if r.Error == nil {
		return ""
	}
	return r.Error.Message
}

func (s Spread) figures() (words []string) {
	for _, v := range []float64{s.Min, s.P50, s.P95, s.Max} {
		words = append(words, fmt.Sprintf("%.2f", v))
	}
	return words
}

// NewBench makes the command; runF replaces the run in tests.
func NewBench(box *toolbox.Box, runF func(context.Context, *BenchOptions) error) *cobra.Command {
	opts := &BenchOptions{bench: newBench(box), Problem: box.Problem, Report: box.Report}
	if runF == nil {
		runF = benchRun
	}
	cmd := &cobra.Command{
		Use:   "bench [<file>|<name>]",
		Short: "Measure how long a model takes on this machine",
		Long: `Measure how long a model takes on this machine: inference alone, and what is around it (from the decoded picture to the input,
from the output to the boxes), one picture of 1280x720 at a time, in milliseconds. Decoding a JPEG and reading a camera are not
in it. Other work on the machine is: stop it, or compare the shortest times, which it disturbs least.

With --devices several are measured one after the other; one that is not there is told in its row. In a pipe the columns are:
device, provider, threads, min, p50, p95 and max of inference, the same four of what is around it, problem.

Exit status: 0 measured, 3 not on every device, 8 the model cannot be used, 10 the settings cannot be read.`,
		Example: `  $ rvmctl model bench --runs 20
  $ rvmctl model bench --devices cpu --threads 1 --runs 20 --json`,
		Args: oneModel, ValidArgsFunction: completeModel(box),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Word = word(args)
			if err := opts.check(cmd); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	loading(cmd)
	f := cmd.Flags()
	f.IntVar(&opts.Runs, "runs", 100, "measure `N` runs on each device")
	f.IntVar(&opts.Warmup, "warmup", 10, "let `N` runs go before them")
	f.StringSliceVar(&opts.Devices, "devices", nil, "measure on these `DEVICES`, separated by commas (default: the one of the settings)")
	_ = cmd.RegisterFlagCompletionFunc("devices", toolbox.CompleteList(toolbox.Devices()...))
	return box.Returns(cmd, Measured{})
}

func (o *BenchOptions) check(cmd *cobra.Command) error {
	switch {
	case o.Runs < 1 || o.Runs > maxRuns || o.Warmup < 0 || o.Warmup > maxRuns:
		return toolbox.Usage(fmt.Sprintf("--runs is from 1 and --warmup from 0, both to %d", maxRuns), "for example: --runs 100 --warmup 10")
	case cmd.Flags().Changed("devices") && cmd.Flags().Changed("device"):
		return toolbox.Usage("--device and --devices are both given", "leave one of them out")
	}
	for _, name := range o.Devices {
		if _, err := onnx.ParseDevice(name); err != nil {
			return toolbox.Usage(err.Error(), "for example: --devices cpu,cuda")
		}
	}
	return nil
}

func benchRun(ctx context.Context, o *BenchOptions) error {
	j, err := o.judge(o.Word)
	if err != nil {
		return err
	}
	devices := []onnx.Device{j.options.Device}
	if len(o.Devices) > 0 {
		devices = nil
		for _, name := range o.Devices {
			d, _ := onnx.ParseDevice(name) // Checked before.
			devices = append(devices, d)
		}
	}
	m := Measured{Name: j.Name, SHA256: j.Model.SHA256, Width: j.spec.Width, Height: j.spec.Height, Picture: size(benchWidth, benchHeight),
		Runs: o.Runs, Warmup: o.Warmup, Note: "one run on this machine as busy as it is now; other work on it is in the figures, least in the shortest times"}
	tally := toolbox.Tally{What: "devices", Planned: len(devices)}
	for _, d := range devices {
		j.options.Device = d
		row, err := o.measure(ctx, j)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if row.Error = o.Problem(err); err != nil {
			row.Device = Device{Requested: string(d), Device: string(d)}
			if len(devices) > 1 {
				o.Report(err)
			} else {
				return err
			}
		}
		tally.Add(err)
		m.Rows = append(m.Rows, row)
	}
	if err := o.Console.Emit(m); err != nil {
		return err
	}
	return tally.Err()
}

// measure opens the model on one device and lets it look at the same picture again and again.
func (o *BenchOptions) measure(ctx context.Context, j judged) (r Row, err error) {
	s, err := o.open(ctx, j)
	if err != nil {
		return r, err
	}
	defer func() { _ = s.Close() }()
	warnFallback(o.Console, s.Info())
	picture := toolbox.TrialPicture(benchWidth, benchHeight)
	run, around := make([]float64, 0, o.Runs), make([]float64, 0, o.Runs)
	bar := o.Console.Progress("measuring", int64(o.Warmup+o.Runs), false)
	defer bar.Finish()
	for n := range o.Warmup + o.Runs {
		result, err := s.Detect(ctx, picture)
		if err != nil {
			return r, err
		}
		bar.Add(1)
		if n >= o.Warmup {
			run, around = append(run, result.Timing.Run), append(around, result.Timing.Pre+result.Timing.Post)
		}
	}
	return Row{Device: newDevice(s.Info()), Run: spread(run), Around: spread(around)}, nil
}

// spread sorts times and picks the usual ones; a percentile is the shortest time that so many of all runs did not exceed.
func spread(times []float64) *Spread {
	slices.Sort(times)
	at := func(part float64) float64 {
		return rounded(times[max(0, int(math.Ceil(part*float64(len(times))))-1)])
	}
	return &Spread{Min: rounded(times[0]), P50: at(0.5), P95: at(0.95), Max: rounded(times[len(times)-1])}
}

// rounded is to the microsecond, which is more than a clock on a busy machine knows.
func rounded(ms float64) float64 {
	return float64(time.Duration(ms*float64(time.Millisecond)).Round(time.Microsecond)) / float64(time.Millisecond)
}
