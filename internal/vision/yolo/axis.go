package yolo

import "math"

// Fixed point of the resize: weights have 11 bits, so the product of two has 22, and a sum of samples stays below 2^30.
const (
	weightBits = 11
	weightOne  = 1 << weightBits
)

// axis says for each sample of the model input along one axis which two neighbouring source samples it is made of.
type axis struct {
	// at is the position of the first neighbour. At the far edge nothing stands behind it, and the second one has no weight.
	at []uint32
	// offsets is the same in bytes of packed pixels, 3·at.
	offsets []uint32
	// weights has the share of the second neighbour, 0–2048, in its lower half and that of the first one in its upper half.
	weights []uint64
	// halves says that both neighbours of every sample weigh the same.
	halves bool
}

func newAxis(n int) axis {
	return axis{at: make([]uint32, n), offsets: make([]uint32, n), weights: make([]uint64, n)}
}

// second is the weight of the second neighbour of sample i.
func (a *axis) second(i int) uint64 { return a.weights[i] & (1<<32 - 1) }

// fill computes how so many samples are resized to n: half-pixel centres with the ratio of this axis, edges repeated, no
// antialiasing.
func (a *axis) fill(n, samples int) {
	ratio := float64(samples) / float64(n)
	last := samples - 1
	a.halves = true
	for i := range n {
		at := float64((float64(i)+0.5)*ratio) - 0.5
		k := int(math.Floor(at))
		w := uint64(math.RoundToEven((at - math.Floor(at)) * weightOne))
		if k < 0 || k >= last {
			k, w = min(max(k, 0), last), 0
		}
		a.at[i], a.offsets[i] = uint32(k), uint32(3*k)
		a.weights[i] = w | (weightOne-w)<<32
		a.halves = a.halves && w == half
	}
}

// bilinear is the weighted sum of four samples, in the upper half of a word and times 2^22; wy is the weight of the lower
// two. The words carry one number in each half, and as neither outgrows 32 bits, one operation serves both. The
// difference may borrow from one half to the other, but the sum pays it back. With the two columns in the halves, one
// product weighs them as well: (b·2^32 + a)·(wa·2^32 + wb) has a·wa + b·wb above a·wb.
func bilinear(p0, p1, q0, q1 byte, weights, wy uint64) uint64 {
	upper := uint64(p0) | uint64(p1)<<32
	lower := uint64(q0) | uint64(q1)<<32
	return (upper<<weightBits + (lower-upper)*wy) * weights
}
