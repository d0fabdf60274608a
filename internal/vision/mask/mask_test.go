package mask

import (
	"image"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myrvm/rvmctl/internal/vision"
)

// drawn is a mask of rows in which # is a set pixel; like a real one it holds only what is around them, or is nil.
func drawn(rows ...string) *vision.Mask {
	var area image.Rectangle
	for y, r := range rows {
		for x, c := range r {
			if c == '#' {
				area = area.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	if area.Empty() {
		return nil
	}
	m := &vision.Mask{Width: len(rows[0]), Height: len(rows), Rect: area}
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			m.Bits = append(m.Bits, map[byte]byte{'#': 1}[rows[y][x]])
		}
	}
	return m
}

// picture shows a mask as drawn takes it.
func picture(m *vision.Mask) []string {
	rows := make([]string, m.Height)
	for y := range rows {
		for x := range m.Width {
			rows[y] += string(".#"[map[bool]int{true: 1}[m.At(x, y)]])
		}
	}
	return rows
}

// random masks, dense and thin, of all sizes up to so many pixels a side.
func random(r *rand.Rand, side int) *vision.Mask {
	for {
		rows := make([]string, 1+r.IntN(side))
		w, dense := 1+r.IntN(side), r.Float64()
		for y := range rows {
			for range w {
				rows[y] += string(".#"[map[bool]int{true: 1}[r.Float64() < dense]])
			}
		}
		if m := drawn(rows...); m != nil {
			return m
		}
	}
}

func staircase() (rows []string) {
	for y := range 12 {
		row := ""
		for x := range 12 {
			row += string(".#"[map[bool]int{true: 1}[x <= y]])
		}
		rows = append(rows, row)
	}
	return rows
}

func columns() (rows []string) {
	for y := range 100 {
		row := ""
		for x := range 100 {
			row += string(".#"[map[bool]int{true: 1}[x >= 40 && x < 60 && (x%2 == 0 || y < 50)]])
		}
		rows = append(rows, row)
	}
	return rows
}

func TestRuns(t *testing.T) {
	t.Parallel()
	long := []uint32{4000}
	for range 9 {
		long = append(long, 150, 50)
	}
	long = append(long, 150, 4050)
	for _, tt := range []struct {
		name   string
		rows   []string
		counts []uint32
		text   string
		area   int
	}{
		{"rows .## and ..#", []string{".##", "..#"}, []uint32{2, 1, 1, 2}, "2111", 3},
		{"all set", []string{"###", "###"}, []uint32{0, 6}, "06", 6},
		{"a diagonal", []string{"#.", ".#"}, []uint32{0, 1, 2, 1}, "0120", 2},
		{"a staircase", staircase(), []uint32{0, 12, 1, 11, 2, 10, 3, 9, 4, 8, 5, 7, 6, 6, 7, 5, 8, 4, 9, 3, 10, 2, 11, 1},
			"0<1O1O1O1O1O1O1O1O1O1O1O", 78},
		{"columns", columns(), long, "Pm3f4b100000000000000000Pm3", 1500},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := drawn(tt.rows...)
			r := Runs(m)
			if diff := cmp.Diff(RLE{len(tt.rows), len(tt.rows[0]), tt.counts}, r); diff != "" {
				t.Error(diff)
			}
			if got := r.Compressed(); got != tt.text || r.Area() != tt.area || m.Area() != tt.area {
				t.Errorf("got %q with %d pixels, want %q with %d", got, r.Area(), tt.text, tt.area)
			}
			back, err := ParseCompressed(tt.text, r.Width, r.Height)
			if err != nil || !slices.Equal(back.Counts, tt.counts) {
				t.Errorf("read back: %v, %v", back, err)
			}
		})
	}
	none := RLE{2, 3, []uint32{6}}
	if m, err := none.Mask(); m != nil || err != nil || none.Compressed() != "6" || none.Area() != 0 {
		t.Errorf("nothing set: got %v, %v, %q", m, err, none.Compressed())
	}
}

func TestRunsKeepEveryPixel(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		m := random(r, 40)
		runs := Runs(m)
		read, err := ParseCompressed(runs.Compressed(), m.Width, m.Height)
		if err != nil {
			t.Fatal(err)
		}
		back, err := read.Mask()
		if diff := cmp.Diff(m, back); diff != "" || err != nil {
			t.Fatalf("%v %s", err, diff)
		}
		if runs.Area() != m.Area() {
			t.Fatalf("got an area of %d, want %d", runs.Area(), m.Area())
		}
	}
}

func TestRunsAreRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		text string
		w, h int
		want string
	}{
		{"too few pixels", "5", 3, 2, "mask: its runs hold 5 pixels, the picture of 3x2 has 6"},
		{"too many pixels", "061", 3, 2, "mask: its runs hold more pixels than the picture of 3x2"},
		{"a run beyond the picture", "7", 3, 2, "mask: run 0 has 7 pixels, the picture 6"},
		{"a negative run", "O", 3, 2, "mask: run 0 has -1 pixels, the picture 6"},
		{"another character", "2 ", 3, 2, "mask: character ' ' is no run length"},
		{"a number that does not end", "2P", 3, 2, "mask: a run length does not end"},
		{"a number of too many groups", "PPPPPPPPPP0", 3, 2, "mask: a run length does not end"},
		{"more text than pixels", string(make([]byte, 49)), 3, 2, "mask: 49 bytes of runs for a picture of 3x2"},
		{"no picture", "0", 0, 2, "mask: a picture of 0x2 pixels"},
		{"a picture beyond all memory", "0", 1 << 20, 1 << 20, "mask: a picture of 1048576x1048576 pixels"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := ParseCompressed(tt.text, tt.w, tt.h)
			if err == nil {
				_, err = r.Mask()
			}
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func FuzzParseCompressed(f *testing.F) {
	f.Add("2111", 3, 2)
	f.Add("06", 3, 2)
	f.Add("0<1O1O1O1O1O1O1O1O1O1O1O", 12, 12)
	f.Add("Pm3f4b100000000000000000Pm3", 100, 100)
	f.Add("oooooooo", 1, 1)
	f.Fuzz(func(t *testing.T, text string, w, h int) {
		if w > 1000 || h > 1000 {
			return
		}
		r, err := ParseCompressed(text, w, h)
		if err != nil {
			return
		}
		m, err := r.Mask()
		if err != nil || m == nil {
			return
		}
		if m.Area() != r.Area() {
			t.Errorf("%q: %d pixels of %d", text, m.Area(), r.Area())
		}
		if again, err := Runs(m).Mask(); err != nil || !cmp.Equal(m, again) {
			t.Errorf("%q: written and read again it is another mask (%v)", text, err)
		}
	})
}
