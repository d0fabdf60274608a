package terminal

import (
	"bytes"
	"errors"
	"image"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/terminal/picture"
)

// station is a terminal that somebody may type at, and that may answer.
type station struct {
	out    screen
	err    bytes.Buffer
	in     *typed
	early  string
	answer []string
	// late is given only when the picture was drawn.
	late           string
	quiet, loud    int
	askedWithoutUs bool
}

// screen is what stands on a terminal. Whoever answers at the keys reads it while a picture or an error is written.
type screen struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.String()
}

func (s *station) device() *Device {
	return &Device{
		Size: func() picture.Size { return picture.Size{Columns: 40, Rows: 12} },
		Quieten: func() (func(), error) {
			s.quiet++
			return func() { s.loud++ }, nil
		},
		Keys: func(wait time.Duration) ([]byte, error) {
			next := s.early
			switch {
			case wait == 0 || next != "":
				s.early = ""
			case len(s.answer) > 0 && strings.Contains(s.out.String(), picture.Query):
				next, s.answer = s.answer[0], s.answer[1:]
			case strings.Contains(s.out.String(), "\x1b["+"38;") && s.late != "":
				next, s.late = s.late, ""
			default:
				time.Sleep(wait)
			}
			return []byte(next), nil
		},
	}
}

func (s *station) console(env map[string]string, change func(*Options)) *Console {
	s.in = &typed{r: strings.NewReader("")}
	o := Options{In: s.in, Out: &s.out, Err: &s.err, InTTY: true, OutTTY: true, ErrTTY: true, Device: s.device(),
		Getenv: func(key string) string { return env[key] }}
	if change != nil {
		change(&o)
	}
	return New(o)
}

func (s *station) typed(t *testing.T) string {
	t.Helper()
	b, err := io.ReadAll(s.in)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func canvas(t *testing.T, c *Console, wish string) *Canvas {
	t.Helper()
	k, err := c.Canvas(wish)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestATerminalIsAskedWhatItCan(t *testing.T) {
	t.Parallel()
	s := &station{answer: []string{"\x1bP>|fo", "ot(1.16)\x1b\\l\x1b[6;20;10", "t\x1b[?62;4c"}}
	k := canvas(t, s.console(map[string]string{"TERM": "xterm-256color"}, nil), "auto")
	if k.Protocol() != picture.Sixel || k.profile.CellHeight != 20 || k.profile.Colours != picture.Full {
		t.Errorf("got %+v", k.profile)
	}
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	if s.quiet != 1 || s.loud != 1 {
		t.Errorf("made quiet %d times and loud %d times", s.quiet, s.loud)
	}
	if got := s.typed(t); got != "l" {
		t.Errorf("of what was typed %q is left, want l", got)
	}
	if s.out.String() != picture.Query {
		t.Errorf("got %q", s.out.String())
	}
}

func TestATerminalIsNotAsked(t *testing.T) {
	t.Parallel()
	ssh := map[string]string{"TERM": "xterm-256color"}
	for name, tt := range map[string]struct {
		env    map[string]string
		wish   string
		change func(*Options)
		wishes Wishes
		early  string
	}{
		"when its name is known":     {map[string]string{"TERM": "xterm-kitty"}, "auto", nil, Wishes{}, ""},
		"within tmux":                {map[string]string{"TERM": "tmux-256color"}, "auto", nil, Wishes{}, ""},
		"when the way is named":      {ssh, "blocks", nil, Wishes{}, ""},
		"when nobody types":          {ssh, "auto", func(o *Options) { o.InTTY = false }, Wishes{}, ""},
		"when only stderr is seen":   {ssh, "auto", func(o *Options) { o.OutTTY = false }, Wishes{}, ""},
		"when nobody is to be asked": {ssh, "auto", nil, Wishes{NoInput: true}, ""},
		"when somebody types ahead":  {ssh, "auto", nil, Wishes{}, "ls\n"},
		"when the system cannot":     {ssh, "auto", func(o *Options) { o.Device = &Device{} }, Wishes{}, ""},
		"when it cannot be made quiet": {ssh, "auto", func(o *Options) {
			o.Device.Quieten = func() (func(), error) { return nil, errors.New("in the background") }
		}, Wishes{}, ""},
	} {
		s := &station{early: tt.early}
		c := s.console(tt.env, tt.change)
		c.Wish(tt.wishes)
		k := canvas(t, c, tt.wish)
		if err := k.Close(); err != nil {
			t.Fatal(err)
		}
		if len(s.out.String())+s.err.Len() > 0 || s.quiet != s.loud {
			t.Errorf("%s: wrote %q, quiet %d, loud %d", name, s.out.String(), s.quiet, s.loud)
		}
		if got := s.typed(t); got != tt.early {
			t.Errorf("%s: typed %q, left %q", name, tt.early, got)
		}
	}
}

func TestALateAnswerIsNotTakenForACommand(t *testing.T) {
	t.Parallel()
	s := &station{late: "q\x1b[?62;4c"}
	k := canvas(t, s.console(map[string]string{"TERM": "xterm-256color"}, nil), "auto")
	if k.Protocol() != picture.Blocks {
		t.Errorf("silence gives %v", k.Protocol())
	}
	if s.loud != 0 {
		t.Error("the answer that is on its way would be shown")
	}
	show(t, k)
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	if got := s.typed(t); got != "q" || s.loud != 1 {
		t.Errorf("left %q, loud %d times", got, s.loud)
	}
}

func TestSilenceIsNotWaitedForLong(t *testing.T) {
	t.Parallel()
	s := &station{}
	began := time.Now()
	k := canvas(t, s.console(map[string]string{"TERM": "xterm-256color"}, nil), "auto")
	_ = k.Close()
	if took := time.Since(began); took < answerTime || s.loud != 1 {
		t.Errorf("took %v, loud %d times", took, s.loud)
	}
}

func show(t *testing.T, k *Canvas) {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 8, 4))
	if err := k.Show(img, k.Fit(8, 4), nil); err != nil {
		t.Fatal(err)
	}
}

