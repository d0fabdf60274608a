package detect

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/source"
)

// stream looks at a camera or video: the next frame is read while the model computes.
func (r *run) stream(ctx context.Context, item source.Item) error {
	stream, err := r.openStream(ctx, item)
	if err != nil {
		return err
	}
	defer func() { _ = stream.Close() }()
	given := 0
	return vision.Follow{
		Live:    stream.Facts().Live,
		Workers: r.looker.lanes,
		Detect:  r.looker.eye.Detect,
		Next: func(ctx context.Context) (*vision.Frame, error) {
			if r.Frames > 0 && given == r.Frames {
				return nil, io.EOF
			}
			start := time.Now()
			f, err := stream.Next(ctx)
			if err != nil {
				return nil, err
			}
			given++
			r.clock.loaded(f, time.Since(start), 0)
			f.Name = fmt.Sprintf("%s#%d", item.Name, f.Number)
			return f, nil
		},
		Emit: func(f *vision.Frame, result vision.Result, err error) error {
			defer stream.Recycle(f)
			return r.emit(ctx, f.Name, f, nil, result, err)
		},
	}.Run(ctx)
}

// pictures is how many pictures there are to share the cores out among: a video file has many, of a camera one comes after
// the other.
func (o *RunOptions) pictures(items []source.Item) int {
	n := len(items)
	for _, item := range items {
		if !item.Stream {
			continue
		}
		if info, err := os.Stat(item.Path); err == nil && info.Mode().IsRegular() && o.Frames != 1 {
			n = max(n, runtime.GOMAXPROCS(0))
		}
	}
	return n
}
