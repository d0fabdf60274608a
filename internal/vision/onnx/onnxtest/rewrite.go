package onnxtest

import (
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"testing"
)

// Open makes the shipped detector, or another export of its recipe for an input of side x side pixels, take pictures of
// any size and number. The export wrote its positions and shapes down as constants; here the graph computes them.
// Its axes become symbolic; Fix gives them numbers.
func Open(t testing.TB, m Model, side int) Model {
	t.Helper()
	anchors := int64(Detector{Width: side, Height: side}.Anchors())
	cells := int64(side / 32)
	var head, rest []Node
	replaced := 0
	for _, n := range m.Graph.Nodes {
		constant := constantOf(n)
		if constant == nil {
			rest = append(rest, n)
			continue
		}
		made := reopened(*constant, n.Outputs[0], cells, anchors)
		replaced += len(made)
		if made == nil {
			made = []Node{n}
		}
		head = append(head, made...)
	}
	if replaced < 7 {
		t.Fatalf("the detector of %d pixels has other constants than its recipe wrote", side)
	}
	m.Graph.Nodes = slices.Concat(sizes(), head, rest)
	m.Graph.Constants = append(slices.Clone(m.Graph.Constants), sizeConstants()...)
	channels := m.Graph.Outputs[0].Dims[1]
	m.Graph.Inputs = []Value{{"images", Float32, []any{"batch", 3, "height", "width"}}}
	m.Graph.Outputs = []Value{{"output0", Float32, []any{"batch", channels, "anchors"}}}
	return m
}

// Fix announces numbers for open axes, those that Open made or those of an export.
func Fix(m Model, batch, height, width int) Model {
	m.Graph.Inputs, m.Graph.Outputs = slices.Clone(m.Graph.Inputs), slices.Clone(m.Graph.Outputs)
	m.Graph.Inputs[0].Dims = []any{batch, 3, height, width}
	m.Graph.Outputs[0].Dims = []any{batch, m.Graph.Outputs[0].Dims[1], Detector{Width: width, Height: height}.Anchors()}
	return m
}

func constantOf(n Node) *Tensor {
	if n.Op == "Constant" && len(n.Attributes) == 1 {
		return n.Attributes[0].Tensor
	}
	return nil
}

// reopened are the nodes that compute a constant that depends on the size of the input; nil for any other constant.
func reopened(c Tensor, name string, cells, anchors int64) []Node {
	switch v := int64s(c); {
	case c.Type == Int64 && len(v) == 4 && (v[3] == anchors || v[3] == cells*cells):
		shape := Ints("", 0, v[1], v[2], -1)
		return []Node{{Op: "Constant", Outputs: []string{name}, Attributes: []Attribute{{Name: "value", Tensor: &shape}}}}
	case c.Type == Int64 && len(v) == 4 && v[2] == cells && v[3] == cells:
		channels := Ints("", v[1])
		return []Node{
			{Op: "Constant", Outputs: []string{name + "/c"}, Attributes: []Attribute{{Name: "value", Tensor: &channels}}},
			{Op: "Concat", Inputs: []string{"size/batch", name + "/c", "size/h32", "size/w32"}, Outputs: []string{name}, Attributes: axis(0)},
		}
	case c.Type == Float32 && len(c.Dims) == 3 && c.Dims[2] == anchors && c.Dims[1] == 2:
		return []Node{{Op: "Identity", Inputs: []string{"size/points"}, Outputs: []string{name}}}
	case c.Type == Float32 && len(c.Dims) == 3 && c.Dims[2] == anchors && c.Dims[1] == 1:
		return []Node{{Op: "Identity", Inputs: []string{"size/strides"}, Outputs: []string{name}}}
	}
	return nil
}

func int64s(c Tensor) (out []int64) {
	for i := 0; c.Type == Int64 && i+8 <= len(c.Raw); i += 8 {
		out = append(out, int64(binary.LittleEndian.Uint64(c.Raw[i:])))
	}
	return out
}

func axis(v int64) []Attribute { return []Attribute{{Name: "axis", Int: v}} }

