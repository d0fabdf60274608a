package track

import (
	"math"

	"github.com/myrvm/rvmctl/internal/vision"
)

// edge is how far a box may reach over the border of the picture, in pixels: rounding, not another picture.
const edge = 1

// Gate says whether a detection can be true, and gives it with its box cut to the picture. Scores that are not finite, negative or
// above 1, boxes that are not finite, empty, or not within the picture, and class numbers and labels that the model does not have
// are refused. A nil list of labels stands for a model whose labels are not known.
//
// Detectors do this themselves. It is done again here because money hangs on it.
func Gate(d vision.Detection, width, height int, labels []string) (vision.Detection, bool) {
	if !possible(d, labels) || width <= 0 || height <= 0 {
		return d, false
	}
	b, w, h := d.Box, float32(width), float32(height)
	if !(b.X1 >= -edge && b.Y1 >= -edge && b.X2 <= w+edge && b.Y2 <= h+edge) {
		return d, false
	}
	d.Box = vision.Box{X1: max(b.X1, 0), Y1: max(b.Y1, 0), X2: min(b.X2, w), Y2: min(b.Y2, h)}
	area := d.Box.Area()
	return d, area > 0 && !math.IsInf(float64(area), 0)
}

// possible is about what a detection says, not about where. A comparison with NaN is false, so each is written to be true for what
// is allowed.
func possible(d vision.Detection, labels []string) bool {
	if !(d.Confidence > 0 && d.Confidence <= 1) || d.Label == "" || d.LabelID < 0 {
		return false
	}
	return labels == nil || d.LabelID < len(labels) && labels[d.LabelID] == d.Label
}
