package onnxtest

import "strconv"

// Point is one number of the input tensor: channel 0, 1 or 2 at a column and row.
type Point struct{ Channel, X, Y int }

// Probe is a detect graph that shows what it was fed: the score of class i at anchor i is the input's value at
// Points[i], unchanged, and every box is the whole input. The label of class i is its number as text.
type Probe struct {
	Width, Height int
	Points        []Point
	// Half makes the input float16; the output stays float32.
	Half bool
}

// Model is the graph: flatten, gather, spread over the diagonal, put boxes in front.
func (p Probe) Model() Model {
	d := Detector{Width: p.Width, Height: p.Height}
	anchors, classes := d.Anchors(), len(p.Points)
	indices := make([]int64, anchors)
	diagonal := make([]float32, classes*anchors)
	labels := make([]string, classes)
	for i, pt := range p.Points {
		indices[i] = int64((pt.Channel*p.Height+pt.Y)*p.Width + pt.X)
		diagonal[i*anchors+i] = 1
		labels[i] = strconv.Itoa(i)
	}
	g := Graph{
		Constants: []Tensor{Ints("flat", -1), Ints("indices", indices...), Ints("row", 1, 1, int64(anchors)),
			Floats("diagonal", []int64{1, int64(classes), int64(anchors)}, diagonal), p.boxes(anchors)},
		Nodes: []Node{
			{Op: "Cast", Inputs: []string{"images"}, Outputs: []string{"float"}, Attributes: []Attribute{{Name: "to", Int: Float32}}},
			{Op: "Reshape", Inputs: []string{"float", "flat"}, Outputs: []string{"pixels"}},
			{Op: "Gather", Inputs: []string{"pixels", "indices"}, Outputs: []string{"picked"}},
			{Op: "Reshape", Inputs: []string{"picked", "row"}, Outputs: []string{"values"}},
			{Op: "Mul", Inputs: []string{"diagonal", "values"}, Outputs: []string{"scores"}},
			{Op: "Concat", Inputs: []string{"boxes", "scores"}, Outputs: []string{"output0"}, Attributes: []Attribute{{Name: "axis", Int: 1}}},
		},
	}
	d.shape(&g, 1, 4+classes, anchors)
	if p.Half {
		g.Inputs[0].Type = Float16
	}
	return Model{Graph: g, Metadata: Metadata(labels, p.Width, p.Height)}
}

func (p Probe) boxes(anchors int) Tensor {
	rows := make([]float32, 4*anchors)
	for i, v := range []float32{float32(p.Width) / 2, float32(p.Height) / 2, float32(p.Width), float32(p.Height)} {
		for a := range anchors {
			rows[i*anchors+a] = v
		}
	}
	return Floats("boxes", []int64{1, 4, int64(anchors)}, rows)
}
