package yolo

import (
	"fmt"
	"math"

	"github.com/myrvm/rvmctl/internal/vision"
)

// maxSide bounds every width and height in pixels, so that no product of two overflows.
const maxSide = 1 << 16

// Letterbox is how a picture of SrcW x SrcH pixels lies in an input of W x H: scaled by Ratio to NewW x NewH, with
// borders of Left, Top, Right and Bottom pixels around it.
type Letterbox struct {
	// Ratio is input pixels per source pixel, not rounded.
	Ratio                    float64
	SrcW, SrcH, W, H         int
	NewW, NewH               int
	Left, Top, Right, Bottom int
}

// NewLetterbox computes the geometry as current Ultralytics does: one ratio for both axes, sizes rounded half to even,
// borders halved with an odd pixel to the right and below; but never less than one pixel of picture. Small pictures are
// enlarged. Sizes below 1 or above 65,536 pixels are refused with *SizeError.
func NewLetterbox(srcW, srcH, w, h int) (Letterbox, error) {
	if err := checkSide("picture", srcW, srcH); err != nil {
		return Letterbox{}, err
	}
	if err := checkSide("model input", w, h); err != nil {
		return Letterbox{}, err
	}
	r := min(float64(h)/float64(srcH), float64(w)/float64(srcW))
	// The conversions keep a compiler from fusing product and rounding into one step, which would round otherwise.
	newW := max(1, int(math.RoundToEven(float64(float64(srcW)*r))))
	newH := max(1, int(math.RoundToEven(float64(float64(srcH)*r))))
	l := Letterbox{Ratio: r, SrcW: srcW, SrcH: srcH, W: w, H: h, NewW: newW, NewH: newH}
	l.Left, l.Right = halves(w - newW)
	l.Top, l.Bottom = halves(h - newH)
	return l, nil
}

func checkSide(what string, w, h int) error {
	if w < 1 || h < 1 || w > maxSide || h > maxSide {
		return &SizeError{What: what, Width: w, Height: h, Want: fmt.Sprintf("1 to %d pixels a side", maxSide)}
	}
	return nil
}

func halves(space int) (before, after int) {
	half := float64(space) / 2
	return int(math.RoundToEven(half - 0.1)), int(math.RoundToEven(half + 0.1))
}

// ToSource maps a box in input pixels to pixels of the source picture, with the unrounded ratio and the whole-numbered
// border. It does not clip.
func (l Letterbox) ToSource(b vision.Box) vision.Box {
	return vision.Box{
		X1: l.back(b.X1, l.Left), Y1: l.back(b.Y1, l.Top),
		X2: l.back(b.X2, l.Left), Y2: l.back(b.Y2, l.Top),
	}
}

func (l Letterbox) back(v float32, border int) float32 {
	return float32((float64(v) - float64(border)) / l.Ratio)
}
