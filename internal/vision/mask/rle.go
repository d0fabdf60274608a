package mask

import (
	"image"

	"github.com/myrvm/rvmctl/internal/vision"
)

// RLE is a mask as run lengths in the order of COCO: column by column, and the first run counts unset pixels, so that it
// is 0 when the first pixel is set.
type RLE struct {
	// Height and Width are those of the picture, in pixels.
	Height, Width int
	// Counts are the lengths of the runs; together they are Height·Width.
	Counts []uint32
}

// Runs encodes a mask.
func Runs(m *vision.Mask) RLE {
	r := RLE{Height: m.Height, Width: m.Width}
	var w runner
	w.run(0, m.Rect.Min.X*m.Height)
	for x := m.Rect.Min.X; x < m.Rect.Max.X; x++ {
		w.run(0, m.Rect.Min.Y)
		for i := x - m.Rect.Min.X; i < len(m.Bits); i += m.Rect.Dx() {
			w.run(m.Bits[i], 1)
		}
		w.run(0, m.Height-m.Rect.Max.Y)
	}
	w.run(0, m.Height*(m.Width-m.Rect.Max.X))
	r.Counts = w.end()
	return r
}

// runner joins runs of the same value.
type runner struct {
	counts []uint32
	value  byte
	length int
}

func (w *runner) run(value byte, n int) {
	if n > 0 && value != w.value {
		w.counts, w.value, w.length = append(w.counts, uint32(w.length)), value, 0
	}
	w.length += n
}

func (w *runner) end() []uint32 {
	if w.length > 0 {
		w.counts = append(w.counts, uint32(w.length))
	}
	return w.counts
}

// Area is the number of set pixels.
func (r RLE) Area() int {
	n := 0
	for i := 1; i < len(r.Counts); i += 2 {
		n += int(r.Counts[i])
	}
	return n
}

// Mask decodes the runs. Runs that are not as long as the picture, and pictures of more than 2^28 pixels, are refused
// with *FormatError. Without a set pixel it is nil.
func (r RLE) Mask() (*vision.Mask, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	area := r.bounds()
	if area.Empty() {
		return nil, nil
	}
	m := &vision.Mask{Width: r.Width, Height: r.Height, Rect: area, Bits: make([]byte, area.Dx()*area.Dy())}
	r.each(func(at, n int) {
		for ; n > 0; at, n = at+1, n-1 {
			m.Bits[(at%r.Height-area.Min.Y)*area.Dx()+at/r.Height-area.Min.X] = 1
		}
	})
	return m, nil
}

func (r RLE) check() error {
	if err := checkSize(r.Width, r.Height); err != nil {
		return err
	}
	sum := 0
	for _, n := range r.Counts {
		// No run is longer than the picture, so that the sum cannot overflow.
		if sum += int(n); sum > r.Width*r.Height {
			return wrong("its runs hold more pixels than the picture of %dx%d", r.Width, r.Height)
		}
	}
	if sum != r.Width*r.Height {
		return wrong("its runs hold %d pixels, the picture of %dx%d has %d", sum, r.Width, r.Height, r.Width*r.Height)
	}
	return nil
}

func checkSize(w, h int) error {
	if w < 1 || h < 1 || w > maxPixels || h > maxPixels/w {
		return wrong("a picture of %dx%d pixels", w, h)
	}
	return nil
}

// each calls f with the position and length of every set run that is not empty.
func (r RLE) each(f func(at, n int)) {
	at := 0
	for i, n := range r.Counts {
		if i%2 == 1 && n > 0 {
			f(at, int(n))
		}
		at += int(n)
	}
}

// bounds is the smallest part of the picture that holds all set pixels.
func (r RLE) bounds() (area image.Rectangle) {
	r.each(func(at, n int) {
		last := at + n - 1
		part := image.Rect(at/r.Height, at%r.Height, last/r.Height+1, last%r.Height+1)
		if at/r.Height != last/r.Height {
			// It runs over the end of a column, so it touches bottom and top.
			part.Min.Y, part.Max.Y = 0, r.Height
		}
		area = area.Union(part)
	})
	return area
}
