//go:build cgo && !windows

package onnx_test

import (
	"bytes"
	"os"
	"path/filepath"
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
	s := open(t, onnx.NewModel("both", onnxtest.BottleAndCan()))
	f := noise(64, 64)
	for range 2000 {
		detect(t, s, f)
	}
	before := resident(t)
	for range 10_000 {
		detect(t, s, f)
	}
	if grown := resident(t) - before; grown > 8<<20 {
		t.Errorf("10,000 frames grew the process by %d KiB", grown>>10)
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
