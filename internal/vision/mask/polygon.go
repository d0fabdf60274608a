package mask

import (
	"cmp"
	"slices"

	"github.com/myrvm/rvmctl/internal/vision"
)

// Polygon is the outline of one part of a mask as COCO writes it: x1,y1,x2,y2,… in pixels of the picture.
type Polygon []int

// Polygons gives the outer outline of every part, the one with the largest area first. Pixels belong together when they
// touch by a side or a corner; points are the coordinates of pixels on the border, and only those at which it turns, as
// OpenCV's findContours gives them with RETR_EXTERNAL and CHAIN_APPROX_SIMPLE. So holes are lost, and with them what lies
// in a hole. A part of fewer than three points, a single pixel or a straight line, is left out. A nil mask has none.
//
// The method is Suzuki and Abe, "Topological structural analysis of digitized binary images by border following" (1985).
func Polygons(m *vision.Mask) []Polygon {
	if m == nil || m.Rect.Empty() {
		return nil
	}
	t := newTracer(m)
	var found []Polygon
	for y := 1; y <= m.Rect.Dy(); y++ {
		found = t.scan(y, found)
	}
	found = slices.DeleteFunc(found, func(p Polygon) bool { return len(p) < 6 })
	slices.SortStableFunc(found, func(a, b Polygon) int { return cmp.Compare(b.twiceArea(), a.twiceArea()) })
	return found
}

// twiceArea is double the area that the outline encloses, by the shoelace formula.
func (p Polygon) twiceArea() int {
	sum := 0
	for i := 0; i < len(p); i += 2 {
		j := (i + 2) % len(p)
		sum += p[i]*p[j+1] - p[j]*p[i+1]
	}
	return max(sum, -sum)
}

// What a pixel of the traced picture is. A border pixel behind which the part ends to the right is leaving: a row that
// met one last is outside of every part.
const (
	unset    int8 = 0
	set      int8 = 1
	entering int8 = 2
	leaving  int8 = -2
)

// tracer holds a mask with a frame of unset pixels around it, so that no neighbour is ever outside.
type tracer struct {
	pixels []int8
	stride int
	// x and y are the picture's coordinates of the frame's corner.
	x, y int
	// steps lead to the eight neighbours, counter-clockwise from the right.
	steps [8]int
}

func newTracer(m *vision.Mask) *tracer {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	t := &tracer{stride: w + 2, x: m.Rect.Min.X - 1, y: m.Rect.Min.Y - 1, pixels: make([]int8, (w+2)*(h+2))}
	for y := range h {
		for x, bit := range row(m, m.Rect.Min.Y+y) {
			if bit != 0 {
				t.pixels[(y+1)*t.stride+x+1] = set
			}
		}
	}
	for i, d := range directions {
		t.steps[i] = d.y*t.stride + d.x
	}
	return t
}

// directions are the eight neighbours, counter-clockwise from the right as it is seen on a screen.
var directions = [8]struct{ x, y int }{{1, 0}, {1, -1}, {0, -1}, {-1, -1}, {-1, 0}, {-1, 1}, {0, 1}, {1, 1}}

// scan looks through one row for parts that were not met before and are not inside of another.
func (t *tracer) scan(y int, found []Polygon) []Polygon {
	before, border := unset, unset
	for x := 1; x < t.stride; x++ {
		at := y*t.stride + x
		if before == unset && t.pixels[at] == set && border != entering {
			found = append(found, t.follow(at))
		}
		if before = t.pixels[at]; before == entering || before == leaving {
			border = before
		}
	}
	return found
}

// follow walks around a part from its first pixel, marks its border and notes where it turns.
func (t *tracer) follow(start int) (p Polygon) {
	last, from := t.firstNeighbour(start)
	if last == start {
		t.pixels[start] = leaving
		return t.note(nil, start)
	}
	at, before := start, from^4
	for {
		next, to := t.nextNeighbour(at, from)
		t.mark(at, from, to)
		if to != before {
			p = t.note(p, at)
		}
		if next == start && at == last {
			return p
		}
		at, before, from = next, to, (to+4)&7
	}
}

// firstNeighbour goes clockwise from the left, where nothing is, to the pixel from which the walk will come back to
// start; it is start itself for a single pixel.
func (t *tracer) firstNeighbour(start int) (at, direction int) {
	for d := 3; d >= -3; d-- {
		if at := start + t.steps[d&7]; t.pixels[at] != unset {
			return at, d & 7
		}
	}
	return start, 4
}

// nextNeighbour goes counter-clockwise from the one behind from.
func (t *tracer) nextNeighbour(at, from int) (next, direction int) {
	for d := from + 1; ; d++ {
		if next := at + t.steps[d&7]; t.pixels[next] != unset {
			return next, d & 7
		}
	}
}

// mark says of a border pixel whether its right neighbour was passed as unset on the turn from one direction to the
// other, that is whether the part ends there.
func (t *tracer) mark(at, from, to int) {
	for d := (from + 1) & 7; d != to; d = (d + 1) & 7 {
		if d == 0 {
			t.pixels[at] = leaving
			return
		}
	}
	if t.pixels[at] == set {
		t.pixels[at] = entering
	}
}

func (t *tracer) note(p Polygon, at int) Polygon {
	return append(p, t.x+at%t.stride, t.y+at/t.stride)
}
