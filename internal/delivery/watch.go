package delivery

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/myrvm/rvmctl/internal/outbox"
)

const (
	// watchPoll is how often a watch looks whether something is due.
	watchPoll = time.Second
	// watchAnyway is how often it flushes without a reason, to take over from processes that died.
	watchAnyway = time.Minute
	// watchPrune is how often it removes what was kept long enough.
	watchPrune = 24 * time.Hour
)

// Watch sends what becomes due until ctx ends, which is no error. Failures of the platform, of the sign-in and of the disk are
// reported entry by entry and outlived. A file of the outbox that is damaged or was replaced is not: only who opens it again gets
// on, and so Watch ends with *outbox.DamageError or *outbox.MovedError.
func (c *Courier) Watch(ctx context.Context, o FlushOptions) error {
	var pruned time.Time
	for ctx.Err() == nil {
		_, err := c.Flush(ctx, o)
		err = errors.Join(err, c.Store.InPlace())
		var damaged *outbox.DamageError
		var moved *outbox.MovedError
		if errors.As(err, &damaged) || errors.As(err, &moved) {
			return err
		}
		o.Now = false
		if time.Since(pruned) >= watchPrune {
			// What cannot be removed today is removed tomorrow.
			_, _ = c.Store.Prune(ctx)
			pruned = time.Now()
		}
		c.waitForWork(ctx)
	}
	return nil
}

// waitForWork returns when there may be something to do.
func (c *Courier) waitForWork(ctx context.Context) {
	began := c.Store.Now()
	for sleep(ctx, c.poll) == nil {
		now := c.Store.Now()
		if c.Store.InPlace() != nil {
			return
		}
		if c.paused(ctx, "") != nil {
			continue
		}
		since, _ := began.Since(now)
		due, waits, err := c.Store.Due(ctx, c.Profile)
		if err == nil && waits && !due.After(now.Wall) || since >= watchAnyway || c.maySettle(ctx, now) {
			return
		}
	}
}

// maySettle says that it is time to look again at what is uncertain.
func (c *Courier) maySettle(ctx context.Context, now outbox.Moment) bool {
	c.claiming.Lock()
	last := c.looked
	c.claiming.Unlock()
	since, known := last.Since(now)
	if !last.IsZero() && known && since < max(c.poll, c.Settle/8) {
		return false
	}
	counts, err := c.Store.Counts(ctx)
	return err == nil && slices.ContainsFunc(counts, func(n outbox.Count) bool { return n.State == outbox.Uncertain && n.Entries > 0 })
}
