package overlay

import (
	"fmt"
	"image"
	"image/color"
	"math"

	"golang.org/x/image/font"

	"github.com/myrvm/rvmctl/internal/vision"
)

// tag is a line of text on a plate.
type tag struct {
	at       rectangle
	text     string
	ground   color.RGBA
	padding  float64
	baseline float64
}

func (t tag) height() float64 { return t.at.y2 - t.at.y1 }

// layTags gives every detection a place for its tag, the most confident first: above the box, inside its top, below it or
// inside its bottom, at the left edge and then at the right, the first where no other tag lies.
func layTags(dets []vision.Detection, face font.Face, s scale, canvas image.Rectangle) []tag {
	tags := make([]tag, 0, len(dets))
	for _, d := range dets {
		t := newTag(d, face, canvas)
		places := t.places(d.Box, s, canvas)
		t.move(places[0])
		for _, place := range places {
			if !covers(tags, place) {
				t.move(place)
				break
			}
		}
		tags = append(tags, t)
	}
	return tags
}

// newTag measures the text, at the origin. A label too long for the picture is shortened, the confidence is kept.
func newTag(d vision.Detection, face font.Face, canvas image.Rectangle) tag {
	metrics := face.Metrics()
	ascent, descent := float64(metrics.CapHeight)/64, float64(metrics.Descent)/64
	pad := math.Round(ascent * 0.55)
	percent := fmt.Sprintf(" %.0f%%", 100*max(0, min(1, d.Confidence)))
	label := []rune(labelText(d))
	text := string(label) + percent
	for len(label) > 1 && textWidth(face, text)+2*pad > float64(canvas.Dx()) {
		label = label[:len(label)-1]
		text = string(label) + "…" + percent
	}
	return tag{
		at:       rectangle{0, 0, math.Ceil(textWidth(face, text) + 2*pad), math.Ceil(ascent + descent*0.4 + 1.6*pad)},
		text:     text,
		ground:   colourOf(d.LabelID),
		padding:  pad,
		baseline: 0.8*pad + ascent + descent*0.2,
	}
}

func textWidth(face font.Face, text string) float64 {
	return float64(font.MeasureString(face, text)) / 64
}

// places are where the tag may lie, best first, all inside the picture.
func (t tag) places(b vision.Box, s scale, canvas image.Rectangle) []rectangle {
	w, h := t.at.x2, t.at.y2
	left, right := float64(b.X1), float64(b.X2)-w
	above, below := float64(b.Y1)-h+s.line, float64(b.Y2)-s.line
	top, bottom := float64(b.Y1), float64(b.Y2)-h
	var inside, pushed []rectangle
	for _, y := range []float64{above, top, below, bottom} {
		for _, x := range []float64{left, right} {
			x2 := max(0, min(x, float64(canvas.Dx())-w))
			y2 := max(0, min(y, float64(canvas.Dy())-h))
			place := rectangle{x2, y2, x2 + w, y2 + h}
			if y == y2 {
				inside = append(inside, place)
			} else {
				pushed = append(pushed, place)
			}
		}
	}
	return append(inside, pushed...)
}

func (t *tag) move(to rectangle) {
	t.baseline += to.y1 - t.at.y1
	t.at = to
}

func covers(tags []tag, place rectangle) bool {
	for _, t := range tags {
		if t.at.overlaps(place) {
			return true
		}
	}
	return false
}