func TestWherePicturesGo(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change  func(*Options)
		wishes  Wishes
		refused bool
		onErr   bool
	}{
		"a terminal":            {func(*Options) {}, Wishes{}, false, false},
		"a pipe":                {func(o *Options) { o.OutTTY = false }, Wishes{}, false, true},
		"JSON on a terminal":    {func(*Options) {}, Wishes{JSON: true}, false, true},
		"no terminal":           {func(o *Options) { o.OutTTY, o.ErrTTY = false, false }, Wishes{}, true, false},
		"JSON and nothing else": {func(o *Options) { o.ErrTTY = false }, Wishes{JSON: true}, true, false},
		"quiet":                 {func(*Options) {}, Wishes{Quiet: true}, false, false},
	} {
		s := &station{}
		c := s.console(map[string]string{"TERM": "foot"}, tt.change)
		c.Wish(tt.wishes)
		k, err := c.Canvas("blocks")
		var none *NoScreenError
		if errors.As(err, &none) != tt.refused {
			t.Errorf("%s: got %v", name, err)
		}
		if err != nil {
			continue
		}
		show(t, k)
		if (s.err.Len() > 0) != tt.onErr || (len(s.out.String()) > 0) == tt.onErr {
			t.Errorf("%s: %d bytes on stdout, %d on stderr", name, len(s.out.String()), s.err.Len())
		}
	}
}

func TestNoColourIsNoColour(t *testing.T) {
	t.Parallel()
	for _, env := range []map[string]string{{"TERM": "foot", "NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": "vt100"}} {
		s := &station{}
		show(t, canvas(t, s.console(env, nil), "blocks"))
		if strings.Contains(s.out.String(), "\x1b") || len(s.out.String()) == 0 {
			t.Errorf("%v: got %q", env, s.out.String())
		}
	}
}

