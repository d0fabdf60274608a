//go:build cgo && !windows

package onnx_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/model"
	"github.com/myrvm/rvmctl/internal/vision/onnx"
	"github.com/myrvm/rvmctl/internal/vision/onnx/onnxtest"
)

// The shipped model's card promises that the best detection is right for most pictures; a decoder that turned boxes or
// exchanged channels would not reach half of it.
func TestDetectShippedModel(t *testing.T) {
	t.Parallel()
	m := model.Default()
	s := open(t, onnx.NewModel(m.Name, m.Bytes), func(o *onnx.Options) { o.SHA256 = m.SHA256 })
	list, err := os.ReadFile(onnxtest.Shared(t, "beverage-containers", "val-clean.txt"))
	if err != nil {
		t.Fatal(err)
	}
	right, seen := 0, 0
	for i, name := range strings.Fields(string(list)) {
		if i%4 != 0 {
			continue
		}
		f := photo(t, onnxtest.Shared(t, "beverage-containers", "val", "images", name))
		seen++
		if found := detect(t, s, f); len(found) > 0 && labelled(t, name, f, found[0]) {
			right++
		}
	}
	if share := float64(right) / float64(seen); seen < 30 || share < 0.6 {
		t.Errorf("the best detection is right for %d of %d pictures, want at least 60 %%", right, seen)
	}
	t.Logf("right for %d of %d pictures", right, seen)
}

// labelled says whether one of the picture's boxes has the detection's class and overlaps it by half.
func labelled(t *testing.T, name string, f *vision.Frame, d vision.Detection) bool {
	t.Helper()
	file := strings.TrimSuffix(name, filepath.Ext(name)) + ".txt"
	data, err := os.ReadFile(onnxtest.Shared(t, "beverage-containers", "val", "labels", file))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		var v [5]float64
		for i, field := range strings.Fields(string(line)) {
			if v[i], err = strconv.ParseFloat(field, 64); err != nil {
				t.Fatal(err)
			}
		}
		w, h := float64(f.Width), float64(f.Height)
		box := vision.Box{X1: float32((v[1] - v[3]/2) * w), Y1: float32((v[2] - v[4]/2) * h),
			X2: float32((v[1] + v[3]/2) * w), Y2: float32((v[2] + v[4]/2) * h)}
		if d.LabelID == int(v[0]) && d.Box.IoU(box) >= 0.5 {
			return true
		}
	}
	return false
}

// Not parallel: memory of other tests would be counted too.
func TestDetectKeepsMemoryFlat(t *testing.T) {
	staysFlat(t, open(t, onnx.NewModel("both", onnxtest.BottleAndCan())))
}

// staysFlat looks at so many frames that a tensor which is made anew for each would take 120 MiB. RVMCTL_SOAK takes so many that
// one lost kilobyte of each shows.
func staysFlat(t *testing.T, s *onnx.Session) {
	t.Helper()
	first, frames, most := 800, 2500, int64(16<<20)
	if os.Getenv("RVMCTL_SOAK") != "" {
		first, frames, most = 2000, 10_000, 8<<20
	}
	f := noise(64, 64)
	for range first {
		detect(t, s, f)
	}
	debug.FreeOSMemory() // Go's garbage is none of this.
	before := resident(t)
	for range frames {
		detect(t, s, f)
	}
	debug.FreeOSMemory()
	grown := resident(t) - before
	t.Logf("%d frames grew the process by %d KiB", frames, grown>>10)
	if grown > most {
		t.Errorf("grew by %d KiB", grown>>10)
	}
}

// resident is the process's memory in bytes.
func resident(t *testing.T) int64 {
	t.Helper()
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("no /proc here to read the process's memory from")
	}
	pages, err := strconv.ParseInt(strings.Fields(string(data))[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}
