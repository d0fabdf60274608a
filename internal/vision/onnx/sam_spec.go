package onnx

import (
	"fmt"
	"slices"
	"strings"

	"github.com/myrvm/rvmctl/internal/vision/yolo"
)

// Element types that a SAM2 decoder may read beside float32; the numbers are ONNX's.
const (
	typeInt32 yolo.ElementType = 6
	typeInt64 yolo.ElementType = 7
)

// The names of a SAM2 export, the same in every exporter; their order is not.
const (
	samImage   = "image"
	samCoords  = "point_coords"
	samLabels  = "point_labels"
	samMaskIn  = "mask_input"
	samHasMask = "has_mask_input"
	samSize    = "orig_im_size"
	samMasks   = "masks"
	samScores  = "iou_predictions"
)

// samEmbeddings are what goes from the encoder to the decoder.
var samEmbeddings = [3]string{"image_embed", "high_res_feats_0", "high_res_feats_1"}

// maxMasks is the largest number of masks for one prompt; SAM2 gives 1, 3 or 4.
const maxMasks = 16

// SAMSpec is how the files of a SAM2 model are fed and read.
type SAMSpec struct {
	// Width and Height are the encoder's input, in pixels.
	Width, Height int
	// Embeddings are the shapes of image_embed, high_res_feats_0 and high_res_feats_1.
	Embeddings [3][]int64
	// GridW and GridH are the size of mask_input, in cells.
	GridW, GridH int
	// Inputs are the decoder's inputs, in its own order.
	Inputs []string
	// Labels is the element type of point_labels.
	Labels yolo.ElementType
	// Size is the element type of orig_im_size, 0 where there is none. With it masks come in the size that it says.
	Size yolo.ElementType
	// One says that the decoder takes one box a call, by its shape.
	One bool
	// OneMaskIn says that mask_input has one row, however many boxes there are.
	OneMaskIn bool
}

// judgeSAM understands two headers as one SAM2 model. Refusals are *SAMError without a path.
func judgeSAM(encoder, decoder Header) (s SAMSpec, err error) {
	if encoder.input(samCoords) != nil && decoder.input(samImage) != nil {
		return s, &SAMError{Part: samEncoder, Found: "this is the decoder, and the encoder was given as the decoder",
			Want: "exchange the two: --sam-encoder takes the large file, --sam-decoder the small one"}
	}
	if err := s.judgeEncoder(encoder); err != nil {
		return s, err
	}
	if err := s.judgeDecoder(decoder); err != nil {
		return s, err
	}
	for i, name := range samEmbeddings {
		if s.Embeddings[i], err = fit(name, encoder.output(name), decoder.input(name)); err != nil {
			return s, err
		}
	}
	return s, nil
}

// input and output are nil where there is none of that name.
func (h Header) input(name string) *yolo.Tensor  { return tensorNamed(h.Inputs, name) }
func (h Header) output(name string) *yolo.Tensor { return tensorNamed(h.Outputs, name) }

func tensorNamed(all []yolo.Tensor, name string) *yolo.Tensor {
	if i := slices.IndexFunc(all, func(t yolo.Tensor) bool { return t.Name == name }); i >= 0 {
		return &all[i]
	}
	return nil
}

func samRefusal(part, want, found string, args ...any) error {
	return &SAMError{Part: part, Found: fmt.Sprintf(found, args...), Want: want}
}

func (s *SAMSpec) judgeEncoder(h Header) error {
	image := h.input(samImage)
	switch {
	case h.input(samCoords) != nil:
		return samRefusal(samEncoder, wantPair, "this is a decoder: it reads %s", samCoords)
	case image == nil || len(h.Inputs) != 1:
		return samRefusal(samEncoder, wantPair, "it reads %s; a SAM2 encoder reads %s alone", names(h.Inputs), samImage)
	case image.Type != yolo.Float32 || len(image.Dims) != 4 || image.Dims[0] > 1 || image.Dims[1] != 3:
		return samRefusal(samEncoder, "export it with float32 input and a batch of 1", "its input is %s; wanted float32 [1,3,height,width]", image)
	}
	const usual, largest = 1024, 4096
	s.Width, s.Height = usual, usual
	if image.Dims[2] > 0 {
		s.Height = int(min(image.Dims[2], largest+1))
	}
	if image.Dims[3] > 0 {
		s.Width = int(min(image.Dims[3], largest+1))
	}
	if s.Width > largest || s.Height > largest {
		return samRefusal(samEncoder, wantPair, "its input is %s; wanted %d pixels a side at most", image, largest)
	}
	for _, name := range samEmbeddings {
		if h.output(name) == nil {
			return samRefusal(samEncoder, wantPair, "it gives %s; a SAM2 encoder gives %s", names(h.Outputs), strings.Join(samEmbeddings[:], ", "))
		}
	}
	return nil
}

