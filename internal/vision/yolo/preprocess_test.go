package yolo

import (
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/myrvm/rvmctl/internal/vision"
)

var kinds = []string{"rgb", "444", "422", "420", "440", "411", "410"}

// sizes are sources and inputs that meet every kind of edge: one pixel, odd borders, copies, shrinking and enlarging.
var sizes = [][4]int{
	{1, 1, 32, 32}, {1, 100, 32, 64}, {100, 1, 64, 32}, {2, 3, 32, 32}, {7, 5, 64, 64}, {64, 64, 64, 64}, {64, 33, 64, 64},
	{128, 72, 64, 64}, {81, 108, 64, 64}, {83, 117, 64, 32}, {33, 64, 96, 96}, {257, 256, 32, 32}, {5, 640, 64, 64},
}

// TestFillIsBilinear compares with a slow float64 resize that uses weights of full precision.
func TestFillIsBilinear(t *testing.T) {
	t.Parallel()
	for _, s := range sizes {
		for _, kind := range kinds {
			t.Run(fmt.Sprintf("%s of %dx%d in %dx%d", kind, s[0], s[1], s[2], s[3]), func(t *testing.T) {
				f := randomFrame(kind, s[0], s[1])
				dst := make([]float32, 3*s[2]*s[3])
				l, err := NewPreprocessor(s[2], s[3]).Fill(dst, f)
				if err != nil {
					t.Fatal(err)
				}
				compareWithReference(t, dst, f, l)
			})
		}
	}
}

func compareWithReference(t *testing.T, dst []float32, f *vision.Frame, l Letterbox) {
	t.Helper()
	for y := range l.H {
		for x := range l.W {
			want := [3]float64{114, 114, 114}
			inside := x >= l.Left && x < l.Left+l.NewW && y >= l.Top && y < l.Top+l.NewH
			if inside {
				want = reference(f, l, x-l.Left, y-l.Top)
			}
			for c := range 3 {
				got := float64(dst[(c*l.H+y)*l.W+x]) * 255
				// Half a level of rounding and a quarter for weights of 11 bits.
				tolerance := 0.76
				if !inside {
					tolerance = 1e-4
				}
				if math.Abs(got-want[c]) > tolerance {
					t.Fatalf("channel %d at %d,%d: got level %.2f, want %.2f", c, x, y, got, want[c])
				}
			}
		}
	}
}

// reference is one pixel of the resized picture as levels, from the definition: half-pixel centres, edges repeated.
func reference(f *vision.Frame, l Letterbox, x, y int) (rgb [3]float64) {
	along := func(i, n, size int) (a, b int, w float64) {
		at := (float64(i)+0.5)*float64(n)/float64(size) - 0.5
		at = min(max(at, 0), float64(n-1))
		a = int(at)
		return a, min(a+1, n-1), at - float64(a)
	}
	x0, x1, wx := along(x, f.Width, l.NewW)
	y0, y1, wy := along(y, f.Height, l.NewH)
	p00, p01, p10, p11 := samples(f, x0, y0), samples(f, x1, y0), samples(f, x0, y1), samples(f, x1, y1)
	for c := range rgb {
		rgb[c] = (p00[c]*(1-wx)+p01[c]*wx)*(1-wy) + (p10[c]*(1-wx)+p11[c]*wx)*wy
	}
	return rgb
}

// samples are the levels of a source pixel, planes converted by image/color with chroma repeated.
func samples(f *vision.Frame, x, y int) [3]float64 {
	if f.RGB != nil {
		p := f.RGB[3*(y*f.Width+x):]
		return [3]float64{float64(p[0]), float64(p[1]), float64(p[2])}
	}
	c := f.YCbCr.YCbCrAt(f.YCbCr.Rect.Min.X+x, f.YCbCr.Rect.Min.Y+y)
	r, g, b := color.YCbCrToRGB(c.Y, c.Cb, c.Cr)
	return [3]float64{float64(r), float64(g), float64(b)}
}

