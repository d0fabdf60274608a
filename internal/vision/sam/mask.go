package sam

import (
	"image"
	"math"
	"slices"

	"github.com/myrvm/rvmctl/internal/vision"
)

// Best is the number of the mask that the decoder thinks best, the first of equal ones. One score that is no finite
// number spoils the answer: *NumberError. No score at all is a *BufferError.
func Best(scores []float32) (int, error) {
	if len(scores) == 0 {
		return 0, &BufferError{What: "scores", Want: 1}
	}
	best := 0
	for i, s := range scores {
		if math.IsNaN(float64(s)) || math.IsInf(float64(s), 0) {
			return 0, &NumberError{What: "iou_predictions"}
		}
		if s > scores[best] {
			best = i
		}
	}
	return best, nil
}

// Upsampler makes masks from logits. It keeps scratch memory and belongs to one goroutine.
type Upsampler struct {
	columns []tap
	// rows are two rows of logits, resized along x: an even one at 0, an odd one at 1; kept are their numbers.
	rows [2][]float32
	kept [2]int
	bits []byte
}

// Mask resizes gridW x gridH logits bilinearly to a picture of w x h pixels and then asks which are above 0; the other
// way round the outline would have steps. It is nil when no pixel is. The mask is not cut to any box: an object may well
// reach beyond the one it was found by. Refusals are *BufferError and *NumberError.
func (u *Upsampler) Mask(logits []float32, gridW, gridH, w, h int) (*vision.Mask, error) {
	if len(logits) != gridW*gridH {
		return nil, &BufferError{What: "logits", Got: len(logits), Want: gridW * gridH}
	}
	cells, err := positive(logits, gridW)
	if err != nil || cells.Empty() {
		return nil, err
	}
	// A pixel is made of four neighbours and between the smallest and the largest of them, so it can only be above 0 where
	// one of them is.
	region := image.Rect(0, 0, 0, 0)
	region.Min.X, region.Max.X = reach(cells.Min.X, cells.Max.X, gridW, w)
	region.Min.Y, region.Max.Y = reach(cells.Min.Y, cells.Max.Y, gridH, h)
	set := u.threshold(logits, gridW, gridH, w, h, region)
	if set.Empty() {
		return nil, nil
	}
	return u.cut(region, set, w, h), nil
}

// positive is the smallest rectangle of the grid that holds everything above 0.
func positive(logits []float32, gridW int) (r image.Rectangle, err error) {
	for i, v := range logits {
		if v != v {
			return r, &NumberError{What: "masks"}
		}
		if v > 0 {
			x, y := i%gridW, i/gridW
			r = r.Union(image.Rect(x, y, x+1, y+1))
		}
	}
	return r, nil
}

// reach is the range of pixels along one axis that the cells from first to before end have a part in.
func reach(first, end, cells, pixels int) (from, to int) {
	ratio := float64(pixels) / float64(cells)
	from = int(math.Floor((float64(first)-0.5)*ratio - 0.5))
	to = int(math.Ceil((float64(end)+0.5)*ratio-0.5)) + 1
	return max(0, from), min(pixels, to)
}

// threshold fills u.bits for the region and gives the smallest rectangle that holds every pixel that is set.
func (u *Upsampler) threshold(logits []float32, gridW, gridH, w, h int, region image.Rectangle) (set image.Rectangle) {
	n := region.Dx()
	u.columns = newTaps(u.columns, region.Min.X, region.Max.X, w, gridW)
	for i := range u.rows {
		u.rows[i] = slices.Grow(u.rows[i][:0], n)[:n]
	}
	u.bits = slices.Grow(u.bits[:0], n*region.Dy())[:n*region.Dy()]
	u.kept = [2]int{-1, -1}
	for y := region.Min.Y; y < region.Max.Y; y++ {
		t := newTap(y, h, gridH)
		upper, lower := u.row(logits, gridW, t.first), u.row(logits, gridW, t.second)
		from, to := n, 0
		line := u.bits[(y-region.Min.Y)*n:][:n]
		for x := range line {
			line[x] = 0
			if upper[x]+(lower[x]-upper[x])*t.weight > 0 {
				line[x] = 1
				from, to = min(from, x), x+1
			}
		}
		if from < to {
			set = set.Union(image.Rect(region.Min.X+from, y, region.Min.X+to, y+1))
		}
	}
	return set
}

// row is a row of the grid, resized along x.
func (u *Upsampler) row(logits []float32, gridW, y int) []float32 {
	row := u.rows[y&1]
	if u.kept[y&1] == y {
		return row
	}
	u.kept[y&1] = y
	line := logits[y*gridW:][:gridW]
	for x, t := range u.columns {
		row[x] = line[t.first] + (line[t.second]-line[t.first])*t.weight
	}
	return row
}

// cut copies what is set out of the scratch memory.
func (u *Upsampler) cut(region, set image.Rectangle, w, h int) *vision.Mask {
	m := &vision.Mask{Width: w, Height: h, Rect: set, Bits: make([]byte, 0, set.Dx()*set.Dy())}
	for y := set.Min.Y; y < set.Max.Y; y++ {
		start := (y-region.Min.Y)*region.Dx() + set.Min.X - region.Min.X
		m.Bits = append(m.Bits, u.bits[start:start+set.Dx()]...)
	}
	return m
}
