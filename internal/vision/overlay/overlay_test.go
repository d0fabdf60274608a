package overlay

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myrvm/rvmctl/internal/vision"
)

func greyFrame(w, h int) *vision.Frame {
	return &vision.Frame{Name: "grey", Width: w, Height: h, RGB: bytes.Repeat([]byte{114}, 3*w*h)}
}

func detection(x1, y1, x2, y2 float32, id int, label string) vision.Detection {
	return vision.Detection{Box: vision.Box{X1: x1, Y1: y1, X2: x2, Y2: y2}, Confidence: 0.9, Label: label, LabelID: id}
}

func drawn(t testing.TB, f *vision.Frame, dets ...vision.Detection) *image.RGBA {
	t.Helper()
	img, err := Draw(f, dets)
	if err != nil {
		t.Fatal(err)
	}
	if want := image.Rect(0, 0, f.Width, f.Height); img.Rect != want {
		t.Fatalf("got %v, want %v", img.Rect, want)
	}
	return img
}

func TestDrawPutsTheBoxWhereItIs(t *testing.T) {
	t.Parallel()
	img := drawn(t, greyFrame(400, 300), detection(100, 120, 300, 260, 0, "bottle"))
	blue, grey := palette[0], color.RGBA{114, 114, 114, 255}
	tests := []struct {
		name string
		x, y int
		want color.RGBA
	}{
		{"left edge", 100, 200, blue}, {"right edge", 299, 200, blue}, {"bottom edge", 200, 259, blue},
		{"top edge, right of the tag", 280, 120, blue},
		{"inside", 200, 200, grey}, {"outside", 90, 200, grey}, {"far away", 390, 10, grey},
		{"the tag's ground", 102, 112, blue},
	}
	for _, tt := range tests {
		if got := img.RGBAAt(tt.x, tt.y); got != tt.want {
			t.Errorf("%s at %d,%d: got %v, want %v", tt.name, tt.x, tt.y, got, tt.want)
		}
	}
}

func TestDrawLeavesTheFrameAlone(t *testing.T) {
	t.Parallel()
	f := greyFrame(100, 80)
	drawn(t, f, detection(10, 10, 90, 70, 1, "can"))
	if diff := cmp.Diff(greyFrame(100, 80), f); diff != "" {
		t.Error("the frame was drawn into")
	}
}

func TestDrawWithoutDetectionsIsACopy(t *testing.T) {
	t.Parallel()
	planes := image.NewYCbCr(image.Rect(0, 0, 50, 60), image.YCbCrSubsampleRatio420)
	for i := range planes.Y {
		planes.Y[i] = byte(i)
	}
	for i := range planes.Cb {
		planes.Cb[i], planes.Cr[i] = 100, 150
	}
	img := drawn(t, &vision.Frame{Name: "planes", Width: 50, Height: 60, YCbCr: planes})
	for _, p := range []image.Point{{0, 0}, {49, 59}, {20, 30}} {
		c := planes.YCbCrAt(p.X, p.Y)
		r, g, b := color.YCbCrToRGB(c.Y, c.Cb, c.Cr)
		if got, want := img.RGBAAt(p.X, p.Y), (color.RGBA{r, g, b, 255}); got != want {
			t.Errorf("at %v: got %v, want %v", p, got, want)
		}
	}
}

// TestDrawSurvivesAnything: only that it returns a picture is asked.
func TestDrawSurvivesAnything(t *testing.T) {
	t.Parallel()
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	boxes := []vision.Detection{
		detection(nan, nan, nan, nan, 0, "a"), detection(-inf, -inf, inf, inf, -7, "everything"),
		detection(5, 5, 5, 5, 1, "empty"), detection(8, 8, 2, 2, 2, "turned around"), detection(-50, -50, -10, -10, 3, "outside"),
		detection(0, 0, 0.01, 0.01, math.MaxInt, "dust"), detection(0, 0, 1e9, 1e9, math.MinInt, strings.Repeat("long ", 400)),
		{Box: vision.Box{X2: 9, Y2: 9}, Confidence: nan, Label: "\x1b[31m\x00\xff"},
	}
	for _, size := range []image.Point{{1, 1}, {1, 900}, {900, 1}, {47, 47}, {48, 48}, {60, 400}, {1280, 720}} {
		drawn(t, greyFrame(size.X, size.Y), boxes...)
	}
	many := make([]vision.Detection, 5000)
	for i := range many {
		many[i] = detection(float32(i%90), float32(i%70), float32(i%90+9), float32(i%70+9), i, "x")
	}
	drawn(t, greyFrame(100, 80), many...)
}

