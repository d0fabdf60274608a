package platform

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

// watch ends an attempt: after a total time for JSON calls, after a time without any progress for uploads.
type watch struct {
	mu     sync.Mutex
	timer  *time.Timer
	limit  time.Duration
	stalls bool
	cancel context.CancelFunc
	// early ends an attempt whose answer has not begun, after a time; nil where nobody hurries.
	early *time.Timer
	// gaveUp is that time when it has passed.
	gaveUp time.Duration
}

// guard derives the context of one attempt and the watch over it.
func (c *Client) guard(ctx context.Context, k call) (context.Context, *watch) {
	guarded, cancel := context.WithCancel(ctx)
	w := &watch{limit: max(c.opts.Timeout, k.patience), cancel: cancel}
	if k.form != nil {
		w.limit, w.stalls = c.stall, true
	}
	w.timer = time.AfterFunc(w.limit, cancel)
	return guarded, w
}

// progress restarts a stall timer; a total timer runs on.
func (w *watch) progress() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stalls && w.timer.Stop() {
		w.timer.Reset(w.limit)
	}
}

// answering gives an answer that has begun a total time, also that of an upload: its length is not the caller's affair, and
// a byte now and then would otherwise keep the call alive for ever.
func (w *watch) answering(total time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stalls && w.timer.Stop() {
		w.stalls, w.limit = false, total
		w.timer.Reset(total)
	}
}

// hurry ends the attempt when no answer has begun after d; 0 leaves it its time. It is told to stop by what it returns.
func (w *watch) hurry(d time.Duration) (stop func()) {
	if d <= 0 {
		return func() {}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.early = time.AfterFunc(d, func() {
		w.mu.Lock()
		w.gaveUp = d
		w.mu.Unlock()
		w.cancel()
	})
	return w.begun
}

// begun says that an answer has begun.
func (w *watch) begun() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.early != nil {
		w.early.Stop()
	}
}

func (w *watch) stop() {
	w.timer.Stop()
	w.cancel()
}

// reason says why the attempt's context ended: the caller's own context, or this watch.
func (w *watch) reason(caller context.Context) error {
	if err := caller.Err(); err != nil {
		if cause := context.Cause(caller); !errors.Is(cause, err) {
			return &endedError{cause, err}
		}
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gaveUp > 0 {
		return &timeoutError{w.gaveUp, "no answer began"}
	}
	if w.stalls {
		return &timeoutError{w.limit, "no byte moved"}
	}
	return &timeoutError{w.limit, "no whole answer"}
}

// endedError is the end of the caller's context in the words of its cause: "context canceled" tells nobody anything.
type endedError struct{ cause, err error }

func (e *endedError) Error() string   { return e.cause.Error() }
func (e *endedError) Unwrap() []error { return []error{e.err, e.cause} }

// watched counts every byte read as progress.
func (w *watch) watched(r io.Reader) io.Reader { return &progressReader{r, w} }

type progressReader struct {
	r io.Reader
	w *watch
}

func (p *progressReader) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	if n > 0 {
		p.w.progress()
	}
	return n, err
}
