package vision

import (
	"context"
	"errors"
	"io"
	"sync"
)

// Follow takes a stream through a Detector: the next frame is read and decoded while the model computes, and results are
// handed out in the order of the frames. No frame that Next gave is lost. Once warm it allocates nothing.
type Follow struct {
	// Next gives the next frame, io.EOF at the end. It is called from one goroutine, which ends before Run returns, so it
	// must return when ctx ends.
	Next func(ctx context.Context) (*Frame, error)
	// Detect is called from as many goroutines as there are Workers.
	Detect Detector
	// Emit is given every frame in order, from the goroutine that called Run. On err the result is empty; one bad frame does
	// not end the rest. An error of Emit does. The frame is nobody else's any more.
	Emit func(f *Frame, r Result, err error) error
	// Workers is how many frames are computed at once; below 1 counts as 1.
	Workers int
	// Live is for a source whose frames grow old: the next one is not asked for before there is somebody to compute it, and so
	// the newest is computed. A file is read one frame ahead.
	Live bool
}

// turn is the place of one frame, used again for later ones. done has room for its word, so that a worker never waits.
type turn struct {
	frame *Frame
	outcome
	done chan struct{}
}

// Run follows the stream to its end. It returns when all goroutines have ended: with nil after io.EOF, with the first error of
// Next, after the frames before it were emitted, or of Emit, or with the cause of ctx's end. After ctx has ended no new
// frame is begun; those in work are finished or given up as Detect sees fit, and emitted as far as they are whole and in order.
func (p Follow) Run(ctx context.Context) error {
	outer := ctx
	ctx, cancel := context.WithCancel(ctx)
	workers := max(1, p.Workers)
	r := newRelay(workers, p.Live)
	var group sync.WaitGroup
	var ended error
	group.Go(func() { ended = r.read(ctx, p.Next) })
	for range workers {
		group.Go(func() { r.compute(ctx, p.Detect) })
	}
	err := r.emit(ctx, p.Emit)
	cancel()
	group.Wait()
	switch {
	case outer.Err() != nil && (err == nil || ctxEnded(err)):
		return context.Cause(outer)
	case err == nil && !errors.Is(ended, io.EOF):
		return ended
	}
	return err
}

// ctxEnded says whether an error is only that everything was stopped.
func ctxEnded(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// relay is what the goroutines hand to each other. There are never more turns in work and queue than turns in all, so that
// sending there does not block.
type relay struct {
	free, work, queue chan *turn
}

func newRelay(workers int, live bool) *relay {
	turns := workers
	if !live {
		turns++
	}
	r := &relay{free: make(chan *turn, turns), work: make(chan *turn, turns), queue: make(chan *turn, turns)}
	for range turns {
		r.free <- &turn{done: make(chan struct{}, 1)}
	}
	return r
}

// read gives each frame a turn in the queue and then to a worker, until there are no more, and says why.
func (r *relay) read(ctx context.Context, next func(context.Context) (*Frame, error)) error {
	defer close(r.work)
	defer close(r.queue)
	for {
		var t *turn
		select {
		case t = <-r.free:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		// Both may have been ready.
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		f, err := next(ctx)
		if err != nil {
			return err
		}
		t.frame = f
		r.queue <- t
		r.work <- t
	}
}

func (r *relay) compute(ctx context.Context, detect Detector) {
	for t := range r.work {
		t.result, t.err = detect(ctx, t.frame)
		t.done <- struct{}{}
	}
}

// emit hands the outcomes out in order. The turn is free as soon as its outcome is here: the next frame is computed while
// this one is shown.
func (r *relay) emit(ctx context.Context, show func(*Frame, Result, error) error) error {
	for t := range r.queue {
		<-t.done
		f, o := t.frame, t.outcome
		t.frame, t.outcome = nil, outcome{}
		r.free <- t
		// A frame that failed because everything was stopped is not a bad frame.
		if o.err != nil && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := show(f, o.result, o.err); err != nil {
			return err
		}
	}
	return nil
}
