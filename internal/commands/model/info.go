package model

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision/model"
	"github.com/myrvm/rvmctl/internal/vision/yolo"
	"github.com/myrvm/rvmctl/internal/waste"
)

// InfoOptions is what info needs.
type InfoOptions struct {
	bench
	Waste func() (waste.Table, error)

	Word string
	// Load is true when a device was named: the model is loaded then.
	Load bool
}

// Info is the result of info.
type Info struct {
	Name      string            `json:"name" doc:"name of the model inside rvmctl, or of the file"`
	File      string            `json:"file,omitempty" doc:"path, absent for the model inside rvmctl"`
	SHA256    string            `json:"sha256" doc:"sum of the file"`
	Size      int64             `json:"size_bytes" doc:"size of the file"`
	Task      string            `json:"task" doc:"detect or segment"`
	Producer  string            `json:"producer" doc:"program that wrote the file"`
	Version   string            `json:"version,omitempty" doc:"version that the exporter wrote into it"`
	Date      string            `json:"date,omitempty" doc:"date that the exporter wrote into it"`
	About     string            `json:"description,omitempty" doc:"what the exporter wrote about it"`
	License   string            `json:"license,omitempty" doc:"licence of the weights, as the file says it; absent when it says none"`
	Width     int               `json:"input_width" doc:"pixels of the input"`
	Height    int               `json:"input_height" doc:"pixels of the input"`
	Dynamic   bool              `json:"dynamic_size" doc:"true when another size can be chosen with --size"`
	Inputs    []Tensor          `json:"inputs" doc:"what is fed"`
	Outputs   []Tensor          `json:"outputs" doc:"what is answered"`
	Labels    []Label           `json:"labels" doc:"what it can see, by its own numbers from 0"`
	IR        int64             `json:"ir_version" doc:"version of the file format"`
	Opsets    map[string]int64  `json:"opsets" doc:"version of the operators by domain; the standard domain is ai.onnx"`
	Nodes     int               `json:"nodes" doc:"number of nodes of the graph"`
	Operators map[string]int    `json:"operators" doc:"nodes by operator"`
	Weights   map[string]int    `json:"weights" doc:"constants by element type"`
	Metadata  map[string]string `json:"metadata" doc:"the file's own key-value pairs, unchanged but for the labels, which are left out"`
	Notes     []string          `json:"notes" doc:"what an operator may want to know"`
	Device    *Device           `json:"device,omitempty" doc:"where it ran, with --device"`
}

// Tensor is an input or output.
type Tensor struct {
	Name  string  `json:"name" doc:"name in the graph"`
	Type  string  `json:"type" doc:"element type"`
	Shape []int64 `json:"shape" doc:"sizes of the axes, outermost first; -1 is chosen at run time"`
}

// words are type and shape, with a question mark for an axis that is chosen at run time.
func (t Tensor) words() string {
	axes := make([]string, len(t.Shape))
	for i, n := range t.Shape {
		if axes[i] = strconv.FormatInt(n, 10); n < 1 {
			axes[i] = "?"
		}
	}
	return t.Type + " [" + strings.Join(axes, ",") + "]"
}

// Label is something that a model can see.
type Label struct {
	Label     string `json:"label" doc:"the model's text"`
	WasteType string `json:"waste_type,omitempty" doc:"what the platform pays for, absent when it is no item for this machine"`
}

// Text shows what people ask for, one fact a line; in a pipe: name TAB value.
func (i Info) Text(p *terminal.Page) {
	pairs := []string{"name", i.Name}
	add := func(name, value string) {
		if value != "" {
			pairs = append(pairs, name, value)
		}
	}
	add("file", i.File)
	add("sha256", i.SHA256)
	add("size", fmt.Sprintf("%d bytes", i.Size))
	add("task", i.Task)
	add("description", i.About)
	add("licence", toolbox.Or(i.License, "not said in the file"))
	add("producer", strings.TrimSpace(i.Producer+" "+i.Version+" "+i.Date))
	add("input", size(i.Width, i.Height)+map[bool]string{true: ", can be chosen with --size"}[i.Dynamic])
	for _, t := range i.Inputs {
		add("input "+t.Name, t.words())
	}
	for _, t := range i.Outputs {
		add("output "+t.Name, t.words())
	}
	add("opsets", opsets(i.Opsets))
	add("nodes", fmt.Sprintf("%d: %s", i.Nodes, counts(i.Operators)))
	add("weights", counts(i.Weights))
	for n, l := range i.Labels {
		add(fmt.Sprintf("label %d", n), l.Label+" → "+toolbox.Or(l.WasteType, "no item"))
	}
	i.Device.fields(add)
	for _, note := range i.Notes {
		add("note", note)
	}
	p.Fields(pairs...)
}

