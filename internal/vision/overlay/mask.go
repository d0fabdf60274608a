package overlay

import (
	"image"
	"image/color"
	"math"

	"github.com/myrvm/rvmctl/internal/vision"
)

// tint is how much of a mask's colour covers the picture, of 256: enough to see it, little enough to see through.
const tint = 96

// mask covers the set pixels with a translucent colour and draws their border in the full one. A mask that belongs to a
// picture of another size is left out.
func (p *painter) mask(m *vision.Mask, s scale, c color.RGBA) {
	bounds := p.canvas.Rect
	if m == nil || m.Width != bounds.Dx() || m.Height != bounds.Dy() || !m.Rect.In(bounds) || len(m.Bits) != m.Rect.Dx()*m.Rect.Dy() {
		return
	}
	border := max(1, int(math.Round(s.line/2)))
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		for x := m.Rect.Min.X; x < m.Rect.Max.X; x++ {
			if !m.At(x, y) {
				continue
			}
			strength := uint32(tint)
			if onBorder(m, x, y, border) {
				strength = 256
			}
			blend(p.canvas, x, y, c, strength)
		}
	}
}

// onBorder says whether so many pixels to a side the mask has ended.
func onBorder(m *vision.Mask, x, y, width int) bool {
	return !m.At(x-width, y) || !m.At(x+width, y) || !m.At(x, y-width) || !m.At(x, y+width)
}

// blend mixes a colour into an opaque pixel, strength of 256 parts.
func blend(canvas *image.RGBA, x, y int, c color.RGBA, strength uint32) {
	pixel := canvas.Pix[canvas.PixOffset(x, y):][:3]
	for i, v := range [3]uint8{c.R, c.G, c.B} {
		pixel[i] = uint8((uint32(v)*strength + uint32(pixel[i])*(256-strength) + 128) >> 8)
	}
}
