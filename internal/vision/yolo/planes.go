package yolo

import "image"

// fillPlanes resizes the planes of a JPEG straight into the three planes of the input.
func fillPlanes[T sample](dst []T, src *image.YCbCr, p *Preprocessor, l Letterbox, lut *levels[T]) {
	plane := l.W * l.H
	for y, row := range p.rows[:l.NewH] {
		at := (l.Top+y)*l.W + l.Left
		k := planesRow{
			y0: src.Y[int(row.a)*src.YStride:], y1: src.Y[int(row.b)*src.YStride:],
			u0: src.Cb[int(row.ca)*src.CStride:], u1: src.Cb[int(row.cb)*src.CStride:],
			v0: src.Cr[int(row.ca)*src.CStride:], v1: src.Cr[int(row.cb)*src.CStride:],
		}
		convertRow(dst[at:][:l.NewW], dst[plane+at:][:l.NewW], dst[2*plane+at:][:l.NewW], &k, p.columns, int64(row.w), lut)
	}
}

// planesRow holds the two source rows of each plane that make one row of the input.
type planesRow struct {
	y0, y1, u0, u1, v0, v1 []byte
}

// convertRow interpolates Y', Cb and Cr and converts once per pixel, by the formula of Go's image/color (JFIF) on 22 more
// bits; a pixel that is only copied comes out exactly as image/color makes it.
func convertRow[T sample](r, g, b []T, k *planesRow, columns []tap, wy int64, lut *levels[T]) {
	columns = columns[:len(r)]
	g, b = g[:len(r)], b[:len(r)]
	y0, y1, u0, u1, v0, v1 := k.y0, k.y1, k.u0, k.u1, k.v0, k.v1
	for x := range columns {
		c := &columns[x]
		wx := int64(c.w)
		yy := mix(y0[c.a], y0[c.b], y1[c.a], y1[c.b], wx, wy) * 0x10101
		u := mix(u0[c.ca], u0[c.cb], u1[c.ca], u1[c.cb], wx, wy) - 128<<sumBits
		v := mix(v0[c.ca], v0[c.cb], v1[c.ca], v1[c.cb], wx, wy) - 128<<sumBits
		r[x] = lut.of(int((yy + 91881*v) >> (16 + sumBits)))
		g[x] = lut.of(int((yy - 22554*u - 46802*v) >> (16 + sumBits)))
		b[x] = lut.of(int((yy + 116130*u) >> (16 + sumBits)))
	}
}

// mix is the bilinear sum of four samples, scaled by 2^22.
func mix(p00, p01, p10, p11 byte, wx, wy int64) int64 {
	upper := int64(p00)<<weightBits + (int64(p01)-int64(p00))*wx
	lower := int64(p10)<<weightBits + (int64(p11)-int64(p10))*wx
	return upper<<weightBits + (lower-upper)*wy
}
