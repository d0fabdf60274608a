package onnxtest

// Lit is a detector whose sight depends on the picture: things appear and leave as a stream shows and hides light. Box i of Hot fires
// with the value that channel i of the input (red, green, blue) has in the middle of the box, 0–1; its Score is not used. There may be
// three boxes.
type Lit struct {
	Width, Height int
	Labels        []string
	Hot           []Hot
}

// Model is the graph: flatten, gather, spread over the classes, put boxes in front.
func (l Lit) Model() Model {
	d := Detector{Width: l.Width, Height: l.Height, Labels: l.Labels}
	anchors, classes := d.Anchors(), len(l.Labels)
	indices := make([]int64, anchors)
	spread, boxes := make([]float32, classes*anchors), make([]float32, (4+classes)*anchors)
	for i, h := range l.Hot {
		x, y := int(h.X1+h.X2)/2, int(h.Y1+h.Y2)/2
		indices[i] = int64((i*l.Height+y)*l.Width + x)
		spread[h.Class*anchors+i] = 1
		h.Score = 0
		put(boxes, anchors, i, h)
	}
	g := Graph{
		Constants: []Tensor{Ints("flat", -1), Ints("indices", indices...), Ints("row", 1, 1, int64(anchors)),
			Floats("spread", []int64{1, int64(classes), int64(anchors)}, spread),
			Floats("boxes", []int64{1, 4, int64(anchors)}, boxes[:4*anchors])},
		Nodes: []Node{
			{Op: "Reshape", Inputs: []string{"images", "flat"}, Outputs: []string{"pixels"}},
			{Op: "Gather", Inputs: []string{"pixels", "indices"}, Outputs: []string{"picked"}},
			{Op: "Reshape", Inputs: []string{"picked", "row"}, Outputs: []string{"values"}},
			{Op: "Mul", Inputs: []string{"spread", "values"}, Outputs: []string{"scores"}},
			{Op: "Concat", Inputs: []string{"boxes", "scores"}, Outputs: []string{"output0"}, Attributes: []Attribute{{Name: "axis", Int: 1}}},
		},
	}
	d.shape(&g, 1, 4+classes, anchors)
	return Model{Graph: g, Metadata: Metadata(l.Labels, l.Width, l.Height)}
}
