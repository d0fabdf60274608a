package terminal

import (
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// barDelay keeps short work free of a flashing bar.
const barDelay = 300 * time.Millisecond

// Bar shows how far a long piece of work has come, on stderr and only when that is a terminal. A nil Bar does nothing, so
// callers never ask.
type Bar struct {
	mu    sync.Mutex
	bar   *progressbar.ProgressBar
	since time.Time
	total int64
	done  int64
}

// Progress starts a bar of total units, which are bytes when bytes is true and counted things otherwise. It is nil when
// nobody would see it. Finish must be called.
func (c *Console) Progress(label string, total int64, bytes bool) *Bar {
	if !c.opts.ErrTTY || c.quiet || c.json || total <= 0 {
		return nil
	}
	width := 30
	if c.opts.Width > 0 {
		width = max(10, min(width, c.opts.Width-50))
	}
	b := &Bar{since: time.Now(), total: total, bar: progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(c.opts.Err),
		progressbar.OptionSetVisibility(true),
		progressbar.OptionSetDescription(Shorten(Clean(label), 24)),
		progressbar.OptionShowBytes(bytes),
		progressbar.OptionUseIECUnits(true),
		progressbar.OptionSetWidth(width),
		progressbar.OptionShowCount(),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionEnableColorCodes(false),
		progressbar.OptionClearOnFinish(),
	)}
	c.mu.Lock()
	c.bar = b
	c.mu.Unlock()
	return b
}

// Add moves the bar by n units. Going past the total is harmless.
func (b *Bar) Add(n int64) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done = min(b.done+n, b.total)
	if time.Since(b.since) >= barDelay {
		_ = b.bar.Set64(b.done)
	}
}

// Reader counts what is read through it.
func (b *Bar) Reader(r io.Reader) io.Reader {
	if b == nil {
		return r
	}
	return &countingReader{r: r, bar: b}
}

// Finish removes the bar from the screen.
func (b *Bar) Finish() {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.done > 0 && time.Since(b.since) >= barDelay {
		_ = b.bar.Finish()
	}
	b.total, b.done = 0, 0
}

// clear makes room for a line of text; the bar is drawn again by the next Add.
func (b *Bar) clear() {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.total > 0 && b.done > 0 && time.Since(b.since) >= barDelay {
		_ = b.bar.Clear()
	}
}

type countingReader struct {
	r   io.Reader
	bar *Bar
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.bar.Add(int64(n))
	return n, err
}
