package onnxtest

import "slices"

// Rows is the number of rows of a suppressed answer.
const Rows = 300

// Colours are what Segment's masks are made of: each anchor asks for the colour with its number modulo three. The
// coefficients weigh red, green, blue (0–1, mean over four by four pixels) and 1.
var Colours = [3][4]float32{{1, -0.5, -0.5, 0.05}, {0.4, 0.4, 0.4, -0.6}, {-0.5, -0.5, 0.25, 0.35}}

// Segment makes a segmentation model of a detector: its prototypes are the picture itself, a quarter as large, so that a
// mask is where the picture has a colour, and the anchor says which.
func Segment(m Model, batch, height, width int) Model { return segment(m, batch, height, width, 1) }

// SegmentOf32 is Segment for one picture with as many prototypes as real models have, eight alike of each: the same masks, at
// their cost.
func SegmentOf32(m Model, height, width int) Model { return segment(m, 1, height, width, 8) }

func segment(m Model, batch, height, width, alike int) Model {
	g := &m.Graph
	kinds := len(Colours[0])
	anchors, nm := Detector{Width: width, Height: height}.Anchors(), alike*kinds
	weights, bias := make([]float32, nm*3*4*4), make([]float32, nm)
	for p := range nm {
		c := p % kinds
		if c == 3 {
			bias[p] = 1
			continue
		}
		for i := range 16 {
			weights[(p*3+c)*16+i] = 1.0 / 16
		}
	}
	coefficients := make([]float32, batch*nm*anchors)
	for i := range coefficients {
		coefficients[i] = Colours[i%anchors%3][i/anchors%nm%kinds] / float32(alike)
	}
	channels := g.Outputs[0].Dims[1].(int)
	rename(g, "output0", "boxes")
	g.Constants = append(slices.Clone(g.Constants), Floats("protos/weights", []int64{int64(nm), 3, 4, 4}, weights),
		Floats("protos/bias", []int64{int64(nm)}, bias),
		Floats("coefficients", []int64{int64(batch), int64(nm), int64(anchors)}, coefficients))
	g.Nodes = append(slices.Clone(g.Nodes),
		Node{Op: "Conv", Inputs: []string{"images", "protos/weights", "protos/bias"}, Outputs: []string{"output1"},
			Attributes: []Attribute{{Name: "kernel_shape", Ints: []int64{4, 4}}, {Name: "strides", Ints: []int64{4, 4}}}},
		Node{Op: "Concat", Inputs: []string{"boxes", "coefficients"}, Outputs: []string{"output0"}, Attributes: axis(1)})
	g.Outputs = []Value{{"output0", Float32, []any{batch, channels + nm, anchors}},
		{"output1", Float32, []any{batch, nm, height / 4, width / 4}}}
	return With(m, Pair{"task", "segment"})
}

func rename(g *Graph, from, to string) {
	g.Nodes = slices.Clone(g.Nodes)
	for i, n := range g.Nodes {
		g.Nodes[i].Inputs, g.Nodes[i].Outputs = renamed(n.Inputs, from, to), renamed(n.Outputs, from, to)
	}
}

// Suppressed puts the tail of an export with nms=True behind a model for one picture: suppression with a confidence and
// an overlap that are fixed here, and rows of two corners, score, class and coefficients, with zeros to the end.
func Suppressed(m Model, confidence, overlap float32) Model {
	m = ranked(m)
	g := &m.Graph
	g.Constants = append(g.Constants, Ints("tail/most", Rows), Floats("tail/overlap", []int64{1}, []float32{overlap}),
		Floats("tail/confidence", []int64{1}, []float32{confidence}), Ints("tail/box", 2), Floats("tail/0", []int64{}, []float32{0}))
	g.Nodes = append(g.Nodes,
		// Only the best class of an anchor counts.
		Node{Op: "Equal", Inputs: []string{"tail/scores", "tail/best"}, Outputs: []string{"tail/wins"}},
		Node{Op: "Where", Inputs: []string{"tail/wins", "tail/scores", "tail/0"}, Outputs: []string{"tail/winners"}},
		Node{Op: "NonMaxSuppression", Inputs: []string{"tail/corners", "tail/winners", "tail/most", "tail/overlap", "tail/confidence"},
			Outputs: []string{"tail/kept"}},
		Node{Op: "Gather", Inputs: []string{"tail/kept", "tail/box"}, Outputs: []string{"tail/column"}, Attributes: axis(1)},
		Node{Op: "Reshape", Inputs: []string{"tail/column", "tail/flat"}, Outputs: []string{"tail/chosen"}})
	return With(gathered(m), Pair{"args", "{'batch': 1, 'half': False, 'nms': True}"}, Pair{"end2end", "False"})
}

// EndToEnd puts a tail behind a model for one picture that keeps the rows with the best scores, without suppression, as
// YOLOv10 and YOLO26 do, whose boxes are unique already.
func EndToEnd(m Model) Model {
	m = ranked(m)
	g := &m.Graph
	g.Constants = append(g.Constants, Ints("tail/most", Rows))
	g.Nodes = append(g.Nodes,
		Node{Op: "TopK", Inputs: []string{"tail/each", "tail/most"}, Outputs: []string{"tail/values", "tail/chosen"}, Attributes: axis(0)})
	return With(gathered(m), Pair{"end2end", "True"})
}

