package yolo

import (
	"fmt"
	"image"

	"github.com/myrvm/rvmctl/internal/vision"
)

// sample is an element of a model's input: float32, or the bits of a float16.
type sample interface{ float32 | uint16 }

// Preprocessor turns frames into the input of a model, [3,height,width] with red first, values 0–1. It keeps the tables
// of the last geometry and remembers where it wrote a border, so it belongs to one goroutine, and best to one
// destination: a pipeline of several slots has one Preprocessor a slot. Filling allocates nothing.
type Preprocessor struct {
	w, h int
	geometry
	columns, rows []tap
	floats        destination[float32]
	halves        destination[uint16]
}

// geometry is what the tables depend on.
type geometry struct {
	srcW, srcH int
	// planar frames have chroma samples on a coarser grid; originX and originY are where the planes begin on it.
	planar           bool
	ratio            image.YCbCrSubsampleRatio
	originX, originY int
}

// destination is a kind of output: its values for every level, and the slice whose border is known to be written.
type destination[T sample] struct {
	levels   *levels[T]
	bordered *T
	letter   Letterbox
}

// NewPreprocessor prepares for a model input of w x h pixels. It allocates all that filling will ever need.
func NewPreprocessor(w, h int) *Preprocessor {
	return &Preprocessor{w: w, h: h, columns: make([]tap, max(0, w)), rows: make([]tap, max(0, h))}
}

// Fill writes the letterboxed frame into dst, 3·h·w numbers, and says how it lies there. The resize is bilinear with
// half-pixel centres, edges repeated, no antialiasing, in 11-bit fixed point with one rounding, so that every CPU gets
// the same numbers; the border is 114/255. Planes of a JPEG are interpolated before their colours are converted, which
// differs from the other order by a level or two. Refusals are *SizeError, *FrameError and *BufferError.
//
// The border is written when dst or the geometry changes and trusted afterwards: nobody else may write to dst between
// two calls.
func (p *Preprocessor) Fill(dst []float32, f *vision.Frame) (Letterbox, error) {
	if p.floats.levels == nil {
		p.floats.levels = newLevels(func(v float32) float32 { return v })
	}
	return fill(p, &p.floats, dst, f)
}

// FillHalf is Fill for a model that reads float16: dst receives the bits, rounded to nearest even.
func (p *Preprocessor) FillHalf(dst []uint16, f *vision.Frame) (Letterbox, error) {
	if p.halves.levels == nil {
		p.halves.levels = newLevels(HalfFromFloat32)
	}
	return fill(p, &p.halves, dst, f)
}

func fill[T sample](p *Preprocessor, d *destination[T], dst []T, f *vision.Frame) (Letterbox, error) {
	letter, err := NewLetterbox(f.Width, f.Height, p.w, p.h)
	if err != nil {
		return Letterbox{}, err
	}
	if want := 3 * p.w * p.h; len(dst) != want {
		return Letterbox{}, &BufferError{What: "input", Got: len(dst), Want: want}
	}
	if err := checkFrame(f); err != nil {
		return Letterbox{}, err
	}
	p.prepare(f, letter)
	if d.bordered != &dst[0] || d.letter != letter {
		border(dst, letter, d.levels.of(padLevel))
		d.bordered, d.letter = &dst[0], letter
	}
	if f.YCbCr != nil {
		fillPlanes(dst, f.YCbCr, p, letter, d.levels)
	} else {
		fillPacked(dst, f.RGB, p, letter, d.levels)
	}
	return letter, nil
}

// checkFrame makes sure that every index computed later lies inside of the planes.
func checkFrame(f *vision.Frame) error {
	if (f.YCbCr == nil) == (f.RGB == nil) {
		return &FrameError{Name: f.Name, Reason: "exactly one of YCbCr and RGB must be set"}
	}
	if f.RGB != nil {
		if want := 3 * f.Width * f.Height; len(f.RGB) != want {
			return &FrameError{Name: f.Name, Reason: fmt.Sprintf("%d bytes of RGB; wanted %d", len(f.RGB), want)}
		}
		return nil
	}
	return checkPlanes(f)
}

func checkPlanes(f *vision.Frame) error {
	y := f.YCbCr
	r := y.Rect
	if r.Dx() != f.Width || r.Dy() != f.Height || r.Min.X < 0 || r.Min.Y < 0 {
		return &FrameError{Name: f.Name, Reason: fmt.Sprintf("planes of %v for %dx%d pixels", r, f.Width, f.Height)}
	}
	if y.SubsampleRatio < image.YCbCrSubsampleRatio444 || y.SubsampleRatio > image.YCbCrSubsampleRatio410 {
		return &FrameError{Name: f.Name, Reason: "unknown chroma subsampling"}
	}
	// A stride that is too small or negative would make the last offset lie, so both ends of the first row count too.
	lastX, lastY := r.Max.X-1, r.Max.Y-1
	luma, chroma := y.YOffset(lastX, lastY), y.COffset(lastX, lastY)
	if y.YStride < f.Width || y.CStride < 1+y.COffset(lastX, r.Min.Y) ||
		luma >= len(y.Y) || chroma >= len(y.Cb) || chroma >= len(y.Cr) {
		return &FrameError{Name: f.Name, Reason: "planes shorter than the picture"}
	}
	return nil
}

// prepare rebuilds the tables when the geometry is another than the last one.
func (p *Preprocessor) prepare(f *vision.Frame, l Letterbox) {
	g := geometry{srcW: f.Width, srcH: f.Height}
	if y := f.YCbCr; y != nil {
		g.planar, g.ratio, g.originX, g.originY = true, y.SubsampleRatio, y.Rect.Min.X, y.Rect.Min.Y
	}
	if g == p.geometry {
		return
	}
	p.geometry = g
	sx, sy := subsampling(g)
	fillAxis(p.columns[:l.NewW], g.srcW, sx, g.originX)
	fillAxis(p.rows[:l.NewH], g.srcH, sy, g.originY)
}

// border writes the padding around the picture into the three planes.
func border[T sample](dst []T, l Letterbox, pad T) {
	for plane := range 3 {
		dst := dst[plane*l.W*l.H:][:l.W*l.H]
		constant(dst[:l.Top*l.W], pad)
		constant(dst[(l.Top+l.NewH)*l.W:], pad)
		if l.NewW == l.W {
			continue
		}
		for y := l.Top; y < l.Top+l.NewH; y++ {
			row := dst[y*l.W:][:l.W]
			constant(row[:l.Left], pad)
			constant(row[l.Left+l.NewW:], pad)
		}
	}
}

func constant[T sample](dst []T, v T) {
	for i := range dst {
		dst[i] = v
	}
}
