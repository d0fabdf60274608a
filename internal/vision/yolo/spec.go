package yolo

import (
	"slices"
	"strconv"
	"strings"
)

// Layout is how the predictions lie in the output.
type Layout int

const (
	// Channels is [batch, 4+classes+coefficients, anchors]: centre and size in input pixels, then scores. The answer
	// still needs suppression.
	Channels Layout = iota
	// Rows is [batch, rows, 6+coefficients]: x1,y1,x2,y2,score,class in input pixels, suppressed or unique already.
	Rows
)

// String is "channels" or "rows".
func (l Layout) String() string {
	if l == Rows {
		return "rows"
	}
	return "channels"
}

// Spec is what Recognise understood of a model: how to feed it and how to read its answer.
type Spec struct {
	// Task is "detect" or "segment".
	Task string
	// Labels are the model's own texts, one per class id. A gap or an empty name reads "class <id>".
	Labels []string
	// LabelsGiven is true when Labels came from the operator and not from the file.
	LabelsGiven bool

	// InputName, OutputName and ProtoName are the names to bind; ProtoName is empty without mask prototypes.
	InputName, OutputName, ProtoName string
	// Width and Height are the input in pixels: the graph's own, or the chosen ones when DynamicSize.
	Width, Height int
	// Batch is the number of slots of the input, 1 when the graph leaves it open. A single frame goes to slot 0.
	Batch int
	// DynamicSize and DynamicBatch say which axes the graph leaves open.
	DynamicSize, DynamicBatch bool
	// InputHalf and OutputHalf are true where the graph wants float16 instead of float32.
	InputHalf, OutputHalf bool

	// Layout says how to read the output.
	Layout Layout
	// EndToEnd is true for rows that never needed suppression (YOLOv10, YOLO26).
	EndToEnd bool
	// NMS is true for rows that were suppressed inside the graph, with thresholds fixed at export.
	NMS bool
	// Classes is the number of classes, equal to len(Labels).
	Classes int
	// Anchors is the number of anchors for Channels and of rows for Rows; 0 when the graph leaves it open, so that only
	// the answer can tell.
	Anchors int
	// Coefficients is the number of mask coefficients behind the scores, 0 for detect.
	Coefficients int
	// Masks is true when the model gives mask prototypes, of ProtoWidth x ProtoHeight cells: a quarter of the input.
	// ProtoHalf is true where they are float16.
	Masks                   bool
	ProtoWidth, ProtoHeight int
	ProtoHalf               bool
	// Stride is what a chosen input size must be a multiple of, in pixels.
	Stride int

	// Version, Date, Author, License and Description are the exporter's texts, unchanged and unsanitised.
	Version, Date, Author, License, Description string
	// Notes are facts about the file that an operator may want to see, one line each.
	Notes []string
}

// ChannelsOut is the number of values the model gives per anchor or per row.
func (s Spec) ChannelsOut() int {
	if s.Layout == Rows {
		return 6 + s.Coefficients
	}
	return 4 + s.Classes + s.Coefficients
}

// ProtoShape is the shape of the mask prototypes, NCHW.
func (s Spec) ProtoShape() []int64 {
	return []int64{int64(s.Batch), int64(s.Coefficients), int64(s.ProtoHeight), int64(s.ProtoWidth)}
}

// LikelyAnchors are the numbers of anchors that a model of this size can have where the graph leaves its output open,
// the likeliest first: three strides, and four for the variants for large (P6) and small (P2) things. They are none for
// Rows, whose number only the exporter knew.
func (s Spec) LikelyAnchors() []int {
	if s.Layout == Rows {
		return nil
	}
	count := func(strides ...int) (n int) {
		for _, stride := range strides {
			n += (s.Height / stride) * (s.Width / stride)
		}
		return n
	}
	return []int{count(8, 16, 32), count(8, 16, 32, 64), count(4, 8, 16, 32)}
}

// FixedSuppression says that the model suppresses (or never doubles) by itself: an IoU threshold and class-agnostic
// suppression have no effect, and with NMS neither has a confidence below the one fixed at export.
func (s Spec) FixedSuppression() bool { return s.Layout == Rows }

// InputShape is the shape to feed, NCHW.
func (s Spec) InputShape() []int64 {
	return []int64{int64(s.Batch), 3, int64(s.Height), int64(s.Width)}
}

// InputLen is the number of elements of one slot of the input: 3·Height·Width.
func (s Spec) InputLen() int { return 3 * s.Height * s.Width }

// LabelIDs translates what an operator typed into ids: a label as the model writes it, in any case, or an id in digits.
// One label may stand for several ids. It returns them in ascending order, or *UnknownLabelError.
func (s Spec) LabelIDs(wanted []string) ([]int, error) {
	ids := []int{}
	for _, want := range wanted {
		found := s.idsOf(strings.TrimSpace(want))
		if len(found) == 0 {
			return nil, &UnknownLabelError{Label: want, Known: slices.Clone(s.Labels)}
		}
		ids = append(ids, found...)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

func (s Spec) idsOf(want string) []int {
	var ids []int
	for id, label := range s.Labels {
		if strings.EqualFold(strings.TrimSpace(label), want) {
			ids = append(ids, id)
		}
	}
	// A label made of digits is text first, so an id is tried last.
	if id, err := strconv.Atoi(want); ids == nil && err == nil && id >= 0 && id < s.Classes {
		ids = append(ids, id)
	}
	return ids
}
