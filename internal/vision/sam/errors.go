package sam

import "fmt"

// FrameError says that a frame contradicts itself: its planes do not hold the pixels that its size promises.
type FrameError struct {
	// Name is the frame's own name.
	Name string
	// Reason is the fact.
	Reason string
}

func (e *FrameError) Error() string { return fmt.Sprintf("frame %q: %s", e.Name, e.Reason) }

// BufferError says that a slice of numbers has not the length that its shape demands.
type BufferError struct {
	// What is the slice: "encoder input", "logits", "scores".
	What string
	// Got and Want are in elements.
	Got, Want int
}

func (e *BufferError) Error() string {
	return fmt.Sprintf("%s of %d numbers; wanted %d", e.What, e.Got, e.Want)
}

// NumberError says that the decoder answered with what is no number, so that nothing it says can be trusted.
type NumberError struct {
	// What is the answer: "iou_predictions" or "masks".
	What string
}

func (e *NumberError) Error() string { return e.What + " has a value that is no finite number" }

// Reason is why a box has no mask; the zero value means that it has one.
type Reason string

// The reasons, as facts about the box.
const (
	// Outside is a box that has no point in common with the picture.
	Outside Reason = "outside of the picture"
	// Small is a box that is less than one pixel wide or high once it is clipped to the picture.
	Small Reason = "smaller than one pixel"
	// Impossible is a box with an edge that is no finite number, or with its edges exchanged.
	Impossible Reason = "with impossible edges"
	// Blank is a box in which the decoder found nothing.
	Blank Reason = "in which nothing was found"
	// Memory is a box in a picture for which the encoder could not be loaded again.
	Memory Reason = "for want of memory"
)

// Reasons lists them in the order to show them.
func Reasons() []Reason { return []Reason{Outside, Small, Impossible, Blank, Memory} }
