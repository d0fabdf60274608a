package overlay

import (
	"bytes"
	"image"
	"image/color"
	"testing"

	"github.com/myrvm/rvmctl/internal/vision"
)

func TestDrawCoversTheMask(t *testing.T) {
	t.Parallel()
	d := detection(100, 100, 300, 280, 0, "bottle")
	d.Mask = &vision.Mask{Width: 400, Height: 300, Rect: image.Rect(150, 150, 250, 250), Bits: bytes.Repeat([]byte{1}, 100*100)}
	for y := 180; y < 220; y++ { // A hole.
		for x := 180; x < 220; x++ {
			d.Mask.Bits[(y-150)*100+x-150] = 0
		}
	}
	img := drawn(t, greyFrame(400, 300), d)
	grey, full := color.RGBA{114, 114, 114, 255}, palette[0]
	through := color.RGBA{uint8((96*30 + 160*114 + 128) / 256), uint8((96*144 + 160*114 + 128) / 256), uint8((96*255 + 160*114 + 128) / 256), 255}
	for _, tt := range []struct {
		name string
		x, y int
		want color.RGBA
	}{
		{"the mask is seen through", 165, 200, through}, {"its border is not", 150, 200, full}, {"nor at its other end", 249, 200, full},
		{"the border of the hole", 179, 200, full}, {"the hole", 200, 200, grey}, {"beside the mask", 148, 200, grey},
	} {
		if got := img.RGBAAt(tt.x, tt.y); got != tt.want {
			t.Errorf("%s, at %d,%d: got %v, want %v", tt.name, tt.x, tt.y, got, tt.want)
		}
	}
}

func TestDrawLeavesMasksOutThatDoNotFit(t *testing.T) {
	t.Parallel()
	plain := drawn(t, greyFrame(64, 64), detection(10, 10, 50, 50, 0, "bottle"))
	for name, m := range map[string]*vision.Mask{
		"of another picture": {Width: 65, Height: 64, Rect: image.Rect(0, 0, 2, 2), Bits: []byte{1, 1, 1, 1}},
		"beyond the picture": {Width: 64, Height: 64, Rect: image.Rect(63, 0, 65, 2), Bits: []byte{1, 1, 1, 1}},
		"too short":          {Width: 64, Height: 64, Rect: image.Rect(0, 0, 2, 2), Bits: []byte{1}},
		"empty":              {Width: 64, Height: 64},
	} {
		d := detection(10, 10, 50, 50, 0, "bottle")
		d.Mask = m
		if got := drawn(t, greyFrame(64, 64), d); !bytes.Equal(got.Pix, plain.Pix) {
			t.Errorf("a mask %s was drawn", name)
		}
	}
}
