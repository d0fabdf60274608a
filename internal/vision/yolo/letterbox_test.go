package yolo

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myrvm/rvmctl/internal/vision"
)

func TestNewLetterbox(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name                     string
		srcW, srcH, w, h         int
		ratio                    float64
		newW, newH               int
		left, top, right, bottom int
	}{
		{"a portrait", 810, 1080, 640, 640, .592593, 480, 640, 80, 0, 80, 0},
		{"a camera", 1280, 720, 640, 640, .5, 640, 360, 0, 140, 0, 140},
		{"full hd", 1920, 1080, 640, 640, .333333, 640, 360, 0, 140, 0, 140},
		{"a width that rounds up", 512, 683, 640, 640, .937042, 480, 640, 80, 0, 80, 0},
		{"odd padding goes below", 641, 480, 640, 640, .998440, 640, 479, 0, 80, 0, 81},
		{"no resize, odd padding", 640, 481, 640, 640, 1, 640, 481, 0, 79, 0, 80},
		{"half a pixel rounds to even", 1280, 721, 640, 640, .5, 640, 360, 0, 140, 0, 140},
		{"padding of the rounded size", 320, 480, 640, 640, 1.333333, 427, 640, 106, 0, 107, 0},
		{"a small picture is enlarged", 320, 240, 640, 640, 2, 640, 480, 0, 80, 0, 80},
		{"a wide picture", 1000, 333, 640, 640, .64, 640, 213, 0, 213, 0, 214},
		{"nearly square", 256, 257, 640, 640, 2.490272, 638, 640, 1, 0, 1, 0},
		{"one pixel", 1, 1, 640, 640, 640, 640, 640, 0, 0, 0, 0},
		{"a line never vanishes", 1, 4000, 640, 640, .16, 1, 640, 319, 0, 320, 0},
		{"a flat line never vanishes", 4000, 1, 640, 640, .16, 640, 1, 0, 319, 0, 320},
		{"a portrait at 320", 810, 1080, 320, 320, .296296, 240, 320, 40, 0, 40, 0},
		{"a camera at 320", 1280, 720, 320, 320, .25, 320, 180, 0, 70, 0, 70},
		{"a rectangular input", 1280, 720, 640, 384, .5, 640, 360, 0, 12, 0, 12},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := NewLetterbox(tt.srcW, tt.srcH, tt.w, tt.h)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(got.Ratio-tt.ratio) > 5e-7 {
				t.Errorf("got ratio %v, want %v", got.Ratio, tt.ratio)
			}
			want := Letterbox{Ratio: got.Ratio, SrcW: tt.srcW, SrcH: tt.srcH, W: tt.w, H: tt.h, NewW: tt.newW, NewH: tt.newH,
				Left: tt.left, Top: tt.top, Right: tt.right, Bottom: tt.bottom}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNewLetterboxRefuses(t *testing.T) {
	t.Parallel()
	for _, size := range [][4]int{{0, 1, 640, 640}, {1, -1, 640, 640}, {1, 1, 0, 640}, {1, 1, 640, 1 << 17}, {math.MaxInt, 1, 640, 640}} {
		_, err := NewLetterbox(size[0], size[1], size[2], size[3])
		var refused *SizeError
		if !errors.As(err, &refused) {
			t.Errorf("%v: got %v, want a SizeError", size, err)
		}
	}
}

func TestToSource(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		srcW, srcH int
		in, want   vision.Box
	}{
		{"a portrait", 810, 1080, vision.Box{X1: 200, Y1: 100, X2: 300, Y2: 400}, vision.Box{X1: 202.5, Y1: 168.75, X2: 371.25, Y2: 675}},
		{"odd padding", 641, 480, vision.Box{X1: 100, Y1: 100, X2: 100, Y2: 100}, vision.Box{X1: 100.15625, Y1: 20.03125, X2: 100.15625, Y2: 20.03125}},
		{"nothing is clipped", 1280, 720, vision.Box{X1: -10, Y1: 0, X2: 650, Y2: 640}, vision.Box{X1: -20, Y1: -280, X2: 1300, Y2: 1000}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, err := NewLetterbox(tt.srcW, tt.srcH, 640, 640)
			if err != nil {
				t.Fatal(err)
			}
			if got := l.ToSource(tt.in); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// FuzzLetterbox: the picture and its borders fill the input exactly, and the corners of the picture map back to the
// corners of the source within one pixel of the input.
func FuzzLetterbox(f *testing.F) {
	for _, s := range [][4]int{{810, 1080, 640, 640}, {1, 4000, 640, 640}, {4000, 1, 640, 384}, {641, 480, 320, 320}, {65536, 65536, 32, 32}} {
		f.Add(s[0], s[1], s[2], s[3])
	}
	f.Fuzz(func(t *testing.T, srcW, srcH, w, h int) {
		l, err := NewLetterbox(srcW, srcH, w, h)
		if err != nil {
			return
		}
		if l.Left+l.NewW+l.Right != w || l.Top+l.NewH+l.Bottom != h || l.Left < 0 || l.Top < 0 || l.NewW < 1 || l.NewH < 1 {
			t.Fatalf("got %+v, which does not fill the input", l)
		}
		if l.Right-l.Left < 0 || l.Right-l.Left > 1 || l.Bottom-l.Top < 0 || l.Bottom-l.Top > 1 {
			t.Errorf("got %+v, which is not centred", l)
		}
		got := l.ToSource(vision.Box{
			X1: float32(l.Left), Y1: float32(l.Top), X2: float32(l.Left + l.NewW), Y2: float32(l.Top + l.NewH),
		})
		near := 1/l.Ratio + 1e-2 // float32 holds 65,536 to 1/128
		for _, d := range []float32{got.X1, got.Y1, got.X2 - float32(srcW), got.Y2 - float32(srcH)} {
			if math.Abs(float64(d)) > near {
				t.Errorf("got %v for a picture of %dx%d, off by %v", got, srcW, srcH, d)
			}
		}
	})
}
