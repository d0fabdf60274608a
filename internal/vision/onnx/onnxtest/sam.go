package onnxtest

import "math"

// SAMSide is the width and height of the pictures that the SAM2 stubs read, SAMGrid that of the masks they answer with.
const (
	SAMSide = 1024
	SAMGrid = SAMSide / 4
)

// SAM are stubs of the two files of a SAM2 model, in the layout of vietanhdev/samexporter. The encoder pools the picture
// into tensors of the right shapes: channel c of each is colour c modulo 3. The decoder draws the prompt: its logit at a
// cell is min(x-x1, x2-x, y-y1, y2-y) in pixels of the encoder's input when the labels say box (2 and 3), and negative
// otherwise. Of its three masks the second has the best score; the first is everything and the third is nothing.
type SAM struct {
	// Exchanged writes the decoder's inputs and the encoder's outputs in another order.
	Exchanged bool
	// Sized adds the input orig_im_size of ibaiGorordo's export: masks come in the size that it says.
	Sized bool
	// Single leaves one mask of the three.
	Single bool
	// Labels is the type of point_labels, Int32 or Int64; 0 means Float32.
	Labels int32
	// One fixes the number of prompts at 1.
	One bool
	// NaN makes the best score of the decoder NaN.
	NaN bool
	// Foreground draws only for two points with the label 1, as some clients send a box.
	Foreground bool
	// FirstOnly draws the first prompt for every prompt, as an export without broadcasting could.
	FirstOnly bool
	// Probe makes the best score 0.75 + 0.01 times what the encoder made of the upper left corner in one channel, counted from 1; 0 is off.
	Probe int
	// Channels is the number of channels of image_embed; 0 means 256.
	Channels int
}

// Encoder is the stub of the encoder.
func (s SAM) Encoder() Model {
	out := []struct {
		name           string
		stride, depths int
	}{{"high_res_feats_0", 4, 32}, {"high_res_feats_1", 8, 64}, {"image_embed", 16, s.channels()}}
	g := Graph{Inputs: []Value{{Name: "image", Type: Float32, Dims: []any{1, 3, SAMSide, SAMSide}}}}
	for _, o := range out {
		n, stride := SAMSide/o.stride, int64(o.stride)
		g.Constants = append(g.Constants, Floats(o.name+"_weights", []int64{int64(o.depths), 3, 1, 1}, colours(o.depths)))
		g.Nodes = append(g.Nodes,
			Node{Op: "AveragePool", Inputs: []string{"image"}, Outputs: []string{o.name + "_pooled"}, Attributes: []Attribute{
				{Name: "kernel_shape", Ints: []int64{stride, stride}}, {Name: "strides", Ints: []int64{stride, stride}}}},
			Node{Op: "Conv", Inputs: []string{o.name + "_pooled", o.name + "_weights"}, Outputs: []string{o.name}})
		g.Outputs = append(g.Outputs, Value{Name: o.name, Type: Float32, Dims: []any{1, o.depths, n, n}})
	}
	if s.Exchanged {
		g.Outputs[0], g.Outputs[2] = g.Outputs[2], g.Outputs[0]
	}
	return Model{Graph: g}
}

func (s SAM) channels() int {
	if s.Channels > 0 {
		return s.Channels
	}
	return 256
}

// colours are the weights by which channel c is colour c modulo 3.
func colours(depths int) []float32 {
	w := make([]float32, 3*depths)
	for c := range depths {
		w[3*c+c%3] = 1
	}
	return w
}

// Decoder is the stub of the decoder.
func (s SAM) Decoder() Model {
	b := &builder{}
	b.samInputs(s)
	b.samPrompt(s)
	masks := b.samMasks(s)
	b.samScores(s)
	count := len(s.scores())
	side := any(SAMGrid)
	if s.Sized {
		side = "height"
		b.samSized(masks)
	} else {
		b.node("Identity", []string{masks}, "masks")
	}
	width := side
	if s.Sized {
		width = "width"
	}
	b.Outputs = []Value{
		{Name: "masks", Type: Float32, Dims: []any{s.prompts(), count, side, width}},
		{Name: "iou_predictions", Type: Float32, Dims: []any{s.prompts(), count}},
	}
	return Model{Graph: b.Graph}
}

