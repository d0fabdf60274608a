package yolo

import (
	"bytes"
	"image"
	"math"
	"sync"
	"sync/atomic"

	"github.com/myrvm/rvmctl/internal/vision"
)

// maxMaskBytes bounds what the masks of one frame take in all. Three hundred boxes that each cover a picture of forty
// megapixels would be twelve gigabytes, and no honest model sees that.
const maxMaskBytes = 256 << 20

// Prototypes are slot 0 of the second output of a segmentation model, [coefficients, height, width]. Exactly one of the
// two is set.
type Prototypes struct {
	Floats []float32
	// Halves are float16 by their bits; only what lies under a box is ever converted.
	Halves []uint16
}

func (p Prototypes) len() int { return max(len(p.Floats), len(p.Halves)) }

// Masks cuts the mask of every detection that the last Decode appended; found must be exactly those, in their order.
//
// It is Ultralytics' native method (retina_masks=True): the weighted sum of the prototypes, without the letterbox's
// border, is stretched bilinearly to the size of the source picture, and a pixel is set when it lies inside the clipped
// box and its logit is above 0. Only cells under the box are computed. A mask without a pixel stays nil, and so does a
// mask with coefficients that are not finite, or one that would be beyond 256 MiB for the frame. A length that does not
// fit is *BufferError.
func (d *Decoder) Masks(protos Prototypes, lb Letterbox, found []vision.Detection) error {
	nm := d.spec.Coefficients
	if want := nm * d.spec.ProtoWidth * d.spec.ProtoHeight; want < 1 || protos.len() < want || protos.len()%want != 0 {
		return &BufferError{What: "mask prototypes", Got: protos.len(), Want: want}
	}
	if len(found)*nm != len(d.coefficients) {
		return &BufferError{What: "mask coefficients", Got: len(d.coefficients), Want: len(found) * nm}
	}
	for i := range d.stencils {
		d.stencils[i].fit(lb, d.spec.ProtoWidth, d.spec.ProtoHeight)
	}
	if len(d.stencils) > 1 && len(found) > 1 && d.fits(found) {
		d.cutInTwo(protos, found)
		return nil
	}
	total := 0
	for i := range found {
		if total >= d.maskBytes {
			found[i].Mask = nil
			continue
		}
		found[i].Mask = d.stencils[0].cut(protos, d.coefficients[i*nm:][:nm], found[i].Box)
		if found[i].Mask != nil {
			total += len(found[i].Mask.Bits)
		}
	}
	return nil
}

// Parallel lets a second goroutine cut part of the masks of each frame, for one frame at a time on a machine whose other
// cores have nothing to do until the next inference begins. The masks are the same.
func (d *Decoder) Parallel() { d.stencils = make([]stencil, 2) }

// fits says whether no order of the masks can reach the bound, so that two may be cut at once.
func (d *Decoder) fits(found []vision.Detection) bool {
	total := 0
	for _, f := range found {
		area := d.stencils[0].area(f.Box)
		total += area.Dx() * area.Dy()
	}
	return total < d.maskBytes
}

// cutInTwo cuts with both stencils at once, each the next mask that nobody has begun.
func (d *Decoder) cutInTwo(protos Prototypes, found []vision.Detection) {
	var next atomic.Int64
	nm := d.spec.Coefficients
	work := func(s *stencil) {
		for {
			i := int(next.Add(1)) - 1
			if i >= len(found) {
				return
			}
			found[i].Mask = s.cut(protos, d.coefficients[i*nm:][:nm], found[i].Box)
		}
	}
	var helper sync.WaitGroup
	helper.Go(func() { work(&d.stencils[1]) })
	work(&d.stencils[0])
	helper.Wait()
}

// remember keeps the mask coefficients of an anchor or row that became a detection.
func (d *Decoder) remember(out []float32, anchors, at int) {
	nm := d.spec.Coefficients
	if d.spec.Layout == Rows {
		d.coefficients = append(d.coefficients, out[at*d.spec.ChannelsOut()+6:][:nm]...)
		return
	}
	for k := range nm {
		d.coefficients = append(d.coefficients, out[(4+d.spec.Classes+k)*anchors+at])
	}
}

// stencil turns prototypes into bitmaps; it keeps its tables and scratch memory between frames.
type stencil struct {
	// width and height are those of the source picture, stride that of the prototypes.
	width, height, stride, plane int
	across, down                 lattice

	logits    []float32
	spans     []span
	converted [4][]float32
	bits      []byte
}

