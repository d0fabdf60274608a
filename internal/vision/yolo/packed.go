package yolo

// packedReach is how far behind a row of packed pixels the neighbour of its last pixel would reach.
const packedReach = 3

// packedRow makes one row of each plane of the input from two rows of packed RGB, rounding each sum once.
func packedRow[T sample](r, g, b []T, upper, lower []byte, offsets []uint32, weights []uint64, wy uint64, lut *levels[T]) {
	offsets, weights = offsets[:len(r)], weights[:len(r)]
	g, b, lower = g[:len(r)], b[:len(r)], lower[:len(upper)]
	for x, i := range offsets {
		i := uint(i) // so that i+6 cannot wrap, and three bounds checks fall away
		p, q, w := upper[i:i+6:i+6], lower[i:i+6:i+6], weights[x]
		r[x] = lut.of(bilinear(p[0], p[3], q[0], q[3], w, wy))
		g[x] = lut.of(bilinear(p[1], p[4], q[1], q[4], w, wy))
		b[x] = lut.of(bilinear(p[2], p[5], q[2], q[5], w, wy))
	}
}
