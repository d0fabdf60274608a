package overlay

import (
	"image"
	"image/color"
	"math"

	"github.com/myrvm/rvmctl/internal/vision"
)

// DrawBoxes is Draw without the tags, for pictures so coarse that their text would hide what they show.
func DrawBoxes(f *vision.Frame, dets []vision.Detection) (*image.RGBA, error) {
	return paint(f, dets, false)
}

// Colour is the one in which things with this label id are drawn.
func Colour(labelID int) color.RGBA { return colourOf(labelID) }

// Fit is the largest size of the same shape as w×h pixels that is within maxW×maxH and not larger than w×h itself; never less
// than one pixel.
func Fit(w, h, maxW, maxH int) (int, int) {
	scale := min(1, float64(maxW)/float64(w), float64(maxH)/float64(h))
	return max(1, int(math.Round(float64(w)*scale))), max(1, int(math.Round(float64(h)*scale)))
}

// Shrink makes f w×h pixels large, with its detections, so that lines and text are drawn in the size in which they are seen. Each
// new pixel is the mean of the area that it covers. A size that is no reduction gives f and dets themselves. The error is that of
// a frame that does not hold its pixels.
func Shrink(f *vision.Frame, dets []vision.Detection, w, h int) (*vision.Frame, []vision.Detection, error) {
	if err := checkFrame(f); err != nil {
		return nil, nil, err
	}
	w, h = max(1, min(w, f.Width)), max(1, min(h, f.Height))
	if w == f.Width && h == f.Height {
		return f, dets, nil
	}
	small := &vision.Frame{Name: f.Name, Number: f.Number, Taken: f.Taken, Width: w, Height: h, RGB: areaMeans(f, w, h)}
	return small, shrunkBoxes(dets, f, small), nil
}

// areaMeans needs one row of sums and no copy of the picture.
func areaMeans(f *vision.Frame, w, h int) []byte {
	columns := spans(f.Width, w)
	row, across, sums := make([]byte, 3*f.Width), make([]float32, 3*w), make([]float32, 3*w)
	out := make([]byte, 0, 3*w*h)
	for _, s := range spans(f.Height, h) {
		clear(sums)
		for y := int(s.from); y <= s.last; y++ {
			addRow(sums, averaged(across, rowOf(f, y, row), columns), s.weight(y))
		}
		for _, v := range sums {
			out = append(out, byte(min(255, v/float32(s.to-s.from)+0.5)))
		}
	}
	return out
}

// span is what one new pixel covers of a row or column: from and to, and the last old pixel that it touches.
type span struct {
	from, to float64
	last     int
}

// weight is how much of old pixel i lies within the span, 0–1.
func (s span) weight(i int) float32 {
	return float32(min(s.to, float64(i+1)) - max(s.from, float64(i)))
}

func spans(old, new int) []span {
	all := make([]span, new)
	step := float64(old) / float64(new)
	for i := range all {
		from, to := float64(i)*step, float64(i+1)*step
		if i == new-1 {
			to = float64(old)
		}
		all[i] = span{from, to, min(old-1, int(math.Ceil(to))-1)}
	}
	return all
}

// averaged writes the means of the spans of one row into across.
func averaged(across []float32, row []byte, columns []span) []float32 {
	for x, s := range columns {
		var r, g, b float32
		for i := int(s.from); i <= s.last; i++ {
			weight := s.weight(i)
			r, g, b = r+weight*float32(row[3*i]), g+weight*float32(row[3*i+1]), b+weight*float32(row[3*i+2])
		}
		width := float32(s.to - s.from)
		across[3*x], across[3*x+1], across[3*x+2] = r/width, g/width, b/width
	}
	return across
}

func addRow(sums, row []float32, weight float32) {
	for i, v := range row {
		sums[i] += weight * v
	}
}

// rowOf gives packed RGB of one row; buffer is used where the frame has planes.
func rowOf(f *vision.Frame, y int, buffer []byte) []byte {
	if f.YCbCr == nil {
		return f.RGB[3*f.Width*y : 3*f.Width*(y+1)]
	}
	p := f.YCbCr
	for x := range f.Width {
		luma, chroma := p.YOffset(p.Rect.Min.X+x, p.Rect.Min.Y+y), p.COffset(p.Rect.Min.X+x, p.Rect.Min.Y+y)
		buffer[3*x], buffer[3*x+1], buffer[3*x+2] = color.YCbCrToRGB(p.Y[luma], p.Cb[chroma], p.Cr[chroma])
	}
	return buffer
}

func shrunkBoxes(dets []vision.Detection, from, to *vision.Frame) []vision.Detection {
	x, y := float32(to.Width)/float32(from.Width), float32(to.Height)/float32(from.Height)
	out := make([]vision.Detection, len(dets))
	for i, d := range dets {
		d.Box = vision.Box{X1: d.Box.X1 * x, Y1: d.Box.Y1 * y, X2: d.Box.X2 * x, Y2: d.Box.Y2 * y}
		if d.Mask != nil {
			d.Mask = shrunkMask(d.Mask, to.Width, to.Height)
		}
		out[i] = d
	}
	return out
}

// shrunkMask takes the pixel in the middle of what each new one covers; nil when nothing is left.
func shrunkMask(m *vision.Mask, w, h int) *vision.Mask {
	if m.Width < 1 || m.Height < 1 {
		return nil
	}
	rect := image.Rect(m.Rect.Min.X*w/m.Width, m.Rect.Min.Y*h/m.Height,
		(m.Rect.Max.X*w+m.Width-1)/m.Width, (m.Rect.Max.Y*h+m.Height-1)/m.Height).Intersect(image.Rect(0, 0, w, h))
	if rect.Empty() {
		return nil
	}
	small := &vision.Mask{Width: w, Height: h, Rect: rect, Bits: make([]byte, 0, rect.Dx()*rect.Dy())}
	for y := rect.Min.Y; y < rect.Max.Y; y++ {
		for x := rect.Min.X; x < rect.Max.X; x++ {
			bit := byte(0)
			if m.At((2*x+1)*m.Width/(2*w), (2*y+1)*m.Height/(2*h)) {
				bit = 1
			}
			small.Bits = append(small.Bits, bit)
		}
	}
	return small
}