func (s SAM) prompts() any {
	if s.One {
		return 1
	}
	return "num_labels"
}

func (s SAM) scores() []float32 {
	best := float32(0.75)
	if s.NaN {
		best = float32(math.NaN())
	}
	if s.Single {
		return []float32{best}
	}
	return []float32{0.25, best, 0.5}
}

// builder collects a graph.
type builder struct{ Graph }

// node adds a node and gives the name of its only output.
func (b *builder) node(op string, inputs []string, output string, attributes ...Attribute) string {
	b.Nodes = append(b.Nodes, Node{Op: op, Inputs: inputs, Outputs: []string{output}, Attributes: attributes})
	return output
}

// constant adds a constant and gives its name.
func (b *builder) constant(t Tensor) string {
	b.Constants = append(b.Constants, t)
	return t.Name
}

func (b *builder) samInputs(s SAM) {
	labels := s.Labels
	if labels == 0 {
		labels = Float32
	}
	b.Inputs = []Value{
		{Name: "image_embed", Type: Float32, Dims: []any{1, s.channels(), SAMSide / 16, SAMSide / 16}},
		{Name: "high_res_feats_0", Type: Float32, Dims: []any{1, 32, SAMSide / 4, SAMSide / 4}},
		{Name: "high_res_feats_1", Type: Float32, Dims: []any{1, 64, SAMSide / 8, SAMSide / 8}},
		{Name: "point_coords", Type: Float32, Dims: []any{s.prompts(), "num_points", 2}},
		{Name: "point_labels", Type: labels, Dims: []any{s.prompts(), "num_points"}},
		{Name: "mask_input", Type: Float32, Dims: []any{s.prompts(), 1, SAMGrid, SAMGrid}},
		{Name: "has_mask_input", Type: Float32, Dims: []any{1}},
	}
	if s.Sized {
		b.Inputs = append(b.Inputs, Value{Name: "orig_im_size", Type: Int32, Dims: []any{2}})
	}
	if s.Exchanged {
		for i, j := 0, len(b.Inputs)-1; i < j; i, j = i+1, j-1 {
			b.Inputs[i], b.Inputs[j] = b.Inputs[j], b.Inputs[i]
		}
	}
}

// samPrompt takes the prompt apart: x1, y1, x2, y2 as [L,1,1] and whether it is one that is drawn, as "asked".
func (b *builder) samPrompt(s SAM) {
	first, second := b.constant(Ints("first", 0)), b.constant(Ints("second", 1))
	coords := "point_coords"
	if s.FirstOnly {
		zero := b.node("Mul", []string{coords, b.constant(Floats("zero3", []int64{1, 1, 1}, []float32{0}))}, "no_coords")
		coords = b.node("Add", []string{b.node("Gather", []string{coords, first}, "coords0"), zero}, "coords")
	}
	for i, corner := range []string{first, second} {
		p := b.node("Gather", []string{coords, corner}, "point"+corner, Attribute{Name: "axis", Int: 1})
		b.node("Gather", []string{p, first}, []string{"x1", "x2"}[i], Attribute{Name: "axis", Int: 2})
		b.node("Gather", []string{p, second}, []string{"y1", "y2"}[i], Attribute{Name: "axis", Int: 2})
	}
	wanted := []float32{2, 3}
	if s.Foreground {
		wanted = []float32{1, 1}
	}
	labels := b.node("Cast", []string{"point_labels"}, "labels", Attribute{Name: "to", Int: Float32})
	off := b.node("Abs", []string{b.node("Sub", []string{labels, b.constant(Floats("wanted", []int64{1, 2}, wanted))}, "label_off")}, "label_far")
	wrong := b.node("ReduceSum", []string{off, second}, "label_wrong") // [L,1], summed over the points
	masked := b.node("Add", []string{wrong, b.node("Abs", []string{"has_mask_input"}, "masked")}, "wrong")
	column := b.node("Reshape", []string{masked, b.constant(Ints("column", -1, 1, 1))}, "wrong_column")
	b.node("Less", []string{column, b.constant(Floats("half", []int64{1}, []float32{0.5}))}, "asked")
}

