package picture

import "math"

// Size is how large a terminal is.
type Size struct {
	// Columns and Rows count character cells; 0 where nobody says.
	Columns, Rows int
	// Width and Height are pixels of the whole, 0 where nobody says.
	Width, Height int
}

// A terminal that does not say is taken for the smallest that is common.
const usualColumns, usualRows, usualCellWidth, usualCellHeight = 80, 24, 8, 16

// maxSide bounds the longer side of what is sent as pixels: a picture of 800×600 is up to a megabyte, and the link is slow.
const maxSide = 800

// Area is the place of a picture.
type Area struct {
	// Columns and Rows are the cells that it takes.
	Columns, Rows int
	// Width and Height are the pixels that the picture must have, never more than it has.
	Width, Height int
}

// Fit gives a picture of w×h pixels its place in the terminal, with spare rows left free. The shape of the picture is kept.
func (p Profile) Fit(s Size, w, h, spare int) Area {
	if s.Columns < 1 || s.Rows < 1 {
		s = Size{Columns: usualColumns, Rows: usualRows}
	}
	rows := max(1, s.Rows-spare)
	if p.Protocol == Blocks {
		width, height := within(w, h, s.Columns, 2*rows)
		return Area{Columns: width, Rows: (height + 1) / 2, Width: width, Height: height}
	}
	cellWidth, cellHeight := p.cell(s)
	width, height := within(w, h, min(maxSide, s.Columns*cellWidth), min(maxSide, rows*cellHeight))
	if p.Protocol == Sixel && height > 6 {
		// Bands of sixels are six pixels high; a last one that is not full would reach into the row below.
		height -= height % 6
	}
	return Area{Columns: min(s.Columns, up(width, cellWidth)), Rows: min(rows, up(height, cellHeight)), Width: width, Height: height}
}

// cell is the size of a cell in pixels, by whoever tells it.
func (p Profile) cell(s Size) (w, h int) {
	switch {
	case p.CellWidth > 0 && p.CellHeight > 0:
		return p.CellWidth, p.CellHeight
	case sane(s.Width/s.Columns) && sane(s.Height/s.Rows):
		return s.Width / s.Columns, s.Height / s.Rows
	}
	return usualCellWidth, usualCellHeight
}

func within(w, h, maxW, maxH int) (int, int) {
	scale := min(1, float64(maxW)/float64(w), float64(maxH)/float64(h))
	return max(1, int(math.Round(float64(w)*scale))), max(1, int(math.Round(float64(h)*scale)))
}

func up(pixels, cell int) int { return (pixels + cell - 1) / cell }
