package vision

import (
	"context"
	"sync"
)

// Pipeline takes many pictures through decoding and a Detector with several at once in work, and hands the results out
// one after another in the order of the pictures. It knows nothing of where pictures come from.
type Pipeline struct {
	// Load gives picture i, counted from 0; it is called from several goroutines.
	Load func(ctx context.Context, i int) (*Frame, error)
	// Detect is called from several goroutines; one that can do less at once makes the others wait.
	Detect Detector
	// Emit is given every picture in order, from the goroutine that called Run. On err the frame may be nil and the
	// result is empty; one bad picture does not end the rest. An error of Emit does.
	Emit func(i int, f *Frame, r Result, err error) error
	// Workers is how many pictures are in work at once; below 1 counts as 1. With as many as the detector can do at
	// once every core computes all the time; one more hides slow storage.
	Workers int
}

// outcome is what became of one picture.
type outcome struct {
	frame  *Frame
	result Result
	err    error
}

// job is one picture on its way. Its channel has room for the outcome, so that a worker never waits for Emit.
type job struct {
	index int
	done  chan outcome
}

// Run takes the pictures 0 to n-1 through the pipeline and returns when all goroutines have ended: with nil, with the
// first error of Emit, or with the cause of ctx's end. After ctx has ended no new picture is begun; those in work are
// finished or given up as Load and Detect see fit, and emitted as far as they are whole and in order.
func (p Pipeline) Run(ctx context.Context, n int) error {
	outer := ctx
	ctx, cancel := context.WithCancel(ctx)
	workers := max(1, p.Workers)
	work := make(chan job)
	// The queue bounds how far the workers may run ahead of Emit, and with it how many frames are in memory.
	queue := make(chan job, 2*workers)
	var group sync.WaitGroup
	group.Go(func() { dispatch(ctx, n, work, queue) })
	for range min(workers, max(n, 1)) {
		group.Go(func() {
			for j := range work {
				j.done <- p.see(ctx, j.index)
			}
		})
	}
	err := p.emitAll(ctx, queue)
	cancel()
	group.Wait()
	if err == nil && outer.Err() != nil {
		err = context.Cause(outer)
	}
	return err
}

// dispatch numbers the pictures: each goes to the queue first, where its turn is kept, and then to a worker.
func dispatch(ctx context.Context, n int, work, queue chan<- job) {
	defer close(work)
	defer close(queue)
	for i := range n {
		j := job{index: i, done: make(chan outcome, 1)}
		select {
		case queue <- j:
		case <-ctx.Done():
			return
		}
		select {
		case work <- j:
		case <-ctx.Done():
			j.done <- outcome{err: ctx.Err()}
			return
		}
	}
}

// see loads and looks at one picture.
func (p Pipeline) see(ctx context.Context, i int) outcome {
	f, err := p.Load(ctx, i)
	if err != nil {
		return outcome{frame: f, err: err}
	}
	r, err := p.Detect(ctx, f)
	return outcome{frame: f, result: r, err: err}
}

// emitAll hands the outcomes out in order until there are no more, Emit fails or everything was stopped.
func (p Pipeline) emitAll(ctx context.Context, queue <-chan job) error {
	for j := range queue {
		o := <-j.done
		// A picture that failed because everything was stopped is not a bad picture.
		if o.err != nil && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := p.Emit(j.index, o.frame, o.result, o.err); err != nil {
			return err
		}
	}
	return nil
}