func (d *Device) fields(add func(name, value string)) {
	if d == nil {
		return
	}
	add("device", d.Device+", asked for: "+d.Requested)
	add("provider", d.Provider)
	add("precision", d.Precision)
	add("nodes by provider", counts(d.Nodes))
	add("fallback", d.Fallback)
	add("runtime", d.Runtime+" at "+d.Library)
	add("load", ms(d.LoadMS))
	add("first run", ms(d.WarmUpMS))
}

func opsets(m map[string]int64) string {
	var words []string
	for domain, version := range m {
		words = append(words, fmt.Sprintf("%s %d", domain, version))
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}

// NewInfo makes the command; runF replaces the run in tests.
func NewInfo(box *toolbox.Box, runF func(context.Context, *InfoOptions) error) *cobra.Command {
	opts := &InfoOptions{bench: newBench(box), Waste: box.Waste}
	if runF == nil {
		runF = infoRun
	}
	cmd := &cobra.Command{
		Use:   "info [<file>|<name>]",
		Short: "Show what a model is",
		Long: `Show what a model is: task, shapes, labels and what the platform pays for them, operators, element types of the weights,
licence, and what else is worth knowing. Without an argument it is the model of the settings.

The file is read completely and never run, and no ONNX Runtime is needed. With --device it is also loaded there and run once in
this process, to show which provider really computes it; to try a file that you do not trust use rvmctl model verify.

In a pipe there is one line for each fact: its name and its value.

Exit status: 0 shown, 8 not a model that can be used, or not on that device, 10 the settings cannot be read.`,
		Example: `  $ rvmctl model info
  $ rvmctl model info beverage-nano --device cpu
  $ rvmctl model info --jq '.labels[].label'`,
		Args: oneModel, ValidArgsFunction: completeModel(box),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Word, opts.Load = word(args), cmd.Flags().Changed("device")
			return runF(cmd.Context(), opts)
		},
	}
	loading(cmd)
	return box.Returns(cmd, Info{})
}

func infoRun(ctx context.Context, o *InfoOptions) error {
	j, err := o.judge(o.Word)
	if err != nil {
		return err
	}
	i, err := o.describe(j)
	if err != nil {
		return err
	}
	if o.Load {
		s, err := o.open(ctx, j)
		if err != nil {
			return err
		}
		defer func() { _ = s.Close() }()
		d := newDevice(s.Info())
		i.Device, i.Notes = &d, merged(i.Notes, s.Info().Notes)
		warnFallback(o.Console, s.Info())
	}
	return o.Console.Emit(i)
}

func (o *InfoOptions) describe(j judged) (Info, error) {
	h, s := j.header, j.spec
	i := Info{Name: j.Name, File: j.File, SHA256: j.Model.SHA256, Size: int64(len(j.Model.Bytes)), Task: s.Task, Producer: h.Producer,
		Version: s.Version, Date: s.Date, About: s.Description, License: s.License, Width: s.Width, Height: s.Height, Dynamic: s.DynamicSize,
		Inputs: tensors(h.Inputs), Outputs: tensors(h.Outputs), IR: h.IRVersion, Nodes: h.Nodes, Operators: h.Operators,
		Opsets: map[string]int64{}, Weights: map[string]int{}, Metadata: map[string]string{}, Notes: merged(j.options.Notes(h, s), nil)}
	if j.Shipped() {
		i.License = toolbox.Or(i.License, model.Default().License)
	}
	for domain, version := range h.Opsets {
		i.Opsets[toolbox.Or(domain, "ai.onnx")] = version
	}
	for kind, n := range h.Weights {
		i.Weights[kind.String()] += n
	}
	for key, value := range h.Metadata {
		if key != "names" {
			i.Metadata[key] = value
		}
	}
	var err error
	i.Labels, err = o.labels(s.Labels)
	return i, err
}

// labels says what the platform pays for what a model sees.
func (o *InfoOptions) labels(all []string) ([]Label, error) {
	table, err := o.Waste()
	if err != nil {
		return nil, err
	}
	labels := make([]Label, len(all))
	for n, text := range all {
		labels[n].Label = text
		if row, known := table.Lookup(text); known {
			labels[n].WasteType = row.Type
		}
	}
	return labels, nil
}

func tensors(all []yolo.Tensor) []Tensor {
	list := make([]Tensor, len(all))
	for i, t := range all {
		list[i] = Tensor{Name: t.Name, Type: t.Type.String(), Shape: append([]int64{}, t.Dims...)}
	}
	return list
}

// merged is both lists without what is said twice.
func merged(a, b []string) []string {
	all := append([]string{}, a...)
	for _, note := range b {
		if !slices.Contains(all, note) {
			all = append(all, note)
		}
	}
	return all
}
