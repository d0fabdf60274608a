package sam_test

import (
	"errors"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/sam"
)

func TestPoints(t *testing.T) {
	t.Parallel()
	got := sam.Points(vision.Box{X1: 100, Y1: 50, X2: 300, Y2: 250}, 1280, 720, 1024, 1024)
	want := [4]float32{80, 71.111, 240, 355.556}
	for i := range want {
		if math.Abs(float64(got[i]-want[i])) > 0.001 {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
	if sam.Labels != [2]float32{2, 3} {
		t.Errorf("a box has the labels 2 and 3, got %v", sam.Labels)
	}
}

// FuzzPoints: whatever the box and the picture, the prompt lies in the input, its axes do not know of each other, and it maps
// back to the clipped box.
func FuzzPoints(f *testing.F) {
	f.Add(float32(100), float32(50), float32(300), float32(250), 1280, 720)
	f.Add(float32(-5), float32(0), float32(7), float32(1e9), 1, 9)
	f.Add(float32(math.NaN()), float32(0), float32(7), float32(8), 10, 10)
	f.Fuzz(func(t *testing.T, x1, y1, x2, y2 float32, w, h int) {
		if w < 1 || h < 1 || w > 1<<16 || h > 1<<16 {
			return
		}
		b, reason := sam.Clip(vision.Box{X1: x1, Y1: y1, X2: x2, Y2: y2}, w, h)
		if reason != "" {
			if b != (vision.Box{}) {
				t.Errorf("refused (%s) and still %v", reason, b)
			}
			return
		}
		if b.X1 < 0 || b.Y1 < 0 || b.X2 > float32(w) || b.Y2 > float32(h) || !(b.Width() >= 1) || !(b.Height() >= 1) {
			t.Fatalf("clipped to %v in %dx%d", b, w, h)
		}
		p := sam.Points(b, w, h, 1024, 512)
		for i, v := range p {
			if limit := float32(1024 / (1 + i%2)); !(v >= 0 && v <= limit*1.00001) {
				t.Errorf("point %d is %v, outside of 0–%v", i, v, limit)
			}
			back := float64(v) * float64([]int{w, h}[i%2]) / []float64{1024, 512}[i%2]
			if edge := float64([]float32{b.X1, b.Y1, b.X2, b.Y2}[i]); math.Abs(back-edge) > 1e-5*max(1, math.Abs(edge)) {
				t.Errorf("edge %d is %v and comes back as %v", i, edge, back)
			}
		}
		if q := sam.Points(b, w, 2*h, 1024, 512); q[0] != p[0] || q[2] != p[2] {
			t.Errorf("x is %v and %v in pictures that differ in height", p, q)
		}
	})
}

func TestClip(t *testing.T) {
	t.Parallel()
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, tt := range []struct {
		name string
		box  vision.Box
		want vision.Box
		why  sam.Reason
	}{
		{"inside", vision.Box{X1: 1, Y1: 2, X2: 3, Y2: 4}, vision.Box{X1: 1, Y1: 2, X2: 3, Y2: 4}, ""},
		{"beyond every edge", vision.Box{X1: -1, Y1: -2, X2: 300, Y2: 400}, vision.Box{X2: 100, Y2: 50}, ""},
		{"exactly one pixel", vision.Box{X1: 1, Y1: 2, X2: 2, Y2: 3}, vision.Box{X1: 1, Y1: 2, X2: 2, Y2: 3}, ""},
		{"under a pixel wide", vision.Box{X1: 1, Y1: 2, X2: 1.9, Y2: 40}, vision.Box{}, sam.Small},
		{"under a pixel inside", vision.Box{X1: 99.5, Y1: 2, X2: 140, Y2: 40}, vision.Box{}, sam.Small},
		{"empty", vision.Box{X1: 5, Y1: 5, X2: 5, Y2: 5}, vision.Box{}, sam.Small},
		{"to the right", vision.Box{X1: 100, Y1: 2, X2: 140, Y2: 40}, vision.Box{}, sam.Outside},
		{"above", vision.Box{X1: 1, Y1: -9, X2: 14, Y2: 0}, vision.Box{}, sam.Outside},
		{"NaN", vision.Box{X1: nan, Y1: 2, X2: 140, Y2: 40}, vision.Box{}, sam.Impossible},
		{"infinite", vision.Box{X1: 1, Y1: 2, X2: inf, Y2: 40}, vision.Box{}, sam.Impossible},
		{"exchanged", vision.Box{X1: 9, Y1: 2, X2: 1, Y2: 40}, vision.Box{}, sam.Impossible},
	} {
		if got, why := sam.Clip(tt.box, 100, 50); got != tt.want || why != tt.why {
			t.Errorf("%s: got %v %q, want %v %q", tt.name, got, why, tt.want, tt.why)
		}
	}
}

func TestBest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		scores []float32
		want   int
	}{{[]float32{0.1, 0.9, 0.3}, 1}, {[]float32{0.5, 0.5, 0.5}, 0}, {[]float32{-1}, 0}, {[]float32{0, 0.2, 0.2}, 1}} {
		if got, err := sam.Best(tt.scores); got != tt.want || err != nil {
			t.Errorf("%v: got %d, %v; want %d", tt.scores, got, err, tt.want)
		}
	}
	var number *sam.NumberError
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
		for at := range 3 {
			scores := []float32{0.1, 0.2, 0.3}
			scores[at] = bad
			if _, err := sam.Best(scores); !errors.As(err, &number) {
				t.Errorf("%v: got %v, want *NumberError", scores, err)
			}
		}
	}
	var none *sam.BufferError
	if _, err := sam.Best(nil); !errors.As(err, &none) {
		t.Errorf("no score: got %v", err)
	}
}

