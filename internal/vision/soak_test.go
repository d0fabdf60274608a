//go:build cgo && linux

package vision_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"testing"

	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/model"
	"github.com/myrvm/rvmctl/internal/vision/onnx"
)

// TestMemoryStaysFlat follows 10,000 frames with the shipped model and compares the memory of the process after 200 of them with
// that at the end.
func TestMemoryStaysFlat(t *testing.T) {
	if os.Getenv("RVMCTL_SOAK") == "" {
		t.Skip("takes minutes: set RVMCTL_SOAK=1")
	}
	const warm, all = 200, 10_000
	m := model.Default()
	s := session(t, onnx.NewModel(m.Name, m.Bytes), 1, 0)
	f := frame(t, wide(t))
	packed := &vision.Frame{Name: "packed", Width: f.Width, Height: f.Height, RGB: pixels(f)}
	given, seen := 0, 0
	var early, late int64
	var before, after runtime.MemStats
	err := vision.Follow{Detect: s.Detect,
		Next: func(context.Context) (*vision.Frame, error) {
			if given++; given > all {
				return nil, io.EOF
			}
			return []*vision.Frame{f, packed}[given%2], nil
		},
		Emit: func(_ *vision.Frame, _ vision.Result, err error) error {
			if seen++; seen == warm {
				early = resident(t)
				runtime.ReadMemStats(&before)
			}
			return err
		}}.Run(t.Context())
	if err != nil || seen != all {
		t.Fatalf("%d frames and %v, want %d", seen, err, all)
	}
	runtime.ReadMemStats(&after)
	late = resident(t)
	t.Logf("memory after %d frames %.1f MiB, after %d frames %.1f MiB; %.1f allocations a frame (binding and result)",
		warm, mib(early), all, mib(late), float64(after.Mallocs-before.Mallocs)/(all-warm))
	if ratio := float64(late) / float64(early); ratio > 1.02 {
		t.Errorf("memory grew to %.3f of what it was after %d frames, want at most 1.02", ratio, warm)
	}
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// resident is the memory of this process that is not swapped or given back, in bytes.
func resident(t *testing.T) int64 {
	t.Helper()
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	var total, pages int64
	if _, err := fmt.Sscan(string(data), &total, &pages); err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}
