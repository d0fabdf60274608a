package onnxtest

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
)

// Hot is one anchor of a constant detector that fires: a box in pixels of the model's input, and a score per class.
type Hot struct {
	X1, Y1, X2, Y2 float32
	Class          int
	Score          float32
}

// Detector is a model that sees the same things in every picture, in the layout of a YOLO11 detect export.
type Detector struct {
	Width, Height int
	Labels        []string
	Hot           []Hot
	// Batch is the fixed batch size; 0 means 1. Slots after the first carry a hot anchor of their own, to be ignored.
	Batch int
	// Half makes input and output float16.
	Half bool
	// Dynamic gives batch, height, width and anchors symbolic dimensions.
	Dynamic bool
}

// Anchors is the number of anchors at strides 8, 16 and 32.
func (d Detector) Anchors() int {
	n := 0
	for _, s := range []int{8, 16, 32} {
		n += (d.Width / s) * (d.Height / s)
	}
	return n
}

// Model is the graph: a constant, whatever the input.
func (d Detector) Model() Model {
	anchors, channels, batch := d.Anchors(), 4+len(d.Labels), max(d.Batch, 1)
	rows := make([]float32, batch*channels*anchors)
	for i, h := range d.Hot {
		put(rows, anchors, i, h)
	}
	for b := 1; b < batch; b++ {
		put(rows[b*channels*anchors:], anchors, 0, Hot{X2: float32(d.Width), Y2: float32(d.Height), Score: 0.99})
	}
	constant := Floats("rows", []int64{int64(batch), int64(channels), int64(anchors)}, rows)
	g := Graph{Constants: []Tensor{constant}}
	g.Nodes = []Node{{Op: "Identity", Inputs: []string{"rows"}, Outputs: []string{"output0"}}}
	if d.Half {
		g.Constants[0] = toHalf(constant)
	}
	d.shape(&g, batch, channels, anchors)
	return Model{Graph: g, Metadata: Metadata(d.Labels, d.Width, d.Height)}
}

// put writes one anchor into channel-major rows.
func put(rows []float32, anchors, i int, h Hot) {
	rows[i] = (h.X1 + h.X2) / 2
	rows[anchors+i] = (h.Y1 + h.Y2) / 2
	rows[2*anchors+i] = h.X2 - h.X1
	rows[3*anchors+i] = h.Y2 - h.Y1
	rows[(4+h.Class)*anchors+i] = h.Score
}

// shape announces input and output.
func (d Detector) shape(g *Graph, batch, channels, anchors int) {
	kind := int32(Float32)
	if d.Half {
		kind = Float16
	}
	in, out := []any{batch, 3, d.Height, d.Width}, []any{batch, channels, anchors}
	if d.Dynamic {
		in, out = []any{"batch", 3, "height", "width"}, []any{"batch", channels, "anchors"}
	}
	g.Inputs = []Value{{Name: "images", Type: kind, Dims: in}}
	g.Outputs = []Value{{Name: "output0", Type: kind, Dims: out}}
}

// Metadata are the keys that Ultralytics writes, in its order and its form.
func Metadata(labels []string, width, height int) []Pair {
	names := make([]string, len(labels))
	for i, l := range labels {
		names[i] = fmt.Sprintf("%d: '%s'", i, l)
	}
	return []Pair{
		{"description", "a test graph"}, {"stride", "32"}, {"task", "detect"}, {"batch", "1"},
		{"imgsz", fmt.Sprintf("[%d, %d]", height, width)}, {"names", "{" + strings.Join(names, ", ") + "}"},
		{"channels", "3"},
	}
}

// BottleAndCan is a detector for 64x64 input that sees a bottle in the left half and a can in the right half of the
// middle of every picture, for tests of what happens after the eye.
func BottleAndCan() []byte {
	return Detector{Width: 64, Height: 64, Labels: []string{"bottle", "can"}, Hot: []Hot{
		{X1: 4, Y1: 20, X2: 28, Y2: 44, Class: 0, Score: 0.9},
		{X1: 36, Y1: 20, X2: 60, Y2: 44, Class: 1, Score: 0.8},
	}}.Model().Bytes()
}

// toHalf converts a float32 constant.
func toHalf(t Tensor) Tensor {
	raw := make([]byte, 0, len(t.Raw)/2)
	for i := 0; i < len(t.Raw); i += 4 {
		raw = binary.LittleEndian.AppendUint16(raw, half(math.Float32frombits(binary.LittleEndian.Uint32(t.Raw[i:]))))
	}
	return Tensor{Name: t.Name, Type: Float16, Dims: t.Dims, Raw: raw}
}

// half is the float16 nearest to a number, ties to even.
func half(v float32) uint16 {
	size, sign := math.Abs(float64(v)), uint16(math.Float32bits(v)>>16&0x8000)
	switch {
	case size >= 65520:
		return sign | 0x7c00
	case size < 1.0/(1<<14):
		return sign | uint16(math.RoundToEven(size*(1<<24)))
	}
	fraction, exponent := math.Frexp(size) // size is fraction, 0.5 to 1, times two to exponent.
	// A carry may rightly run into the exponent.
	return sign | (uint16(exponent+13)<<10 + uint16(math.RoundToEven(fraction*(1<<11))))
}

// Halves is a float16 constant.
func Halves(name string, dims []int64, values []float32) Tensor {
	return toHalf(Floats(name, dims, values))
}