// The input is compared with the formula, pixel by pixel, in float64.
func TestFill(t *testing.T) {
	t.Parallel()
	for _, size := range []image.Point{{1, 1}, {7, 3}, {40, 90}, {16, 12}, {1, 30}, {33, 1}} {
		planes, packed := picture(size.X, size.Y)
		for kind, f := range map[string]*vision.Frame{"planes": planes, "packed": packed} {
			const w, h = 16, 12
			got := make([]float32, 3*w*h)
			if err := sam.NewStretcher(w, h).Fill(got, f); err != nil {
				t.Fatal(err)
			}
			for c := range 3 {
				for y := range h {
					for x := range w {
						want := reference(packed, c, x, y, w, h)
						if g := float64(got[(c*h+y)*w+x]); math.Abs(g-want) > 2e-5 {
							t.Fatalf("%s %v, colour %d at %d,%d: got %v, want %v", kind, size, c, x, y, g, want)
						}
					}
				}
			}
		}
	}
}

// reference is the formula of the specification, for one number.
func reference(f *vision.Frame, c, x, y, w, h int) float64 {
	at := func(i, n, samples int) (int, int, float64) {
		v := min(max((float64(i)+0.5)*float64(samples)/float64(n)-0.5, 0), float64(samples-1))
		k := int(v)
		return k, min(k+1, samples-1), v - float64(k)
	}
	x0, x1, u := at(x, w, f.Width)
	y0, y1, v := at(y, h, f.Height)
	p := func(x, y int) float64 { return float64(f.RGB[3*(y*f.Width+x)+c]) }
	level := (1-v)*((1-u)*p(x0, y0)+u*p(x1, y0)) + v*((1-u)*p(x0, y1)+u*p(x1, y1))
	return (level/255 - []float64{0.485, 0.456, 0.406}[c]) / []float64{0.229, 0.224, 0.225}[c]
}

// picture is noise as planes, in a corner of larger planes, and the same as packed pixels.
func picture(w, h int) (planes, packed *vision.Frame) {
	r := rand.New(rand.NewPCG(uint64(w), uint64(h)))
	whole := image.NewYCbCr(image.Rect(0, 0, w+4, h+4), image.YCbCrSubsampleRatio420)
	for _, p := range [][]byte{whole.Y, whole.Cb, whole.Cr} {
		for i := range p {
			p[i] = byte(r.IntN(256))
		}
	}
	img, ok := whole.SubImage(image.Rect(2, 2, 2+w, 2+h)).(*image.YCbCr)
	if !ok {
		panic("a part of planes is planes")
	}
	rgb := make([]byte, 0, 3*w*h)
	for y := range h {
		for x := range w {
			c := img.YCbCrAt(2+x, 2+y)
			red, green, blue := color.YCbCrToRGB(c.Y, c.Cb, c.Cr)
			rgb = append(rgb, red, green, blue)
		}
	}
	return &vision.Frame{Name: "planes", Width: w, Height: h, YCbCr: img}, &vision.Frame{Name: "packed", Width: w, Height: h, RGB: rgb}
}

func TestFillRefuses(t *testing.T) {
	t.Parallel()
	var frame *sam.FrameError
	short := image.NewYCbCr(image.Rect(0, 0, 4, 4), image.YCbCrSubsampleRatio420)
	short.Cb = short.Cb[:1]
	thin := image.NewYCbCr(image.Rect(0, 0, 4, 4), image.YCbCrSubsampleRatio420)
	thin.YStride = 1
	s, dst := sam.NewStretcher(4, 4), make([]float32, 48)
	for name, f := range map[string]*vision.Frame{
		"nothing": {Width: 2, Height: 2}, "no size": {RGB: []byte{}}, "too short": {Width: 2, Height: 2, RGB: make([]byte, 11)},
		"both": {Width: 4, Height: 4, RGB: make([]byte, 48), YCbCr: thin}, "short planes": {Width: 4, Height: 4, YCbCr: short},
		"other size": {Width: 3, Height: 4, YCbCr: short}, "thin planes": {Width: 4, Height: 4, YCbCr: thin},
		"too wide": {Width: 1 << 17, Height: 1, RGB: make([]byte, 3<<17)},
	} {
		if err := s.Fill(dst, f); !errors.As(err, &frame) {
			t.Errorf("%s: got %v, want *FrameError", name, err)
		}
	}
	var length *sam.BufferError
	if err := s.Fill(dst[1:], &vision.Frame{Width: 1, Height: 1, RGB: []byte{1, 2, 3}}); !errors.As(err, &length) {
		t.Errorf("got %v, want *BufferError", err)
	}
}

