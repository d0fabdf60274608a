// Package terminal is the only door to the person or program that called rvmctl: streams, text for people, TSV and JSON for
// programs, prompts, progress and the cleaning of foreign text. It decides by looking at each stream, never at the command.
// It refuses to know what the words mean, where they came from, and which exit code follows.
package terminal

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/muesli/termenv"
	"golang.org/x/term"
)

// Options make a Console. The zero value of everything but the streams is what a pipe gets.
type Options struct {
	// In, Out and Err are the three streams; none may be nil.
	In       io.Reader
	Out, Err io.Writer
	// InTTY, OutTTY and ErrTTY say which of them are terminals.
	InTTY, OutTTY, ErrTTY bool
	// Width is the number of columns of Out, or 0 when it is unknown.
	Width int
	// Size asks Out for its columns and rows as they are now; nil when nobody knows.
	Size func() (columns, rows int)
	// ReadPassword switches the echo off, writes the prompt, and reads one line; nil when In is no terminal.
	ReadPassword func(prompt string) (string, error)
	// Restore switches the echo on again when the process ends inside ReadPassword; nil when there is nothing to restore.
	Restore func()
	// Device is the terminal that is written to, for pictures; nil when there is none.
	Device *Device
	// Getenv answers for NO_COLOR, CLICOLOR, CLICOLOR_FORCE, TERM; nil means an empty environment.
	Getenv func(string) string
	// Now is the clock of relative times; nil means time.Now.
	Now func() time.Time
}

// Console is the three streams of one process with the caller's wishes about them. Methods that write may be used by
// several goroutines at once.
type Console struct {
	opts      Options
	in        *bufio.Reader
	mu        sync.Mutex
	json      bool
	quiet     bool
	verbosity int
	noInput   bool
	outColor  bool
	errColor  bool
	bar       *Bar
	board     *Board
	waiting   atomic.Bool
	holding   sync.Mutex
	held      []func()
	shape     Shape
	shaping   sync.Mutex
	endpoint  func() string
}

// Wishes are the global flags that shape what is written.
type Wishes struct {
	// JSON asks for machine output on stdout and machine errors on stderr.
	JSON bool
	// Quiet silences everything but errors and what was asked for with JSON.
	Quiet bool
	// Verbosity is 0, 1 (a line per step) or 2 (a line per request).
	Verbosity int
	// NoInput forbids prompts.
	NoInput bool
	// Color is "auto", "always" or "never".
	Color string
}

// System is the Console of this process: its own stdin, stdout, stderr and environment.
func System() *Console {
	in, out := int(os.Stdin.Fd()), int(os.Stdout.Fd())
	o := Options{
		In: &typed{r: os.Stdin}, Out: os.Stdout, Err: os.Stderr,
		InTTY: term.IsTerminal(in), OutTTY: term.IsTerminal(out), ErrTTY: term.IsTerminal(int(os.Stderr.Fd())),
		Getenv: os.Getenv,
	}
	if o.OutTTY {
		o.Width, _, _ = term.GetSize(out)
		o.Size = func() (columns, rows int) { columns, rows, _ = term.GetSize(out); return columns, rows }
	}
	if o.OutTTY || o.ErrTTY {
		o.Device = deviceOf(o)
	}
	if o.InTTY {
		raw := &rawInput{fd: in}
		o.ReadPassword, o.Restore = raw.readPassword, raw.restore
	}
	return New(o)
}

// deviceOf is the terminal of this process, of which at least one output stream is.
func deviceOf(o Options) *Device {
	in, out := -1, int(os.Stderr.Fd())
	if o.InTTY {
		in = int(os.Stdin.Fd())
	}
	if o.OutTTY {
		out = int(os.Stdout.Fd())
	}
	return systemDevice(in, out)
}

// rawInput remembers how the terminal was before a password was asked for: who ends the process meanwhile must put it back, or
// the operator's shell stays without an echo.
type rawInput struct {
	fd     int
	mu     sync.Mutex
	before *term.State
}

// readPassword makes the terminal raw before the prompt appears, so that nothing is shown of an answer that comes at once.
// Ctrl-C is a character then, and ends the reading with io.EOF.
func (r *rawInput) readPassword(prompt string) (string, error) {
	before, err := term.MakeRaw(r.fd)
	if err != nil {
		return "", err
	}
	r.mu.Lock()
	r.before = before
	r.mu.Unlock()
	defer r.restore()
	return term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{os.Stdin, os.Stderr}, "").ReadPassword(prompt)
}

func (r *rawInput) restore() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.before != nil {
		_ = term.Restore(r.fd, r.before)
		r.before = nil
	}
}