// fit prepares the tables for pictures of this geometry.
func (s *stencil) fit(lb Letterbox, protoW, protoH int) {
	s.width, s.height, s.stride, s.plane = lb.SrcW, lb.SrcH, protoW, protoW*protoH
	// The gain is the letterbox's, on the grid of the prototypes: the same for both axes.
	gain := min(float64(protoH)/float64(lb.SrcH), float64(protoW)/float64(lb.SrcW))
	s.across.fit(lb.SrcW, protoW, gain)
	s.down.fit(lb.SrcH, protoH, gain)
}

// cut makes one mask, or nil when no pixel is set.
func (s *stencil) cut(protos Prototypes, weights []float32, box vision.Box) *vision.Mask {
	area := s.area(box)
	if area.Empty() {
		return nil
	}
	cells := image.Rect(int(s.across.cell[area.Min.X]), int(s.down.cell[area.Min.Y]),
		s.across.after(int(s.across.cell[area.Max.X-1]))+1, s.down.after(int(s.down.cell[area.Max.Y-1]))+1)
	s.weigh(protos, weights, cells)
	return s.trim(area, s.paint(area, cells))
}

// area are the whole pixels under a box, none for an empty one.
func (s *stencil) area(box vision.Box) image.Rectangle {
	if box.Empty() {
		return image.Rectangle{}
	}
	return image.Rectangle{
		Min: image.Pt(s.across.pixel(box.X1), s.down.pixel(box.Y1)),
		Max: image.Pt(s.across.pixel(box.X2), s.down.pixel(box.Y2)),
	}
}

// weigh computes the logits of the cells: the sum of the prototypes, each times its coefficient, four at a time so that
// a sum is not fetched and stored for every one of them.
func (s *stencil) weigh(protos Prototypes, weights []float32, cells image.Rectangle) {
	w := cells.Dx()
	s.logits = resized(s.logits, w*cells.Dy())
	clear(s.logits)
	for y := range cells.Dy() {
		sums := s.logits[y*w:][:w]
		at := (s.down.first+cells.Min.Y+y)*s.stride + s.across.first + cells.Min.X
		k := 0
		for ; k+4 <= len(weights); k += 4 {
			p0, p1 := s.cells(protos, 0, k*s.plane+at, w), s.cells(protos, 1, (k+1)*s.plane+at, w)
			p2, p3 := s.cells(protos, 2, (k+2)*s.plane+at, w), s.cells(protos, 3, (k+3)*s.plane+at, w)
			w0, w1, w2, w3 := weights[k], weights[k+1], weights[k+2], weights[k+3]
			p0, p1, p2, p3 = p0[:len(sums)], p1[:len(sums)], p2[:len(sums)], p3[:len(sums)] // No bounds to check below.
			for x := range sums {
				sums[x] += w0*p0[x] + w1*p1[x] + w2*p2[x] + w3*p3[x]
			}
		}
		for ; k < len(weights); k++ {
			p := s.cells(protos, 0, k*s.plane+at, w)
			for x := range sums {
				sums[x] += weights[k] * p[x]
			}
		}
	}
}

// cells are n neighbouring prototype values from a position on.
func (s *stencil) cells(protos Prototypes, scratch, at, n int) []float32 {
	if protos.Halves == nil {
		return protos.Floats[at:][:n]
	}
	s.converted[scratch] = resized(s.converted[scratch], n)
	Float32sFromHalves(s.converted[scratch], protos.Halves[at:][:n])
	return s.converted[scratch]
}

// paint stretches the logits over the pixels of area, marks those above 0 and returns the part around them. Between four
// cells of one sign every pixel has that sign, so that only where the sign changes there is something to compute.
func (s *stencil) paint(area, cells image.Rectangle) (set image.Rectangle) {
	if n := area.Dx() * area.Dy(); cap(s.bits) < n {
		s.bits = make([]byte, n)
	} else {
		s.bits = s.bits[:n]
	}
	clear(s.bits)
	w := cells.Dx()
	for y := area.Min.Y; y < area.Max.Y; {
		cell := int(s.down.cell[y])
		above, below := s.logits[(cell-cells.Min.Y)*w:][:w], s.logits[(s.down.after(cell)-cells.Min.Y)*w:][:w]
		s.split(above, below, area, cells.Min.X)
		for stop := min(int(s.down.end[cell]), area.Max.Y); y < stop; y++ {
			bits := s.bits[(y-area.Min.Y)*area.Dx():][:area.Dx()]
			for _, span := range s.spans {
				if span.left < 0 {
					setAll(bits[span.from:span.to])
					continue
				}
				part := s.down.part[y]
				left := above[span.left] + (below[span.left]-above[span.left])*part
				right := above[span.right] + (below[span.right]-above[span.right])*part
				for x := span.from; x < span.to; x++ {
					if left+(right-left)*s.across.part[area.Min.X+x] > 0 {
						bits[x] = 1
					}
				}
			}
			if first := bytes.IndexByte(bits, 1); first >= 0 {
				last := bytes.LastIndexByte(bits, 1)
				set = set.Union(image.Rect(area.Min.X+first, y, area.Min.X+last+1, y+1))
			}
		}
	}
	return set
}

