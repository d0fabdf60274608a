package overlay

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"github.com/myrvm/rvmctl/internal/vision"
)

// painter fills smooth shapes into one canvas.
type painter struct {
	canvas *image.RGBA
	raster *vector.Rasterizer
}

func newPainter(canvas *image.RGBA) *painter {
	return &painter{canvas, &vector.Rasterizer{}}
}

// rectangle is in pixels of the canvas.
type rectangle struct {
	x1, y1, x2, y2 float64
}

func (r rectangle) grown(by float64) rectangle {
	return rectangle{r.x1 - by, r.y1 - by, r.x2 + by, r.y2 + by}
}

func (r rectangle) overlaps(o rectangle) bool {
	return r.x1 < o.x2 && o.x1 < r.x2 && r.y1 < o.y2 && o.y1 < r.y2
}

// box draws a frame just inside b, with a dark line on both sides of it that shows on a ground of the same colour.
func (p *painter) box(b vision.Box, s scale, c color.RGBA) {
	outer := rectangle{float64(b.X1), float64(b.Y1), float64(b.X2), float64(b.Y2)}
	radius := 2.2 * s.line
	halo := max(0.75, s.line/3)
	p.ring(outer.grown(halo), s.line+2*halo, radius+halo, color.RGBA{0, 0, 0, 110})
	p.ring(outer, s.line, radius, c)
}

// ring fills what lies between r and r made smaller by width.
func (p *painter) ring(r rectangle, width, radius float64, c color.RGBA) {
	area := p.begin(r)
	if area.Empty() {
		return
	}
	p.path(r, radius, area.Min, false)
	if inner := r.grown(-width); inner.x2 > inner.x1 && inner.y2 > inner.y1 {
		p.path(inner, max(0, radius-width), area.Min, true)
	}
	p.fill(area, c)
}

// plate fills a rounded rectangle.
func (p *painter) plate(r rectangle, radius float64, c color.RGBA) {
	area := p.begin(r)
	if area.Empty() {
		return
	}
	p.path(r, radius, area.Min, false)
	p.fill(area, c)
}

// begin makes the raster as large as the part of r that is on the canvas, so that a small box costs little.
func (p *painter) begin(r rectangle) image.Rectangle {
	area := image.Rect(int(math.Floor(r.x1)), int(math.Floor(r.y1)), int(math.Ceil(r.x2)), int(math.Ceil(r.y2)))
	area = area.Intersect(p.canvas.Rect)
	p.raster.Reset(area.Dx(), area.Dy())
	return area
}

func (p *painter) fill(area image.Rectangle, c color.RGBA) {
	// image.Uniform wants colours multiplied by their alpha; only black is used with one.
	p.raster.Draw(p.canvas, area, image.NewUniform(c), image.Point{})
}

// path adds a rounded rectangle relative to origin; backwards it cuts a hole into one that goes forwards.
func (p *painter) path(r rectangle, radius float64, origin image.Point, backwards bool) {
	radius = min(radius, (r.x2-r.x1)/2, (r.y2-r.y1)/2)
	points := corners(r, radius)
	at := func(i int) (float32, float32) {
		if backwards {
			i = len(points) - 1 - i
		}
		return float32(points[i][0] - float64(origin.X)), float32(points[i][1] - float64(origin.Y))
	}
	p.raster.MoveTo(at(0))
	for i := 1; i < len(points); i++ {
		p.raster.LineTo(at(i))
	}
	p.raster.ClosePath()
}

// arcSteps is how many straight pieces make a quarter of a circle; more cannot be seen at these radii.
const arcSteps = 8

// corners are the points of a rounded rectangle, clockwise from the top right.
func corners(r rectangle, radius float64) [][2]float64 {
	points := make([][2]float64, 0, 4*(arcSteps+1))
	centres := [4][2]float64{
		{r.x2 - radius, r.y1 + radius}, {r.x2 - radius, r.y2 - radius},
		{r.x1 + radius, r.y2 - radius}, {r.x1 + radius, r.y1 + radius},
	}
	for quarter, c := range centres {
		for step := range arcSteps + 1 {
			a := (float64(quarter-1) + float64(step)/arcSteps) * math.Pi / 2
			points = append(points, [2]float64{c[0] + radius*math.Cos(a), c[1] + radius*math.Sin(a)})
		}
	}
	return points
}

// tag draws the plate and its text.
func (p *painter) tag(t tag, face font.Face, s scale) {
	radius := t.height() / 4
	halo := max(0.75, s.line/3)
	p.plate(t.at.grown(halo), radius+halo, color.RGBA{0, 0, 0, 110})
	p.plate(t.at, radius, t.ground)
	pen := font.Drawer{
		Dst:  p.canvas,
		Src:  image.NewUniform(inkOn(t.ground)),
		Face: face,
		Dot:  fixed.Point26_6{X: fixed.Int26_6((t.at.x1 + t.padding) * 64), Y: fixed.Int26_6(math.Round(t.baseline) * 64)},
	}
	pen.DrawString(t.text)
}
