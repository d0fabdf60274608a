package picture

import (
	"image"
	"image/color"
	"regexp"
	"strings"
	"testing"
)

// screen is what a terminal would show: a character, its colour and the one behind it, for each cell.
type shown struct {
	text       string
	fore, back string
}

func show(t *testing.T, text string) (rows [][]shown) {
	t.Helper()
	for _, line := range strings.Split(text, "\n") {
		var row []shown
		var now shown
		for _, token := range regexp.MustCompile("\x1b\\[[0-9;]*m|[^\x1b]").FindAllString(line, -1) {
			code, is := strings.CutPrefix(strings.TrimSuffix(token, "m"), "\x1b[")
			switch {
			case !is:
				now.text = token
				row = append(row, now)
			case code == "0":
				now.fore, now.back = "", ""
			case code == "39":
				now.fore = ""
			case code == "49":
				now.back = ""
			case strings.HasPrefix(code, "38;"):
				now.fore = code[3:]
			case strings.HasPrefix(code, "48;"):
				now.back = code[3:]
			default:
				t.Fatalf("unknown sequence %q", token)
			}
		}
		if !strings.HasSuffix(line, "\x1b[0m") && strings.Contains(line, "\x1b") {
			t.Errorf("line %q leaves its colours behind", line)
		}
		rows = append(rows, row)
	}
	return rows
}

func TestBlocks(t *testing.T) {
	t.Parallel()
	img := flag(4, 5)
	for colours, want := range map[Colours][4]string{
		Full:    {"2;255;0;0", "2;0;255;0", "2;0;0;255", "2;255;255;255"},
		Indexed: {"5;196", "5;46", "5;21", "5;231"},
	} {
		text, area := encoded(t, Profile{Protocol: Blocks, Colours: colours}, img)
		rows := show(t, text)
		if len(rows) != 3 || len(rows[0]) != 4 || area != (Area{4, 3, 4, 5}) {
			t.Fatalf("%d rows of %d in %v, want 3 of 4", len(rows), len(rows[0]), area)
		}
		if got := rows[0][0]; got != (shown{"▀", want[0], want[0]}) {
			t.Errorf("first cell is %v", got)
		}
		// Rows 2 and 3 of the picture: the upper half of the flag ends with row 2.
		if got := rows[1][3]; got != (shown{"▀", want[1], want[3]}) {
			t.Errorf("a cell across the border is %v", got)
		}
		if got := rows[2][0]; got != (shown{"▀", want[2], ""}) {
			t.Errorf("half a cell is %v, want the terminal's own ground below", got)
		}
	}
}

func TestBlocksSayEachColourOnce(t *testing.T) {
	t.Parallel()
	text, _ := encoded(t, Profile{Protocol: Blocks, Colours: Full}, flag(60, 2))
	if n := strings.Count(text, "\x1b["); n != 5 {
		t.Errorf("%d sequences for two pairs of colours and the end, want 5", n)
	}
}

func TestBlocksWithoutColour(t *testing.T) {
	t.Parallel()
	text, _ := encoded(t, Profile{Protocol: Blocks}, flag(8, 8), Tag{Text: "can"})
	if strings.Contains(text, "\x1b") {
		t.Errorf("%q has a sequence", text)
	}
	if text != "[can]+++\n::::++++\n....@@@@\n....@@@@" {
		t.Errorf("got\n%s", text)
	}
}

func TestTags(t *testing.T) {
	t.Parallel()
	img := flag(20, 20)
	yellow, navy := color.RGBA{255, 221, 51, 255}, color.RGBA{0, 0, 128, 255}
	text, _ := encoded(t, Profile{Protocol: Blocks, Colours: Full}, img,
		Tag{X: 3, Y: 10, Text: "can 90%", Ground: yellow}, Tag{X: 18, Y: 0, Text: "瓶b", Ground: navy}, Tag{X: 0, Y: 19, Text: strings.Repeat("x", 99), Ground: navy})
	rows := show(t, text)
	line := func(y int) (s string) {
		for _, c := range rows[y] {
			s += c.text
		}
		return s
	}
	if got := line(4); got != "▀▀▀ can 90% ▀▀▀▀▀▀▀▀" {
		t.Errorf("the row above the box is %q", got)
	}
	if got := rows[4][4]; got != (shown{"c", "2;0;0;0", "2;255;221;51"}) {
		t.Errorf("a letter of the tag is %v, want black on yellow", got)
	}
	if got := line(0); got != strings.Repeat("▀", 16)+" ?b " {
		t.Errorf("a tag at the corner gives %q", got)
	}
	for y, row := range rows {
		if len(row) != 20 {
			t.Errorf("row %d has %d cells, want 20", y, len(row))
		}
	}
}

func TestIndexIsTheNearest(t *testing.T) {
	t.Parallel()
	for c, want := range map[color.RGBA]uint8{
		{0, 0, 0, 255}: 16, {255, 255, 255, 255}: 231, {128, 128, 128, 255}: 244, {8, 8, 8, 255}: 232, {95, 135, 175, 255}: 67, {238, 238, 238, 255}: 255,
	} {
		if got := index(c); got != want {
			t.Errorf("%v is %d, want %d", c, got, want)
		}
	}
}

func TestBlocksOfNothing(t *testing.T) {
	t.Parallel()
	if got := blocks(image.NewRGBA(image.Rectangle{}), Full, []Tag{{Text: "a"}}); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}