func TestDrawRefusesAFrameThatIsNotWhole(t *testing.T) {
	t.Parallel()
	for _, f := range []*vision.Frame{
		{Name: "empty"}, {Name: "short", Width: 10, Height: 10, RGB: make([]byte, 299)},
		{Name: "planes", Width: 10, Height: 10, YCbCr: image.NewYCbCr(image.Rect(0, 0, 9, 10), image.YCbCrSubsampleRatio420)},
	} {
		if _, err := Draw(f, nil); err == nil || !strings.HasPrefix(err.Error(), f.Name+": frame of ") {
			t.Errorf("%s: got %v", f.Name, err)
		}
	}
}

func TestTagsStayInsideAndApart(t *testing.T) {
	t.Parallel()
	canvas := image.Rect(0, 0, 320, 320)
	sizes := scaleFor(320, 320)
	face, err := newFace(sizes.text)
	if err != nil {
		t.Fatal(err)
	}
	defer face.Close()
	tests := []struct {
		name string
		dets []vision.Detection
	}{
		{"in every corner", []vision.Detection{detection(0, 0, 40, 40, 0, "bottle"), detection(280, 0, 320, 40, 1, "can"),
			detection(0, 280, 40, 320, 0, "bottle"), detection(280, 280, 320, 320, 1, "can")}},
		{"two labels on one item", []vision.Detection{detection(50, 60, 150, 200, 0, "bottle"), detection(50, 60, 150, 200, 1, "can")}},
		{"the whole picture, four times", []vision.Detection{detection(0, 0, 320, 320, 0, "a"), detection(0, 0, 320, 320, 1, "b"),
			detection(0, 0, 320, 320, 2, "c"), detection(0, 0, 320, 320, 3, "d")}},
		{"a very long label", []vision.Detection{detection(200, 10, 300, 100, 0, strings.Repeat("W", 300))}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tags := layTags(tt.dets, face, sizes, canvas)
			for i, a := range tags {
				if a.at.x1 < 0 || a.at.y1 < 0 || a.at.x2 > 320 || a.at.y2 > 320 {
					t.Errorf("tag %q at %v leaves the picture", a.text, a.at)
				}
				if covers(tags[:i], a.at) {
					t.Errorf("tag %q at %v covers another", a.text, a.at)
				}
				if !strings.HasSuffix(a.text, " 90%") {
					t.Errorf("tag %q lost its confidence", a.text)
				}
			}
		})
	}
}

func TestColoursAreStableAndReadable(t *testing.T) {
	t.Parallel()
	for id := -30; id < 30; id++ {
		if colourOf(id) != colourOf(id+len(palette)) {
			t.Errorf("label id %d changes its colour", id)
		}
	}
	for _, c := range palette {
		if got := contrast(c, inkOn(c)); got < 4.5 {
			t.Errorf("text on %v has a contrast of %.1f, want 4.5 (WCAG AA)", c, got)
		}
	}
}

func contrast(a, b color.RGBA) float64 {
	l := func(c color.RGBA) float64 {
		return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B) + 0.05
	}
	return max(l(a)/l(b), l(b)/l(a))
}

func TestLabelText(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, label, want string }{
		{"plain text stays", "plastic bottle", "plastic bottle"},
		{"other scripts stay", "naïve бутылка", "naïve бутылка"},
		{"no text is the class", "", "class 12"},
		{"only spaces are no text", " \u00a0 ", "class 12"},
		{"control characters are escaped", "a\x1b[31mb\n\t", `a\x1b[31mb\x0a\x09`},
		{"text that turns direction is escaped", "a\u202eb\u2066c\u200f", `a\u202eb\u2066c\u200f`},
		{"what cannot be seen is escaped", "zero\u200bwidth\u2028", `zero\u200bwidth\u2028`},
		{"broken text is marked", "a\xffb", "a\ufffdb"},
		{"long text is cut", strings.Repeat("x", 40), strings.Repeat("x", 32) + "…"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := labelText(vision.Detection{Label: tt.label, LabelID: 12}); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWriteJPEG(t *testing.T) {
	t.Parallel()
	img := drawn(t, greyFrame(64, 48))
	for _, quality := range []int{-1, 0, 1, 100, 101} {
		var b bytes.Buffer
		if err := WriteJPEG(&b, img, quality); err != nil {
			t.Fatal(err)
		}
		if cfg, err := jpeg.DecodeConfig(&b); err != nil || cfg.Width != 64 || cfg.Height != 48 {
			t.Errorf("quality %d: got %d×%d, %v", quality, cfg.Width, cfg.Height, err)
		}
	}
}

func BenchmarkDraw720p(b *testing.B) {
	f := greyFrame(1280, 720)
	dets := []vision.Detection{detection(100, 100, 500, 600, 0, "bottle"), detection(600, 200, 900, 700, 1, "can")}
	b.ReportAllocs()
	for b.Loop() {
		drawn(b, f, dets...)
	}
}
