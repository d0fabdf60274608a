package yolo

import "math"

// HalfFromFloat32 is the float16 nearest to v, ties to even, as its bits (IEEE 754 binary16). What is too large becomes
// infinite, NaN stays NaN.
func HalfFromFloat32(v float32) uint16 {
	bits := math.Float32bits(v)
	sign := uint16(bits>>16) & 0x8000
	bits &= 0x7fffffff
	switch {
	case bits > 0x7f800000:
		return sign | 0x7e00
	case bits >= 0x47800000: // 65536 and beyond
		return sign | 0x7c00
	case bits < 0x38800000: // below 2^-14 a float16 is subnormal: a whole number of 2^-24
		// Adding 0.5 lines the last bit of the sum up with 2^-24; the hardware rounds to nearest even.
		sum := math.Float32frombits(bits) + 0.5
		return sign | uint16(math.Float32bits(sum)-math.Float32bits(0.5))
	}
	// Rebias the exponent from 127 to 15 and round away 13 bits; a carry may rightly run into the exponent, and from the
	// largest one into infinity.
	bits -= (127 - 15) << 23
	bits += 0xfff + bits>>13&1
	return sign | uint16(bits>>13)
}

// Float32FromHalf is the exact value of a float16 given by its bits.
func Float32FromHalf(half uint16) float32 {
	sign := uint32(half&0x8000) << 16
	exponent, fraction := uint32(half>>10&0x1f), uint32(half&0x3ff)
	switch exponent {
	case 0:
		const step = 1.0 / (1 << 24)
		return math.Float32frombits(math.Float32bits(float32(fraction)*step) | sign)
	case 0x1f:
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}

// Float32sFromHalves converts a whole answer of float16 into dst, which must be as long as src; the shorter one counts.
func Float32sFromHalves(dst []float32, src []uint16) {
	for i := range min(len(dst), len(src)) {
		dst[i] = Float32FromHalf(src[i])
	}
}
