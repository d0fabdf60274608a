//go:build cgo && !windows

package onnx_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"testing"

	"github.com/myrvm/rvmctl/internal/vision/onnx"
	"github.com/myrvm/rvmctl/internal/vision/onnx/onnxtest"
	"github.com/myrvm/rvmctl/internal/vision/source"
)

// The picture that a person sees is 64x32: red and green above, blue and white below.
const shownW, shownH = 64, 32

func shown(x, y int) color.RGBA {
	return [2][2]color.RGBA{
		{{R: 255, A: 255}, {G: 255, A: 255}},
		{{B: 255, A: 255}, {R: 255, G: 255, B: 255, A: 255}},
	}[y/(shownH/2)][x/(shownW/2)]
}

// stored says, for each orientation, which point of the shown picture lies at a point of the stored one.
var stored = map[int]func(x, y int) (int, int){
	1: func(x, y int) (int, int) { return x, y },
	2: func(x, y int) (int, int) { return shownW - 1 - x, y },
	3: func(x, y int) (int, int) { return shownW - 1 - x, shownH - 1 - y },
	4: func(x, y int) (int, int) { return x, shownH - 1 - y },
	5: func(x, y int) (int, int) { return y, x },
	6: func(x, y int) (int, int) { return shownW - 1 - y, x },
	7: func(x, y int) (int, int) { return shownW - 1 - y, shownH - 1 - x },
	8: func(x, y int) (int, int) { return y, shownH - 1 - x },
}

func TestDetectSeesTurnedPicturesUpright(t *testing.T) {
	t.Parallel()
	var at []onnxtest.Point
	for _, y := range []int{8, 24} {
		for _, x := range []int{16, 48} {
			at = append(at, points(0, x, 16+y, 1, x, 16+y, 2, x, 16+y)...) // 16 rows of padding above.
		}
	}
	s := open(t, onnx.NewModel("probe", onnxtest.Probe{Width: 64, Height: 64, Points: at}.Model().Bytes()),
		func(o *onnx.Options) { o.Thresholds.Confidence = 0 })
	for orientation := range stored {
		t.Run(fmt.Sprintf("orientation %d", orientation), func(t *testing.T) {
			t.Parallel()
			f, err := source.Decode(t.Context(), "turned.jpg", turned(t, orientation), source.DefaultLimits())
			if err != nil {
				t.Fatal(err)
			}
			got := make([]float32, len(at))
			for _, d := range detect(t, s, f) {
				got[d.LabelID] = d.Confidence
			}
			for i, pt := range at {
				c := shown(pt.X, pt.Y-16)
				want := float32([3]byte{c.R, c.G, c.B}[pt.Channel]) / 255
				if d := got[i] - want; d < -0.05 || d > 0.05 {
					t.Errorf("channel %d at %d,%d: got %.2f, want %.2f", pt.Channel, pt.X, pt.Y, got[i], want)
				}
			}
		})
	}
}

// turned is a JPEG that is shown upright only by its EXIF orientation.
func turned(t *testing.T, orientation int) []byte {
	t.Helper()
	size := image.Rect(0, 0, shownW, shownH)
	if orientation > 4 {
		size = image.Rect(0, 0, shownH, shownW)
	}
	img := image.NewRGBA(size)
	for y := range size.Dy() {
		for x := range size.Dx() {
			img.SetRGBA(x, y, shown(stored[orientation](x, y)))
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	exif := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string(rune(orientation)) + "\x00\x00\x00\x00\x00\x00"
	app1 := append([]byte{0xff, 0xe1, 0, byte(len(exif) + 2)}, exif...)
	return append(append([]byte{0xff, 0xd8}, app1...), out.Bytes()[2:]...)
}
