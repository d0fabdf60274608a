package delivery

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/myrvm/rvmctl/internal/outbox"
)

// DefaultParallel is how many entries are under way at once.
const DefaultParallel = 4

// Flush settles what is uncertain and sends everything that is due, until nothing is or the platform fails. The error is why it
// stopped before that; single entries that were refused are counted and no error.
func (c *Courier) Flush(ctx context.Context, o FlushOptions) (Summary, error) {
	r := &round{c: c, o: o}
	r.wake = sync.NewCond(&r.mu)
	err := r.flush(ctx)
	s, failed := c.summary(ctx)
	s.Delivered, s.Refused = r.delivered, r.refused
	if err != nil && s.Queued+s.Uncertain > 0 {
		s.Reason = err.Error()
	}
	return s, errors.Join(err, failed)
}

// round is one flush.
type round struct {
	c    *Courier
	o    FlushOptions
	mu   sync.Mutex
	wake *sync.Cond
	// active are under way; stop is why no further ones are begun.
	active             int
	stop               error
	delivered, refused int64
}

func (r *round) flush(ctx context.Context) error {
	c := r.c
	c.payOwed(ctx)
	if err := c.Store.Recover(ctx); err != nil {
		return err
	}
	if r.o.Now {
		if err := c.hurry(ctx); err != nil {
			return err
		}
	} else if p := c.paused(ctx, ""); p != nil {
		return p
	}
	if _, _, err := c.connect(ctx); err != nil {
		return err
	}
	for {
		moved, err := r.settleUncertain(ctx)
		sent := r.drain(ctx)
		if err = firstOf(r.stop, err, ctx.Err()); err != nil || sent == 0 && moved == 0 {
			return err
		}
	}
}

func (r *round) settleUncertain(ctx context.Context) (int, error) {
	if !r.wants(outbox.Deposit) {
		return 0, nil
	}
	s, err := r.c.settleUncertain(ctx)
	r.delivered += s.delivered
	r.refused += s.refused
	return s.moved, err
}

// hurry forgets every wait and every pause.
func (c *Courier) hurry(ctx context.Context) error {
	for _, class := range append(outbox.Classes(), "") {
		if err := c.Store.SetNote(ctx, c.noteOf(class), ""); err != nil {
			return err
		}
	}
	c.rest.mu.Lock()
	c.rest.failures, c.rest.known = 0, true
	c.rest.mu.Unlock()
	return c.Store.Hurry(ctx, c.Profile)
}

// drain sends what is due until there is nothing more, and says how much it tried.
func (r *round) drain(ctx context.Context) (tried int64) {
	workers := r.o.Parallel
	if workers <= 0 {
		workers = DefaultParallel
	}
	var all sync.WaitGroup
	var count sync.Mutex
	for range workers {
		all.Go(func() {
			n := r.work(ctx)
			count.Lock()
			defer count.Unlock()
			tried += n
		})
	}
	all.Wait()
	return tried
}

func (r *round) work(ctx context.Context) (n int64) {
	for {
		e, ok := r.next(ctx)
		if !ok {
			return n
		}
		n++
		r.c.before(ctx, e, r.o.Now)
		r.finished(e, r.c.attempt(ctx, e))
	}
}

// next claims an entry. While others are under way it waits for them: their end may free one.
func (r *round) next(ctx context.Context) (outbox.Entry, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		classes := r.classes(ctx)
		if r.stop != nil || len(classes) == 0 {
			r.wake.Broadcast()
			return outbox.Entry{}, false
		}
		if r.active > 0 && r.c.ailing(ctx) {
			// One is enough to see whether the platform is back.
			r.wake.Wait()
			continue
		}
		e, ok, err := r.c.claim(ctx, outbox.Want{Classes: classes})
		switch {
		case err != nil:
			r.stop = err
		case ok:
			r.active++
			return e, true
		case r.active == 0:
			return outbox.Entry{}, false
		default:
			r.wake.Wait()
		}
	}
}

func (r *round) finished(e outbox.Entry, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.active--
	j := Judge(r.c.question(e), err)
	switch {
	case err == nil:
		r.delivered++
	case j.Verdict == Never:
		r.refused++
	case j.Away && r.stop == nil:
		// Whatever comes next would not get further.
		r.stop = err
	}
	r.wake.Broadcast()
}

// classes are what may be sent now; it notes why others may not.
func (r *round) classes(ctx context.Context) []outbox.Class {
	if r.stop == nil {
		r.stop = ctx.Err()
	}
	if p := r.c.paused(ctx, ""); p != nil && r.stop == nil {
		r.stop = p
	}
	var open []outbox.Class
	var held error
	for _, class := range outbox.Classes() {
		if !r.wants(class) {
			continue
		}
		if p := r.c.paused(ctx, class); p != nil {
			held = p
			continue
		}
		if r.c.waiting(ctx, class) {
			open = append(open, class)
		}
	}
	if len(open) == 0 && r.active == 0 && r.stop == nil {
		r.stop = held
	}
	return open
}

func (r *round) wants(class outbox.Class) bool {
	return len(r.o.Classes) == 0 || slices.Contains(r.o.Classes, class)
}

// waiting says whether anything of a class is there to be sent.
func (c *Courier) waiting(ctx context.Context, class outbox.Class) bool {
	counts, err := c.Store.Counts(ctx)
	return err != nil || slices.ContainsFunc(counts, func(n outbox.Count) bool {
		return n.Class == class && n.State == outbox.Pending && n.Entries > 0
	})
}

func (c *Courier) summary(ctx context.Context) (Summary, error) {
	counts, err := c.Store.Counts(context.WithoutCancel(ctx))
	var s Summary
	into := map[outbox.State]*int64{outbox.Pending: &s.Queued, outbox.Leased: &s.Others, outbox.Uncertain: &s.Uncertain, outbox.Held: &s.Held, outbox.Dead: &s.Dead}
	for _, n := range counts {
		if field, ok := into[n.State]; ok {
			*field += n.Entries
		}
	}
	return s, err
}
