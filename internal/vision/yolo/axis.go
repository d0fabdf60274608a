package yolo

import (
	"image"
	"math"
)

// Fixed point of the resize: weights have 11 bits, so the product of two has 22 and a sample below 2^30.
const (
	weightBits = 11
	weightOne  = 1 << weightBits
	sumBits    = 2 * weightBits
	sumHalf    = 1 << (sumBits - 1)
)

// tap says which two source samples of an axis make one sample of the model input, and how much the second one counts.
type tap struct {
	// a and b are the two positions, neighbours or, at an edge, equal; ca and cb the positions of their chroma.
	a, b, ca, cb int32
	// w is the weight of b, 0–2048; a has the rest.
	w int32
}

// fillAxis computes the taps that resize n samples to len(taps): half-pixel centres with the ratio of this axis, edges
// repeated. Chroma lies on a grid coarser by step, counted from origin; for packed pixels step is 1.
func fillAxis(taps []tap, n, step, origin int) {
	ratio := float64(n) / float64(len(taps))
	for i := range taps {
		at := float64((float64(i)+0.5)*ratio) - 0.5
		a := math.Floor(at)
		w := math.RoundToEven((at - a) * weightOne)
		b := a + 1
		if a < 0 {
			a, b, w = 0, 0, 0
		}
		if int(a) >= n-1 {
			a, b, w = float64(n-1), float64(n-1), 0
		}
		taps[i] = tap{a: int32(a), b: int32(b), w: int32(w)}
		taps[i].ca = int32((origin+int(a))/step - origin/step)
		taps[i].cb = int32((origin+int(b))/step - origin/step)
	}
}

// subsampling is how many luma samples share one chroma sample along x and y.
func subsampling(g geometry) (x, y int) {
	if !g.planar {
		return 1, 1
	}
	switch g.ratio {
	case image.YCbCrSubsampleRatio422:
		return 2, 1
	case image.YCbCrSubsampleRatio420:
		return 2, 2
	case image.YCbCrSubsampleRatio440:
		return 1, 2
	case image.YCbCrSubsampleRatio411:
		return 4, 1
	case image.YCbCrSubsampleRatio410:
		return 4, 2
	}
	return 1, 1
}
