package detection

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

// grace is how long requests under way may go on after the run was ended, so that their outcome is known.
const grace = 1500 * time.Millisecond

// batch sends what was planned, several at a time and each once, and tells of every item in its order.
type batch struct {
	options *UploadOptions
	client  *platform.Client
	jobs    []*job
	tally   toolbox.Tally

	mu sync.Mutex
	// away is set once the platform cannot be reached or does not know us, or the run was ended: the rest is not sent.
	away error
}

// ready counts what is to be sent.
func (b *batch) ready() (n int) {
	for _, j := range b.jobs {
		if j.Outcome == "" {
			n++
		}
	}
	return n
}

// run returns when every item was told of, or stdout is gone and nothing is under way any more.
func (b *batch) run(ctx context.Context) error {
	late, release := linger(ctx)
	defer release()
	done := make([]chan struct{}, len(b.jobs))
	for i := range done {
		done[i] = make(chan struct{})
	}
	var workers sync.WaitGroup
	next := make(chan int)
	for range b.options.Parallel {
		workers.Go(func() {
			for i := range next {
				b.send(ctx, late, b.jobs[i])
				close(done[i])
			}
		})
	}
	go func() {
		for i := range b.jobs {
			next <- i
		}
		close(next)
	}()
	err := b.tell(ctx, done)
	workers.Wait()
	return err
}

// linger is a context that ends a moment after ctx, and release ends it at once.
func linger(ctx context.Context) (late context.Context, release func()) {
	late, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(grace, func() { cancel(context.Cause(ctx)) })
	})
	return late, func() { stop(); cancel(nil) }
}

// send sends one item, unless it was settled before or the platform is known to be away.
func (b *batch) send(ctx, late context.Context, j *job) {
	if j.Outcome != "" {
		return
	}
	if j.err = b.stopped(ctx); j.err != nil {
		j.Outcome = notSent
		return
	}
	made, err := b.client.Detections.Create(late, j.body)
	j.err = err
	var lost *platform.UncertainError
	var unreachable *platform.UnreachableError
	var no *platform.Error
	switch {
	case err == nil:
		j.Outcome, j.ID = stored, made.ID
	case errors.As(err, &lost):
		j.Outcome = unknown
	case errors.As(err, &unreachable), errors.As(err, &no) && (no.Unauthenticated() || no.RouteMissing()):
		j.Outcome = notSent
		b.stop(err)
	default:
		j.Outcome = refused
	}
}

func (b *batch) stopped(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away == nil && ctx.Err() != nil {
		b.away = context.Cause(ctx)
	}
	return b.away
}

func (b *batch) stop(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away == nil {
		b.away = err
	}
}

// tell writes one line for each item, in their order, and sums up. When stdout is gone, no more are started.
func (b *batch) tell(ctx context.Context, done []chan struct{}) error {
	counts := map[string]int{}
	var gone, told error
	for i, j := range b.jobs {
		<-done[i]
		counts[j.Outcome]++
		// What was not begun when the run ended is no failure of its own; the end is told of once.
		if ended := ctx.Err() != nil || gone != nil; j.Outcome != notSent || !ended {
			b.count(j)
			if told == nil || !errors.Is(j.err, told) {
				b.options.Report(j.err)
			}
		}
		if j.Outcome == notSent {
			told = j.err
		}
		j.Error = b.options.Problem(j.err)
		if gone == nil {
			if gone = b.options.Console.Emit(j.Item); gone != nil {
				b.stop(gone)
			}
		}
	}
	if gone != nil {
		return b.tally.Stopped(gone)
	}
	if len(b.jobs) > 1 {
		b.options.Console.Note("%s", summary(counts))
	}
	if ctx.Err() != nil && (counts[notSent] > 0 || b.tally.Err() != nil) {
		return b.tally.Stopped(context.Cause(ctx))
	}
	return b.tally.Err()
}

func (b *batch) count(j *job) {
	b.tally.Add(j.err)
	if j.Outcome == stored {
		b.tally.Confirm(fmt.Sprintf("detection result %d", j.ID))
	}
}

// summary is one line that leaves out what did not happen.
func summary(counts map[string]int) string {
	text := fmt.Sprintf("%d stored", counts[stored])
	for _, outcome := range []struct{ key, words string }{{skipped, "skipped"}, {refused, "refused"}, {unknown, "with an unknown outcome"},
		{notSent, "not sent"}} {
		if n := counts[outcome.key]; n > 0 {
			text += fmt.Sprintf(", %d %s", n, outcome.words)
		}
	}
	return text
}
