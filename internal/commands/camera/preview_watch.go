package camera

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/source"
)

// watching is one preview while it runs.
type watching struct {
	options *PreviewOptions
	canvas  *terminal.Canvas
	stream  source.Stream
	eye     *toolbox.Eye
	name    string

	// notices holds the newest thing that happened to the source.
	notices chan string
	happens string
	found   string
	shown   int64
	size    [2]int
	// recent are the times of the last pictures, the oldest first.
	recent []time.Time
}

// notice may be called from any goroutine; what was not shown yet gives way to what is newer.
func (w *watching) notice(text string) {
	for {
		select {
		case w.notices <- text:
			return
		default:
		}
		select {
		case <-w.notices:
		default:
		}
	}
}

// arrival is what Next gave.
type arrival struct {
	frame *vision.Frame
	err   error
}

// run shows pictures until somebody ends it, which is no error, or something else does. The terminal is as it was before when it
// returns.
func (w *watching) run(outer context.Context) (err error) {
	ctx, cancel := context.WithCancel(outer)
	view, err := w.canvas.Preview()
	if err != nil {
		cancel()
		return err
	}
	arrived := make(chan arrival, 1)
	next := func() {
		f, err := w.advance(ctx)
		arrived <- arrival{f, err}
	}
	due := time.NewTimer(0)
	reading := false
	defer func() {
		cancel()
		err = errors.Join(err, view.Close())
		if reading {
			<-arrived
		}
	}()
	for w.options.Frames == 0 || w.shown < int64(w.options.Frames) {
		select {
		case <-outer.Done():
			return context.Cause(outer)
		case <-view.Quit():
			return nil
		case w.happens = <-w.notices:
			if err := view.Status(w.status()); err != nil {
				return err
			}
		case <-due.C:
			reading = true
			go next()
		case a := <-arrived:
			reading = false
			switch {
			case errors.Is(a.err, io.EOF):
				return nil
			case a.err != nil && outer.Err() != nil:
				return context.Cause(outer)
			case a.err != nil:
				return a.err
			}
			due.Reset(w.interval())
			if err := w.show(ctx, view, a.frame); err != nil {
				return err
			}
		}
	}
	return nil
}

// step is how many pictures of a file make one that is shown, so that it plays at its own speed.
func (w *watching) step() int {
	f := w.stream.Facts()
	if f.Live || !(f.FPS > 0) {
		return 1
	}
	return max(1, int(math.Round(min(f.FPS, 1000)/w.options.Rate)))
}

// interval is the time from one shown picture to the next.
func (w *watching) interval() time.Duration {
	pause := 1 / w.options.Rate
	if f := w.stream.Facts(); !f.Live && f.FPS > 0 {
		pause = max(pause, float64(w.step())/f.FPS)
	}
	return time.Duration(pause * float64(time.Second))
}

// advance gives the next picture that is to be shown.
func (w *watching) advance(ctx context.Context) (*vision.Frame, error) {
	for left := w.step(); ; left-- {
		f, err := w.stream.Next(ctx)
		if err != nil || left <= 1 {
			return f, err
		}
		w.stream.Recycle(f)
	}
}

func (w *watching) show(ctx context.Context, view *terminal.Preview, f *vision.Frame) error {
	defer w.stream.Recycle(f)
	var found []vision.Detection
	if w.eye != nil {
		result, err := w.eye.Detect(ctx, f)
		if err != nil && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		found, w.found = result.Detections, counted(result.Detections)
	}
	sketch, err := toolbox.NewSketch(f, found, view.Fit, w.canvas.TagsInCells())
	if err != nil {
		return err
	}
	w.shown++
	w.happens = ""
	w.size = [2]int{f.Width, f.Height}
	w.recent = append(w.recent[max(0, len(w.recent)-9):], time.Now())
	return view.Frame(sketch.Image, sketch.Area, sketch.Tags, w.status())
}

// counted is such as "2 can, 1 bottle", in the order of confidence.
func counted(found []vision.Detection) string {
	counts := map[string]int{}
	var order []string
	for _, d := range found {
		if counts[d.Label]++; counts[d.Label] == 1 {
			order = append(order, d.Label)
		}
	}
	for i, label := range order {
		order[i] = fmt.Sprintf("%d %s", counts[label], label)
	}
	if len(order) == 0 {
		return "nothing found"
	}
	return strings.Join(order, ", ")
}

// status is the line below the picture.
func (w *watching) status() string {
	f := w.stream.Facts()
	words := []string{w.name, fmt.Sprintf("%d×%d", w.size[0], w.size[1])}
	if n := len(w.recent); n > 1 {
		words = append(words, fmt.Sprintf("%.1f/s", float64(n-1)/w.recent[n-1].Sub(w.recent[0]).Seconds()))
	}
	words = append(words, fmt.Sprintf("%d dropped", f.Dropped))
	if f.Reconnects > 0 {
		words = append(words, fmt.Sprintf("opened again %d times", f.Reconnects))
	}
	if w.eye != nil {
		words = append(words, w.found)
	}
	if w.happens != "" {
		words = append(words, w.happens)
	}
	return strings.Join(append(words, "q ends"), "  ")
}
