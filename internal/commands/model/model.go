// Package model is about the files that see: which there are, what they are, whether they can be trusted and how fast they are.
// It refuses to know how a model is run and how a picture is decoded.
package model

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision/onnx"
	"github.com/myrvm/rvmctl/internal/vision/yolo"
)

// New makes the noun.
func New(box *toolbox.Box) *cobra.Command {
	return toolbox.Group("model", "Look at models, check them, measure them and choose one",
		"A model is an ONNX file that finds things in pictures: the one inside rvmctl, or a YOLO11 or YOLOv8 export of your own.",
		NewList(box, nil), NewInfo(box, nil), NewVerify(box, nil), NewUse(box, nil), NewDefault(box, nil), NewBench(box, nil),
		NewWarmup(box, nil), newTrial())
}

// newTrial is the command by which rvmctl tries a model in a process of its own.
func newTrial() *cobra.Command {
	return &cobra.Command{Use: toolbox.TrialVerb, Hidden: true, Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return toolbox.RunTrial(cmd.Context()) }}
}

// bench is what every command needs that judges or opens a model: dependencies alone.
type bench struct {
	Console *terminal.Console
	// Pick reads the model that a word names, or that of the settings.
	Pick func(word string) (toolbox.Picked, error)
	// Options are the settings for opening it; Start opens the runtime in this process.
	Options func(onnx.Model, toolbox.Looking) (onnx.Options, error)
	Start   func() (*onnx.Runtime, error)
}

func newBench(box *toolbox.Box) bench {
	return bench{Console: box.Console, Pick: box.PickModel, Options: box.ModelOptions, Start: box.StartRuntime}
}

// judged is a model that can be used, as far as that shows without running it.
type judged struct {
	toolbox.Picked
	options onnx.Options
	header  onnx.Header
	spec    yolo.Spec
}

// judge picks a model, compares its sum with the one that was promised, and reads it completely.
func (b bench) judge(word string) (j judged, err error) {
	if j.Picked, err = b.Pick(word); err != nil {
		return j, err
	}
	if err := j.Check(); err != nil {
		return j, err
	}
	if j.options, err = b.Options(j.Model, toolbox.Looking{}); err != nil {
		return j, err
	}
	j.header, j.spec, err = onnx.Recognise(j.Model, yolo.Options{Labels: j.options.Labels, Width: j.options.Width, Height: j.options.Height})
	return j, err
}

// open loads a model in this process.
func (b bench) open(ctx context.Context, j judged) (_ *onnx.Session, err error) {
	o := j.options
	if o.Runtime, err = b.Start(); err != nil {
		return nil, err
	}
	return onnx.Open(ctx, o)
}

// oneModel takes the word that names a model, or none.
func oneModel(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return toolbox.Exactly("the file or name of the model")(cmd, args)
}

func word(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// completeModel offers what can be named, and files.
func completeModel(box *toolbox.Box) func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return names(box.ModelStore()), cobra.ShellCompDirectiveDefault
	}
}

// loading are the settings by which a model is loaded.
func loading(cmd *cobra.Command) {
	toolbox.Settings(cmd, config.KeyModelSHA256, config.KeyLabels, config.KeySize, config.KeyDevice, config.KeyGPU, config.KeyPrecision,
		config.KeyWorkspace, config.KeyThreads, config.KeySpin, config.KeyRuntime)
}

// Device says where a model ran.
type Device struct {
	Requested string         `json:"requested" doc:"device that was asked for"`
	Device    string         `json:"device" doc:"device that was chosen"`
	Provider  string         `json:"provider" doc:"execution provider of ONNX Runtime that computes most of the model, as measured"`
	Precision string         `json:"precision" doc:"what it computes in: fp32, fp16 or int8"`
	Nodes     map[string]int `json:"nodes,omitempty" doc:"nodes of the graph by provider, as measured; absent on the processor, where there is no choice"`
	Fallback  string         `json:"fallback_reason,omitempty" doc:"why auto took the processor, absent when it did not"`
	Threads   int            `json:"threads" doc:"threads of one inference on the processor"`
	Runtime   string         `json:"onnxruntime" doc:"version of ONNX Runtime"`
	Library   string         `json:"onnxruntime_file" doc:"library that was loaded"`
	LoadMS    float64        `json:"load_ms" doc:"milliseconds that loading took"`
	WarmUpMS  float64        `json:"warm_up_ms" doc:"milliseconds of the first inference"`
}

func newDevice(i onnx.Info) Device {
	return Device{Requested: string(i.Requested), Device: string(i.Device), Provider: i.Provider, Precision: i.Precision, Nodes: i.Nodes,
		Fallback: i.FallbackReason, Threads: i.Threads, Runtime: i.RuntimeVersion, Library: i.RuntimePath, LoadMS: i.LoadMS, WarmUpMS: i.WarmUpMS}
}

func tried(requested string, r toolbox.TrialResult) Device {
	return Device{Requested: requested, Device: r.Device, Provider: r.Provider, Precision: r.Precision, Nodes: r.Nodes, Fallback: r.Fallback,
		Threads: r.Threads, Runtime: r.Runtime, Library: r.RuntimePath, LoadMS: r.LoadMS, WarmUpMS: r.WarmUpMS}
}

// counts are numbers by name as text, the largest first.
func counts(m map[string]int) string {
	type count struct {
		name string
		n    int
	}
	var all []count
	for name, n := range m {
		all = append(all, count{name, n})
	}
	slices.SortFunc(all, func(a, b count) int {
		if a.n != b.n {
			return b.n - a.n
		}
		return strings.Compare(a.name, b.name)
	})
	words := make([]string, len(all))
	for i, c := range all {
		words[i] = fmt.Sprintf("%s %d", c.name, c.n)
	}
	return strings.Join(words, ", ")
}

func size(width, height int) string { return fmt.Sprintf("%dx%d", width, height) }

func ms(v float64) string { return fmt.Sprintf("%.1f ms", v) }

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

// warnFallback says it on stderr when auto took the processor although a GPU seems to be set up.
func warnFallback(c *terminal.Console, i onnx.Info) {
	fellBack(c, i.FallbackReason, i.FallbackUnexpected)
}

func fellBack(c *terminal.Console, reason string, unexpected bool) {
	switch {
	case unexpected:
		c.Warn("runs on the processor: %s", reason)
	case reason != "":
		c.Step("runs on the processor: %s", reason)
	}
}
