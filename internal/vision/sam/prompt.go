package sam

import (
	"math"

	"github.com/myrvm/rvmctl/internal/vision"
)

// Labels are what tells the decoder that two points are a box: its top left and its bottom right corner. Two points with
// the label 1, as some clients send them, are another and weaker question: whatever lies under both.
var Labels = [2]float32{2, 3}

// Clip cuts a box to a picture of w x h pixels. A box of which less than a pixel is left in either direction makes no
// prompt; the reason says why.
func Clip(b vision.Box, w, h int) (vision.Box, Reason) {
	for _, edge := range []float32{b.X1, b.Y1, b.X2, b.Y2} {
		if f := float64(edge); math.IsNaN(f) || math.IsInf(f, 0) {
			return vision.Box{}, Impossible
		}
	}
	right, bottom := float32(w), float32(h)
	switch {
	case b.X2 < b.X1 || b.Y2 < b.Y1:
		return vision.Box{}, Impossible
	case b.X2 <= 0 || b.Y2 <= 0 || b.X1 >= right || b.Y1 >= bottom:
		return vision.Box{}, Outside
	}
	b = vision.Box{X1: max(b.X1, 0), Y1: max(b.Y1, 0), X2: min(b.X2, right), Y2: min(b.Y2, bottom)}
	if b.Width() < 1 || b.Height() < 1 {
		return vision.Box{}, Small
	}
	return b, ""
}

// Points are the corners x1,y1,x2,y2 of a box in a picture of w x h pixels, in pixels of an encoder input of inW x inH:
// the picture was stretched, so each axis has its own ratio. The decoder adds half a pixel by itself.
func Points(b vision.Box, w, h, inW, inH int) [4]float32 {
	x, y := float64(inW)/float64(w), float64(inH)/float64(h)
	return [4]float32{float32(float64(b.X1) * x), float32(float64(b.Y1) * y), float32(float64(b.X2) * x), float32(float64(b.Y2) * y)}
}
