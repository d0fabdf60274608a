package yolo

import (
	"fmt"
	"strings"
)

// Options are the operator's additions to what a file says about itself.
type Options struct {
	// Labels replace the names of the file; they must be as many as the model has classes.
	Labels []string
	// Width and Height choose the input in pixels where the graph leaves it open; 0 means the file's own default, else
	// 640. On a graph with a fixed input any other size is refused.
	Width, Height int
}

// Bounds of a model's tensors, in bytes.
const (
	maxInputBytes  = 256 << 20
	maxOutputBytes = 512 << 20
	defaultSide    = 640
)

// Recognise finds out how a graph is fed and decoded, or refuses it with *UnsupportedError, or with *MetadataError when
// its names cannot be read and no labels replace them. Every refusal is a fact about the graph; nothing is guessed where
// a wrong guess would give confident nonsense.
func Recognise(g Graph, o Options) (Spec, error) {
	r := recogniser{graph: g, options: o, properties: readProperties(g.Metadata)}
	for _, step := range []func() error{r.checkTask, r.readInput, r.chooseSize, r.bindOutputs, r.readLayout, r.readLabels,
		r.checkSizes} {
		if err := step(); err != nil {
			return Spec{}, err
		}
	}
	r.describe()
	return r.spec, nil
}

type recogniser struct {
	graph      Graph
	options    Options
	properties properties
	spec       Spec
	// output is the tensor of the predictions.
	output Tensor
}

// protoStride is input pixels per prototype cell; maxCoefficients bounds the prototypes, of which real exports have 32.
const (
	protoStride     = 4
	maxCoefficients = 1024
)

const detectExport = "a YOLOv8 or YOLO11 detection or segmentation export"

func unsupported(want, found string, args ...any) error {
	return &UnsupportedError{Found: fmt.Sprintf(found, args...), Want: want}
}

func (r *recogniser) checkTask() error {
	switch r.properties.task {
	case "", "detect", "segment":
	default:
		return unsupported("detect or segment", "task %.40q is not supported", r.properties.task)
	}
	if n := r.properties.channels; n != 3 {
		return unsupported("a 3-channel image model", "the model reads pictures of %d channels", n)
	}
	return nil
}

func (r *recogniser) readInput() error {
	if n := len(r.graph.Inputs); n != 1 {
		return unsupported("one picture as input", "the graph has %d inputs, so it is not "+detectExport, n)
	}
	in := r.graph.Inputs[0]
	if !in.Type.floating() {
		return unsupported("float32 or float16", "input type %s is not supported", in.Type)
	}
	if len(in.Dims) != 4 {
		return unsupported("[batch,3,height,width]", "input %s is not that of %s", in, detectExport)
	}
	if n, ok := in.fixed(1); !ok || n != 3 {
		return unsupported("a 3-channel image model, [batch,3,height,width]", "input %s has not 3 channels", in)
	}
	batch, fixed := in.fixed(0)
	r.spec.InputName, r.spec.InputHalf = in.Name, in.Type == Float16
	r.spec.Batch, r.spec.DynamicBatch = max(1, batch), !fixed
	return nil
}

// chooseSize takes the graph's own size; where an axis is open, the operator's, the file's or 640, in this order.
func (r *recogniser) chooseSize() error {
	in := r.graph.Inputs[0]
	height, fixedHeight := in.fixed(2)
	width, fixedWidth := in.fixed(3)
	r.spec.DynamicSize = !fixedHeight || !fixedWidth
	r.spec.Stride = r.properties.stride
	var err error
	if r.spec.Height, err = r.side("height", height, fixedHeight, r.options.Height, r.properties.imgHeight); err != nil {
		return err
	}
	r.spec.Width, err = r.side("width", width, fixedWidth, r.options.Width, r.properties.imgWidth)
	return err
}

func (r *recogniser) side(name string, own int, fixed bool, chosen, hinted int) (int, error) {
	if fixed {
		if own%32 != 0 {
			return 0, unsupported("a multiple of 32", "input %s %d is not that of %s", name, own, detectExport)
		}
		if chosen != 0 && chosen != own {
			return 0, r.otherSize(fmt.Sprint(own), "input %s %d was asked for, the graph is fixed", name, chosen)
		}
		return own, nil
	}
	side := defaultSide
	if hinted > 0 {
		side = hinted
	}
	if chosen != 0 {
		side = chosen
	}
	if side < 0 || side%r.properties.stride != 0 {
		if chosen != 0 {
			return 0, r.otherSize(fmt.Sprintf("a multiple of %d", r.properties.stride), "input %s %d does not fit this model", name, side)
		}
		return 0, unsupported(fmt.Sprintf("a multiple of %d", r.properties.stride), "input %s %d does not fit this model", name, side)
	}
	return side, nil
}

