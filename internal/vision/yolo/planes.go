package yolo

import "image"

// planar makes rows of the input from a JPEG's planes: each source pixel is converted by the formula of Go's image/color
// (JFIF) and clipped, with chroma repeated, and then interpolated. Interpolating first would convert fewer pixels, but
// where colours saturate it is off by dozens of levels.
//
// What it keeps are words with one number for each of the two neighbours that a column is made of, so that one operation
// serves both; the rows they belong to are remembered, because the next row of the input often needs them again.
type planar struct {
	// first and second are the positions of the chroma of the two neighbours of each column.
	first, second []uint32
	// luma are two rows of Y'·0x10101, an even row at 0, an odd one at 1; lumaRow are their numbers.
	luma    [2][]uint64
	lumaRow [2]int
	// colours are two rows of what chroma adds to red, green and blue, times 2^16; chromaRow are their numbers.
	colours   [2][3][]uint64
	chromaRow [2]int
	// paired says that both neighbours of every column have the same chroma sample.
	paired bool
}

// grow makes room for so many columns.
func (p *planar) grow(columns int) {
	if len(p.first) >= columns {
		return
	}
	p.first, p.second = make([]uint32, columns), make([]uint32, columns)
	for slot := range 2 {
		p.luma[slot] = make([]uint64, columns)
		for c := range 3 {
			p.colours[slot][c] = make([]uint64, columns)
		}
	}
}

// start forgets the rows of another picture and computes where its chroma stands.
func (p *planar) start(s *image.YCbCr, at []uint32) {
	p.lumaRow, p.chromaRow = [2]int{-1, -1}, [2]int{-1, -1}
	shared, _ := sharing(s.SubsampleRatio)
	origin, last := s.Rect.Min.X, s.Rect.Dx()-1
	p.paired = true
	for x, i := range at {
		a, b := int(i), min(int(i)+1, last)
		p.first[x] = uint32((origin+a)/shared - origin/shared)
		p.second[x] = uint32((origin+b)/shared - origin/shared)
		p.paired = p.paired && p.first[x] == p.second[x]
	}
}

// row makes the words of source row y at its first use: luma, and the three colours.
func (p *planar) row(s *image.YCbCr, y int, at []uint32) (luma []uint64, colours *[3][]uint64) {
	slot := y & 1
	if p.lumaRow[slot] != y {
		p.lumaRow[slot] = y
		lumaWords(p.luma[slot][:len(at)], s.Y[y*s.YStride:][:s.Rect.Dx()], at)
	}
	c := chromaLine(s, y)
	colours = &p.colours[c&1]
	if p.chromaRow[c&1] != c {
		p.chromaRow[c&1] = c
		width := int(p.second[len(at)-1]) + 1
		cb, cr := s.Cb[c*s.CStride:][:width], s.Cr[c*s.CStride:][:width]
		chromaWords(colours, cb, cr, p.first[:len(at)], p.second[:len(at)])
	}
	return p.luma[slot], colours
}

// chromaLine is the row of chroma that luma row y needs.
func chromaLine(s *image.YCbCr, y int) int {
	_, shared := sharing(s.SubsampleRatio)
	return (s.Rect.Min.Y+y)/shared - s.Rect.Min.Y/shared
}

func lumaWords(dst []uint64, row []byte, at []uint32) {
	dst = dst[:len(at)]
	for x, i := range at {
		word := uint64(row[i])
		if next := uint(i) + 1; next < uint(len(row)) {
			word |= uint64(row[next]) << 32
		}
		dst[x] = word * 0x10101
	}
}

// What one step of chroma adds to a colour, or takes from green, times 2^16.
const chromaRed, chromaGreenCb, chromaGreenCr, chromaBlue = 91881, 22554, 46802, 116130

// chromaWords computes 1.402·(Cr-128), -0.344·(Cb-128) - 0.714·(Cr-128) and 1.772·(Cb-128) for two neighbours at once. A
// negative number borrows from the upper half of its word; the luma that is added to it pays back.
func chromaWords(dst *[3][]uint64, cb, cr []byte, first, second []uint32) {
	const neutral = 128<<32 | 128
	n := len(first)
	second = second[:n]
	r, g, b := dst[0][:n], dst[1][:n], dst[2][:n]
	cr = cr[:len(cb)]
	for x, i := range first {
		j := second[x]
		u := uint64(cb[i]) | uint64(cb[j])<<32
		v := uint64(cr[i]) | uint64(cr[j])<<32
		r[x] = v*chromaRed - neutral*chromaRed
		g[x] = neutral*(chromaGreenCb+chromaGreenCr) - u*chromaGreenCb - v*chromaGreenCr
		b[x] = u*chromaBlue - neutral*chromaBlue
	}
}

// colourRow makes one row of one colour from the words of two source rows, rounding each sum once.
func colourRow[T sample](dst []T, luma0, luma1, colour0, colour1, weights []uint64, wy uint64, lut *levels[T]) {
	const outside, level = 0xff000000_ff000000, 0xff_000000ff
	n := len(dst)
	luma0, luma1, colour0, colour1, weights = luma0[:n], luma1[:n], colour0[:n], colour1[:n], weights[:n]
	for x := range dst {
		upper, lower := luma0[x]+colour0[x], luma1[x]+colour1[x]
		// A branch, because hardly any picture has many colours to clip, and those lie together.
		if (upper|lower)&outside == 0 {
			upper, lower = upper>>16&level, lower>>16&level
		} else {
			upper, lower = clipPair(upper), clipPair(lower)
		}
		dst[x] = lut.of((upper<<weightBits + (lower-upper)*wy) * weights[x])
	}
}

// clipPair clips both numbers of a word, which are times 2^16, to 0–255. They lie between -180 and 435; with 256 on top,
// bit 8 says that a number is inside and bit 9 that it is above.
func clipPair(word uint64) uint64 {
	const each = 1<<32 | 1
	word = (word + each*256<<16) >> 16
	inside, above := word>>8&each, word>>9&each
	return word&(inside*255) | above*255
}

// sharing is how many luma samples share one chroma sample along x and y.
func sharing(ratio image.YCbCrSubsampleRatio) (x, y int) {
	switch ratio {
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

// rows are luma rows y and y+1 and the chroma row that both need, for so many columns.
func (p *planar) rows(s *image.YCbCr, y, columns int) (upper, lower, cb, cr []byte) {
	width, c := s.Rect.Dx(), chromaLine(s, y)*s.CStride
	n := int(p.first[columns-1]) + 1
	return s.Y[y*s.YStride:][:width], s.Y[(y+1)*s.YStride:][:width], s.Cb[c:][:n], s.Cr[c:][:n]
}
