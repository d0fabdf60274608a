package yolo

import (
	"fmt"
	"image/color"
	"slices"
	"testing"

	"github.com/myrvm/rvmctl/internal/vision"
)

// TestFillOfEvenMultiples: the short way of sizes that are a multiple of the input's gives what the general way gives.
func TestFillOfEvenMultiples(t *testing.T) {
	t.Parallel()
	for _, s := range [][4]int{{128, 128, 64, 64}, {128, 72, 64, 64}, {256, 144, 64, 64}, {384, 96, 64, 96}, {2, 2, 32, 32}, {640, 482, 320, 320}} {
		for _, kind := range kinds {
			t.Run(fmt.Sprintf("%s of %dx%d in %dx%d", kind, s[0], s[1], s[2], s[3]), func(t *testing.T) {
				bothWays(t, randomFrame(kind, s[0], s[1]), s[2], s[3])
				bothWays(t, sceneFrame(kind, s[0], s[1]), s[2], s[3])
			})
		}
	}
}

// bothWays fills the short way and the general way and compares.
func bothWays(t *testing.T, f *vision.Frame, w, h int) {
	t.Helper()
	p := NewPreprocessor(w, h)
	short, general := make([]float32, 3*w*h), make([]float32, 3*w*h)
	if _, err := p.Fill(short, f); err != nil {
		t.Fatal(err)
	}
	p.columns.halves = false // The tables stay as long as the size does.
	if _, err := p.Fill(general, f); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(short, general) {
		t.Error("the two ways differ")
	}
}

// TestShades: every Y', Cb and Cr gives the colour that image/color gives.
func TestShades(t *testing.T) {
	t.Parallel()
	table := newShades()
	level := func(s shade, y int) uint8 {
		word := s.on(uint64(y) * lanes)
		if word&laneOutside != 0 {
			word = clipLanes(word)
		}
		if word != word<<16>>16+word<<48 {
			t.Fatalf("the lanes of %x differ", word)
		}
		return uint8(word)
	}
	for cb := range 256 {
		for cr := range 256 {
			green := shadeOf(laneZero<<16 + 128*(chromaGreenCb+chromaGreenCr) - uint64(cb)*chromaGreenCb - uint64(cr)*chromaGreenCr)
			for y := range 256 {
				r, g, b := color.YCbCrToRGB(uint8(y), uint8(cb), uint8(cr))
				if got := [3]uint8{level(table.red[cr], y), level(green, y), level(table.blue[cb], y)}; got != [3]uint8{r, g, b} {
					t.Fatalf("%d,%d,%d: got %v, want %v", y, cb, cr, got, [3]uint8{r, g, b})
				}
			}
		}
	}
}
