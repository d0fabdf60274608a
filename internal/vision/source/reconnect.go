package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"
)

// trouble is the time from the death of a live stream to its next picture.
type trouble struct {
	since time.Time
	wait  time.Duration
	// lived is true once there was any picture. A stream without one is given up at once.
	lived bool
	// told is when an operator was last told of a death, silent how many were not told since.
	told   time.Time
	silent int
}

// keep reads one connection after the other until the stream ends for good.
func (l *live) keep(ctx context.Context, conn *connection) {
	defer close(l.ended)
	var t trouble
	for {
		err := l.drain(ctx, conn, &t)
		conn.end(l.opts.pace.farewell)
		for conn = nil; conn == nil; {
			if err = l.pause(ctx, err, &t); err != nil {
				l.finish(err)
				return
			}
			conn, err = dial(ctx, l.open, l.opts.pace.open, l.known.Name)
		}
		l.opened(conn.facts)
	}
}

// drain takes pictures until the connection dies, which it also does when none comes for a while.
func (l *live) drain(ctx context.Context, conn *connection, t *trouble) error {
	stall := time.NewTimer(l.opts.pace.stall)
	defer stall.Stop()
	for {
		select {
		case got := <-conn.shots:
			switch {
			case got.err != nil:
				return got.err
			case got.shot.spoilt != "":
				// No sign of life: a stream of nothing but garbage is dead.
				l.skip(got.shot.spoilt)
				continue
			}
			l.recovered(t)
			l.offer(got.shot)
			stall.Reset(l.opts.pace.stall)
		case <-stall.C:
			return l.fault(fmt.Sprintf("gave no picture for %v", l.opts.pace.stall))
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// recovered tells that the stream is back.
func (l *live) recovered(t *trouble) {
	t.lived = true
	if t.since.IsZero() {
		return
	}
	l.mu.Lock()
	l.known.Reconnects++
	l.mu.Unlock()
	if t.silent == 0 {
		l.opts.Notice(fmt.Sprintf("%s: back after %v", l.known.Name, time.Since(t.since).Round(100*time.Millisecond)))
	}
	*t = trouble{lived: true, told: t.told, silent: t.silent}
}

// pause waits before the stream is opened again, or returns why it is not.
func (l *live) pause(ctx context.Context, why error, t *trouble) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(why, io.EOF) {
		why = l.fault("ended")
	}
	pace := l.opts.pace
	switch {
	case !l.opts.Reconnect, !t.lived:
		return why
	case t.since.IsZero():
		t.since, t.wait = time.Now(), pace.wait
		l.died(why, t)
	case time.Since(t.since) > pace.patience:
		return l.fault(fmt.Sprintf("away for %v, given up: %s", time.Since(t.since).Round(time.Second), reasonOf(why)))
	}
	wait := jitter(t.wait)
	t.wait = min(2*t.wait, pace.longest)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// died tells of a death. Some cameras end every connection after a few pictures; those that follow within a minute are counted,
// and told together.
func (l *live) died(why error, t *trouble) {
	if !t.told.IsZero() && time.Since(t.told) < l.opts.pace.quiet {
		t.silent++
		return
	}
	text := fmt.Sprintf("%v; opening it again for up to %v", why, l.opts.pace.patience)
	if t.silent > 0 {
		text += fmt.Sprintf(" (it died %d times more in the last %v)", t.silent, time.Since(t.told).Round(time.Second))
	}
	t.told, t.silent = time.Now(), 0
	l.opts.Notice(text)
}

// jitter spreads a wait by a quarter, so that machines which lost the same server do not come back at once.
func jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.75 + rand.Float64()/2))
}

func (l *live) fault(reason string) *VideoError {
	facts := l.Facts()
	return &VideoError{Source: facts.Name, Reason: reason, Frames: int(facts.Given)}
}

// reasonOf is an error without the name of the source.
func reasonOf(err error) string {
	var video *VideoError
	var picture *ImageError
	switch {
	case errors.As(err, &video):
		return video.Reason
	case errors.As(err, &picture):
		return picture.Reason
	}
	return err.Error()
}