// The mask is compared, pixel by pixel, with bilinear interpolation of the logits written down plainly.
func TestMask(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	var u sam.Upsampler // One for all: what is left of the last mask must not show.
	for _, size := range [][4]int{{8, 8, 8, 8}, {8, 8, 50, 31}, {16, 4, 5, 3}, {8, 6, 1, 1}, {1, 1, 9, 7}, {8, 8, 64, 3}} {
		gw, gh, w, h := size[0], size[1], size[2], size[3]
		for density := range 4 {
			logits := make([]float32, gw*gh)
			for i := range logits {
				logits[i] = float32(r.NormFloat64()) - float32(density)
			}
			compare(t, &u, logits, gw, gh, w, h)
		}
	}
}

func compare(t *testing.T, u *sam.Upsampler, logits []float32, gw, gh, w, h int) {
	t.Helper()
	m, err := u.Mask(logits, gw, gh, w, h)
	if err != nil {
		t.Fatal(err)
	}
	area, tight := 0, image.Rectangle{}
	for y := range h {
		for x := range w {
			v := interpolated(logits, gw, gh, w, h, x, y)
			got := m != nil && m.At(x, y)
			if got {
				area++
				tight = tight.Union(image.Rect(x, y, x+1, y+1))
			}
			if math.Abs(v) > 1e-6 && got != (v > 0) {
				t.Fatalf("%dx%d to %dx%d at %d,%d: got %v of the logit %v", gw, gh, w, h, x, y, got, v)
			}
		}
	}
	if m != nil && (m.Area() != area || m.Rect != tight || m.Width != w || m.Height != h || len(m.Bits) != tight.Dx()*tight.Dy()) {
		t.Errorf("mask of %v with %d pixels set, counted %d in %v", m.Rect, m.Area(), area, tight)
	}
}

func interpolated(logits []float32, gw, gh, w, h, x, y int) float64 {
	axis := func(i, n, samples int) (int, int, float64) {
		v := min(max((float64(i)+0.5)*float64(samples)/float64(n)-0.5, 0), float64(samples-1))
		k := int(v)
		return k, min(k+1, samples-1), v - float64(k)
	}
	x0, x1, a := axis(x, w, gw)
	y0, y1, b := axis(y, h, gh)
	g := func(x, y int) float64 { return float64(logits[y*gw+x]) }
	return (1-b)*((1-a)*g(x0, y0)+a*g(x1, y0)) + b*((1-a)*g(x0, y1)+a*g(x1, y1))
}

// Logits first and the threshold after: between -1 and 3 the outline lies a quarter of the way, not half of it.
func TestMaskResizesLogits(t *testing.T) {
	t.Parallel()
	var u sam.Upsampler
	m, err := u.Mask([]float32{-1, 3}, 2, 1, 16, 1)
	if err != nil || m == nil || m.Rect != image.Rect(6, 0, 16, 1) {
		t.Errorf("got %+v, %v; want the pixels from 6 on", m, err)
	}
}

func TestMaskRefuses(t *testing.T) {
	t.Parallel()
	var u sam.Upsampler
	var number *sam.NumberError
	if _, err := u.Mask([]float32{1, float32(math.NaN())}, 2, 1, 4, 4); !errors.As(err, &number) {
		t.Errorf("NaN: got %v", err)
	}
	var length *sam.BufferError
	if _, err := u.Mask([]float32{1}, 2, 1, 4, 4); !errors.As(err, &length) {
		t.Errorf("too few: got %v", err)
	}
	if m, err := u.Mask([]float32{-1, 0}, 2, 1, 4, 4); m != nil || err != nil {
		t.Errorf("nothing above 0: got %v, %v", m, err)
	}
}

func TestFillAllocatesNothing(t *testing.T) {
	planes, packed := picture(40, 30)
	s, dst := sam.NewStretcher(64, 64), make([]float32, 3*64*64)
	for _, f := range []*vision.Frame{planes, packed} {
		if n := testing.AllocsPerRun(20, func() {
			if err := s.Fill(dst, f); err != nil {
				t.Fatal(err)
			}
		}); n > 0 {
			t.Errorf("%s: %v allocations", f.Name, n)
		}
	}
}
