package detection

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/delivery"
	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

// grace is how long requests under way may go on after the run was ended, so that their outcome is known.
const grace = 1500 * time.Millisecond

// batch sends what was planned, several at a time and each once, and tells of every item in its order.
type batch struct {
	options *UploadOptions
	// client is what items are sent with that must not be kept; nil when they go through the outbox.
	client *platform.Client
	// wait says that nothing is to be sent now.
	wait  bool
	jobs  []*job
	tally toolbox.Tally

	mu sync.Mutex
	// away is set once the platform cannot be reached or does not know us, or the run was ended: the rest is not sent.
	away error
	// kept is why items are only kept, the first reason.
	kept error
}

// prepare finds the way. A lost sign-in or a missing address stops everything before the first item is told of, unless items can
// wait for the sign-in.
func (b *batch) prepare() error {
	c, err := b.options.Out.Config()
	if err != nil {
		return err
	}
	if c.Outbox.Queue == toolbox.QueueNever {
		b.client, err = b.options.Platform()
		return err
	}
	b.wait = c.Outbox.Queue == toolbox.QueueAlways
	_, _, err = b.options.Out.Target()
	return err
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
	if b.client == nil {
		b.hand(late, j)
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

// hand keeps one item, and sends it unless the platform was away for one before it.
func (b *batch) hand(ctx context.Context, j *job) {
	entry := func(profile, target string) (outbox.New, error) {
		return delivery.DetectionEntry(profile, target, j.body, b.options.Capture)
	}
	way := b.options.Out.Hand
	if b.wait || b.keepOnly(nil) {
		way = b.options.Out.Keep
	}
	h, err := way(ctx, entry)
	j.Key, j.err = h.Entry.Key, err
	switch {
	case err != nil:
		j.Outcome = refused
	case h.Entry.State == outbox.Done:
		made, _ := delivery.StoredDetection(h.Entry)
		j.Outcome, j.ID = stored, made.ID
	default:
		j.Outcome = queued
		b.keepOnly(h.Why)
	}
}

// keepOnly notes why an item had to be kept, and says whether further ones need not be tried.
func (b *batch) keepOnly(why error) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.kept == nil && toolbox.Unsent(why) {
		b.kept = why
	}
	return b.kept != nil
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
	if n := counts[queued]; n > 0 {
		reason := "as asked"
		if b.kept != nil {
			reason = b.options.Out.Explain(b.kept)
		}
		b.options.Console.Warn("%d not sent yet (%s); kept, and sent by: rvmctl outbox flush", n, reason)
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
	for _, outcome := range []struct{ key, words string }{{queued, "queued"}, {skipped, "skipped"}, {refused, "refused"}, {unknown, "with an unknown outcome"},
		{notSent, "not sent"}} {
		if n := counts[outcome.key]; n > 0 {
			text += fmt.Sprintf(", %d %s", n, outcome.words)
		}
	}
	return text
}
