package terminal

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/lipgloss/table"
	"github.com/muesli/termenv"
)

// Tone is the meaning of a piece of text; colour follows meaning and nothing else.
type Tone int

// The tones, from none to bad.
const (
	plainTone Tone = iota
	good
	warn
	bad
	dim
	strong
)

var ansi = map[Tone]lipgloss.Color{good: "2", warn: "3", bad: "1", dim: "8"}

// Page collects the text of one result. On a terminal tables are aligned and coloured by meaning and times are local; in a
// pipe tables are TSV without header, and times are RFC 3339 in UTC.
type Page struct {
	console *Console
	b       strings.Builder
}

// String is what was written so far.
func (p *Page) String() string { return p.b.String() }

// ForPeople says whether a person reads this page, not a program.
func (p *Page) ForPeople() bool { return p.console.opts.OutTTY }

// Line writes one line.
func (p *Page) Line(format string, args ...any) {
	p.b.WriteString(CleanLines(fmt.Sprintf(format, args...)))
	p.b.WriteByte('\n')
}

// Good marks what went well; in a pipe, marks change nothing.
func (p *Page) Good(s string) string { return p.tone(s, good) }

// Warning marks what deserves a look.
func (p *Page) Warning(s string) string { return p.tone(s, warn) }

// Bad marks what failed.
func (p *Page) Bad(s string) string { return p.tone(s, bad) }

// Dim marks what is said in passing.
func (p *Page) Dim(s string) string { return p.tone(s, dim) }

// Strong marks the one thing to look at.
func (p *Page) Strong(s string) string { return p.tone(s, strong) }

// Text writes a line of pieces that already carry their tone; the pieces must be clean.
func (p *Page) Text(pieces ...string) {
	p.b.WriteString(strings.Join(pieces, ""))
	p.b.WriteByte('\n')
}

// Document writes JSON, indented for people and programs alike.
func (p *Page) Document(doc []byte) {
	p.b.Write(indent(doc))
	p.b.WriteByte('\n')
}

func (p *Page) tone(s string, t Tone) string {
	return p.console.paint(p.console.outColor, Clean(s), t)
}

// paint uses a renderer of its own with a fixed profile: the default one would ask the terminal about its background.
func (c *Console) paint(color bool, s string, t Tone) string {
	if !color || t == plainTone || s == "" {
		return s
	}
	style := renderer(termenv.ANSI).NewStyle()
	if t == strong || t == bad {
		style = style.Bold(true)
	}
	if code, ok := ansi[t]; ok {
		style = style.Foreground(code)
	}
	return style.Render(s)
}

func renderer(profile termenv.Profile) *lipgloss.Renderer {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(profile)
	r.SetHasDarkBackground(true)
	return r
}

// Time shows a moment: local time with its age to people, RFC 3339 UTC to programs, "-" for the zero time.
func (p *Page) Time(t time.Time) string {
	switch {
	case t.IsZero():
		return "-"
	case !p.console.opts.OutTTY:
		return t.UTC().Format(time.RFC3339)
	}
	return t.Local().Format(momentForm) + " (" + age(p.console.Now().Sub(t)) + ")"
}

func age(d time.Duration) string {
	switch {
	case d <= -48*time.Hour:
		return fmt.Sprintf("in %d days", int(-d.Hours()/24))
	case d <= -time.Hour:
		return fmt.Sprintf("in %d h", int(-d.Hours()))
	case d <= -time.Minute:
		return fmt.Sprintf("in %d min", int(-d.Minutes()))
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	}
	return fmt.Sprintf("%d days ago", int(d.Hours()/24))
}

// Row writes one TSV line without a header, for results of a single thing in a pipe.
func (p *Page) Row(cells ...string) {
	for i := range cells {
		cells[i] = Clean(cells[i])
	}
	p.b.WriteString(strings.Join(cells, "\t") + "\n")
}

// Fields writes names and values, one pair a line: aligned for people, name TAB value in a pipe.
func (p *Page) Fields(pairs ...string) {
	width := 0
	for i := 0; i < len(pairs); i += 2 {
		width = max(width, lipgloss.Width(pairs[i]))
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if !p.console.opts.OutTTY {
			p.b.WriteString(Clean(pairs[i]) + "\t" + Clean(pairs[i+1]) + "\n")
			continue
		}
		name := fmt.Sprintf("%-*s", width, pairs[i])
		p.b.WriteString(p.tone(name, dim) + "  " + Clean(pairs[i+1]) + "\n")
	}
}

// Table writes rows under a header. People see aligned columns, made as narrow as their terminal; a pipe gets TSV without the
// header, nothing cut.
// A row shorter than the header is filled with empty cells.
func (p *Page) Table(header []string, rows [][]string) {
	for _, row := range rows {
		for i := range row {
			row[i] = Clean(row[i])
		}
	}
	if !p.console.opts.OutTTY {
		for _, row := range rows {
			p.b.WriteString(strings.Join(row, "\t") + "\n")
		}
		return
	}
	if len(rows) == 0 {
		return
	}
	if p.console.opts.Width > 0 {
		header = slices.Clone(header)
		fit(append([][]string{header}, rows...), p.console.opts.Width)
	}
	p.b.WriteString(p.grid(header, rows, 0) + "\n")
}

// Glossary is a Table whose last column is a sentence: on a terminal it continues in the lines below when it is too wide.
func (p *Page) Glossary(header []string, rows [][]string) {
	if len(rows) == 0 || !p.console.opts.OutTTY || p.console.opts.Width == 0 {
		p.Table(header, rows)
		return
	}
	last := len(header) - 1
	widths := make([]int, last)
	for _, row := range append([][]string{header}, rows...) {
		for i := range row {
			row[i] = Clean(row[i])
		}
		for i := range widths {
			widths[i] = max(widths[i], lipgloss.Width(row[i])+columnGap)
		}
	}
	left := p.console.opts.Width
	for _, width := range widths {
		left -= width
	}
	p.b.WriteString(p.grid(header, rows, max(left, minSentence)) + "\n")
}

const (
	// columnGap is the space between two columns, minSentence the width below which a sentence is left to the terminal to break.
	columnGap, minSentence = 2, 24
)

// grid aligns columns; last is the width to which the last one is wrapped, or 0.
func (p *Page) grid(header []string, rows [][]string, last int) string {
	profile := termenv.Ascii
	if p.console.outColor {
		profile = termenv.ANSI
	}
	cell := renderer(profile).NewStyle().PaddingRight(columnGap)
	head := cell.Bold(true).Foreground(ansi[dim])
	t := table.New().Border(lipgloss.HiddenBorder()).
		BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).
		BorderColumn(false).BorderHeader(false).
		Headers(header...).Rows(rows...).
		StyleFunc(func(row, column int) lipgloss.Style {
			switch {
			case row == table.HeaderRow:
				return head
			case last > 0 && column == len(header)-1:
				return cell.PaddingRight(0).Width(last)
			}
			return cell
		})
	lines := strings.Split(t.Render(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}