// otherSize refuses a size that was asked for, and names one that fits: the file's own, else the usual one.
func (r *recogniser) otherSize(want, found string, args ...any) error {
	side := func(axis, hinted int) int {
		if own, fixed := r.graph.Inputs[0].fixed(axis); fixed {
			return own
		}
		if hinted > 0 && hinted%r.properties.stride == 0 {
			return hinted
		}
		return max(1, defaultSide/r.properties.stride) * r.properties.stride
	}
	return &UnsupportedError{Found: fmt.Sprintf(found, args...), Want: want,
		OtherSize: fmt.Sprintf("%dx%d", side(3, r.properties.imgWidth), side(2, r.properties.imgHeight))}
}

// bindOutputs finds predictions and prototypes, by name if they have the usual ones, else by rank.
func (r *recogniser) bindOutputs() error {
	predictions, err := r.pick("output0", 3, "predictions")
	if err != nil {
		return err
	}
	if predictions == nil {
		return unsupported("an output of rank 3", "%s; this is not %s", r.shapes(), detectExport)
	}
	protos, err := r.pick("output1", 4, "mask prototypes")
	if err != nil {
		return err
	}
	if r.properties.task == "segment" && protos == nil {
		return unsupported("a second output of rank 4", "task segment without mask prototypes: %s", r.shapes())
	}
	if !predictions.Type.floating() {
		return unsupported("float32 or float16", "output type %s is not supported", predictions.Type)
	}
	r.output = *predictions
	r.spec.OutputName, r.spec.OutputHalf = predictions.Name, predictions.Type == Float16
	r.spec.Task = "detect"
	if protos == nil || r.properties.task == "detect" {
		return nil
	}
	return r.readPrototypes(*protos)
}

func (r *recogniser) readPrototypes(protos Tensor) error {
	coefficients, ok := protos.fixed(1)
	if !ok {
		return unsupported("[batch,coefficients,height/4,width/4]", "mask prototypes %s have an open number of coefficients", protos)
	}
	if !protos.Type.floating() {
		return unsupported("float32 or float16", "mask prototypes of type %s are not supported", protos.Type)
	}
	if coefficients > maxCoefficients {
		return unsupported(fmt.Sprintf("at most %d coefficients", maxCoefficients), "mask prototypes %s", protos)
	}
	r.spec.ProtoHeight, r.spec.ProtoWidth = r.spec.Height/protoStride, r.spec.Width/protoStride
	for axis, want := range []int{2: r.spec.ProtoHeight, 3: r.spec.ProtoWidth} {
		if own, fixed := protos.fixed(axis); axis > 1 && fixed && own != want {
			return unsupported(fmt.Sprintf("%dx%d, a quarter of the input", r.spec.ProtoWidth, r.spec.ProtoHeight),
				"mask prototypes %s do not fit the input", protos)
		}
	}
	if batch, fixed := protos.fixed(0); fixed && batch != r.spec.Batch {
		return unsupported(fmt.Sprintf("a batch of %d, as the input has", r.spec.Batch), "mask prototypes %s do not fit the input", protos)
	}
	r.spec.Task, r.spec.ProtoName, r.spec.ProtoHalf = "segment", protos.Name, protos.Type == Float16
	r.spec.Coefficients, r.spec.Masks = coefficients, true
	return nil
}

// pick is the output of this rank: the one with the usual name, or the only one; nil when there is none.
func (r *recogniser) pick(name string, rank int, what string) (*Tensor, error) {
	var found []*Tensor
	for i := range r.graph.Outputs {
		if t := &r.graph.Outputs[i]; len(t.Dims) == rank {
			if t.Name == name {
				return t, nil
			}
			found = append(found, t)
		}
	}
	if len(found) == 0 {
		return nil, nil
	}
	if len(found) > 1 {
		return nil, unsupported("one output of "+what, "%d outputs could be the %s: %s", len(found), what, r.shapes())
	}
	return found[0], nil
}

func (r *recogniser) shapes() string {
	if len(r.graph.Outputs) == 0 {
		return "the graph has no outputs"
	}
	shown := make([]string, 0, 4)
	for _, t := range r.graph.Outputs[:min(4, len(r.graph.Outputs))] {
		shown = append(shown, t.String())
	}
	if more := len(r.graph.Outputs) - len(shown); more > 0 {
		shown = append(shown, fmt.Sprintf("and %d more", more))
	}
	return "the outputs are " + strings.Join(shown, ", ")
}

func (r *recogniser) describe() {
	m := r.graph.Metadata
	r.spec.Version, r.spec.Date, r.spec.Author = m["version"], m["date"], m["author"]
	r.spec.License, r.spec.Description = m["license"], m["description"]
	r.spec.Notes = r.properties.notes
}
