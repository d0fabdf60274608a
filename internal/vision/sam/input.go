package sam

import (
	"fmt"
	"image/color"
	"slices"

	"github.com/myrvm/rvmctl/internal/vision"
)

// The colours of ImageNet, red first, by which SAM2 was trained: (value/255 - mean) / deviation.
var (
	mean      = [3]float32{0.485, 0.456, 0.406}
	deviation = [3]float32{0.229, 0.224, 0.225}
)

// Stretcher makes the input of the encoder from frames. It keeps the tables of the last size and belongs to one
// goroutine. Filling allocates only when the size of the frames changes.
type Stretcher struct {
	w, h       int
	srcW, srcH int
	columns    []tap
	// rows are two source rows, resized along x: an even one at 0, an odd one at 1; kept are their numbers.
	rows [2][]float32
	kept [2]int
	line []byte
}

// NewStretcher prepares for an encoder input of w x h pixels.
func NewStretcher(w, h int) *Stretcher {
	s := &Stretcher{w: w, h: h}
	for i := range s.rows {
		s.rows[i] = make([]float32, 3*w)
	}
	return s
}

// Fill writes the frame into dst, [3,h,w] with red first: stretched to the whole input (no letterbox), bilinear, then
// normalised. Refusals are *FrameError and *BufferError.
func (s *Stretcher) Fill(dst []float32, f *vision.Frame) error {
	if want := 3 * s.w * s.h; len(dst) != want {
		return &BufferError{What: "encoder input", Got: len(dst), Want: want}
	}
	if err := CheckFrame(f); err != nil {
		return err
	}
	if f.Width != s.srcW || f.Height != s.srcH {
		s.srcW, s.srcH = f.Width, f.Height
		s.columns = newTaps(s.columns, 0, s.w, s.w, f.Width)
		s.line = slices.Grow(s.line[:0], 3*f.Width)[:3*f.Width]
	}
	s.kept = [2]int{-1, -1}
	plane := s.w * s.h
	for y := range s.h {
		t := newTap(y, s.h, f.Height)
		upper, lower := s.row(f, t.first), s.row(f, t.second)
		for c := range 3 {
			scale, shift := 1/(255*deviation[c]), -mean[c]/deviation[c]
			blend(dst[c*plane+y*s.w:][:s.w], upper[c*s.w:][:s.w], lower[c*s.w:][:s.w], t.weight, scale, shift)
		}
	}
	return nil
}

// blend makes one row of one colour from two.
func blend(dst, upper, lower []float32, weight, scale, shift float32) {
	upper, lower = upper[:len(dst)], lower[:len(dst)]
	for x := range dst {
		dst[x] = (upper[x]+(lower[x]-upper[x])*weight)*scale + shift
	}
}

// row is a source row, resized along x, its three colours one after another in levels 0–255.
func (s *Stretcher) row(f *vision.Frame, y int) []float32 {
	row := s.rows[y&1]
	if s.kept[y&1] == y {
		return row
	}
	s.kept[y&1] = y
	line := s.packed(f, y)
	r, g, b := row[:s.w], row[s.w:2*s.w], row[2*s.w:3*s.w]
	for x, t := range s.columns {
		p, q := line[3*t.first:][:3], line[3*t.second:][:3]
		r[x] = between(p[0], q[0], t.weight)
		g[x] = between(p[1], q[1], t.weight)
		b[x] = between(p[2], q[2], t.weight)
	}
	return row
}

func between(a, b byte, weight float32) float32 {
	return float32(a) + (float32(b)-float32(a))*weight
}

// packed is row y of the frame as red, green and blue bytes.
func (s *Stretcher) packed(f *vision.Frame, y int) []byte {
	if f.RGB != nil {
		return f.RGB[3*f.Width*y:][:3*f.Width]
	}
	m := f.YCbCr
	luma := m.Y[m.YOffset(m.Rect.Min.X, m.Rect.Min.Y+y):][:f.Width]
	for x, v := range luma {
		c := m.COffset(m.Rect.Min.X+x, m.Rect.Min.Y+y)
		s.line[3*x], s.line[3*x+1], s.line[3*x+2] = color.YCbCrToRGB(v, m.Cb[c], m.Cr[c])
	}
	return s.line
}

// CheckFrame makes sure that every pixel of the frame lies inside of its planes. The refusal is a *FrameError.
func CheckFrame(f *vision.Frame) error {
	refuse := func(format string, args ...any) error {
		return &FrameError{Name: f.Name, Reason: fmt.Sprintf(format, args...)}
	}
	const maxSide = 1 << 16
	switch {
	case f.Width < 1 || f.Height < 1 || f.Width > maxSide || f.Height > maxSide:
		return refuse("%dx%d pixels; wanted 1 to %d a side", f.Width, f.Height, maxSide)
	case (f.YCbCr == nil) == (f.RGB == nil):
		return refuse("exactly one of YCbCr and RGB must be set")
	case f.RGB != nil && len(f.RGB) != 3*f.Width*f.Height:
		return refuse("%d bytes of RGB; wanted %d", len(f.RGB), 3*f.Width*f.Height)
	case f.RGB != nil:
		return nil
	}
	m, r := f.YCbCr, f.YCbCr.Rect
	if r.Dx() != f.Width || r.Dy() != f.Height || r.Min.X < 0 || r.Min.Y < 0 {
		return refuse("planes of %v for %dx%d pixels", r, f.Width, f.Height)
	}
	x, y := r.Max.X-1, r.Max.Y-1
	luma, chroma := m.YOffset(x, y), m.COffset(x, y)
	// A stride that is too small or negative would make the last offset lie.
	if m.YStride < f.Width || m.CStride < 1+m.COffset(x, r.Min.Y) || luma >= len(m.Y) || chroma >= len(m.Cb) || chroma >= len(m.Cr) {
		return refuse("planes shorter than the picture")
	}
	return nil
}