func TestFillUsesElevenBitWeightsAndRoundsOnce(t *testing.T) {
	t.Parallel()
	f := randomFrame("rgb", 83, 117)
	l, _ := NewLetterbox(83, 117, 64, 64)
	dst := make([]float32, 3*64*64)
	if _, err := NewPreprocessor(64, 64).Fill(dst, f); err != nil {
		t.Fatal(err)
	}
	weight := func(i, n, size int) (a, b, w int) {
		at := (float64(i)+0.5)*(float64(n)/float64(size)) - 0.5
		a = int(math.Floor(at))
		w = int(math.RoundToEven((at - math.Floor(at)) * 2048))
		if a < 0 || a >= n-1 {
			return min(max(a, 0), n-1), min(max(a, 0), n-1), 0
		}
		return a, a + 1, w
	}
	for y := range l.NewH {
		for x := range l.NewW {
			x0, x1, wx := weight(x, f.Width, l.NewW)
			y0, y1, wy := weight(y, f.Height, l.NewH)
			for c := range 3 {
				at := func(x, y int) int { return int(f.RGB[3*(y*f.Width+x)+c]) }
				sum := at(x0, y0)*(2048-wx)*(2048-wy) + at(x1, y0)*wx*(2048-wy) + at(x0, y1)*(2048-wx)*wy + at(x1, y1)*wx*wy
				want := float32((sum+1<<21)>>22) / 255
				if got := dst[(c*64+l.Top+y)*64+l.Left+x]; got != want {
					t.Fatalf("channel %d at %d,%d: got %v, want %v", c, x, y, got*255, want*255)
				}
			}
		}
	}
}

// TestFillOfPlanesEqualsFillOfTheirConversion: not one bit may differ, whatever the subsampling, also where colours clip.
func TestFillOfPlanesEqualsFillOfTheirConversion(t *testing.T) {
	t.Parallel()
	for _, s := range sizes {
		for _, kind := range kinds[1:] {
			t.Run(fmt.Sprintf("%s of %dx%d in %dx%d", kind, s[0], s[1], s[2], s[3]), func(t *testing.T) {
				f := randomFrame(kind, s[0], s[1])
				compareWithConversion(t, f, toRGB(f), s[2], s[3])
			})
		}
	}
	t.Run("a scene that is partly clipped", func(t *testing.T) {
		f := sceneFrame("420", 405, 540)
		compareWithConversion(t, f, toRGB(f), 320, 320)
	})
	for _, name := range []string{"bus.jpg", "zidane.jpg"} {
		t.Run(name, func(t *testing.T) {
			planes, packed := sharedJPEG(t, name)
			compareWithConversion(t, planes, packed, 640, 640)
		})
	}
}

func compareWithConversion(t *testing.T, planes, packed *vision.Frame, w, h int) {
	t.Helper()
	p := NewPreprocessor(w, h)
	got, want := make([]float32, 3*w*h), make([]float32, 3*w*h)
	if _, err := p.Fill(got, planes); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Fill(want, packed); err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("element %d: got level %v, want %v", i, got[i]*255, want[i]*255)
		}
	}
}

func TestFillKeepsBorders(t *testing.T) {
	t.Parallel()
	p := NewPreprocessor(64, 64)
	slots := [2][]float32{make([]float32, 3*64*64), make([]float32, 3*64*64)}
	for i, s := range [][2]int{{128, 72}, {72, 128}, {128, 72}, {64, 64}, {30, 90}, {30, 90}} {
		f := randomFrame(kinds[i], s[0], s[1])
		l, err := p.Fill(slots[i%2], f)
		if err != nil {
			t.Fatal(err)
		}
		compareWithReference(t, slots[i%2], f, l)
	}
}

