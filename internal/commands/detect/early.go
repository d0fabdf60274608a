package detect

import (
	"context"
	"time"

	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/source"
)

// early is the first picture, read and decoded while the model is loaded.
type early struct {
	loaded
	done chan struct{}
}

// loaded is a picture on its way to the model, with how long its two steps took.
type loaded struct {
	picture      *source.Picture
	frame        *vision.Frame
	err          error
	read, decode time.Duration
}

// begin starts with the first picture. It is nil where that must wait: standard input is not emptied for a model that may be
// refused, and a stream is opened when there is somebody to look at it. It ends with ctx.
func (o *Sight) begin(ctx context.Context, item source.Item) (*early, error) {
	if item.Stream || item.Stdin {
		return nil, nil
	}
	limits, err := o.Limits()
	if err != nil {
		return nil, err
	}
	e := &early{done: make(chan struct{})}
	go func() {
		defer close(e.done)
		e.loaded = load(ctx, source.Loader{Limits: limits}, source.NewDecoder(limits), item)
	}()
	return e, nil
}

// load reads and decodes one picture.
func load(ctx context.Context, from source.Loader, with *source.Decoder, item source.Item) (l loaded) {
	start := time.Now()
	l.picture, l.err = from.Load(ctx, item)
	l.read = time.Since(start)
	if l.err == nil {
		start = time.Now()
		l.frame, l.err = with.Decode(ctx, item.Name, l.picture.Data)
		l.decode = time.Since(start)
	}
	return l
}

// load takes the first picture from where it is ready. It keeps the bytes of a picture only when something of them is sent.
func (r *run) load(ctx context.Context, i int, item source.Item) (*vision.Frame, error) {
	l, ready := loaded{}, false
	// Only the worker of the first picture looks at it: the others run at the same time.
	if i == 0 {
		l, ready = r.takeFirst()
	}
	if !ready {
		l = load(ctx, r.looker.loader, r.looker.decoder, item)
	}
	if l.picture != nil && r.delivers() {
		r.mu.Lock()
		r.pictures[i] = l.picture
		r.mu.Unlock()
	}
	if l.err == nil {
		r.clock.loaded(l.frame, l.read, l.decode)
	}
	return l.frame, l.err
}

// takeFirst waits for the picture that was begun with, once.
func (r *run) takeFirst() (l loaded, ready bool) {
	e := r.first
	if r.first = nil; e == nil {
		return l, false
	}
	<-e.done
	return e.loaded, true
}
