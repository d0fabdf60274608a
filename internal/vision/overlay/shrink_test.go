package overlay

import (
	"image"
	"math"
	"testing"

	"github.com/myrvm/rvmctl/internal/vision"
)

func gradient(w, h int) *vision.Frame {
	f := &vision.Frame{Name: "g", Width: w, Height: h, RGB: make([]byte, 3*w*h)}
	for i := range w * h {
		f.RGB[3*i], f.RGB[3*i+1], f.RGB[3*i+2] = byte(i%w*255/w), byte(i/w*255/h), byte(i*7)
	}
	return f
}

// means is the definition: for each new pixel the integral over the area that it covers.
func means(f *vision.Frame, w, h int) []float64 {
	out := make([]float64, 0, 3*w*h)
	sx, sy := float64(f.Width)/float64(w), float64(f.Height)/float64(h)
	for y := range h {
		for x := range w {
			for c := range 3 {
				sum := 0.0
				for j := range f.Height {
					for i := range f.Width {
						wx := min(float64(x+1)*sx, float64(i+1)) - max(float64(x)*sx, float64(i))
						wy := min(float64(y+1)*sy, float64(j+1)) - max(float64(y)*sy, float64(j))
						if wx > 0 && wy > 0 {
							sum += wx * wy * float64(f.RGB[3*(j*f.Width+i)+c])
						}
					}
				}
				out = append(out, sum/(sx*sy))
			}
		}
	}
	return out
}

func TestShrinkIsTheMeanOfTheArea(t *testing.T) {
	t.Parallel()
	for _, size := range [][4]int{{40, 30, 20, 15}, {41, 31, 7, 5}, {64, 3, 63, 2}, {5, 90, 1, 1}, {17, 17, 16, 16}, {9, 8, 9, 3}} {
		f := gradient(size[0], size[1])
		small, _, err := Shrink(f, nil, size[2], size[3])
		if err != nil {
			t.Fatal(err)
		}
		want := means(f, size[2], size[3])
		for i, v := range small.RGB {
			if math.Abs(float64(v)-want[i]) > 0.51 {
				t.Fatalf("%v: value %d is %d, want %.2f", size, i, v, want[i])
			}
		}
	}
}

func TestShrinkReadsPlanes(t *testing.T) {
	t.Parallel()
	planes := image.NewYCbCr(image.Rect(0, 0, 33, 21), image.YCbCrSubsampleRatio420)
	for i := range planes.Y {
		planes.Y[i] = byte(i)
	}
	for i := range planes.Cb {
		planes.Cb[i], planes.Cr[i] = byte(i*3), byte(255-i)
	}
	f := &vision.Frame{Width: 33, Height: 21, YCbCr: planes}
	whole := copyFrame(f)
	packed := &vision.Frame{Width: 33, Height: 21}
	for i := 0; i < len(whole.Pix); i += 4 {
		packed.RGB = append(packed.RGB, whole.Pix[i:i+3]...)
	}
	a, _, errA := Shrink(f, nil, 10, 6)
	b, _, errB := Shrink(packed, nil, 10, 6)
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	for i := range a.RGB {
		if d := int(a.RGB[i]) - int(b.RGB[i]); d < -1 || d > 1 {
			t.Fatalf("value %d: %d from planes, %d from packed pixels", i, a.RGB[i], b.RGB[i])
		}
	}
}

func TestShrinkTakesBoxesAndMasksAlong(t *testing.T) {
	t.Parallel()
	mask := &vision.Mask{Width: 40, Height: 20, Rect: image.Rect(10, 4, 30, 16), Bits: make([]byte, 20*12)}
	for i := range mask.Bits {
		mask.Bits[i] = 1
	}
	dets := []vision.Detection{{Box: vision.Box{X1: 10, Y1: 4, X2: 30, Y2: 16}, Mask: mask}}
	_, small, err := Shrink(gradient(40, 20), dets, 20, 10)
	if err != nil {
		t.Fatal(err)
	}
	if want := (vision.Box{X1: 5, Y1: 2, X2: 15, Y2: 8}); small[0].Box != want {
		t.Errorf("box %v, want %v", small[0].Box, want)
	}
	if m := small[0].Mask; m.Rect != image.Rect(5, 2, 15, 8) || m.Area() != 60 {
		t.Errorf("mask %v with %d pixels, want 60 in (5,2)-(15,8)", m.Rect, m.Area())
	}
	if dets[0].Box.X1 != 10 || dets[0].Mask != mask {
		t.Error("the detections that were given have changed")
	}
}

func TestShrinkNeverEnlarges(t *testing.T) {
	t.Parallel()
	f := gradient(4, 4)
	if same, _, err := Shrink(f, nil, 100, 100); err != nil || same != f {
		t.Errorf("got another frame (%v), want the same", err)
	}
	if _, _, err := Shrink(&vision.Frame{Width: 9, Height: 9}, nil, 2, 2); err == nil {
		t.Error("a frame without pixels went through")
	}
	for _, tt := range [][6]int{{100, 50, 10, 10, 10, 5}, {50, 100, 10, 10, 5, 10}, {5, 5, 10, 10, 5, 5}, {1000, 1, 10, 10, 10, 1}} {
		if w, h := Fit(tt[0], tt[1], tt[2], tt[3]); w != tt[4] || h != tt[5] {
			t.Errorf("Fit(%v) = %d, %d", tt[:4], w, h)
		}
	}
}

func TestDrawBoxesHasNoTags(t *testing.T) {
	t.Parallel()
	f := gradient(200, 200)
	dets := []vision.Detection{{Box: vision.Box{X1: 50, Y1: 100, X2: 150, Y2: 180}, Confidence: 0.9, Label: "bottle"}}
	bare, err := DrawBoxes(f, dets)
	if err != nil {
		t.Fatal(err)
	}
	tagged, err := Draw(f, dets)
	if err != nil {
		t.Fatal(err)
	}
	plain := copyFrame(f)
	differs := func(a, b *image.RGBA, y int) bool {
		for x := 60; x < 140; x++ {
			if a.RGBAAt(x, y) != b.RGBAAt(x, y) {
				return true
			}
		}
		return false
	}
	if !differs(tagged, plain, 90) || differs(bare, plain, 90) {
		t.Error("above the box there should be a tag with Draw and none with DrawBoxes")
	}
	if !differs(bare, plain, 101) {
		t.Error("the box is not drawn")
	}
	if Colour(1) == Colour(2) {
		t.Error("two labels have one colour")
	}
}