// TestFillReadsPartOfPlanes: planes may belong to a larger picture, and need not begin on a chroma sample.
func TestFillReadsPartOfPlanes(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds[1:] {
		for _, r := range []image.Rectangle{image.Rect(3, 5, 68, 74), image.Rect(31, 29, 100, 90), image.Rect(99, 89, 100, 90)} {
			t.Run(fmt.Sprint(kind, r), func(t *testing.T) {
				whole := randomFrame(kind, 100, 90)
				part := whole.YCbCr.SubImage(r).(*image.YCbCr)
				f := &vision.Frame{Name: "part", Width: r.Dx(), Height: r.Dy(), YCbCr: part}
				dst := make([]float32, 3*64*64)
				l, err := NewPreprocessor(64, 64).Fill(dst, f)
				if err != nil {
					t.Fatal(err)
				}
				compareWithReference(t, dst, f, l)
			})
		}
	}
}

// TestFillAcceptsPlanesThatJustSuffice: the last row of a plane may end with its last sample.
func TestFillAcceptsPlanesThatJustSuffice(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds[1:] {
		t.Run(kind, func(t *testing.T) {
			f := randomFrame(kind, 33, 21)
			chroma := f.YCbCr.COffset(32, 20) + 1
			f.YCbCr.Y = slices.Clip(f.YCbCr.Y[:f.YCbCr.YOffset(32, 20)+1])
			f.YCbCr.Cb = append(f.YCbCr.Cb, make([]byte, 100)...)
			f.YCbCr.Cr = slices.Clip(f.YCbCr.Cr[:chroma])
			dst := make([]float32, 3*64*64)
			l, err := NewPreprocessor(64, 64).Fill(dst, f)
			if err != nil {
				t.Fatal(err)
			}
			compareWithReference(t, dst, f, l)
		})
	}
}

func TestFillHalf(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"rgb", "420"} {
		f := randomFrame(kind, 83, 117)
		p := NewPreprocessor(64, 64)
		full, half := make([]float32, 3*64*64), make([]uint16, 3*64*64)
		if _, err := p.Fill(full, f); err != nil {
			t.Fatal(err)
		}
		if _, err := p.FillHalf(half, f); err != nil {
			t.Fatal(err)
		}
		for i := range full {
			if want := HalfFromFloat32(full[i]); half[i] != want {
				t.Fatalf("%s, element %d: got %#x, want %#x", kind, i, half[i], want)
			}
		}
	}
}

func TestFillAllocatesNothing(t *testing.T) {
	for _, kind := range kinds {
		f := randomFrame(kind, 810, 1080)
		p := NewPreprocessor(320, 320)
		dst, half := make([]float32, 3*320*320), make([]uint16, 3*320*320)
		_, _ = p.FillHalf(half, f)
		if n := testing.AllocsPerRun(5, func() {
			_, _ = p.Fill(dst, f)
			_, _ = p.FillHalf(half, f)
		}); n != 0 {
			t.Errorf("%s: got %v allocations a frame, want none", kind, n)
		}
	}
}

func TestFillInTwoGivesTheSameNumbers(t *testing.T) {
	for _, kind := range kinds {
		for _, size := range [][2]int{{810, 1080}, {1280, 721}, {33, 500}, {500, 33}} {
			f := randomFrame(kind, size[0], size[1])
			alone, two := NewPreprocessor(320, 320), NewPreprocessor(320, 320)
			two.Parallel()
			want, got := make([]float32, 3*320*320), make([]float32, 3*320*320)
			if _, err := alone.Fill(want, f); err != nil {
				t.Fatal(err)
			}
			if _, err := two.Fill(got, f); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s %v: two goroutines make another picture than one", kind, size)
			}
			if n := testing.AllocsPerRun(5, func() { _, _ = two.Fill(got, f) }); n != 0 {
				t.Errorf("%s %v: got %v allocations a frame, want none", kind, size, n)
			}
		}
	}
}

