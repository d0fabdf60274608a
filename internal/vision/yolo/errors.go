package yolo

import (
	"fmt"
	"strings"
)

// UnsupportedError says that a graph is not a model that this package can feed and decode.
type UnsupportedError struct {
	// Found is the fact, as a clause: "task pose is not supported".
	Found string
	// Want is what would have been understood: "detect or segment".
	Want string
	// NeedsLabels is true where a list of labels given by the operator would be the remedy; otherwise a new export is.
	NeedsLabels bool
	// OtherSize is an input size that would be the remedy, as "320x320", where only the one that was asked for is wrong.
	OtherSize string
}

func (e *UnsupportedError) Error() string { return e.Found + "; wanted " + e.Want }

// MetadataError says that a property of the model file cannot be read.
type MetadataError struct {
	// Key is the property, such as "names"; empty when a literal was parsed on its own.
	Key string
	// Offset is the byte at which reading stopped, 0 when the whole text is meant.
	Offset int
	// Reason is the fact: "a string does not end".
	Reason string
}

func (e *MetadataError) Error() string {
	where := "metadata"
	if e.Key != "" {
		where += " " + e.Key
	}
	if e.Offset > 0 {
		where += fmt.Sprintf(" at byte %d", e.Offset)
	}
	return where + ": " + e.Reason
}

// LabelsError says that a list of labels given by the operator cannot be used.
type LabelsError struct {
	// Line counts from 1; 0 when the whole file is meant.
	Line int
	// Reason is the fact: "the line is empty".
	Reason string
}

func (e *LabelsError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("labels, line %d: %s", e.Line, e.Reason)
	}
	return "labels: " + e.Reason
}

// UnknownLabelError says that the operator asked for a label that the model does not have.
type UnknownLabelError struct {
	// Label is what was asked for.
	Label string
	// Known are all labels of the model, by id.
	Known []string
}

func (e *UnknownLabelError) Error() string {
	const shown = 12
	known := strings.Join(e.Known[:min(shown, len(e.Known))], ", ")
	if more := len(e.Known) - shown; more > 0 {
		known += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Sprintf("unknown label %q; this model knows %s", e.Label, known)
}

// ThresholdError says that a threshold lies outside of what has a meaning.
type ThresholdError struct {
	// Name is the threshold in words: "confidence", "iou", "max detections", "label id".
	Name string
	// Value is what was given, as text, so that NaN survives.
	Value string
	// Want is the allowed range: "0 to 1".
	Want string
}

func (e *ThresholdError) Error() string {
	return fmt.Sprintf("%s is %s; wanted %s", e.Name, e.Value, e.Want)
}

// SizeError says that a picture or a model input has a size that cannot be worked with.
type SizeError struct {
	// What is the thing: "picture" or "model input".
	What string
	// Width and Height are in pixels, as they were given.
	Width, Height int
	// Want is the allowed range.
	Want string
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("%s of %dx%d pixels; wanted %s", e.What, e.Width, e.Height, e.Want)
}

// FrameError says that a frame contradicts itself: its planes do not hold the pixels its size promises.
type FrameError struct {
	// Name is the frame's own name.
	Name string
	// Reason is the fact.
	Reason string
}

func (e *FrameError) Error() string { return fmt.Sprintf("frame %q: %s", e.Name, e.Reason) }

// BufferError says that a slice of numbers has not the length that its shape demands.
type BufferError struct {
	// What is the slice: "input", "output".
	What string
	// Got and Want are in elements.
	Got, Want int
}

func (e *BufferError) Error() string {
	return fmt.Sprintf("model %s holds %d numbers; wanted %d", e.What, e.Got, e.Want)
}
