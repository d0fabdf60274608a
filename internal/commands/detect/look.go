package detect

import (
	"context"
	"sync"
	"time"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/source"
)

// run takes every source through the model, and through the courier when there is one.
type run struct {
	*RunOptions
	looker  *looker
	courier *courier
	viewers []viewer
	tally   toolbox.Tally
	// first is the first picture, until it is taken.
	first *early

	// warned is set once the operator knows that this model gives impossible rows.
	warned bool

	mu       sync.Mutex
	pictures map[int]*source.Picture
}

// all takes pictures through the pipeline, in which decoding and inference overlap, and streams frame by frame.
func (r *run) all(ctx context.Context, items []source.Item) error {
	for len(items) > 0 {
		n := 0
		for n < len(items) && !items[n].Stream {
			n++
		}
		if err := r.batch(ctx, items[:n]); err != nil {
			return err
		}
		if items = items[n:]; len(items) > 0 {
			if err := r.stream(ctx, items[0]); err != nil {
				return err
			}
			items = items[1:]
		}
	}
	return nil
}

func (r *run) batch(ctx context.Context, items []source.Item) error {
	if len(items) == 0 {
		return nil
	}
	r.pictures = map[int]*source.Picture{}
	bar := r.Console.Progress("looking", int64(len(items)), false)
	defer bar.Finish()
	return vision.Pipeline{
		Workers: r.looker.lanes,
		Detect:  r.detect,
		Load: func(ctx context.Context, i int) (*vision.Frame, error) {
			return r.load(ctx, i, items[i])
		},
		Emit: func(i int, f *vision.Frame, result vision.Result, err error) error {
			bar.Add(1)
			return r.emit(ctx, items[i].Name, f, r.picture(i), result, err)
		},
	}.Run(ctx, len(items))
}

// detect lets go of the pixels as soon as nothing needs them any more: the decoder's bound of memory ends with the decoding, and
// a pipeline's worth of large frames that only wait for their line would be hundreds of megabytes more.
func (r *run) detect(ctx context.Context, f *vision.Frame) (vision.Result, error) {
	result, err := r.looker.eye.Detect(ctx, f)
	if len(r.viewers) == 0 {
		f.YCbCr, f.RGB = nil, nil
	}
	return result, err
}

func (r *run) picture(i int) *source.Picture {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.pictures[i]
	delete(r.pictures, i)
	return p
}

// emit writes the line of one picture, after everything that belongs to it was done. What failed is part of the line; only
// a line that cannot be written ends the run.
func (r *run) emit(ctx context.Context, name string, f *vision.Frame, p *source.Picture, result vision.Result, err error) error {
	began := time.Now()
	s := Seen{File: name, Model: r.looker.model}
	if err == nil {
		s.Stages = r.clock.stages(f)
		s.Width, s.Height, s.Dropped = f.Width, f.Height, result.Dropped
		r.warnDropped(name, result.Dropped)
		s.Detections, err = r.detections(result.Detections)
		s.Timing = Timing(result.Timing)
		err = toolbox.Graver(err, r.view(ctx, &s, f, result))
	}
	s.Error = r.Problem(err)
	r.Report(err)
	if r.courier != nil && s.Detections != nil {
		err = toolbox.Graver(err, r.courier.deliver(ctx, &s, p, result))
	}
	record(r.viewers, s)
	r.tally.Add(err)
	for _, thing := range s.confirmed() {
		r.tally.Confirm(thing)
	}
	if s.Detections == nil {
		s.Detections = []Detection{}
	}
	if err := r.Console.Emit(s); err != nil {
		return err
	}
	r.tellTiming(s, began)
	return nil
}

// warnDropped says once that a model answers with what cannot be: its other numbers deserve a second look, too.
func (r *run) warnDropped(name string, dropped int) {
	if dropped > 0 && !r.warned {
		r.warned = true
		r.Console.Warn("%s: left %d rows of the model's answer out, whose numbers are impossible or lie outside of the picture", name, dropped)
	}
}

// view shows the picture to everybody who wants to see it; one that fails does not keep it from the others.
func (r *run) view(ctx context.Context, s *Seen, f *vision.Frame, result vision.Result) (worst error) {
	for _, v := range r.viewers {
		worst = toolbox.Graver(worst, v.View(ctx, s, f, result.Detections))
	}
	return worst
}
