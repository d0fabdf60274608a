package mask

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myrvm/rvmctl/internal/vision"
)

// The contours are OpenCV's; testdata/contours.py wrote them.
func TestPolygonsAreThoseOfOpenCV(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/contours.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name     string
		Rows     []string
		Area     int
		Contours []Polygon
	}
	if err := json.Unmarshal(data, &cases); err != nil || len(cases) < 30 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, tt := range cases {
		t.Run(tt.Name, func(t *testing.T) {
			m := drawn(tt.Rows...)
			got := Polygons(m)
			if !slices.IsSortedFunc(got, func(a, b Polygon) int { return b.twiceArea() - a.twiceArea() }) {
				t.Errorf("the largest part is not the first: %v", got)
			}
			slices.SortFunc(got, func(a, b Polygon) int { return slices.Compare(a, b) })
			if diff := cmp.Diff(append([]Polygon(nil), tt.Contours...), append([]Polygon(nil), got...)); diff != "" {
				t.Errorf("%s\n%s", strings.Join(tt.Rows, "\n"), diff)
			}
			if m.Area() != tt.Area {
				t.Errorf("got an area of %d, want %d", m.Area(), tt.Area)
			}
		})
	}
}

// An outline with everything in it is the mask without its holes.
func TestPolygonsKeepEveryPixel(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		m := random(r, 24)
		want := enclosed(m.Width, m.Height, m.At)
		border := make(map[image.Point]bool)
		for _, p := range Polygons(m) {
			walk(p, func(x, y int) { border[image.Pt(x, y)] = true })
		}
		got := enclosed(m.Width, m.Height, func(x, y int) bool { return border[image.Pt(x, y)] })
		for y := range m.Height {
			for x := range m.Width {
				// Parts without three points have no outline; nothing else may be missing, and nothing may be more.
				if got[y][x] && !want[y][x] || want[y][x] && !got[y][x] && !thin(m, x, y) {
					t.Fatalf("pixel %d,%d of\n%s\nis %t in the outline", x, y, strings.Join(picture(m), "\n"), got[y][x])
				}
			}
		}
	}
}

// walk visits the pixels of an outline; between two of its points they lie on a line in one of eight directions.
func walk(p Polygon, visit func(x, y int)) {
	sign := func(v int) int { return max(-1, min(1, v)) }
	for i := 0; i < len(p); i += 2 {
		x, y, j := p[i], p[i+1], (i+2)%len(p)
		for visit(x, y); x != p[j] || y != p[j+1]; visit(x, y) {
			x, y = x+sign(p[j]-x), y+sign(p[j+1]-y)
		}
	}
}

// enclosed is what cannot be reached from outside of the picture by sides.
func enclosed(w, h int, at func(x, y int) bool) [][]bool {
	inside := make([][]bool, h)
	for y := range inside {
		inside[y] = slices.Repeat([]bool{true}, w)
	}
	var todo []image.Point
	reach := func(x, y int) {
		if x >= 0 && y >= 0 && x < w && y < h && inside[y][x] && !at(x, y) {
			inside[y][x] = false
			todo = append(todo, image.Pt(x, y))
		}
	}
	for x := range w {
		reach(x, 0)
		reach(x, h-1)
	}
	for y := range h {
		reach(0, y)
		reach(w-1, y)
	}
	for len(todo) > 0 {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		reach(p.X-1, p.Y)
		reach(p.X+1, p.Y)
		reach(p.X, p.Y-1)
		reach(p.X, p.Y+1)
	}
	return inside
}

// thin says whether a pixel belongs to a part that is a single pixel or a straight line.
func thin(m *vision.Mask, x, y int) bool {
	part := []image.Point{{X: x, Y: y}}
	for i := 0; i < len(part); i++ {
		for _, d := range directions {
			next := image.Pt(part[i].X+d.x, part[i].Y+d.y)
			if m.At(next.X, next.Y) && !slices.Contains(part, next) {
				part = append(part, next)
			}
		}
	}
	for _, p := range part {
		a, b := p.Sub(part[0]), part[len(part)-1].Sub(part[0])
		if a.X*b.Y != a.Y*b.X {
			return false
		}
	}
	return true
}

func TestPolygonsOfNothing(t *testing.T) {
	t.Parallel()
	if got := Polygons(nil); got != nil {
		t.Errorf("got %v", got)
	}
	if got := Polygons(drawn("...", ".#.")); len(got) != 0 {
		t.Errorf("a single pixel has the outline %v", got)
	}
}

func TestPNGKeepsEveryPixel(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		m := random(r, 40)
		text, err := PNG(m)
		if err != nil {
			t.Fatal(err)
		}
		file, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(file))
		grey, ok := img.(*image.Gray)
		if err != nil || !ok || grey.Rect != image.Rect(0, 0, m.Width, m.Height) {
			t.Fatalf("got %T of %v, %v", img, img.Bounds(), err)
		}
		for y := range m.Height {
			for x := range m.Width {
				if want := map[bool]byte{true: 255}[m.At(x, y)]; grey.GrayAt(x, y).Y != want {
					t.Fatalf("pixel %d,%d: got %d, want %d", x, y, grey.GrayAt(x, y).Y, want)
				}
			}
		}
	}
}
