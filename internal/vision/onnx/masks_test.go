//go:build cgo && !windows

package onnx_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/onnx"
	"github.com/myrvm/rvmctl/internal/vision/onnx/onnxtest"
	"github.com/myrvm/rvmctl/internal/vision/yolo"
)

// coloured is a segmentation model for 64x64 with two boxes: the first one's mask is where the picture is red, the
// second one's where it is dark.
func coloured() onnxtest.Model {
	d := onnxtest.Detector{Width: 64, Height: 64, Labels: []string{"bottle", "can"}, Hot: []onnxtest.Hot{
		{X1: 4, Y1: 20, X2: 28, Y2: 44, Class: 0, Score: 0.9},
		{},
		{X1: 36, Y1: 20, X2: 60, Y2: 44, Class: 1, Score: 0.8},
	}}
	return onnxtest.Segment(d.Model(), 1, 64, 64)
}

func TestDetectGivesAMaskForEachDetection(t *testing.T) {
	t.Parallel()
	m := onnx.NewModel("coloured", coloured().Bytes())
	with := func(o *onnx.Options) { o.Masks = true }
	f := noise(64, 64)
	for y := range 64 {
		for x := range 64 {
			colour := []byte{0, 0, 255}
			if x >= 16 && x < 40 {
				colour = []byte{255, 0, 0}
			}
			copy(f.RGB[3*(64*y+x):], colour)
		}
	}
	found := detect(t, open(t, m, with), f)
	if len(found) != 2 {
		t.Fatalf("got %d detections, want 2", len(found))
	}
	// Between the centres of two cells the logit is a line: it crosses 0 at 15.2 for red, which is stronger than blue is
	// against it, and at 38.8 for dark.
	for i, want := range []string{"(15,20)-(28,44)", "(39,20)-(60,44)"} {
		if found[i].Mask == nil {
			t.Errorf("detection %d has no mask", i)
		} else if found[i].Mask.Rect.String() != want || found[i].Mask.Area() != found[i].Mask.Rect.Dx()*found[i].Mask.Rect.Dy() {
			t.Errorf("detection %d has the mask %v, want all of %s", i, found[i].Mask.Rect, want)
		}
	}
	for _, d := range detect(t, open(t, m), f) {
		if d.Mask != nil {
			t.Errorf("%s has a mask that nobody asked for", d.Label)
		}
	}
	green := noise(64, 64) // Neither red nor dark: both masks are empty.
	for i := range green.RGB {
		green.RGB[i] = map[int]byte{1: 255}[i%3]
	}
	for _, d := range detect(t, open(t, m, with), green) {
		if d.Mask != nil {
			t.Errorf("%s has an empty mask instead of none", d.Label)
		}
	}
}

// A mask must outlive the frames after it.
func TestMasksAreTheirOwn(t *testing.T) {
	t.Parallel()
	s := open(t, onnx.NewModel("coloured", coloured().Bytes()), func(o *onnx.Options) { o.Masks = true })
	dark := noise(64, 64)
	clear(dark.RGB)
	first := detect(t, s, dark)[1].Mask
	before := string(first.Bits)
	for range 5 {
		detect(t, s, noise(64, 64))
	}
	if string(first.Bits) != before || first.Area() != 24*24 {
		t.Error("a later frame changed the mask")
	}
}

func TestMasksInManyGoroutines(t *testing.T) {
	t.Parallel()
	s := open(t, onnx.NewModel("coloured", coloured().Bytes()), func(o *onnx.Options) { o.Masks, o.Lanes = true, 3 })
	pictures := []*vision.Frame{noise(64, 64), noise(100, 80), noise(30, 90)}
	var want [][]vision.Detection
	for _, f := range pictures {
		want = append(want, detect(t, s, f))
	}
	var group sync.WaitGroup
	for i := range 6 {
		group.Go(func() {
			for n := range 15 {
				which := (i + n) % len(pictures)
				r, err := s.Detect(t.Context(), pictures[which])
				if diff := cmp.Diff(want[which], r.Detections); diff != "" || err != nil {
					t.Errorf("goroutine %d: %v %s", i, err, diff)
					return
				}
			}
		})
	}
	group.Wait()
}