func TestFillRefuses(t *testing.T) {
	t.Parallel()
	short := randomFrame("420", 64, 64)
	short.YCbCr.Cr = short.YCbCr.Cr[:100]
	narrow := randomFrame("420", 64, 64)
	narrow.YCbCr.YStride = 10
	negative := randomFrame("444", 64, 64)
	negative.YCbCr.CStride = -64
	strange := randomFrame("420", 64, 64)
	strange.YCbCr.SubsampleRatio = 77
	both := randomFrame("420", 2, 2)
	both.RGB = make([]byte, 12)
	other := randomFrame("420", 64, 64)
	other.Width = 63
	shifted := randomFrame("420", 64, 64)
	shifted.YCbCr.Rect = shifted.YCbCr.Rect.Add(image.Pt(-1, 0))
	tests := []struct {
		name  string
		frame *vision.Frame
	}{
		{"planes that are too short", short}, {"a stride that is too small", narrow}, {"a negative stride", negative},
		{"unknown subsampling", strange}, {"planes and pixels at once", both}, {"neither planes nor pixels", &vision.Frame{Width: 2, Height: 2}},
		{"another size", other}, {"planes that begin outside", shifted},
		{"too few pixels", &vision.Frame{Width: 2, Height: 2, RGB: make([]byte, 11)}},
		{"too many pixels", &vision.Frame{Width: 2, Height: 2, RGB: make([]byte, 13)}},
	}
	p := NewPreprocessor(32, 32)
	dst := make([]float32, 3*32*32)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := p.Fill(dst, tt.frame)
			var refused *FrameError
			if !errors.As(err, &refused) {
				t.Errorf("got %v, want a FrameError", err)
			}
		})
	}
	var size *SizeError
	if _, err := p.Fill(dst, &vision.Frame{}); !errors.As(err, &size) {
		t.Errorf("no pixels: got %v, want a SizeError", err)
	}
	if _, err := NewPreprocessor(-1, 0).Fill(dst, randomFrame("rgb", 2, 2)); !errors.As(err, &size) {
		t.Errorf("no input: got %v, want a SizeError", err)
	}
	var buffer *BufferError
	if _, err := p.Fill(dst[1:], randomFrame("rgb", 2, 2)); !errors.As(err, &buffer) {
		t.Errorf("a short input: got %v, want a BufferError", err)
	}
}

// TestFillMatchesGoldens compares single pixels of the two test pictures with those an independent program found.
func TestFillMatchesGoldens(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(sharedFile(t, "vision", "images", "goldens.json"))
	if err != nil {
		t.Fatal(err)
	}
	var goldens struct {
		Tolerances struct {
			Samples map[string]float64 `json:"letterbox_samples"`
		}
		Images map[string]struct {
			Letterbox struct {
				Mean      [3]float64 `json:"mean_rgb_without_pad"`
				Tolerance float64    `json:"mean_rgb_tolerance"`
				Samples   []struct {
					Kind string
					X, Y int
					RGB  [3]float64
				}
			} `json:"letterbox_320"`
		}
	}
	if err := json.Unmarshal(data, &goldens); err != nil {
		t.Fatal(err)
	}
	for name, golden := range goldens.Images {
		t.Run(name, func(t *testing.T) {
			planes, packed := sharedJPEG(t, name)
			for _, f := range []*vision.Frame{planes, packed} {
				dst := make([]float32, 3*320*320)
				l, err := NewPreprocessor(320, 320).Fill(dst, f)
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range golden.Letterbox.Samples {
					for c := range 3 {
						got := float64(dst[(c*320+s.Y)*320+s.X]) * 255
						if math.Abs(got-s.RGB[c]) > goldens.Tolerances.Samples[s.Kind]+1e-3 {
							t.Errorf("%s, channel %d at %d,%d: got %.1f, want %v", s.Kind, c, s.X, s.Y, got, s.RGB[c])
						}
					}
				}
				for c, want := range golden.Letterbox.Mean {
					if got := meanLevel(dst[c*320*320:], l); math.Abs(got-want) > golden.Letterbox.Tolerance {
						t.Errorf("mean of channel %d: got %.2f, want %.2f", c, got, want)
					}
				}
			}
		})
	}
}

func meanLevel(plane []float32, l Letterbox) float64 {
	var sum float64
	for y := l.Top; y < l.Top+l.NewH; y++ {
		for x := l.Left; x < l.Left+l.NewW; x++ {
			sum += float64(plane[y*l.W+x]) * 255
		}
	}
	return sum / float64(l.NewW*l.NewH)
}
