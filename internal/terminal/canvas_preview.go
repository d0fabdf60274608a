package terminal

import (
	"bytes"
	"fmt"
	"image"
	"sync"
	"time"

	sequences "github.com/charmbracelet/x/ansi"

	"github.com/myrvm/rvmctl/internal/terminal/picture"
)

// What begins and ends a live view: the alternate screen, no cursor, no line breaks of the terminal's own.
const (
	enterPreview = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
	leavePreview = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"
)

// keyTime is how long a view may take to notice that it was closed while it waits for a key.
const keyTime = 100 * time.Millisecond

// Preview redraws pictures in place, over the whole terminal. It must be closed, which gives the terminal back as it was.
type Preview struct {
	canvas  *Canvas
	quit    chan struct{}
	closed  chan struct{}
	waiting sync.WaitGroup
	restore func()
	before  picture.Size
	// rows are those of the picture.
	rows int
}

// Preview takes the terminal over. Only one view may be open at a time. Where the process ends without closing it, by a second
// signal, the terminal is put back all the same.
func (k *Canvas) Preview() (*Preview, error) {
	v := &Preview{canvas: k, quit: make(chan struct{}), closed: make(chan struct{})}
	loud := func() {}
	if k.console.opts.InTTY && k.device.Quieten != nil {
		restore, err := k.device.Quieten()
		if err != nil {
			return nil, fmt.Errorf("cannot take the terminal over: %w", err)
		}
		loud = restore
	}
	v.restore = k.console.hold(func() {
		_ = k.write(append(k.profile.Forget(), leavePreview...))
		loud()
	})
	if err := k.write([]byte(enterPreview)); err != nil {
		v.restore()
		return nil, err
	}
	if k.console.opts.InTTY && k.device.Keys != nil {
		v.waiting.Go(v.listen)
	}
	return v, nil
}

// Quit is closed when q was typed.
func (v *Preview) Quit() <-chan struct{} { return v.quit }

// listen reads keys until the view is closed. Ctrl-C is a signal and never comes here; Ctrl-D and a terminal that is gone end
// the view too.
func (v *Preview) listen() {
	for {
		select {
		case <-v.closed:
			return
		default:
		}
		typed, err := v.canvas.device.Keys(keyTime)
		if err != nil || bytes.ContainsAny(typed, "qQ\x04") {
			close(v.quit)
			return
		}
	}
}

// Fit is the place for a picture of w×h pixels, above one line for the status.
func (v *Preview) Fit(w, h int) picture.Area { return v.canvas.profile.Fit(v.canvas.size(), w, h, 1) }

// Frame draws a picture of the size that Fit gave and one line of status below.
func (v *Preview) Frame(img *image.RGBA, a picture.Area, tags []picture.Tag, status string) error {
	drawn, err := v.canvas.profile.EncodeAgain(img, a, tags)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	// What stands between the two marks appears at once on terminals that know them; the others ignore them.
	b.WriteString("\x1b[?2026h")
	size := v.canvas.size()
	if size != v.before {
		b.Write(v.canvas.profile.Forget())
		b.WriteString("\x1b[2J")
		v.before = size
	}
	b.WriteString("\x1b[H")
	b.Write(drawn)
	v.rows = a.Rows
	b.WriteString(v.line(status) + "\x1b[?2026l")
	return v.canvas.write(b.Bytes())
}

// Status draws the line of status alone.
func (v *Preview) Status(status string) error { return v.canvas.write([]byte(v.line(status))) }

func (v *Preview) line(status string) string {
	return fmt.Sprintf("\x1b[%d;1H%s\x1b[K", v.rows+1, v.cut(Clean(status), v.before.Columns))
}

func (v *Preview) cut(status string, columns int) string {
	if columns < 1 {
		columns = 80
	}
	status = sequences.Truncate(status, columns, "…")
	if v.canvas.profile.Colours == picture.NoColours {
		return status
	}
	return "\x1b[7m" + status + "\x1b[0m"
}

// Close gives the terminal back. It may be called twice.
func (v *Preview) Close() error {
	select {
	case <-v.closed:
		return nil
	default:
	}
	close(v.closed)
	v.waiting.Wait()
	v.restore()
	return nil
}