// New makes a Console from streams that are named explicitly, as tests do.
func New(o Options) *Console {
	if o.Getenv == nil {
		o.Getenv = func(string) string { return "" }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &Console{opts: o, in: bufio.NewReader(o.In)}
	c.Wish(Wishes{Color: "auto"})
	return c
}

// Wish applies the global flags. It is called once, after they are parsed.
func (c *Console) Wish(w Wishes) {
	c.json, c.quiet, c.verbosity, c.noInput = w.JSON, w.Quiet, w.Verbosity, w.NoInput
	c.outColor = c.wantsColor(w.Color, c.opts.OutTTY)
	c.errColor = c.wantsColor(w.Color, c.opts.ErrTTY)
}

// wantsColor follows no-color.org and the CLICOLOR convention; the terminal itself is never asked, because over SSH its
// late answer would be read as typed input.
func (c *Console) wantsColor(flag string, tty bool) bool {
	env := c.opts.Getenv
	switch {
	case flag == "always":
		return true
	case flag == "never", env("NO_COLOR") != "":
		return false
	case env("CLICOLOR_FORCE") != "" && env("CLICOLOR_FORCE") != "0":
		return true
	}
	return tty && env("TERM") != "dumb" && env("CLICOLOR") != "0"
}

// Endpoint says what to ask for the address of the platform that answered last, which every JSON document then names. It is
// called only where there are several.
func (c *Console) Endpoint(served func() string) { c.endpoint = served }

// JSON says whether the caller asked for machine output.
func (c *Console) JSON() bool { return c.json }

// Quiet says whether the caller asked for silence on success.
func (c *Console) Quiet() bool { return c.quiet }

// Verbose says whether the caller asked for every detail.
func (c *Console) Verbose() bool { return c.verbosity >= 2 }

// OutIsTerminal says whether a person looks at stdout.
func (c *Console) OutIsTerminal() bool { return c.opts.OutTTY }

// Columns is the width of stdout, or 0 when it is unknown or no terminal.
func (c *Console) Columns() int { return c.opts.Width }

// Waiting says whether a question waits for its answer, which nothing but the answer or the end of the process ends.
func (c *Console) Waiting() bool { return c.waiting.Load() }

// In is standard input, buffered; it is shared by everything that reads it.
func (c *Console) In() io.Reader { return c.in }

// Now is the console's clock.
func (c *Console) Now() time.Time { return c.opts.Now() }

// Note tells people something on stderr that is neither result nor problem. Quiet and JSON silence it.
func (c *Console) Note(format string, args ...any) {
	if !c.quiet && !c.json {
		c.say("", termenv.ANSIBrightBlack, format, args...)
	}
}

// Warn tells people on stderr what went less well than asked. Quiet silences it, JSON does not.
func (c *Console) Warn(format string, args ...any) {
	if !c.quiet {
		c.say("warning: ", termenv.ANSIYellow, format, args...)
	}
}

// Step is one line of -v: what is being done.
func (c *Console) Step(format string, args ...any) {
	if c.verbosity >= 1 {
		c.say("", termenv.ANSIBrightBlack, format, args...)
	}
}

// Trace is one line of -vv: a request, a file, a library.
func (c *Console) Trace(format string, args ...any) {
	if c.verbosity >= 2 {
		c.say("", termenv.ANSIBrightBlack, format, args...)
	}
}

// say writes one line to stderr behind the program's name, and steps aside for a progress bar that is being drawn.
func (c *Console) say(kind string, color termenv.ANSIColor, format string, args ...any) {
	text := Clean(fmt.Sprintf(format, args...))
	prefix := "rvmctl: " + kind
	if c.errColor {
		prefix = termenv.ANSI.String(prefix).Foreground(color).String()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stepAside()
	_, _ = fmt.Fprintln(c.opts.Err, prefix+text)
}

// stepAside makes room for lines of text; c.mu is held.
func (c *Console) stepAside() {
	c.bar.clear()
	c.board.clear()
}

// writeOut is where results go to stdout.
func (c *Console) writeOut(s string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stepAside()
	if _, err := io.WriteString(c.opts.Out, s); err != nil {
		return &WriteError{Cause: err}
	}
	return nil
}

// WriteError says that stdout could not be written: the reader went away or the disk is full.
type WriteError struct{ Cause error }

func (e *WriteError) Error() string { return "cannot write to standard output: " + e.Cause.Error() }

// Unwrap gives the cause, syscall.EPIPE when the reader went away.
func (e *WriteError) Unwrap() error { return e.Cause }
