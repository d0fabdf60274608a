package source

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/myrvm/rvmctl/internal/vision"
)

// recorded is a stream that waits for us: a video file, or one picture of a web server. No frame of it is lost, and they
// come in order; one is read ahead.
type recorded struct {
	*feed
	conn   *connection
	count  int64
	err    error
	closed bool
}

// Next gives the next frame.
func (r *recorded) Next(ctx context.Context) (*vision.Frame, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if r.err != nil {
		return nil, r.err
	}
	select {
	case got := <-r.conn.shots:
		if got.err != nil {
			r.err = r.ended(got.err)
			return nil, r.err
		}
		got.shot.number = r.count
		r.count++
		frame, err := r.develop(ctx, got.shot)
		if err != nil {
			r.err = err
		}
		return frame, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// ended says when a file was shorter than it claims. The claim may be an estimate, so that this is no error.
func (r *recorded) ended(err error) error {
	if want := r.conn.facts.Expected; errors.Is(err, io.EOF) && want > r.count {
		r.opts.Notice(fmt.Sprintf("%s: ended after %d frames, and its header says %d: it may be cut off", r.known.Name, r.count, want))
	}
	return err
}

// Close frees what the file holds.
func (r *recorded) Close() error {
	if !r.closed {
		r.closed = true
		r.err = io.EOF
		r.conn.end(r.opts.pace.farewell)
	}
	return nil
}
