package detect

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/onnx"
	"github.com/myrvm/rvmctl/internal/vision/source"
)

func TestClock(t *testing.T) {
	t.Parallel()
	c := newClock(time.Now().Add(-time.Second), 5*time.Millisecond)
	for _, stage := range []string{lapSettings, toolbox.LapModel, toolbox.LapRuntime, toolbox.LapSession} {
		c.lap(stage)
	}
	c.first.Session = 30
	c.opened(onnx.Info{LoadMS: 20})
	f, g := &vision.Frame{}, &vision.Frame{}
	c.loaded(f, time.Millisecond, 2*time.Millisecond)
	c.loaded(g, 3*time.Millisecond, 4*time.Millisecond)
	first := c.stages(f)
	if first.Start != 5 || first.Settings < 900 || first.Session != 20 || first.WarmUp != 10 || first.Read != 1 || first.Decode != 2 {
		t.Errorf("first picture: %+v", *first)
	}
	words := c.words(Seen{Stages: first, Timing: Timing{Pre: 1, Run: 7.25, Post: 0.5}}, time.Now(), time.Now())
	for _, want := range []string{"start 5.0", "session 20.0", "warm-up 10.0", "decode 2.0", "run 7.2", "in all 1"} {
		if !strings.Contains(words, want) {
			t.Errorf("%q is not in %q", want, words)
		}
	}
	c.told = true
	if later := *c.stages(g); later != (Stages{Read: 3, Decode: 4}) {
		t.Errorf("later picture: %+v", later)
	}
	if len(c.frames) != 0 {
		t.Errorf("%d frames are remembered", len(c.frames))
	}
}

func TestClockThatWasNotAskedFor(t *testing.T) {
	t.Parallel()
	var c *clock
	c.lap(lapSettings)
	c.opened(onnx.Info{})
	c.loaded(&vision.Frame{}, 1, 1)
	if got := c.stages(&vision.Frame{}); got != nil {
		t.Errorf("got %+v", got)
	}
}

func TestBegin(t *testing.T) {
	t.Parallel()
	o := &Sight{Limits: func() (source.Limits, error) { return source.DefaultLimits(), nil }}
	for _, item := range []source.Item{{Stdin: true}, {Stream: true}} {
		if e, err := o.begin(t.Context(), item); e != nil || err != nil {
			t.Errorf("%+v: got %v, %v, want to wait", item, e, err)
		}
	}
	file := filepath.Join("..", "..", "..", "docs", "samples", "bottle-1.jpg")
	for _, c := range []struct {
		path string
		ok   bool
	}{{file, true}, {filepath.Join(t.TempDir(), "gone.jpg"), false}} {
		e, err := o.begin(t.Context(), source.Item{Name: c.path, Path: c.path})
		if err != nil {
			t.Fatal(err)
		}
		r := &run{RunOptions: &RunOptions{}, first: e}
		f, err := r.load(t.Context(), 0, source.Item{Name: c.path, Path: c.path})
		if (err == nil) != c.ok || (f != nil) != c.ok || r.first != nil {
			t.Errorf("%s: got %v, %v", c.path, f, err)
		}
	}
}

func TestBeginEndsWithItsContext(t *testing.T) {
	t.Parallel()
	o := &Sight{Limits: func() (source.Limits, error) { return source.DefaultLimits(), nil }}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e, err := o.begin(ctx, source.Item{Name: "a", Path: filepath.Join("..", "..", "..", "docs", "samples", "bottle-1.jpg")})
	if err != nil {
		t.Fatal(err)
	}
	<-e.done
	if e.err == nil {
		t.Error("the picture was read all the same")
	}
}

func TestPictures(t *testing.T) {
	t.Parallel()
	film := filepath.Join(t.TempDir(), "film.mp4")
	if err := os.WriteFile(film, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	camera := source.Item{Path: "camera:0", Stream: true}
	if n := (&RunOptions{}).pictures([]source.Item{camera}); n != 1 {
		t.Errorf("a camera is worth %d pictures, want 1", n)
	}
	if n := (&RunOptions{Frames: 1}).pictures([]source.Item{{Path: film, Stream: true}}); n != 1 {
		t.Errorf("one frame of a film is worth %d pictures, want 1", n)
	}
	if got, want := onnx.Lanes((&RunOptions{}).pictures([]source.Item{{Path: film, Stream: true}})), onnx.Lanes(1<<10); got != want {
		t.Errorf("a film gets %d lanes, want %d", got, want)
	}
}
