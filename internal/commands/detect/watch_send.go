package detect

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/delivery"
	"github.com/myrvm/rvmctl/internal/outbox"
)

const (
	// sendAgain is how often what waits is tried again; delivery itself leaves a platform in peace for longer.
	sendAgain = 3 * time.Second
	// sendAhead is how much may wait for its first try. What finds no room is kept all the same, and tried again with the rest.
	sendAhead = 256
	// cancelTime is how long a call may take to notice that it was cancelled.
	cancelTime = 500 * time.Millisecond
)

// parcel is something of an item that is kept, and what became of it.
type parcel struct {
	item int64
	kind string
	h    toolbox.Handed
	err  error
}

// sender takes what is kept to the platform while the eye goes on looking.
type sender struct {
	out     *toolbox.Outgoing
	waits   bool
	classes []outbox.Class

	queue   chan parcel
	ended   chan struct{}
	cancel  context.CancelCauseFunc
	waiting atomic.Int64

	mu   sync.Mutex
	news []parcel
	// late found no room in the queue.
	late []parcel

	// open are those that are not done; only the sender's goroutine looks at it.
	open    map[string]parcel
	courier *delivery.Courier
}

// newSender begins to send. Its calls end with stop and not with ctx: what is under way when a signal comes gets a moment.
func newSender(ctx context.Context, out *toolbox.Outgoing, waits bool, classes []outbox.Class) *sender {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	s := &sender{out: out, waits: waits, classes: classes, cancel: cancel, queue: make(chan parcel, sendAhead), ended: make(chan struct{}),
		open: map[string]parcel{}}
	go s.run(ctx)
	return s
}

// add hands something over that is kept; it never waits.
func (s *sender) add(p parcel) {
	s.waiting.Add(1)
	select {
	case s.queue <- p:
	default:
		s.mu.Lock()
		s.late = append(s.late, p)
		s.mu.Unlock()
	}
}

// heard is what became of what was added, since the last call.
func (s *sender) heard() []parcel {
	s.mu.Lock()
	defer s.mu.Unlock()
	news := s.news
	s.news = nil
	return news
}

// stop ends the sending, and gives what is under way or was not tried yet so much time. What is not sent then is kept.
func (s *sender) stop(patience time.Duration) {
	close(s.queue)
	select {
	case <-s.ended:
		return
	case <-time.After(patience):
	}
	s.cancel(&toolbox.TimeoutError{Limit: patience})
	select {
	case <-s.ended:
	case <-time.After(cancelTime):
	}
}

func (s *sender) run(ctx context.Context) {
	defer close(s.ended)
	defer s.leave(ctx)
	tick := time.NewTicker(sendAgain)
	defer tick.Stop()
	for {
		select {
		case p, more := <-s.queue:
			if !more {
				return
			}
			if ctx.Err() != nil {
				s.back(ctx, p)
				return
			}
			s.try(ctx, p)
		case <-tick.C:
			s.again(ctx)
		}
	}
}

// leave takes back what was not tried in time and must not wait, with --queue never.
func (s *sender) leave(ctx context.Context) {
	s.mu.Lock()
	late := s.late
	s.late = nil
	s.mu.Unlock()
	for _, p := range late {
		s.back(ctx, p)
	}
	for p := range s.queue {
		s.back(ctx, p)
	}
}

// back takes one thing back unless it may wait: then it stays as it is kept.
func (s *sender) back(ctx context.Context, p parcel) {
	if p.h.Entry.Once {
		p.h, p.err = s.out.TakeBack(ctx, p.h)
		s.tell(p)
	}
}

// try sends one thing for the first time.
func (s *sender) try(ctx context.Context, p parcel) {
	if !s.waits {
		p.h, p.err = s.out.Send(ctx, p.h)
		if p.err == nil {
			s.out.Tell(p.h)
		}
	}
	s.tell(p)
}

// tell notes what became of something, and whether there is more to come.
func (s *sender) tell(p parcel) {
	var kept *toolbox.KeptError
	if errors.As(p.err, &kept) {
		p.err = nil
	}
	if p.h.Entry.Open() && !p.h.Entry.Once {
		s.open[p.h.Entry.Key] = p
	} else {
		delete(s.open, p.h.Entry.Key)
		s.waiting.Add(-1)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.news = append(s.news, p)
}

// again tries what waits, and looks what others may have done about it.
func (s *sender) again(ctx context.Context) {
	s.mu.Lock()
	for _, p := range s.late {
		s.open[p.h.Entry.Key] = p
	}
	s.late = nil
	s.mu.Unlock()
	if len(s.open) == 0 {
		return
	}
	s.flush(ctx)
	store, err := s.out.Store(ctx)
	if err != nil {
		return
	}
	for key, p := range s.open {
		e, err := store.Get(ctx, key)
		if err != nil || e.State == p.h.Entry.State || e.State == outbox.Leased {
			continue
		}
		p.h, p.err = handedAs(e)
		s.tell(p)
	}
}

// flush sends what is due. That it cannot is told by the entries that stay.
func (s *sender) flush(ctx context.Context) {
	if s.waits {
		return
	}
	if s.courier == nil {
		courier, err := s.out.Courier(ctx, nil)
		if err != nil {
			return
		}
		s.courier = courier
	}
	_, _ = s.courier.Flush(ctx, delivery.FlushOptions{Classes: s.classes, Parallel: 2})
}

// handedAs is what the state of an entry means.
func handedAs(e outbox.Entry) (toolbox.Handed, error) {
	h := toolbox.Handed{Entry: e, Delivery: toolbox.Queued}
	switch e.State {
	case outbox.Done:
		h.Delivery = toolbox.Sent
	case outbox.Uncertain:
		h.Delivery = toolbox.Uncertain
	case outbox.Held:
		h.Delivery = toolbox.Uncertain
		return h, &toolbox.HeldError{Key: e.Key, Reason: e.Reason}
	case outbox.Dead:
		return h, &toolbox.DeadError{Key: e.Key, Reason: e.Reason}
	}
	return h, nil
}
