package source

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/myrvm/rvmctl/internal/vision"
)

// live is a stream that does not wait: of what came while nobody asked only the newest picture is kept.
type live struct {
	*feed
	open func(context.Context) (grabber, error)

	stop  context.CancelFunc
	ended chan struct{}
	// fresh has one place, and something in it when there is a reason to look again.
	fresh chan struct{}

	slot   sync.Mutex
	newest *shot
	count  int64
	err    error

	// told is true once an operator knows that pictures are spoilt.
	told bool
	// bad counts the pictures in a row that could not be decoded.
	bad int
}

// maxBad is how many pictures in a row may be damaged before the stream counts as none.
const maxBad = 100

func newLive(f *feed, open func(context.Context) (grabber, error), first *connection) *live {
	ctx, stop := context.WithCancel(context.Background())
	l := &live{feed: f, open: open, stop: stop, ended: make(chan struct{}), fresh: make(chan struct{}, 1)}
	go l.keep(ctx, first)
	return l
}

// Next gives the newest frame that was not given yet, and waits for one where there is none.
func (l *live) Next(ctx context.Context) (*vision.Frame, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s, err := l.take()
		if err != nil {
			return nil, err
		}
		if s != nil {
			frame, err := l.develop(ctx, *s)
			if err == nil {
				l.bad = 0
				return frame, nil
			}
			if err := l.spoilt(ctx, err); err != nil {
				return nil, err
			}
			continue
		}
		select {
		case <-l.fresh:
		case <-ctx.Done():
		}
	}
}

// take empties the slot. The last picture is given before the error that ended the stream.
func (l *live) take() (*shot, error) {
	l.slot.Lock()
	defer l.slot.Unlock()
	if s := l.newest; s != nil {
		l.newest = nil
		return s, nil
	}
	return nil, l.err
}

// spoilt drops a picture that could not be decoded; too many in a row are the end.
func (l *live) spoilt(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	l.dropped(1)
	if l.bad++; l.bad < maxBad {
		return nil
	}
	facts := l.Facts()
	return &VideoError{Source: facts.Name, Reason: fmt.Sprintf("%d damaged pictures in a row, the last: %s", l.bad, reasonOf(err)), Frames: int(facts.Given)}
}

// offer puts a picture into the slot, in the place of one that nobody took.
func (l *live) offer(s shot) {
	l.slot.Lock()
	s.number = l.count
	l.count++
	old := l.newest
	l.newest = &s
	l.slot.Unlock()
	if old != nil {
		l.dropped(1)
		l.discard(*old)
	}
	l.wake()
}

// skip counts a picture that was spoilt on its way, and says so of the first.
func (l *live) skip(why string) {
	if !l.told {
		l.told = true
		l.opts.Notice(fmt.Sprintf("%s: dropped a picture: %s (others like it are only counted)", l.known.Name, why))
	}
	l.slot.Lock()
	l.count++
	l.slot.Unlock()
	l.dropped(1)
}

// finish is the last word of the stream, unless there was one already.
func (l *live) finish(err error) {
	l.slot.Lock()
	if l.err == nil {
		l.err = err
	}
	l.slot.Unlock()
	l.wake()
}

func (l *live) wake() {
	select {
	case l.fresh <- struct{}{}:
	default:
	}
}

// Close stops reading.
func (l *live) Close() error {
	l.slot.Lock()
	l.newest, l.err = nil, io.EOF
	l.slot.Unlock()
	l.stop()
	<-l.ended
	return nil
}
