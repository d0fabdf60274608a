package terminal

import (
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/lipgloss"
)

func TestATableIsMadeAsNarrowAsTheTerminal(t *testing.T) {
	t.Parallel()
	const moment = "2026-11-23 20:13:58 (12 min ago)"
	for _, test := range []struct {
		name      string
		width     int
		row, want []string
	}{
		{"what fits stays", 80, []string{"7", "Lobby, ground floor", moment}, []string{"7", "Lobby, ground floor", moment}},
		{"of a moment the age stays", 40, []string{"7", "Lobby, ground floor", moment}, []string{"7", "Lobby, ground floor", "12 min ago"}},
		{"then the widest text is cut", 30, []string{"7", "Lobby, ground floor", moment}, []string{"7", "Lobby, ground…", "12 min ago"}},
		{"letters that are two columns wide are counted so", 20, []string{"7", "大大大大大大大大", "x"}, []string{"7", "大大大大大大…", "x"}},
		{"numbers are never cut", 20, []string{"123456789012", "0.123456789", "abcdefghijkl"}, []string{"123456789012", "0.123456789", "abcdefg…"}},
		{"what only begins like a moment is text", 24, []string{"7", "2026-11-23 20:13:58 or so", "x"}, []string{"7", "2026-11-23 20:13:…", "x"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			row := slices.Clone(test.row)
			fit([][]string{{"A", "B", "C"}, row, {"8"}}, test.width)
			if !slices.Equal(row, test.want) {
				t.Errorf("got %q, want %q", row, test.want)
			}
		})
	}
}

func TestAPageKeepsToTheWidthOfItsTerminal(t *testing.T) {
	t.Parallel()
	rows := func() [][]string { return [][]string{{"1", strings.Repeat("long ", 40), "short"}, {"2"}} }
	for _, width := range []int{40, 60, 80, 120} {
		p := &Page{console: New(Options{In: strings.NewReader(""), OutTTY: true, Width: width})}
		p.Table([]string{"ID", "DESCRIPTION", "NOTE"}, rows())
		for line := range strings.Lines(p.String()) {
			if got := lipgloss.Width(strings.TrimSuffix(line, "\n")); got > width {
				t.Errorf("%d columns on a terminal of %d: %q", got, width, line)
			}
		}
	}
	p := &Page{console: New(Options{In: strings.NewReader(""), OutTTY: true, Width: 12})}
	p.console.Wish(Wishes{Color: "never"})
	p.Table([]string{"ID", "DEPOSITS", "SESSIONS"}, [][]string{{"1", "32", "7"}})
	if want := "ID  DEP…  SES…\n1   32    7\n"; p.String() != want {
		t.Errorf("headers over numbers: got %q, want %q", p.String(), want)
	}
	p = &Page{console: New(Options{In: strings.NewReader("")})}
	p.Table([]string{"ID", "DESCRIPTION", "NOTE"}, rows()[:1])
	if want := "1\t" + rows()[0][1] + "\tshort\n"; p.String() != want {
		t.Errorf("in a pipe: got %q, want %q", p.String(), want)
	}
}
