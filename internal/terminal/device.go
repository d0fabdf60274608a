package terminal

import (
	"io"
	"sync"
	"time"

	"github.com/myrvm/rvmctl/internal/terminal/picture"
)

// Device is the terminal as a thing with a size and a keyboard, which pictures and live views need. Any function may be nil
// where the system has none.
type Device struct {
	// Size asks how large the terminal is now.
	Size func() picture.Size
	// Quieten switches off that typed characters are shown and held back until the end of the line. Signals such as that of
	// Ctrl-C stay as they are. It fails when this process is not in the foreground of its terminal.
	Quieten func() (restore func(), err error)
	// Keys waits so long at most for characters and takes what is there, nothing when there is none.
	Keys func(wait time.Duration) ([]byte, error)
}

// typed is standard input with what was taken off it too early in front of it.
type typed struct {
	r    io.Reader
	mu   sync.Mutex
	kept []byte
}

// Read gives what was put back first.
func (t *typed) Read(p []byte) (int, error) {
	t.mu.Lock()
	if len(t.kept) > 0 {
		n := copy(p, t.kept)
		t.kept = t.kept[n:]
		t.mu.Unlock()
		return n, nil
	}
	t.mu.Unlock()
	return t.r.Read(p)
}

func (t *typed) putBack(b []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, b...)
}

// hold remembers what must be put back before the process ends, however it does. release does it once.
func (c *Console) hold(restore func()) (release func()) {
	once := sync.OnceFunc(restore)
	c.holding.Lock()
	defer c.holding.Unlock()
	c.held = append(c.held, once)
	return once
}

// LetGo puts back what was changed about the terminal, the last change first: for whoever ends this process or takes its place.
func (c *Console) LetGo() {
	c.holding.Lock()
	held := c.held
	c.held = nil
	c.holding.Unlock()
	for i := len(held) - 1; i >= 0; i-- {
		held[i]()
	}
}
