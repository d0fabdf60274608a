package sam

import "math"

// tap is what one sample of a resized axis is made of: first·(1-weight) + second·weight.
type tap struct {
	first, second int
	weight        float32
}

// newTap is for sample i of n that are made of so many source samples: half-pixel centres with the ratio of this axis,
// edges repeated, no antialiasing, as torch's interpolate(align_corners=False) and OpenCV's INTER_LINEAR have it.
func newTap(i, n, samples int) tap {
	at := (float64(i)+0.5)*float64(samples)/float64(n) - 0.5
	k := int(math.Floor(at))
	switch last := samples - 1; {
	case k < 0:
		return tap{}
	case k >= last:
		return tap{first: last, second: last}
	}
	return tap{first: k, second: k + 1, weight: float32(at - float64(k))}
}

// newTaps are those of the samples from, from+1, … to-1 of n; old is memory to use again.
func newTaps(old []tap, from, to, n, samples int) []tap {
	old = old[:0]
	for i := from; i < to; i++ {
		old = append(old, newTap(i, n, samples))
	}
	return old
}
