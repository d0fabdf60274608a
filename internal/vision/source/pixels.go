package source

import (
	"fmt"
	"image"
	"image/color"
)

// packRGB copies img into packed RGB, turned as o says. Where the picture has at least as many bytes a pixel as RGB and
// needs no turning it is packed in its own memory, so img must not be used afterwards.
func packRGB(img image.Image, o orientation) ([]byte, error) {
	row, own, err := rowReader(img)
	if err != nil {
		return nil, err
	}
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	if o == upright {
		out := own
		if len(own) < 3*w*h {
			out = make([]byte, 3*w*h)
		}
		for y := range h {
			row(y, out[3*w*y:3*w*(y+1)])
		}
		return out[: 3*w*h : 3*w*h], nil
	}
	out := make([]byte, 3*w*h)
	line := make([]byte, 3*w)
	for y := range h {
		row(y, line)
		placeRow(out, line, w, h, y, o)
	}
	return out, nil
}

// placeRow writes stored row y where it is displayed: 2 mirrored, 3 turned by 180°, 4 upside down, 5 transposed, 6 turned
// 90° clockwise, 7 transposed over the other diagonal, 8 turned 90° counter-clockwise. w and h are those stored.
func placeRow(out, line []byte, w, h, y int, o orientation) {
	// at is where stored pixel 0 of the row goes and step how far the next one is, both in pixels of out.
	var at, step int
	switch o {
	case 2:
		at, step = y*w+w-1, -1
	case 3:
		at, step = (h-1-y)*w+w-1, -1
	case 4:
		at, step = (h-1-y)*w, 1
	case 5:
		at, step = y, h
	case 6:
		at, step = h-1-y, h
	case 7:
		at, step = (w-1)*h+h-1-y, -h
	case 8:
		at, step = (w-1)*h+y, -h
	default:
		at, step = y*w, 1
	}
	for x := range w {
		copy(out[3*(at+x*step):], line[3*x:3*x+3])
	}
}

// rowReader gives a function that writes row y as RGB, counted from the top of the picture, and the picture's memory if
// rows may be written into it from the first to the last. Alpha is ignored, never multiplied in.
func rowReader(img image.Image) (row func(y int, dst []byte), own []byte, err error) {
	switch m := img.(type) {
	case *image.YCbCr:
		return func(y int, dst []byte) { rowYCbCr(m, y, dst) }, nil, nil
	case *image.Gray:
		return func(y int, dst []byte) { rowGray(m.Pix[y*m.Stride:], 1, dst) }, nil, nil
	case *image.Gray16:
		return func(y int, dst []byte) { rowGray(m.Pix[y*m.Stride:], 2, dst) }, nil, nil
	case *image.RGBA:
		// Go's decoders give RGBA only to opaque pictures, so nothing is multiplied in.
		return func(y int, dst []byte) { rowColour(m.Pix[y*m.Stride:], 4, 1, dst) }, m.Pix, nil
	case *image.NRGBA:
		return func(y int, dst []byte) { rowColour(m.Pix[y*m.Stride:], 4, 1, dst) }, m.Pix, nil
	case *image.RGBA64:
		return func(y int, dst []byte) { rowColour(m.Pix[y*m.Stride:], 8, 2, dst) }, m.Pix, nil
	case *image.NRGBA64:
		return func(y int, dst []byte) { rowColour(m.Pix[y*m.Stride:], 8, 2, dst) }, m.Pix, nil
	case *image.CMYK:
		return func(y int, dst []byte) { rowCMYK(m.Pix[y*m.Stride:], dst) }, m.Pix, nil
	case *image.Paletted:
		palette := plainPalette(m.Palette)
		return func(y int, dst []byte) { rowPaletted(m.Pix[y*m.Stride:], &palette, dst) }, nil, nil
	}
	return nil, nil, fmt.Errorf("pixels of type %T", img)
}

func rowGray(pix []byte, size int, dst []byte) {
	for i := range len(dst) / 3 {
		v := pix[i*size]
		dst[3*i], dst[3*i+1], dst[3*i+2] = v, v, v
	}
}

// rowColour takes pixels of size bytes whose channels lie step bytes apart, the high byte first.
func rowColour(pix []byte, size, step int, dst []byte) {
	for i := range len(dst) / 3 {
		p := pix[i*size:]
		// All three are read before one is written: the row may lie in the same memory.
		dst[3*i], dst[3*i+1], dst[3*i+2] = p[0], p[step], p[2*step]
	}
}

func rowCMYK(pix []byte, dst []byte) {
	for i := range len(dst) / 3 {
		p := pix[4*i : 4*i+4]
		dst[3*i], dst[3*i+1], dst[3*i+2] = color.CMYKToRGB(p[0], p[1], p[2], p[3])
	}
}

func rowPaletted(pix []byte, palette *[256][3]byte, dst []byte) {
	for i := range len(dst) / 3 {
		copy(dst[3*i:3*i+3], palette[pix[i]][:])
	}
}

func rowYCbCr(m *image.YCbCr, y int, dst []byte) {
	y += m.Rect.Min.Y
	luma := m.Y[m.YOffset(m.Rect.Min.X, y):]
	for i := range len(dst) / 3 {
		c := m.COffset(m.Rect.Min.X+i, y)
		dst[3*i], dst[3*i+1], dst[3*i+2] = color.YCbCrToRGB(luma[i], m.Cb[c], m.Cr[c])
	}
}

// plainPalette drops alpha from a palette without multiplying by it; an index beyond its end is black.
func plainPalette(p color.Palette) (out [256][3]byte) {
	for i, c := range p[:min(len(p), len(out))] {
		plain := color.NRGBAModel.Convert(c)
		if n, ok := plain.(color.NRGBA); ok {
			out[i] = [3]byte{n.R, n.G, n.B}
		}
	}
	return out
}