// TestRoomIsMadeForPixels reads where the picture goes: rows are made first, then the cursor goes up, and in the end below.
func TestRoomIsMadeForPixels(t *testing.T) {
	t.Parallel()
	s := &station{}
	k := canvas(t, s.console(map[string]string{"TERM": "foot"}, nil), "sixel")
	img := image.NewRGBA(image.Rect(0, 0, 60, 60))
	a := k.Fit(60, 60)
	if err := k.Show(img, a, nil); err != nil {
		t.Fatal(err)
	}
	if got := s.out.String(); a.Rows != 4 || !strings.HasPrefix(got, "\n\n\n\n\x1b[4A\x1b7\x1bP") || !strings.HasSuffix(got, "\x1b\\\x1b8\x1b[4B\r") {
		t.Errorf("%d rows, got %.60q … %q", a.Rows, got, got[len(got)-20:])
	}
}

func TestPreviewGivesTheTerminalBack(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*Console, *Preview){
		"closed":       func(_ *Console, v *Preview) { _ = v.Close() },
		"closed twice": func(_ *Console, v *Preview) { _, _ = v.Close(), v.Close() },
		// Somebody who ends the process without unwinding tells why first.
		"broken off": func(c *Console, v *Preview) { c.LetGo(); _ = v.Close() },
	} {
		s := &station{}
		c := s.console(map[string]string{"TERM": "xterm-kitty"}, nil)
		k := canvas(t, c, "auto")
		v, err := k.Preview()
		if err != nil {
			t.Fatal(err)
		}
		a := v.Fit(8, 4)
		if err := v.Frame(image.NewRGBA(image.Rect(0, 0, 8, 4)), a, nil, "a\x1b[2J status that is much longer than the line is wide"); err != nil {
			t.Fatal(err)
		}
		if err := v.Status("b"); err != nil {
			t.Fatal(err)
		}
		end(c, v)
		_ = k.Close()
		got := s.out.String()
		if !strings.HasPrefix(got, enterPreview) || !strings.HasSuffix(got, string(k.profile.Forget())+leavePreview) || strings.Count(got, leavePreview) != 1 {
			t.Errorf("%s: begins %.40q, ends %q", name, got, got[max(0, len(got)-80):])
		}
		if !strings.Contains(got, `a\x1b[2J status that is much longer tha…`) {
			t.Errorf("%s: the status is not clean or not cut: %q", name, got[max(0, len(got)-200):])
		}
		if s.quiet != 1 || s.loud != 1 {
			t.Errorf("%s: quiet %d times, loud %d times", name, s.quiet, s.loud)
		}
	}
}

func TestAnErrorIsToldOnTheTerminalAsItWas(t *testing.T) {
	t.Parallel()
	s := &station{}
	c := s.console(map[string]string{"TERM": "foot"}, func(o *Options) { o.Err = o.Out })
	v, err := canvas(t, c, "blocks").Preview()
	if err != nil {
		t.Fatal(err)
	}
	c.Fail(Failure{Fact: "interrupted"})
	if got := s.out.String(); strings.Index(got, leavePreview) > strings.Index(got, "interrupted") || !strings.Contains(got, leavePreview) {
		t.Errorf("got %q", got)
	}
	_ = v.Close()
}

func TestKeysThatEndAPreview(t *testing.T) {
	t.Parallel()
	for _, keys := range []string{"q", "Q", "xq", "\x04"} {
		s := &station{}
		k := canvas(t, s.console(map[string]string{"TERM": "foot"}, nil), "blocks")
		first := true
		k.device.Keys = func(wait time.Duration) ([]byte, error) {
			if first {
				first = false
				return []byte("x"), nil
			}
			return []byte(keys), nil
		}
		v, err := k.Preview()
		if err != nil {
			t.Fatal(err)
		}
		<-v.Quit()
		_ = v.Close()
	}
}
