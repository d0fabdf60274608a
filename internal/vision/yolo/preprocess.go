package yolo

import (
	"fmt"
	"image"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/myrvm/rvmctl/internal/vision"
)

// sample is an element of a model's input: float32, or the bits of a float16.
type sample interface{ float32 | uint16 }

// Preprocessor turns frames into the input of a model, [3,height,width] with red first, values 0–1. It keeps the tables
// of the last geometry and remembers where it wrote a border, so it belongs to one goroutine, and best to one
// destination: a pipeline of several slots has one Preprocessor a slot. Filling allocates nothing.
type Preprocessor struct {
	w, h int
	// srcW and srcH are what the two axes were computed for.
	srcW, srcH    int
	columns, rows axis
	// bands make the rows of the picture, each what comes next; there is a second after Parallel.
	bands  []band
	helper sync.WaitGroup
	floats destination[float32]
	halves destination[uint16]
}

// band is what one goroutine needs to make rows.
type band struct {
	planes planar
	// tail is a copy of the last row of packed pixels, with room behind it.
	tail []byte
}

// destination is a kind of output: its values for every level, and the slice whose border is known to be written.
type destination[T sample] struct {
	levels   *levels[T]
	bordered *T
	letter   Letterbox
	// dst and frame are what help, the part of the second band, works on. It is made once, since a function that is made for
	// each frame would be an allocation for each frame.
	dst   []T
	frame *vision.Frame
	help  func()
	// next is the first row that no band has taken yet.
	next atomic.Int64
}

// NewPreprocessor prepares for a model input of w x h pixels. It allocates all that filling will ever need.
func NewPreprocessor(w, h int) *Preprocessor {
	w, h = max(0, w), max(0, h)
	return &Preprocessor{w: w, h: h, columns: newAxis(w), rows: newAxis(h), bands: make([]band, 1)}
}

// minParallel is the number of rows below which a second goroutine costs more than it takes over.
const minParallel = 64

// slab is how many rows a band takes at once: the goroutine that is woken for the second band comes late, and then makes
// less.
const slab = 16

// Parallel lets a second goroutine make part of the rows of each picture: for one frame at a time on a machine whose other
// cores have nothing to do until inference begins. The numbers are the same.
func (p *Preprocessor) Parallel() { p.bands = make([]band, 2) }

// Fill writes the letterboxed frame into dst, 3·h·w numbers, and says how it lies there. The resize is bilinear with
// half-pixel centres, edges repeated, no antialiasing, in 11-bit fixed point with one rounding, so that every CPU gets
// the same numbers; the border is 114/255. Planes of a JPEG give the same numbers as their conversion by image/color, with
// chroma repeated. Refusals are *SizeError, *FrameError and *BufferError.
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
		border(dst, letter, d.levels[2*padLevel])
		d.bordered, d.letter = &dst[0], letter
	}
	if len(p.bands) < 2 || letter.NewH < minParallel {
		resize(p, &p.bands[0], d, dst, f, 0, letter.NewH)
		return letter, nil
	}
	inTwo(p, d, dst, f)
	return letter, nil
}

// inTwo makes the rows with both bands at once.
func inTwo[T sample](p *Preprocessor, d *destination[T], dst []T, f *vision.Frame) {
	if d.help == nil {
		d.help = func() {
			defer p.helper.Done()
			slabs(p, &p.bands[1], d)
		}
	}
	d.dst, d.frame = dst, f
	d.next.Store(0)
	p.helper.Add(1)
	go d.help()
	slabs(p, &p.bands[0], d)
	p.helper.Wait()
	d.dst, d.frame = nil, nil
}

// slabs makes rows until all are taken.
func slabs[T sample](p *Preprocessor, b *band, d *destination[T]) {
	for {
		to := int(d.next.Add(slab))
		if to-slab >= d.letter.NewH {
			return
		}
		resize(p, b, d, d.dst, d.frame, to-slab, min(to, d.letter.NewH))
	}
}

// resize makes rows of the picture, straight from the source into the three planes of dst.
func resize[T sample](p *Preprocessor, b *band, d *destination[T], dst []T, f *vision.Frame, from, to int) {
	l, lut := d.letter, d.levels
	plane := l.W * l.H
	at, weights := p.columns.at[:l.NewW], p.columns.weights[:l.NewW]
	for y := from; y < to; y++ {
		first, wy := int(p.rows.at[y]), p.rows.second(y)
		second := first
		if wy != 0 {
			second++
		}
		start := (l.Top+y)*l.W + l.Left
		red, green, blue := dst[start:][:l.NewW], dst[plane+start:][:l.NewW], dst[2*plane+start:][:l.NewW]
		halves := p.columns.halves && wy == half
		switch {
		case f.YCbCr == nil && halves:
			packedHalves(red, green, blue, b.packed(f, first), b.packed(f, second), p.columns.offsets, lut)
			continue
		case f.YCbCr == nil:
			packedRow(red, green, blue, b.packed(f, first), b.packed(f, second), p.columns.offsets, weights, wy, lut)
			continue
		case halves && b.planes.paired && chromaLine(f.YCbCr, first) == chromaLine(f.YCbCr, second):
			upper, lower, cb, cr := b.planes.rows(f.YCbCr, first, l.NewW)
			planarHalves(red, green, blue, upper, lower, cb, cr, at, b.planes.first, lut)
			continue
		}
		luma0, colours0 := b.planes.row(f.YCbCr, first, at)
		luma1, colours1 := b.planes.row(f.YCbCr, second, at)
		colourRow(red, luma0, luma1, colours0[0], colours1[0], weights, wy, lut)
		colourRow(green, luma0, luma1, colours0[1], colours1[1], weights, wy, lut)
		colourRow(blue, luma0, luma1, colours0[2], colours1[2], weights, wy, lut)
	}
}

// packed is row y of the source and three bytes more, so that every pixel can be read together with a neighbour. Only
// the last row may have nothing behind it: it is copied to where there is room. Whatever stands there has no weight.
func (b *band) packed(f *vision.Frame, y int) []byte {
	stride := 3 * f.Width
	from, to := y*stride, (y+1)*stride
	if to+packedReach <= len(f.RGB) {
		return f.RGB[from : to+packedReach]
	}
	copy(b.tail, f.RGB[from:to])
	return b.tail
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

// prepare rebuilds the tables when the source has another size than the last one.
func (p *Preprocessor) prepare(f *vision.Frame, l Letterbox) {
	if f.Width != p.srcW || f.Height != p.srcH {
		p.srcW, p.srcH = f.Width, f.Height
		p.columns.fill(l.NewW, f.Width)
		p.rows.fill(l.NewH, f.Height)
	}
	for i := range p.bands {
		p.bands[i].prepare(f, p.w, p.columns.at[:l.NewW])
	}
}

// prepare makes room for a frame's rows and forgets the rows of the last one.
func (b *band) prepare(f *vision.Frame, columns int, at []uint32) {
	if f.YCbCr != nil {
		b.planes.grow(columns)
		b.planes.start(f.YCbCr, at)
		return
	}
	if n := 3*f.Width + packedReach; len(b.tail) != n {
		b.tail = slices.Grow(b.tail[:0], n)[:n]
	}
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