// samMasks draws: [L,M,grid,grid].
func (b *builder) samMasks(s SAM) string {
	centres := make([]float32, SAMGrid)
	for i := range centres {
		centres[i] = (float32(i) + 0.5) * SAMSide / SAMGrid
	}
	x := b.constant(Floats("x", []int64{1, 1, SAMGrid}, centres))
	y := b.constant(Floats("y", []int64{1, SAMGrid, 1}, centres))
	drawn := b.node("Min", []string{
		b.node("Sub", []string{x, "x1"}, "left"), b.node("Sub", []string{"x2", x}, "right"),
		b.node("Sub", []string{y, "y1"}, "above"), b.node("Sub", []string{"y2", y}, "below"),
	}, "drawn")
	none := b.constant(Floats("none", []int64{1, 1, 1}, []float32{-1}))
	flat := b.node("Where", []string{"asked", drawn, none}, "flat")
	mask := b.node("Unsqueeze", []string{flat, "second"}, "mask")
	if s.Single {
		return mask
	}
	zero := b.node("Mul", []string{mask, b.constant(Floats("zero", []int64{1}, []float32{0}))}, "zeros")
	all := b.node("Add", []string{zero, b.constant(Floats("one", []int64{1}, []float32{1}))}, "everything")
	no := b.node("Sub", []string{zero, "one"}, "nothing")
	return b.node("Concat", []string{all, mask, no}, "three", Attribute{Name: "axis", Int: 1})
}

// samScores spreads the scores over the prompts. All that the encoder gave has a part in them, so that a tensor that was
// never written, or holds NaN, shows.
func (b *builder) samScores(s SAM) {
	scores := s.scores()
	m := int64(len(scores))
	none := b.constant(Floats("none2", []int64{1, 1}, []float32{0}))
	zeros := b.node("Mul", []string{b.node("Gather", []string{"labels", "first"}, "label0", Attribute{Name: "axis", Int: 1}), none}, "no_labels")
	sum := b.node("Add", []string{zeros, b.constant(Floats("scores", []int64{1, m}, scores))}, "scores0")
	for _, name := range []string{"image_embed", "high_res_feats_0", "high_res_feats_1"} {
		mean := b.node("Reshape", []string{b.node("ReduceMean", []string{name}, name+"_mean"), b.square()}, name+"_mean2")
		sum = b.node("Add", []string{sum, b.node("Mul", []string{mean, none}, name+"_none")}, name+"_scores")
	}
	if s.Probe > 0 {
		all := b.node("Reshape", []string{"image_embed", b.constant(Ints("line", -1))}, "embed_line")
		at := b.constant(Ints("probed", int64((s.Probe-1)*(SAMSide/16)*(SAMSide/16))))
		value := b.node("Gather", []string{all, at}, "probe")
		scale := make([]float32, m)
		scale[min(1, m-1)] = 0.01
		part := b.node("Mul", []string{value, b.constant(Floats("probe_scale", []int64{1, m}, scale))}, "probe_part")
		sum = b.node("Add", []string{sum, part}, "probed_scores")
	}
	b.node("Identity", []string{sum}, "iou_predictions")
}

// square is the shape [1,1], made at its first use.
func (b *builder) square() string {
	for _, c := range b.Constants {
		if c.Name == "square" {
			return c.Name
		}
	}
	return b.constant(Ints("square", 1, 1))
}

// samSized resizes the masks to orig_im_size, as torch's interpolate exports.
func (b *builder) samSized(masks string) {
	shape := b.node("Gather", []string{b.node("Shape", []string{masks}, "shape"), b.constant(Ints("outer", 0, 1))}, "outer_shape")
	size := b.node("Cast", []string{"orig_im_size"}, "inner_shape", Attribute{Name: "to", Int: Int64})
	sizes := b.node("Concat", []string{shape, size}, "sizes", Attribute{Name: "axis", Int: 0})
	b.node("Resize", []string{masks, "", "", sizes}, "masks", Attribute{Name: "mode", Text: "linear"},
		Attribute{Name: "coordinate_transformation_mode", Text: "half_pixel"})
}
