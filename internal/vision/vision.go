// Package vision holds what the camera sees as plain Go values: a Frame goes in, Detections come out.
// It refuses to know the platform, the wire, the runtime that computes and the terminal that shows.
package vision

import (
	"context"
	"image"
	"time"
)

// Frame is one decoded picture as it is shown to a person: EXIF orientation is already applied.
//
// Exactly one of YCbCr and RGB is set. YCbCr holds the planes of an upright JPEG as they were decoded, so that no
// conversion is paid for; RGB holds 3·Width·Height bytes, red first, row after row, without padding.
// A Frame is read-only once it has left its source.
type Frame struct {
	// Name is what the operator called it: a path, "-" for standard input, or "video.mp4#12".
	Name string
	// Number counts the frames of a stream from 0, those that were dropped included; 0 for a picture.
	Number int64
	// Taken is when a stream gave the frame; zero for a picture.
	Taken time.Time
	// Width and Height are in pixels of the displayed picture.
	Width, Height int
	// YCbCr is the JPEG's own planes, or nil.
	YCbCr *image.YCbCr
	// RGB is packed 8-bit pixels, or nil.
	RGB []byte
}

// Box is a rectangle in pixels of the displayed source picture, origin top left, continuous: pixel i covers [i, i+1),
// so the whole picture is 0,0,w,h. Never normalised, never centre and size.
type Box struct {
	X1, Y1, X2, Y2 float32
}

// Width is the horizontal extent in pixels; 0 or less means the box is empty.
func (b Box) Width() float32 { return b.X2 - b.X1 }

// Height is the vertical extent in pixels; 0 or less means the box is empty.
func (b Box) Height() float32 { return b.Y2 - b.Y1 }

// Empty says whether the box covers nothing. A box with a NaN edge is empty.
func (b Box) Empty() bool { return !(b.X2 > b.X1 && b.Y2 > b.Y1) }

// Area is in square pixels, 0 for an empty box.
func (b Box) Area() float32 {
	if b.Empty() {
		return 0
	}
	return b.Width() * b.Height()
}

// IoU is the area of the intersection over the area of the union, 0–1; 0 when the union is empty.
func (b Box) IoU(o Box) float32 {
	inter := Box{max(b.X1, o.X1), max(b.Y1, o.Y1), min(b.X2, o.X2), min(b.Y2, o.Y2)}.Area()
	union := b.Area() + o.Area() - inter
	if union <= 0 {
		return 0
	}
	return inter / union
}

// Detection is one thing that a model saw in a Frame.
type Detection struct {
	// Box is in pixels of the source picture, clipped to it.
	Box Box
	// Confidence is the class score, 0–1, finite.
	Confidence float32
	// Label is the model's own text for the class.
	Label string
	// LabelID is the model's own number for the class; it means nothing outside its model.
	LabelID int
	// Mask is what of the picture belongs to the thing; nil where no model made one, and for a mask without a pixel.
	Mask *Mask
}

// Mask is a bitmap over a whole picture of which only the part around the set pixels is held.
type Mask struct {
	// Width and Height are those of the picture, in pixels.
	Width, Height int
	// Rect is the part that is held, in pixels of the picture, within it. Outside of it nothing is set.
	Rect image.Rectangle
	// Bits has one byte for each pixel of Rect, row after row: 1 where the pixel is set, else 0.
	Bits []byte
	// Score is how good the model that drew the mask says it is, such as SAM2's predicted IoU, 0–1; 0 where it says nothing.
	Score float32
}

// At says whether a pixel of the picture is set.
func (m *Mask) At(x, y int) bool {
	if !(image.Point{X: x, Y: y}).In(m.Rect) {
		return false
	}
	return m.Bits[(y-m.Rect.Min.Y)*m.Rect.Dx()+x-m.Rect.Min.X] != 0
}

// Area is the number of set pixels.
func (m *Mask) Area() int {
	n := 0
	for _, b := range m.Bits {
		n += int(b)
	}
	return n
}

// Result is what a Detector found in one Frame.
type Result struct {
	// Detections are ordered by confidence, highest first.
	Detections []Detection
	// Dropped counts rows of the model's answer that were refused because they were not finite or not possible.
	Dropped int
	// Timing says where the time went.
	Timing Timing
}

// Timing is in milliseconds of wall time.
type Timing struct {
	Pre, Run, Post float64
}

// Detector finds things in a frame. It is a function so that detectors compose; what owns memory is a struct with
// Close that yields one.
type Detector func(ctx context.Context, f *Frame) (Result, error)
