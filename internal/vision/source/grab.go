package source

import (
	"context"
	"fmt"
	"time"

	"github.com/myrvm/rvmctl/internal/vision"
)

// grabber reads one source that was opened, picture by picture. One goroutine uses it, and closes it.
type grabber interface {
	// grab waits for the next picture; io.EOF is the end.
	grab() (shot, error)
	// facts says what was really set.
	facts() grabFacts
	close()
}

// grabFacts are the part of StreamFacts that whoever opened the source knows.
type grabFacts struct {
	Live           bool
	Backend, Codec string
	Width, Height  int
	FPS            float64
	// Expected is how many frames a file claims to hold, 0 where it does not say.
	Expected int64
}

// shot is one picture, decoded or not, or the place of one that was spoilt on its way.
type shot struct {
	frame *vision.Frame
	// data is an encoded picture; whoever takes the shot decodes it, so that what is dropped costs nothing.
	data []byte
	// spoilt says why there is no picture.
	spoilt string
	taken  time.Time
	number int64
}

type grabbed struct {
	shot shot
	err  error
}

// connection is a grabber at work in a goroutine of its own. A read that hangs holds up nobody but that goroutine, which
// closes the grabber when it ends.
type connection struct {
	facts  grabFacts
	shots  chan grabbed
	ended  chan struct{}
	cancel context.CancelFunc
}

// dial opens a source and begins to read it. The connection outlives ctx, which is only for opening.
func dial(ctx context.Context, open func(context.Context) (grabber, error), limit time.Duration, name string) (*connection, error) {
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c := &connection{shots: make(chan grabbed), ended: make(chan struct{}), cancel: cancel}
	result := make(chan error, 1)
	go c.work(life, open, result)
	late := time.NewTimer(limit)
	defer late.Stop()
	var err error
	select {
	case err = <-result:
	case <-ctx.Done():
		err = ctx.Err()
	case <-late.C:
		err = &VideoError{Source: name, Reason: fmt.Sprintf("not opened within %v", limit)}
	}
	if err != nil {
		cancel()
		return nil, err
	}
	return c, nil
}

func (c *connection) work(life context.Context, open func(context.Context) (grabber, error), result chan<- error) {
	defer close(c.ended)
	g, err := open(life)
	if err == nil {
		defer g.close()
		c.facts = g.facts()
	}
	result <- err
	if err != nil {
		return
	}
	for life.Err() == nil {
		s, err := g.grab()
		s.taken = time.Now()
		select {
		case c.shots <- grabbed{s, err}:
		case <-life.Done():
		}
		if err != nil {
			return
		}
	}
}

// end stops the connection and waits a little for it.
func (c *connection) end(farewell time.Duration) {
	c.cancel()
	late := time.NewTimer(farewell)
	defer late.Stop()
	select {
	case <-c.ended:
	case <-late.C:
	}
}
