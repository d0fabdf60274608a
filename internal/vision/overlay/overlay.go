// Package overlay draws detections into a copy of their picture, for people to look at, and stores such copies.
//
// It refuses to know models, thresholds, the platform and the terminal, and it never changes the frame it is given. What
// it draws is for eyes only: nothing is ever measured from it.
package overlay

import (
	"fmt"
	"image"
	"image/draw"
	"slices"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/opentype"

	"github.com/myrvm/rvmctl/internal/vision"
)

// maxBoxes bounds how many detections are drawn; more could not be told apart.
const maxBoxes = 1000

// smallest is the shorter side, in pixels, below which a picture has no room for text.
const smallest = 48

// Draw returns a copy of f with one box and one tag per detection: label and confidence in percent, in a colour that
// belongs to the label id. What a mask covers is tinted in that colour, and its border drawn. Line width and text follow the size of the picture; tags stay inside it and, where there is
// room, apart from each other. Boxes that are empty or not finite are left out.
func Draw(f *vision.Frame, dets []vision.Detection) (*image.RGBA, error) {
	return paint(f, dets, true)
}

func paint(f *vision.Frame, dets []vision.Detection, withTags bool) (*image.RGBA, error) {
	if err := checkFrame(f); err != nil {
		return nil, err
	}
	canvas := copyFrame(f)
	dets = drawable(dets, f.Width, f.Height)
	sizes := scaleFor(f.Width, f.Height)
	p := newPainter(canvas)
	// The most confident comes first in dets and is drawn last, on top.
	for _, d := range slices.Backward(dets) {
		p.mask(d.Mask, sizes, colourOf(d.LabelID))
	}
	for _, d := range slices.Backward(dets) {
		p.box(d.Box, sizes, colourOf(d.LabelID))
	}
	if !withTags || min(f.Width, f.Height) < smallest {
		return canvas, nil
	}
	face, err := newFace(sizes.text)
	if err != nil {
		return nil, fmt.Errorf("prepare the font for annotated pictures: %w", err)
	}
	defer face.Close()
	tags := layTags(dets, face, sizes, canvas.Bounds())
	for _, t := range slices.Backward(tags) {
		p.tag(t, face, sizes)
	}
	return canvas, nil
}

// checkFrame keeps a half-filled frame from becoming an index out of range.
func checkFrame(f *vision.Frame) error {
	switch {
	case f.Width < 1 || f.Height < 1:
	case f.YCbCr != nil && f.YCbCr.Rect.Dx() == f.Width && f.YCbCr.Rect.Dy() == f.Height:
		return nil
	case f.YCbCr == nil && len(f.RGB) == 3*f.Width*f.Height:
		return nil
	}
	return fmt.Errorf("%s: frame of %d×%d pixels does not hold them", f.Name, f.Width, f.Height)
}

func copyFrame(f *vision.Frame) *image.RGBA {
	canvas := image.NewRGBA(image.Rect(0, 0, f.Width, f.Height))
	if f.YCbCr != nil {
		draw.Draw(canvas, canvas.Rect, f.YCbCr, f.YCbCr.Rect.Min, draw.Src)
		return canvas
	}
	for i, j := 0, 0; i < len(f.RGB); i, j = i+3, j+4 {
		canvas.Pix[j], canvas.Pix[j+1], canvas.Pix[j+2], canvas.Pix[j+3] = f.RGB[i], f.RGB[i+1], f.RGB[i+2], 255
	}
	return canvas
}

// drawable clips boxes to the picture and drops what cannot be drawn. NaN fails every comparison and so is empty.
func drawable(dets []vision.Detection, w, h int) []vision.Detection {
	out := make([]vision.Detection, 0, min(len(dets), maxBoxes))
	for _, d := range dets {
		d.Box.X1, d.Box.Y1 = max(d.Box.X1, 0), max(d.Box.Y1, 0)
		d.Box.X2, d.Box.Y2 = min(d.Box.X2, float32(w)), min(d.Box.Y2, float32(h))
		if len(out) < maxBoxes && !d.Box.Empty() {
			out = append(out, d)
		}
	}
	return out
}

// scale are the sizes of what is drawn, in pixels.
type scale struct {
	line, text float64
}

// scaleFor makes drawings look alike on pictures of all sizes, but never thinner or smaller than can be seen.
func scaleFor(w, h int) scale {
	short := float64(min(w, h))
	return scale{line: max(2, short/180), text: max(12, short/34)}
}

func newFace(size float64) (font.Face, error) {
	parsed, err := opentype.Parse(gobold.TTF)
	if err != nil {
		return nil, err
	}
	return opentype.NewFace(parsed, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
}
