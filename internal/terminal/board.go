package terminal

import (
	"fmt"
	"io"
	"strings"
	"time"

	cells "github.com/charmbracelet/x/ansi"
)

// redraw is the shortest time between two drawings: eyes follow no more, and a slow link carries no more.
const redraw = 100 * time.Millisecond

// Board is a text that is drawn again in its place, below what was written before. A nil Board does nothing, so callers never ask.
type Board struct {
	console *Console
	// lines is how many lines stand on the screen now; drawn is when they were drawn.
	lines int
	drawn time.Time
}

// Board gives a text that is drawn in place. It is nil where nobody would see it, and on a terminal that cannot move its cursor: a
// caller writes lines then. Close must be called.
func (c *Console) Board() *Board {
	if !c.opts.OutTTY || c.quiet || c.json || c.opts.Getenv("TERM") == "dumb" {
		return nil
	}
	b := &Board{console: c}
	c.mu.Lock()
	c.board = b
	c.mu.Unlock()
	return b
}

// Due says whether enough time has passed since the last drawing.
func (b *Board) Due() bool { return b != nil && time.Since(b.drawn) >= redraw }

// Draw shows v in the place of what was shown before, no wider and no higher than the terminal is now. A failure is a *WriteError.
func (b *Board) Draw(v View) error {
	if b == nil {
		return nil
	}
	c := b.console
	p := &Page{console: c}
	v.Text(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	lines := b.fit(strings.Split(strings.TrimSuffix(p.String(), "\n"), "\n"))
	c.bar.clear()
	_, err := io.WriteString(c.opts.Out, b.over(lines))
	b.lines, b.drawn = len(lines), time.Now()
	if err != nil {
		return &WriteError{Cause: err}
	}
	return nil
}

// fit cuts lines to the terminal: one that wraps would be two, and one that scrolled away could not be drawn over.
func (b *Board) fit(lines []string) []string {
	columns, rows := b.console.opts.Width, 0
	if b.console.opts.Size != nil {
		columns, rows = b.console.opts.Size()
	}
	if rows > 1 && len(lines) > rows-1 {
		lines = lines[:rows-1]
	}
	if columns > 0 {
		for i := range lines {
			lines[i] = cells.Truncate(lines[i], columns, "…")
		}
	}
	return lines
}

// over writes lines over those that stand on the screen, one after the other: wiping all of them first flickers, and a board at the
// top of tmux' window would go into its history with every drawing.
func (b *Board) over(lines []string) string {
	if b.lines == 0 {
		return strings.Join(lines, "\n") + "\n"
	}
	var s strings.Builder
	fmt.Fprintf(&s, "\x1b[%dA\r", b.lines)
	for _, line := range lines {
		s.WriteString("\x1b[K" + line + "\n")
	}
	if len(lines) < b.lines {
		s.WriteString("\x1b[J")
	}
	return s.String()
}

// back takes the cursor to the first line and wipes what follows.
func (b *Board) back() string {
	if b.lines == 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%dA\r\x1b[J", b.lines)
}

// clear makes room for lines of text; the next Draw goes below them.
func (b *Board) clear() {
	if b == nil || b.lines == 0 {
		return
	}
	_, _ = io.WriteString(b.console.opts.Out, b.back())
	b.lines = 0
}

// Close leaves what was drawn last where it is; what follows goes below.
func (b *Board) Close() {
	if b == nil {
		return
	}
	b.console.mu.Lock()
	defer b.console.mu.Unlock()
	b.console.board = nil
}