func sizeConstants() []Tensor {
	scalar := func(name string, v int64) Tensor {
		c := Ints(name, v)
		c.Dims = []int64{}
		return c
	}
	return []Tensor{Ints("size/0", 0), Ints("size/2", 2), Ints("size/3", 3), Ints("size/s8", 8), Ints("size/s16", 16),
		Ints("size/s32", 32), scalar("size/zero", 0), scalar("size/one", 1), Floats("size/half", []int64{}, []float32{0.5}),
		Floats("size/none", []int64{}, []float32{0}), Ints("size/flat", 1, 1, -1), Ints("size/scalar")}
}

// sizes compute, from the shape of the input, its cells at each stride, their centres in cells and their strides.
func sizes() []Node {
	node := func(op, out string, attributes []Attribute, in ...string) Node {
		return Node{Op: op, Inputs: in, Outputs: []string{out}, Attributes: attributes}
	}
	nodes := []Node{
		node("Shape", "size/shape", nil, "images"),
		node("Gather", "size/batch", nil, "size/shape", "size/0"),
		node("Gather", "size/height", nil, "size/shape", "size/2"),
		node("Gather", "size/width", nil, "size/shape", "size/3"),
	}
	to := func(kind int64) []Attribute { return []Attribute{{Name: "to", Int: kind}} }
	for _, s := range []string{"8", "16", "32"} {
		n := func(name string) string { return "size/" + name + s }
		nodes = append(nodes,
			node("Div", n("h"), nil, "size/height", n("s")), node("Div", n("w"), nil, "size/width", n("s")),
			node("Mul", n("n"), nil, n("h"), n("w")), node("Reshape", n("count"), nil, n("n"), "size/scalar"),
			node("Range", n("i"), nil, "size/zero", n("count"), "size/one"),
			node("Mod", n("x"), nil, n("i"), n("w")), node("Div", n("y"), nil, n("i"), n("w")),
			node("Cast", n("fx"), to(Float32), n("x")), node("Cast", n("fy"), to(Float32), n("y")), node("Cast", n("fs"), to(Float32), n("s")),
			node("Add", n("cx"), nil, n("fx"), "size/half"), node("Add", n("cy"), nil, n("fy"), "size/half"),
			node("Mul", n("zeros"), nil, n("fx"), "size/none"), node("Add", n("each"), nil, n("zeros"), n("fs")),
		)
	}
	for _, v := range []string{"cx", "cy", "each"} {
		nodes = append(nodes, node("Concat", "size/all-"+v, axis(0), "size/"+v+"8", "size/"+v+"16", "size/"+v+"32"),
			node("Reshape", "size/"+v, nil, "size/all-"+v, "size/flat"))
	}
	return append(nodes, node("Concat", "size/points", axis(1), "size/cx", "size/cy"),
		node("Identity", "size/strides", nil, "size/each"))
}

// HalfOutside makes every input and output float16, as an export on a GPU has them; inside nothing changes.
func HalfOutside(m Model) Model {
	g := &m.Graph
	g.Inputs, g.Outputs, g.Nodes = slices.Clone(g.Inputs), slices.Clone(g.Outputs), slices.Clone(g.Nodes)
	for i, n := range g.Nodes {
		g.Nodes[i].Inputs = renamed(n.Inputs, "images", "images/float")
		for _, out := range g.Outputs {
			g.Nodes[i].Outputs = renamed(g.Nodes[i].Outputs, out.Name, out.Name+"/float")
			g.Nodes[i].Inputs = renamed(g.Nodes[i].Inputs, out.Name, out.Name+"/float")
		}
	}
	g.Inputs[0].Type = Float16
	g.Nodes = slices.Insert(g.Nodes, 0, cast("images", "images/float", Float32))
	for i, out := range g.Outputs {
		g.Outputs[i].Type = Float16
		g.Nodes = append(g.Nodes, cast(out.Name+"/float", out.Name, Float16))
	}
	return m
}

