package terminal

import (
	"bytes"
	"fmt"
	"image"
	"io"
	"time"

	"github.com/myrvm/rvmctl/internal/terminal/picture"
)

// NoScreenError says that a picture was to be shown where nobody would see it.
type NoScreenError struct {
	// JSON says that standard output is a terminal, but belongs to the machine output.
	JSON bool
}

func (e *NoScreenError) Error() string {
	if e.JSON {
		return "a picture cannot be shown: standard output is for JSON, and standard error is not a terminal"
	}
	return "a picture cannot be shown: neither standard output nor standard error is a terminal"
}

// PictureWords are what may be said about how pictures are shown.
var PictureWords = []string{"auto", "kitty", "iterm", "sixel", "blocks"}

// answerTime is how long a terminal may take to say what it can before the first picture is drawn without its answer, lateTime
// until its answer is no longer waited for: what comes later would be read as typed.
const answerTime, lateTime = 200 * time.Millisecond, time.Second

// Canvas is where pictures are shown: standard output, or standard error when the former is no terminal or for JSON. It must be
// closed.
type Canvas struct {
	console *Console
	out     io.Writer
	profile picture.Profile
	device  *Device

	// asked is when the terminal was asked, while its answer is outstanding.
	asked   time.Time
	heard   []byte
	restore func()
}

// Canvas finds a place for pictures. wish is one of PictureWords. The error is *NoScreenError.
//
// With "auto" a terminal whose environment tells nothing is asked what it can, when a person sits at it and has typed nothing
// yet. Its answer is waited for a fifth of a second.
func (c *Console) Canvas(wish string) (*Canvas, error) {
	out, err := c.screen()
	if err != nil {
		return nil, err
	}
	k := &Canvas{console: c, out: out, device: c.opts.Device, restore: func() {}}
	if k.device == nil {
		k.device = &Device{}
	}
	profile, sure := picture.FromEnvironment(c.opts.Getenv)
	k.profile = profile
	if !sure && wish == "auto" && c.opts.OutTTY && c.CanPrompt() && k.device.Quieten != nil {
		k.ask()
	}
	if p, known := picture.Parse(wish); known {
		k.profile.Protocol = p
	}
	if colour := c.outColor || k.out == c.opts.Err && c.errColor; !colour {
		k.profile.Colours = picture.NoColours
	}
	return k, nil
}

// HasScreen says whether Canvas would find a place, without touching anything; if not the error is *NoScreenError.
func (c *Console) HasScreen() error {
	_, err := c.screen()
	return err
}

func (c *Console) screen() (io.Writer, error) {
	switch {
	case c.opts.OutTTY && !c.json:
		return c.opts.Out, nil
	case c.opts.ErrTTY:
		return c.opts.Err, nil
	}
	return nil, &NoScreenError{JSON: c.opts.OutTTY}
}

// Protocol is how pictures are shown.
func (k *Canvas) Protocol() picture.Protocol { return k.profile.Protocol }

// ask leaves the terminal quiet while its answer is outstanding: it must not be seen, nor be taken for a command by the shell.
func (k *Canvas) ask() {
	restore, err := k.device.Quieten()
	if err != nil {
		return
	}
	k.restore = k.console.hold(restore)
	if early, err := k.device.Keys(0); err != nil || len(early) > 0 {
		// Somebody types ahead. An answer would come behind that, and be read with it.
		k.console.putBack(early)
		k.restore()
		return
	}
	if _, err := io.WriteString(k.out, picture.Query); err != nil {
		k.restore()
		return
	}
	k.asked = time.Now()
	k.listen(answerTime)
}

// listen takes the answer if it comes before so much time has passed since the question.
func (k *Canvas) listen(limit time.Duration) {
	for left := limit; left > 0; left = limit - time.Since(k.asked) {
		more, err := k.device.Keys(left)
		if err != nil {
			break
		}
		k.heard = append(k.heard, more...)
		if answer, rest, done := picture.ReadAnswer(k.heard); done {
			k.profile = k.profile.With(answer)
			k.console.putBack(rest)
			k.asked, k.heard = time.Time{}, nil
			k.restore()
			return
		}
	}
}

// Close puts the terminal back as it was. An answer that is late is given some more time, so that the shell does not get it.
func (k *Canvas) Close() error {
	if !k.asked.IsZero() {
		k.listen(lateTime)
		k.console.putBack(k.heard)
		k.asked, k.heard = time.Time{}, nil
	}
	k.restore()
	return nil
}

func (c *Console) putBack(b []byte) {
	if t, ok := c.opts.In.(*typed); ok && len(b) > 0 {
		t.putBack(b)
	}
}

// Fit is the place for a picture of w×h pixels in the terminal as it is now, below which a line or two stay free.
func (k *Canvas) Fit(w, h int) picture.Area { return k.profile.Fit(k.size(), w, h, 2) }

func (k *Canvas) size() (s picture.Size) {
	if k.device.Size != nil {
		s = k.device.Size()
	}
	return s
}

// TagsInCells says that labels are to be given as tags, since pixels are too coarse for text.
func (k *Canvas) TagsInCells() bool { return k.profile.Protocol == picture.Blocks }

// Show draws a picture of the size that Fit gave, at the beginning of a line, and goes to the line below it.
func (k *Canvas) Show(img *image.RGBA, a picture.Area, tags []picture.Tag) error {
	drawn, err := k.profile.Encode(img, a, tags)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if k.profile.Protocol == picture.Blocks {
		b.Write(append(drawn, '\n'))
	} else {
		// Room is made first, since terminals differ in where the cursor is after a picture and whether that scrolls.
		b.Write(bytes.Repeat([]byte("\n"), a.Rows))
		fmt.Fprintf(&b, "\x1b[%dA\x1b7%s\x1b8\x1b[%dB\r", a.Rows, drawn, a.Rows)
	}
	return k.write(b.Bytes())
}

func (k *Canvas) write(b []byte) error {
	c := k.console
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stepAside()
	if _, err := k.out.Write(b); err != nil {
		return &WriteError{Cause: err}
	}
	return nil
}