// ranked computes corners, scores, the best score of each anchor and its class.
func ranked(m Model) Model {
	g := &m.Graph
	rename(g, "output0", "raw")
	classes := int64(g.Outputs[0].Dims[1].(int) - 4)
	if len(g.Outputs) > 1 {
		classes -= int64(len(Colours[0]))
	}
	// Centre and size times this are two corners.
	corners := []float32{1, 0, 1, 0, 0, 1, 0, 1, -.5, 0, .5, 0, 0, -.5, 0, .5}
	g.Constants = append(slices.Clone(g.Constants), Floats("tail/matrix", []int64{4, 4}, corners), Ints("tail/flat", -1),
		Ints("tail/split", 4, classes, int64(g.Outputs[0].Dims[1].(int))-4-classes))
	g.Nodes = append(g.Nodes,
		Node{Op: "Split", Inputs: []string{"raw", "tail/split"}, Outputs: []string{"tail/xywh", "tail/scores", "tail/coefficients"}, Attributes: axis(1)},
		Node{Op: "Transpose", Inputs: []string{"tail/xywh"}, Outputs: []string{"tail/rows"}, Attributes: []Attribute{{Name: "perm", Ints: []int64{0, 2, 1}}}},
		Node{Op: "MatMul", Inputs: []string{"tail/rows", "tail/matrix"}, Outputs: []string{"tail/corners"}},
		Node{Op: "ReduceMax", Inputs: []string{"tail/scores"}, Outputs: []string{"tail/best"}, Attributes: []Attribute{{Name: "axes", Ints: []int64{1}}}},
		Node{Op: "ArgMax", Inputs: []string{"tail/scores"}, Outputs: []string{"tail/class"}, Attributes: axis(1)},
		Node{Op: "Reshape", Inputs: []string{"tail/best", "tail/flat"}, Outputs: []string{"tail/each"}})
	return m
}

// gathered picks the rows of the chosen anchors and fills them up.
func gathered(m Model) Model {
	g := &m.Graph
	masks := len(g.Outputs) > 1
	nm := 0
	if masks {
		nm = len(Colours[0])
	}
	width := int64(6 + nm)
	g.Constants = append(g.Constants, Ints("tail/column1", -1, 1), Ints("tail/boxes", -1, 4), Ints("tail/first", 0), Ints("tail/last", Rows),
		Ints("tail/shape", 1, Rows, width), Floats("tail/padding", []int64{Rows, width}, make([]float32, Rows*width)))
	column := func(from, name string) []Node {
		return []Node{
			{Op: "Reshape", Inputs: []string{from, "tail/flat"}, Outputs: []string{name + "/flat"}},
			{Op: "Gather", Inputs: []string{name + "/flat", "tail/chosen"}, Outputs: []string{name + "/chosen"}},
			{Op: "Reshape", Inputs: []string{name + "/chosen", "tail/column1"}, Outputs: []string{name}},
		}
	}
	g.Nodes = append(g.Nodes, cast("tail/class", "tail/class/float", Float32))
	g.Nodes = append(g.Nodes, slices.Concat(column("tail/best", "tail/s"), column("tail/class/float", "tail/c"))...)
	g.Nodes = append(g.Nodes,
		Node{Op: "Reshape", Inputs: []string{"tail/corners", "tail/boxes"}, Outputs: []string{"tail/boxes/flat"}},
		Node{Op: "Gather", Inputs: []string{"tail/boxes/flat", "tail/chosen"}, Outputs: []string{"tail/b"}})
	columns := []string{"tail/b", "tail/s", "tail/c"}
	if masks {
		g.Constants = append(g.Constants, Ints("tail/each-coefficient", -1, int64(nm)))
		g.Nodes = append(g.Nodes,
			Node{Op: "Transpose", Inputs: []string{"tail/coefficients"}, Outputs: []string{"tail/m/rows"}, Attributes: []Attribute{{Name: "perm", Ints: []int64{0, 2, 1}}}},
			Node{Op: "Reshape", Inputs: []string{"tail/m/rows", "tail/each-coefficient"}, Outputs: []string{"tail/m/flat"}},
			Node{Op: "Gather", Inputs: []string{"tail/m/flat", "tail/chosen"}, Outputs: []string{"tail/m"}})
		columns = append(columns, "tail/m")
	}
	g.Nodes = append(g.Nodes,
		Node{Op: "Concat", Inputs: columns, Outputs: []string{"tail/found"}, Attributes: axis(1)},
		Node{Op: "Concat", Inputs: []string{"tail/found", "tail/padding"}, Outputs: []string{"tail/filled"}, Attributes: axis(0)},
		Node{Op: "Slice", Inputs: []string{"tail/filled", "tail/first", "tail/last", "tail/first"}, Outputs: []string{"tail/cut"}},
		Node{Op: "Reshape", Inputs: []string{"tail/cut", "tail/shape"}, Outputs: []string{"output0"}})
	g.Outputs = slices.Clone(g.Outputs)
	g.Outputs[0].Dims = []any{1, Rows, int(width)}
	return m
}