// span are the pixels from and up to a position within a line that lie between two columns of cells, or, where left is
// negative, between any number of columns that are all above 0.
type span struct{ from, to, left, right int }

// split lists the spans of the lines between two rows of cells that have anything to set.
func (s *stencil) split(above, below []float32, area image.Rectangle, origin int) {
	s.spans = s.spans[:0]
	for at := 0; at < area.Dx(); {
		cell := int(s.across.cell[area.Min.X+at])
		stop := min(int(s.across.end[cell])-area.Min.X, area.Dx())
		left, right := cell-origin, s.across.after(cell)-origin
		switch positives(above[left], below[left], above[right], below[right]) {
		case 0:
		case 4:
			if n := len(s.spans); n > 0 && s.spans[n-1].left < 0 && s.spans[n-1].to == at {
				s.spans[n-1].to = stop
				break
			}
			s.spans = append(s.spans, span{from: at, to: stop, left: -1})
		default:
			s.spans = append(s.spans, span{from: at, to: stop, left: left, right: right})
		}
		at = stop
	}
}

func positives(logits ...float32) (n int) {
	for _, l := range logits {
		if l > 0 {
			n++
		}
	}
	return n
}

// ones are copied, which is many pixels in one step.
var ones = bytes.Repeat([]byte{1}, 256)

func setAll(bits []byte) {
	for len(bits) > 0 {
		bits = bits[copy(bits, ones):]
	}
}

// trim copies what is set out of the scratch memory.
func (s *stencil) trim(area, set image.Rectangle) *vision.Mask {
	if set.Empty() {
		return nil
	}
	m := &vision.Mask{Width: s.width, Height: s.height, Rect: set, Bits: make([]byte, set.Dx()*set.Dy())}
	for y := range set.Dy() {
		from := (set.Min.Y+y-area.Min.Y)*area.Dx() + set.Min.X - area.Min.X
		copy(m.Bits[y*set.Dx():][:set.Dx()], s.bits[from:])
	}
	return m
}

// resized is a slice of length n over the same memory where it is large enough; its numbers mean nothing.
func resized(s []float32, n int) []float32 {
	if cap(s) < n {
		return make([]float32, n)
	}
	return s[:n]
}

// lattice says where the pixels of one axis of the picture lie among the prototype cells of that axis.
type lattice struct {
	pixels int
	// first is the first cell behind the letterbox's border, count how many cells hold picture.
	first, count int
	// cell is, for each pixel, the last cell whose centre is not beyond it, counted from first; part is how far the pixel
	// is on the way to the next one, 0–1. end is, for each cell, the first pixel that belongs to a later one.
	cell []int32
	part []float32
	end  []int32
}

// fit cuts the border off as Ultralytics does, rounding half to even with a tenth of a cell to the right, and lays the
// pixels out with half-pixel centres and repeated edges.
func (l *lattice) fit(pixels, cells int, gain float64) {
	border := (float64(cells) - float64(float64(pixels)*gain)) / 2
	first := int(math.RoundToEven(border - 0.1))
	count := cells - int(math.RoundToEven(border+0.1)) - first
	// A picture thinner than half a cell rounds to none.
	first, count = max(0, min(first, cells-1)), max(1, count)
	count = min(count, cells-first)
	if l.pixels == pixels && l.first == first && l.count == count {
		return
	}
	l.pixels, l.first, l.count = pixels, first, count
	if cap(l.cell) < pixels {
		l.cell, l.part = make([]int32, pixels), make([]float32, pixels)
	}
	if cap(l.end) < count {
		l.end = make([]int32, count)
	}
	l.cell, l.part, l.end = l.cell[:pixels], l.part[:pixels], l.end[:count]
	ratio := float64(count) / float64(pixels)
	for i := range l.cell {
		at := max(0, float64((float64(i)+0.5)*ratio)-0.5)
		cell := min(int(at), count-1)
		l.cell[i], l.part[i] = int32(cell), float32(at-float64(cell))
		l.end[cell] = int32(i + 1)
	}
}

// pixel is the first whole pixel at or behind an edge, within the picture.
func (l *lattice) pixel(edge float32) int {
	return int(min(max(math.Ceil(float64(edge)), 0), float64(l.pixels)))
}

// after is the next cell, or the last one.
func (l *lattice) after(cell int) int { return min(cell+1, l.count-1) }