// HalfInside computes in float16 from float32 to float32, as an export that was converted on a processor does.
func HalfInside(m Model) Model {
	m = HalfOutside(m)
	g := &m.Graph
	scales := map[string]bool{} // Scales of a Resize stay float32 in every model.
	for i, n := range g.Nodes {
		if n.Op == "Resize" {
			scales[n.Inputs[2]] = true
		}
		// The casts of HalfOutside now go the other way.
		if n.Op == "Cast" && (n.Inputs[0] == "images" || i >= len(g.Nodes)-len(g.Outputs)) {
			kind := int32(Float16)
			if n.Inputs[0] != "images" {
				kind = Float32
			}
			g.Nodes[i] = cast(n.Inputs[0], n.Outputs[0], kind)
		}
	}
	for i, n := range g.Nodes {
		if c := constantOf(n); c != nil && c.Type == Float32 && !scales[n.Outputs[0]] {
			h := toHalf(*c)
			g.Nodes[i].Attributes = []Attribute{{Name: "value", Tensor: &h}}
		}
	}
	g.Constants = slices.Clone(g.Constants)
	for i, c := range g.Constants {
		if c.Type == Float32 {
			g.Constants[i] = toHalf(c)
		}
	}
	g.Inputs[0].Type = Float32
	for i := range g.Outputs {
		g.Outputs[i].Type = Float32
	}
	return m
}

// Quantised computes every convolution of dense channels with weights of 8 bits and inputs that are quantised as they come, as
// onnxruntime's quantize_dynamic writes it with unsigned weights.
func Quantised(m Model) Model {
	weights := map[string]Tensor{}
	for _, c := range m.Graph.Constants {
		weights[c.Name] = c
	}
	var nodes []Node
	constants := slices.Clone(m.Graph.Constants)
	for i, n := range m.Graph.Nodes {
		w, known := weights[first(n.Inputs, 1)]
		if n.Op != "Conv" || !known || w.Dims[1] == 1 {
			nodes = append(nodes, n)
			continue
		}
		name := "int8/" + strconv.Itoa(i) + "/"
		quantised, scale := bytesOf(w)
		bias := weights[n.Inputs[2]]
		bias.Name, bias.Dims = name+"bias", []int64{1, bias.Dims[0], 1, 1}
		constants = append(constants, Tensor{Name: name + "w", Type: Uint8, Dims: w.Dims, Raw: quantised},
			Tensor{Name: name + "wz", Type: Uint8, Dims: []int64{}, Raw: []byte{128}}, Floats(name+"ws", []int64{}, []float32{scale}), bias)
		nodes = append(nodes,
			Node{Op: "DynamicQuantizeLinear", Inputs: n.Inputs[:1], Outputs: []string{name + "x", name + "xs", name + "xz"}},
			Node{Op: "ConvInteger", Inputs: []string{name + "x", name + "w", name + "xz", name + "wz"}, Outputs: []string{name + "sum"},
				Attributes: n.Attributes},
			cast(name+"sum", name+"float", Float32),
			Node{Op: "Mul", Inputs: []string{name + "xs", name + "ws"}, Outputs: []string{name + "scale"}},
			Node{Op: "Mul", Inputs: []string{name + "float", name + "scale"}, Outputs: []string{name + "scaled"}},
			Node{Op: "Add", Inputs: []string{name + "scaled", name + "bias"}, Outputs: n.Outputs})
	}
	m.Graph.Nodes, m.Graph.Constants = nodes, constants
	return m
}

func first(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return ""
}

// bytesOf spreads weights over the numbers around 128, which stands for 0.
func bytesOf(w Tensor) (out []byte, scale float32) {
	values := make([]float32, len(w.Raw)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(w.Raw[4*i:]))
		scale = max(scale, values[i]/127, -values[i]/127)
	}
	for _, v := range values {
		out = append(out, byte(128+int(math.RoundToEven(float64(v/scale)))))
	}
	return out, scale
}

func cast(from, to string, kind int32) Node {
	return Node{Op: "Cast", Inputs: []string{from}, Outputs: []string{to}, Attributes: []Attribute{{Name: "to", Int: int64(kind)}}}
}

func renamed(names []string, from, to string) []string {
	names = slices.Clone(names)
	for i, n := range names {
		if n == from {
			names[i] = to
		}
	}
	return names
}

// With sets entries of the metadata.
func With(m Model, pairs ...Pair) Model {
	m.Metadata = slices.Clone(m.Metadata)
	for _, p := range pairs {
		m.Metadata = slices.DeleteFunc(m.Metadata, func(old Pair) bool { return old.Key == p.Key })
		m.Metadata = append(m.Metadata, p)
	}
	return m
}
