package toolbox

import (
	"fmt"
	"image"

	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/terminal/picture"
	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/overlay"
)

// Sketch is what a terminal shows of a frame.
type Sketch struct {
	Image *image.RGBA
	Area  picture.Area
	// Tags are the labels, where pixels are too coarse for text.
	Tags []picture.Tag
}

// NewSketch makes a frame as large as fit wants it, and then draws what was found: lines and text have the size in which they are
// seen.
func NewSketch(f *vision.Frame, found []vision.Detection, fit func(w, h int) picture.Area, tagsInCells bool) (s Sketch, err error) {
	s.Area = fit(f.Width, f.Height)
	small, placed, err := overlay.Shrink(f, found, s.Area.Width, s.Area.Height)
	if err != nil {
		return s, err
	}
	if !tagsInCells {
		s.Image, err = overlay.Draw(small, placed)
		return s, err
	}
	s.Image, err = overlay.DrawBoxes(small, placed)
	// The most confident comes first and is written last, on top.
	for i := len(placed) - 1; i >= 0; i-- {
		d := placed[i]
		if d.Box.Empty() {
			continue
		}
		s.Tags = append(s.Tags, picture.Tag{X: max(0, int(d.Box.X1)), Y: max(0, int(d.Box.Y1)), Ground: overlay.Colour(d.LabelID),
			Text: fmt.Sprintf("%s %.0f%%", terminal.Shorten(terminal.Clean(d.Label), 20), 100*d.Confidence)})
	}
	return s, err
}

// NeedsScreen refuses in words what would show pictures to nobody.
func NeedsScreen(c *terminal.Console) error {
	if err := c.HasScreen(); err != nil {
		return Usage(err.Error(), "run it on a terminal, over SSH: ssh -t HOST rvmctl …")
	}
	return nil
}
