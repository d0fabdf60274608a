//go:build cgo && !windows

package vision_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/onnx"
	"github.com/myrvm/rvmctl/internal/vision/source"
)

// opened is a stream that ends: what gives its frames, and what takes them back.
type opened struct {
	next    func(context.Context) (*vision.Frame, error)
	recycle func(*vision.Frame)
	close   func()
}

// streamRows compare following a stream of frames with inferences one after another by all cores.
func streamRows(b *testing.B, name string, m onnx.Model, what string, open func() opened) (rows []string) {
	all := session(b, m, 1, 0)
	for _, lanes := range []int{1, onnx.Lanes(1 << 10)} {
		rows = append(rows, streamRow(b, name, all, session(b, m, lanes, 0), lanes, what, open))
	}
	return rows
}

func streamRow(b *testing.B, name string, all, many *onnx.Session, lanes int, what string, open func() opened) string {
	const rounds = 6
	f := frame(b, wide(b))
	var each, runs []float64
	for range rounds {
		runs = append(runs, mean(b, all, f, 20))
		s, n := open(), 0
		start := time.Now()
		err := vision.Follow{Next: s.next, Detect: many.Detect, Workers: lanes,
			Emit: func(f *vision.Frame, _ vision.Result, err error) error { n++; s.recycle(f); return err }}.Run(b.Context())
		each = append(each, float64(time.Since(start))/float64(time.Millisecond)/float64(n))
		s.close()
		if err != nil {
			b.Fatal(err)
		}
	}
	e, r := slices.Min(each), slices.Min(runs)
	return row(name, fmt.Sprintf("stream of %s, a frame, %d lanes", what, lanes), e, "inference by all cores", r, r/e, "≥ 0.95")
}

// jpegStream is what an MJPEG camera or file gives, with the decoding.
func jpegStream(b *testing.B) func() opened {
	data := wide(b)
	return func() opened {
		n := 0
		return opened{recycle: func(*vision.Frame) {}, close: func() {},
			next: func(ctx context.Context) (*vision.Frame, error) {
				if n++; n > 60 {
					return nil, io.EOF
				}
				return source.Decode(ctx, "picture", data, source.DefaultLimits())
			}}
	}
}

// videoStream is an H.264 file of two seconds, made of the samples.
func videoStream(b *testing.B) func() opened {
	dir := b.TempDir()
	picture, film := filepath.Join(dir, "wide.jpg"), filepath.Join(dir, "film.mp4")
	if err := os.WriteFile(picture, wide(b), 0o600); err != nil {
		b.Fatal(err)
	}
	out, err := exec.Command("ffmpeg", "-v", "error", "-loop", "1", "-i", picture, "-vf", "rotate=0.02*sin(t*3)", "-t", "2", "-r", "30",
		"-pix_fmt", "yuv420p", film).CombinedOutput()
	if err != nil {
		b.Skipf("ffmpeg makes no film: %s", out)
	}
	return func() opened {
		s, err := source.OpenStream(b.Context(), source.Item{Name: film, Path: film, Stream: true}, source.StreamOptions{})
		if err != nil {
			b.Fatal(err)
		}
		return opened{next: s.Next, recycle: s.Recycle, close: func() { _ = s.Close() }}
	}
}
