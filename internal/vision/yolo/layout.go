package yolo

import (
	"fmt"
	"slices"
)

const channelsShape = "[batch,4+classes,anchors] of a YOLOv8 or YOLO11 export"

// readLayout decides between channels and rows. A last axis of 6 alone proves nothing: two classes give six channels
// too. So the metadata and both axes must agree, and a contradiction is refused.
func (r *recogniser) readLayout() error {
	last, fixed := r.output.fixed(2)
	rowsFit := fixed && last == 6+r.spec.Coefficients
	claimed := r.properties.endToEnd || r.properties.nms
	switch {
	case claimed && !rowsFit:
		return unsupported(fmt.Sprintf("[batch,rows,%d]", 6+r.spec.Coefficients),
			"the metadata says that the output is suppressed, but it is %s", r.output)
	case rowsFit && !claimed && r.twoClassesTransposed():
		return unsupported(channelsShape, "output %s is transposed", r.output)
	case claimed, rowsFit && !r.properties.told:
		r.spec.Layout = Rows
		r.spec.NMS = r.properties.nms && !r.properties.endToEnd
		r.spec.EndToEnd = !r.spec.NMS
		r.spec.Anchors, _ = r.output.fixed(1)
		return nil
	case rowsFit:
		return unsupported(channelsShape, "the metadata says that the output is not suppressed, but it is %s", r.output)
	}
	return r.readChannels()
}

func (r *recogniser) readChannels() error {
	if err := r.refuseTransposed(); err != nil {
		return err
	}
	channels, ok := r.output.fixed(1)
	if !ok {
		return unsupported(channelsShape, "output %s leaves the number of channels open", r.output)
	}
	r.spec.Classes = channels - 4 - r.spec.Coefficients
	if r.spec.Classes < 1 {
		return unsupported(channelsShape, "output %s has no room for a class score", r.output)
	}
	if r.spec.Classes > maxLabels {
		return unsupported(fmt.Sprintf("at most %d classes", maxLabels), "output %s has %d classes", r.output, r.spec.Classes)
	}
	r.spec.Anchors, _ = r.output.fixed(2)
	return nil
}

// refuseTransposed tells what is no YOLOv8 layout by where the number of anchors stands: YOLOv5 has three per cell and
// YOLOX one, both on the second axis with an objectness column.
func (r *recogniser) refuseTransposed() error {
	first, _ := r.output.fixed(1)
	last, ok := r.output.fixed(2)
	if !ok || r.isAnchors(last) {
		return nil
	}
	names := len(r.properties.names)
	if names == 0 {
		names = len(r.options.Labels)
	}
	threefold := first%3 == 0 && r.isAnchors(first/3)
	switch {
	case names > 0 && last == 5+names && first > last, threefold:
		return unsupported(channelsShape, "output %s has an objectness column as YOLOv5 and YOLOX write it", r.output)
	case names > 0 && last == 4+names+r.spec.Coefficients && first > last:
		return unsupported(channelsShape, "output %s is transposed", r.output)
	case r.isAnchors(first) && first != 4+names+r.spec.Coefficients:
		return unsupported(channelsShape, "output %s is transposed or has an objectness column as YOLOX writes it", r.output)
	}
	return nil
}

// twoClassesTransposed says whether what looks like rows is the turned output of a model with two classes: it has a row for each
// anchor. The 300 rows of a suppressed output are the anchors of no input, whose number is a multiple of 21 or 85.
func (r *recogniser) twoClassesTransposed() bool {
	first, fixed := r.output.fixed(1)
	return fixed && r.isAnchors(first)
}

// isAnchors knows the usual three strides, and the four of the variants for small (P2) and large (P6) things.
func (r *recogniser) isAnchors(n int) bool { return slices.Contains(r.spec.LikelyAnchors(), n) }

// readLabels settles how many classes there are and what they are called.
func (r *recogniser) readLabels() error {
	names, given := r.properties.names, r.options.Labels
	if names != nil {
		if err := r.agree("the names say", len(names)); err != nil {
			return err
		}
		r.spec.Labels = names
	} else if err := r.classesWithoutNames(len(given) > 0); err != nil {
		return err
	}
	if len(given) > 0 {
		if err := r.agree("the given labels say", len(given)); err != nil {
			return err
		}
		r.spec.Labels, r.spec.LabelsGiven = given, true
	}
	r.spec.Classes = len(r.spec.Labels)
	return nil
}

// agree compares a number of labels with what the graph, or the names before them, made of it.
func (r *recogniser) agree(who string, n int) error {
	have := r.spec.Classes
	if r.spec.Layout == Rows {
		// Rows do not show how many classes there are; the labels that came first are the only witness.
		have = len(r.spec.Labels)
	}
	if have == 0 || n == have {
		return nil
	}
	return unsupported("as many labels as classes", "%s %d %s, the model has %d", who, n, plural(n, "class", "classes"), have)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// classesWithoutNames demands that the shape alone proves the number of classes, and that labels are given.
func (r *recogniser) classesWithoutNames(given bool) error {
	if !given {
		if r.properties.namesErr != nil {
			return r.properties.namesErr
		}
		return &UnsupportedError{Found: "the file has no names, so nothing tells how many classes it has and what they are called",
			Want: "names in the metadata, or a list of labels", NeedsLabels: true}
	}
	anchors, fixed := r.output.fixed(2)
	if r.spec.Layout == Channels && (!fixed || !r.isAnchors(anchors)) {
		return unsupported("names in the metadata", "the file has no names and output %s does not show how many classes it has", r.output)
	}
	return nil
}

// checkSizes refuses what would not fit in memory before anybody asks for the memory.
func (r *recogniser) checkSizes() error {
	const element = 4
	if int64(r.spec.Width) > maxSide || int64(r.spec.Height) > maxSide || int64(r.spec.Batch) > 1<<16 ||
		int64(r.spec.InputLen())*int64(r.spec.Batch)*element > maxInputBytes {
		return unsupported("at most 256 MiB", "input %s is too large", r.graph.Inputs[0])
	}
	if s := r.spec; s.Masks && int64(s.Coefficients)*int64(s.ProtoWidth)*int64(s.ProtoHeight)*int64(s.Batch)*element > maxOutputBytes {
		return unsupported("at most 512 MiB", "the mask prototypes are too large")
	}
	if int64(r.spec.Anchors) > maxOutputBytes/element/int64(r.spec.ChannelsOut()) {
		return unsupported("at most 512 MiB", "output %s is too large", r.output)
	}
	return nil
}