// Not parallel: memory of other tests would be counted too.
func TestMasksKeepMemoryFlat(t *testing.T) {
	s := open(t, onnx.NewModel("coloured", coloured().Bytes()), func(o *onnx.Options) { o.Masks = true })
	staysFlat(t, s)
}

// A model that suppresses by itself answers with zeros where nothing is; that is no sign of a bad quantisation.
func TestNoScoresOfSuppressedRows(t *testing.T) {
	t.Parallel()
	dead := onnxtest.Detector{Width: 64, Height: 64, Labels: []string{"bottle", "can"}}.Model()
	// Rows of the best three hundred need as many anchors.
	wide := onnxtest.Detector{Width: 128, Height: 128, Labels: []string{"bottle", "can"}}.Model()
	for name, tt := range map[string]struct {
		model onnxtest.Model
		want  bool
	}{
		"suppressed inside": {onnxtest.Suppressed(dead, 0.25, 0.7), false},
		"end to end":        {onnxtest.EndToEnd(wide), true},
		"segment":           {onnxtest.Segment(dead, 1, 64, 64), true},
	} {
		s := open(t, onnx.NewModel(name, tt.model.Bytes()))
		if found := detect(t, s, noise(64, 64)); len(found) != 0 || s.NoScores() != tt.want {
			t.Errorf("%s: got %v, no scores %t, want %t", name, found, s.NoScores(), tt.want)
		}
	}
}

// A float16 answer of open length is as long as three strides make it, or four.
func TestFloat16OfOpenLength(t *testing.T) {
	t.Parallel()
	for _, anchors := range []int{84, 85, 340} {
		d := onnxtest.Detector{Width: 64, Height: 64, Labels: []string{"bottle"}, Half: true}
		m := d.Model()
		values := make([]float32, 5*anchors)
		for i, v := range []float32{32, 32, 16, 16, 0.5} {
			values[i*anchors] = v
		}
		m.Graph.Constants[0] = onnxtest.Halves("rows", []int64{1, 5, int64(anchors)}, values)
		m.Graph.Inputs[0].Dims, m.Graph.Outputs[0].Dims = []any{"batch", 3, "height", "width"}, []any{"batch", 5, "anchors"}
		found := detect(t, open(t, onnx.NewModel("half", m.Bytes())), noise(64, 64))
		if len(found) != 1 || found[0].Confidence != 0.5 || found[0].Box.X1 != 24 || found[0].Box.Y2 != 40 {
			t.Errorf("%d anchors: got %v", anchors, found)
		}
	}
}

func TestOpenRefusesWhatMasksCannotBeMadeOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*onnxtest.Model)
		want   string
	}{
		{"prototypes of another size than announced", func(m *onnxtest.Model) { m.Graph.Nodes[1].Attributes[1].Ints = []int64{2, 2} }, "model bad: "},
		{"announced prototypes that do not fit the input", func(m *onnxtest.Model) { m.Graph.Outputs[1].Dims = []any{1, 4, 32, 32} },
			"mask prototypes output1 float32 [1,4,32,32] do not fit the input"},
		{"float16 rows of an open number", func(m *onnxtest.Model) {
			*m = onnxtest.HalfOutside(onnxtest.EndToEnd(onnxtest.Read(t, fixedExport(t))))
			m.Graph.Outputs[0].Dims = []any{1, "rows", 6}
		}, "model bad: its float16 rows have no fixed number"},
		{"segment without prototypes", func(m *onnxtest.Model) { m.Graph.Outputs = m.Graph.Outputs[:1] }, "task segment without mask prototypes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := coloured()
			tt.change(&m)
			s, err := onnx.Open(t.Context(), onnx.Options{Runtime: started(t), Model: onnx.NewModel("bad", m.Bytes()), Device: onnx.CPU,
				Thresholds: yolo.DefaultThresholds(), Masks: true})
			if err == nil {
				t.Fatal(s.Close(), "it was accepted")
			}
			if got := err.Error(); !strings.Contains(got, tt.want) || strings.Contains(got, "\n") {
				t.Errorf("got %q, want one line with %q", got, tt.want)
			}
		})
	}
}
