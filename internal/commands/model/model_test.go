package model

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/terminal"
)

// A percentile is a time that was measured, not one between two.
func TestSpread(t *testing.T) {
	t.Parallel()
	times := make([]float64, 0, 100)
	for n := range 100 {
		times = append(times, float64(100-n))
	}
	if got, want := *spread(times), (Spread{Min: 1, P50: 50, P95: 95, Max: 100}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got, want := *spread([]float64{3}), (Spread{Min: 3, P50: 3, P95: 3, Max: 3}); got != want {
		t.Errorf("one run: got %+v, want %+v", got, want)
	}
}

func TestCountsAreOrdered(t *testing.T) {
	t.Parallel()
	if got := counts(map[string]int{"Mul": 2, "Conv": 87, "Add": 2}); got != "Conv 87, Add 2, Mul 2" {
		t.Errorf("got %q", got)
	}
}

// said collects what is written to standard error, by a goroutine of the program.
type said struct {
	lines chan string
}

func (s said) Write(p []byte) (int, error) {
	s.lines <- string(p)
	return len(p), nil
}

// A build says that it begins before it does, that it goes on, and nothing any more after its end.
func TestALongBuildSaysThatItGoesOn(t *testing.T) {
	t.Parallel()
	lines := said{make(chan string, 100)}
	console := terminal.New(terminal.Options{In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: lines})
	stopped := make(chan struct{})
	p := progress{console: console, every: time.Millisecond, stopped: stopped, done: make(chan struct{})}
	p.begin()
	for _, want := range []string{"building a TensorRT engine, this takes up to 15 minutes, once", "still building, "} {
		if got := <-lines.lines; !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	close(stopped)
	for !strings.Contains(<-lines.lines, "TensorRT cannot be interrupted while it builds") {
	}
	p.end()
	left := len(lines.lines)
	time.Sleep(5 * time.Millisecond)
	if len(lines.lines) != left {
		t.Error("it went on after its end")
	}
}

// Ending what never began, as on every device but one, waits for nobody.
func TestNoBuildIsEndedToo(t *testing.T) {
	t.Parallel()
	p := progress{done: make(chan struct{})}
	p.end()
}
