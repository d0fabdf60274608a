package picture

import (
	"image"
	"image/color"
	"strconv"

	"github.com/charmbracelet/x/ansi"
)

// cell is one character of the grid. A nil colour is the terminal's own.
type cell struct {
	text       string
	fore, back *color.RGBA
}

// blocks draws two pixels in each cell, the upper in the colour of the character and the lower in that behind it, and writes
// the tags over them.
func blocks(img *image.RGBA, colours Colours, tags []Tag) []byte {
	grid := gridOf(img, colours)
	for _, t := range tags {
		grid.write(t, colours)
	}
	var out []byte
	for y, row := range grid {
		if y > 0 {
			out = append(out, '\n')
		}
		pen := pen{colours: colours}
		for _, c := range row {
			out = append(pen.move(out, c), c.text...)
		}
		out = pen.move(out, cell{})
	}
	return out
}

type grid [][]cell

func gridOf(img *image.RGBA, colours Colours) grid {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	g := make(grid, (h+1)/2)
	for y := range g {
		g[y] = make([]cell, w)
		for x := range g[y] {
			upper := img.RGBAAt(img.Rect.Min.X+x, img.Rect.Min.Y+2*y)
			lower := upper
			if last := 2*y+1 == h; !last {
				lower = img.RGBAAt(img.Rect.Min.X+x, img.Rect.Min.Y+2*y+1)
			}
			switch {
			case colours == NoColours:
				g[y][x] = cell{text: shade(upper, lower)}
			case 2*y+1 == h:
				g[y][x] = cell{text: "▀", fore: &upper}
			default:
				g[y][x] = cell{text: "▀", fore: &upper, back: &lower}
			}
		}
	}
	return g
}

// ramp goes from dark to light, for the light text on dark ground that most terminals have.
const ramp = " .:-=+*#%@"

func shade(upper, lower color.RGBA) string {
	light := (luma(upper) + luma(lower)) / 2
	i := min(int(light*float64(len(ramp))/256), len(ramp)-1)
	return ramp[i : i+1]
}

// luma is after ITU-R BT.601, 0–255.
func luma(c color.RGBA) float64 {
	return 0.299*float64(c.R) + 0.587*float64(c.G) + 0.114*float64(c.B)
}

// write puts a tag into the row above its place, or into the first where there is none above, as far left as it must be to be
// whole.
func (g grid) write(t Tag, colours Colours) {
	if len(g) == 0 {
		return
	}
	text := single(t.Text)
	if colours == NoColours {
		text = "[" + text + "]"
	} else {
		text = " " + text + " "
	}
	letters := []rune(text)
	row := g[min(max(t.Y/2-1, 0), len(g)-1)]
	x := max(0, min(t.X, len(row)-len(letters)))
	ink := color.RGBA{255, 255, 255, 255}
	if luma(t.Ground) > 128 {
		ink = color.RGBA{0, 0, 0, 255}
	}
	for i, r := range letters {
		if x+i >= len(row) {
			return
		}
		if colours == NoColours {
			row[x+i] = cell{text: string(r)}
			continue
		}
		row[x+i] = cell{text: string(r), fore: &ink, back: &t.Ground}
	}
}

// single replaces what does not take exactly one cell, which would push the rest of the row aside.
func single(text string) string {
	out := []rune(text)
	for i, r := range out {
		if ansi.StringWidth(string(r)) != 1 {
			out[i] = '?'
		}
	}
	return string(out)
}

// pen remembers the colours that are set, so that equal neighbours cost nothing.
type pen struct {
	colours    Colours
	fore, back *color.RGBA
}

// move sets what c needs.
func (p *pen) move(out []byte, c cell) []byte {
	if p.colours == NoColours {
		return out
	}
	if c.fore == nil && c.back == nil {
		p.fore, p.back = nil, nil
		return append(out, "\x1b[0m"...)
	}
	out = p.set(out, &p.fore, c.fore, "38", "39")
	return p.set(out, &p.back, c.back, "48", "49")
}

func (p *pen) set(out []byte, now **color.RGBA, want *color.RGBA, set, reset string) []byte {
	switch {
	case want == nil && *now == nil, want != nil && *now != nil && **now == *want:
		return out
	case want == nil:
		out = append(append(out, "\x1b["...), reset...)
	case p.colours == Full:
		out = append(append(append(out, "\x1b["...), set...), ";2"...)
		for _, v := range []uint8{want.R, want.G, want.B} {
			out = strconv.AppendUint(append(out, ';'), uint64(v), 10)
		}
	default:
		out = append(append(append(out, "\x1b["...), set...), ";5;"...)
		out = strconv.AppendUint(out, uint64(index(*want)), 10)
	}
	*now = want
	return append(out, 'm')
}

// levels are the six of each channel in xterm's cube of 256 colours.
var levels = [6]int{0, 95, 135, 175, 215, 255}

// index is the nearest of xterm's 256 colours: the cube from 16 to 231, and the greys 8, 18, … 238 from 232 on.
func index(c color.RGBA) uint8 {
	r, g, b := nearest(int(c.R)), nearest(int(c.G)), nearest(int(c.B))
	step := min(23, max(0, ((int(c.R)+int(c.G)+int(c.B))/3-3)/10))
	grey := 8 + 10*step
	if distance(c, grey, grey, grey) < distance(c, levels[r], levels[g], levels[b]) {
		return uint8(232 + step)
	}
	return uint8(16 + 36*r + 6*g + b)
}

func nearest(v int) (best int) {
	for i, level := range levels {
		if max(level-v, v-level) < max(levels[best]-v, v-levels[best]) {
			best = i
		}
	}
	return best
}

func distance(c color.RGBA, r, g, b int) int {
	dr, dg, db := int(c.R)-r, int(c.G)-g, int(c.B)-b
	return dr*dr + dg*dg + db*db
}