func (s *SAMSpec) judgeDecoder(h Header) error {
	if h.input(samImage) != nil {
		return samRefusal(samDecoder, wantPair, "this is an encoder: it reads %s", samImage)
	}
	needed := append(samEmbeddings[:], samCoords, samLabels, samMaskIn, samHasMask)
	for _, name := range needed {
		if h.input(name) == nil {
			return samRefusal(samDecoder, wantPair, "it reads %s; a SAM2 decoder also reads %s", names(h.Inputs), name)
		}
	}
	for _, v := range h.Inputs {
		if v.Name != samSize && !slices.Contains(needed, v.Name) {
			return samRefusal(samDecoder, wantPair, "it reads %s, which no SAM2 decoder that rvmctl knows does", v)
		}
		s.Inputs = append(s.Inputs, v.Name)
	}
	if h.output(samMasks) == nil || h.output(samScores) == nil {
		return samRefusal(samDecoder, wantPair, "it gives %s; wanted %s and %s", names(h.Outputs), samMasks, samScores)
	}
	return s.judgePrompt(h)
}

// judgePrompt reads what differs between exporters: types, and the axes that are fixed.
func (s *SAMSpec) judgePrompt(h Header) error {
	const again = "export it with open axes for prompts and points"
	coords, labels, mask, has := h.input(samCoords), h.input(samLabels), h.input(samMaskIn), h.input(samHasMask)
	floats := []yolo.ElementType{yolo.Float32}
	ints := []yolo.ElementType{typeInt32, typeInt64}
	for _, want := range []struct {
		tensor *yolo.Tensor
		types  []yolo.ElementType
		dims   []int64 // what a fixed axis must be; 0 is free
	}{
		{coords, floats, []int64{1, 2, 2}}, {labels, append(ints, yolo.Float32), []int64{1, 2}},
		{mask, floats, []int64{1, 1, 0, 0}}, {has, floats, []int64{1}},
	} {
		if !slices.Contains(want.types, want.tensor.Type) || !agrees(want.tensor.Dims, want.dims) {
			return samRefusal(samDecoder, again, "its input %s cannot be given a box", want.tensor)
		}
	}
	s.Labels, s.One, s.OneMaskIn = labels.Type, coords.Dims[0] == 1 || labels.Dims[0] == 1, mask.Dims[0] == 1
	s.GridH, s.GridW = s.Height/4, s.Width/4
	if mask.Dims[2] > 0 && mask.Dims[3] > 0 {
		s.GridH, s.GridW = int(mask.Dims[2]), int(mask.Dims[3])
	}
	if s.GridW != s.Width/4 || s.GridH != s.Height/4 {
		return samRefusal(samDecoder, wantPair, "its masks have %dx%d cells, and an encoder of %dx%d pixels goes with %dx%d: they are of different families",
			s.GridW, s.GridH, s.Width, s.Height, s.Width/4, s.Height/4)
	}
	if size := h.input(samSize); size != nil {
		if !slices.Contains(ints, size.Type) || !agrees(size.Dims, []int64{2}) {
			return samRefusal(samDecoder, wantPair, "its input %s; wanted two whole numbers, height and width", size)
		}
		s.Size = size.Type
	}
	return nil
}

// agrees says whether every axis is open, or free, or what it must be.
func agrees(dims, want []int64) bool {
	if len(dims) != len(want) {
		return false
	}
	for i, d := range dims {
		if d > 0 && want[i] > 0 && d != want[i] {
			return false
		}
	}
	return true
}

// fit is the shape of what the encoder gives and the decoder reads, each of which may leave axes open to the other.
func fit(name string, given, read *yolo.Tensor) ([]int64, error) {
	different := samRefusal(samDecoder, wantPair, "it reads %s, and the encoder gives %s: they are of different families", read, given)
	if len(given.Dims) != 4 || len(read.Dims) != 4 || given.Type != yolo.Float32 || read.Type != yolo.Float32 {
		return nil, different
	}
	shape := make([]int64, 4)
	for i := range shape {
		g, r := given.Dims[i], read.Dims[i]
		switch {
		case g > 0 && r > 0 && g != r, i == 0 && max(g, r) > 1:
			return nil, different
		case i == 0:
			shape[i] = 1
		case max(g, r) < 1:
			return nil, samRefusal(samEncoder, "export it with fixed shapes", "neither file says the shape of %s", name)
		default:
			shape[i] = max(g, r)
		}
	}
	const most = 64 << 20 // numbers; a quarter of what an input may have in bytes
	if shape[1] > most || shape[2] > most || shape[3] > most || shape[1]*shape[2] > most || shape[1]*shape[2]*shape[3] > most {
		return nil, samRefusal(samEncoder, wantPair, "its output %s is too large", given)
	}
	return shape, nil
}

// names lists tensors with their shapes, as many as fit a line.
func names(all []yolo.Tensor) string {
	const shown = 4
	var parts []string
	for _, t := range all[:min(shown, len(all))] {
		parts = append(parts, t.String())
	}
	if more := len(all) - shown; more > 0 {
		parts = append(parts, fmt.Sprintf("%d more", more))
	}
	if parts == nil {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}
