package yolo

// fillPacked resizes packed RGB straight into the three planes of the input.
func fillPacked[T sample](dst []T, pix []byte, p *Preprocessor, l Letterbox, lut *levels[T]) {
	plane, stride := l.W*l.H, 3*l.SrcW
	for y, row := range p.rows[:l.NewH] {
		at := (l.Top+y)*l.W + l.Left
		packedRow(dst[at:][:l.NewW], dst[plane+at:][:l.NewW], dst[2*plane+at:][:l.NewW],
			pix[int(row.a)*stride:][:stride], pix[int(row.b)*stride:][:stride], p.columns, row.w, lut)
	}
}

func packedRow[T sample](r, g, b []T, upper, lower []byte, columns []tap, wy int32, lut *levels[T]) {
	columns = columns[:len(r)]
	g, b = g[:len(r)], b[:len(r)]
	for x := range columns {
		c := &columns[x]
		p00, p01 := upper[3*c.a:][:3], upper[3*c.b:][:3]
		p10, p11 := lower[3*c.a:][:3], lower[3*c.b:][:3]
		r[x] = lut.of(blend(p00[0], p01[0], p10[0], p11[0], c.w, wy))
		g[x] = lut.of(blend(p00[1], p01[1], p10[1], p11[1], c.w, wy))
		b[x] = lut.of(blend(p00[2], p01[2], p10[2], p11[2], c.w, wy))
	}
}

// blend is the bilinear mean of four samples, rounded once.
func blend(p00, p01, p10, p11 byte, wx, wy int32) int {
	upper := int32(p00)<<weightBits + (int32(p01)-int32(p00))*wx
	lower := int32(p10)<<weightBits + (int32(p11)-int32(p10))*wx
	return int((upper<<weightBits + (lower-upper)*wy + sumHalf) >> sumBits)
}
