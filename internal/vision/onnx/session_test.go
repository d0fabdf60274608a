//go:build cgo && !windows

package onnx_test

import (
	"context"
	"errors"
	"image"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/onnx"
	"github.com/myrvm/rvmctl/internal/vision/onnx/onnxtest"
	"github.com/myrvm/rvmctl/internal/vision/yolo"
)

// open loads a model on the CPU and closes it with the test.
func open(t testing.TB, m onnx.Model, change ...func(*onnx.Options)) *onnx.Session {
	t.Helper()
	o := onnx.Options{Runtime: started(t), Model: m, Device: onnx.CPU, Thresholds: yolo.DefaultThresholds()}
	for _, c := range change {
		c(&o)
	}
	s, err := onnx.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func detect(t testing.TB, s *onnx.Session, f *vision.Frame) []vision.Detection {
	t.Helper()
	r, err := s.Detect(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return r.Detections
}

// noise is a picture of which no pixel is like its neighbours.
func noise(w, h int) *vision.Frame {
	r := rand.New(rand.NewPCG(1, 2))
	rgb := make([]byte, 3*w*h)
	for i := range rgb {
		rgb[i] = byte(1 + r.IntN(255)) // Never 0: a score of 0 is no detection.
	}
	return &vision.Frame{Name: "noise", Width: w, Height: h, RGB: rgb}
}

// The probe's scores are the input's numbers, so this is a test of what a model is fed: channel order, division by
// 255, where the picture lies and what is around it.
func TestDetectFeedsWhatWasPromised(t *testing.T) {
	t.Parallel()
	const w, h = 64, 40 // In 64x64: 12 rows of padding above and below.
	f := noise(w, h)
	points := points(0, 0, 11, 1, 63, 11, 2, 0, 52, 0, 63, 63, 1, 5, 0) // Padding.
	for _, at := range [][2]int{{0, 0}, {63, 0}, {0, 39}, {63, 39}, {17, 23}} {
		for c := range 3 {
			points = append(points, onnxtest.Point{Channel: c, X: at[0], Y: 12 + at[1]})
		}
	}
	for _, half := range []bool{false, true} {
		t.Run("float16 "+strconv.FormatBool(half), func(t *testing.T) {
			t.Parallel()
			p := onnxtest.Probe{Width: 64, Height: 64, Points: points, Half: half}
			s := open(t, onnx.NewModel("probe", p.Model().Bytes()), func(o *onnx.Options) { o.Thresholds.Confidence = 0 })
			got := map[int]float32{}
			for _, d := range detect(t, s, f) {
				got[d.LabelID] = d.Confidence
			}
			for i, pt := range points {
				want := float32(114) / 255
				if i >= 5 {
					want = float32(f.RGB[3*((pt.Y-12)*w+pt.X)+pt.Channel]) / 255
				}
				if half {
					want = yolo.Float32FromHalf(yolo.HalfFromFloat32(want))
				}
				if got[i] != want {
					t.Errorf("channel %d at %d,%d: got %v, want %v", pt.Channel, pt.X, pt.Y, got[i], want)
				}
			}
		})
	}
}

// A picture of 1280x720 lies in 640x640 with ratio 0.5 and 140 rows above; a box must come back where it was drawn.
func TestDetectMapsBoxesBack(t *testing.T) {
	t.Parallel()
	base := onnxtest.Detector{Width: 640, Height: 640, Labels: []string{"bottle", "can"}, Hot: []onnxtest.Hot{
		{X1: 50, Y1: 190, X2: 150, Y2: 390, Class: 0, Score: 0.75},
		{X1: 50, Y1: 190, X2: 150, Y2: 388, Class: 0, Score: 0.625}, // Suppressed by the first.
		{X1: 50, Y1: 190, X2: 150, Y2: 388, Class: 1, Score: 0.5},   // Another label, so it stays.
		{X1: 600, Y1: 400, X2: 700, Y2: 600, Class: 1, Score: 0.375},
		{X1: 10, Y1: 10, X2: 100, Y2: 100, Class: 0, Score: 0.3125}, // All in the padding.
		{X1: 300, Y1: 200, X2: 400, Y2: 300, Class: 0, Score: 0.25}, // Not above the threshold.
	}}
	want := []vision.Detection{
		{Box: vision.Box{X1: 100, Y1: 100, X2: 300, Y2: 500}, Confidence: 0.75, Label: "bottle"},
		{Box: vision.Box{X1: 100, Y1: 100, X2: 300, Y2: 496}, Confidence: 0.5, Label: "can", LabelID: 1},
		{Box: vision.Box{X1: 1200, Y1: 520, X2: 1280, Y2: 720}, Confidence: 0.375, Label: "can", LabelID: 1},
	}
	f := noise(1280, 720)
	for name, change := range map[string]func(*onnxtest.Detector){
		"a static model":                  func(*onnxtest.Detector) {},
		"a batch of three uses slot 0":    func(d *onnxtest.Detector) { d.Batch = 3 },
		"float16 in and out":              func(d *onnxtest.Detector) { d.Half = true },
		"a dynamic model at its own size": func(d *onnxtest.Detector) { d.Dynamic = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := base
			change(&d)
			got := detect(t, open(t, onnx.NewModel("constant", d.Model().Bytes())), f)
			// float16 has steps of 0.5 pixels in a box of this size.
			if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, map[bool]float64{true: 1, false: 1e-3}[d.Half])); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("across labels only the best box stays", func(t *testing.T) {
		t.Parallel()
		s := open(t, onnx.NewModel("constant", base.Model().Bytes()), func(o *onnx.Options) { o.Thresholds.Agnostic = true })
		if got := len(detect(t, s, f)); got != 2 {
			t.Errorf("got %d detections, want 2", got)
		}
	})
	t.Run("only wanted labels, by their text", func(t *testing.T) {
		t.Parallel()
		s := open(t, onnx.NewModel("constant", base.Model().Bytes()), func(o *onnx.Options) { o.Only = []string{"can"} })
		for _, d := range detect(t, s, f) {
			if d.Label != "can" {
				t.Errorf("got %v, want cans only", d)
			}
		}
	})
}

func TestDetectInManyGoroutines(t *testing.T) {
	t.Parallel()
	s := open(t, onnx.NewModel("both", onnxtest.BottleAndCan()), func(o *onnx.Options) { o.Lanes = 3 })
	want := detect(t, s, noise(100, 80))
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for range 20 {
				r, err := s.Detect(t.Context(), noise(100, 80))
				if diff := cmp.Diff(want, r.Detections); diff != "" || err != nil {
					t.Errorf("goroutine %d: %v %s", i, err, diff)
					return
				}
			}
		})
	}
	group.Wait()
	if i := s.Info(); i.Lanes != 3 || i.Threads < 1 || i.Provider != "CPUExecutionProvider" || i.LoadMS <= 0 {
		t.Errorf("got %+v", i)
	}
}

func TestDetectEnds(t *testing.T) {
	t.Parallel()
	s := open(t, onnx.NewModel("both", onnxtest.BottleAndCan()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Detect(ctx, noise(8, 8)); !errors.Is(err, context.Canceled) {
		t.Errorf("with a cancelled context: got %v", err)
	}
	var bad *yolo.FrameError
	if _, err := s.Detect(t.Context(), &vision.Frame{Name: "half", Width: 8, Height: 8, RGB: make([]byte, 9)}); !errors.As(err, &bad) {
		t.Errorf("with a frame that is too short: got %v, want *yolo.FrameError", err)
	}
	if _, err := s.Detect(t.Context(), nil); !errors.As(err, &bad) {
		t.Errorf("without a frame: got %v, want *yolo.FrameError", err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	if _, err := s.Detect(t.Context(), noise(8, 8)); !errors.Is(err, onnx.ErrClosed) {
		t.Errorf("after Close: got %v, want %v", err, onnx.ErrClosed)
	}
}

func TestNoScores(t *testing.T) {
	t.Parallel()
	dead := open(t, onnx.NewModel("dead", small().Model().Bytes()))
	if dead.NoScores() {
		t.Error("before a frame nothing can be said")
	}
	detect(t, dead, noise(8, 8))
	if !dead.NoScores() {
		t.Error("a model whose every score is 0 was not noticed")
	}
	alive := open(t, onnx.NewModel("alive", onnxtest.BottleAndCan()))
	detect(t, alive, noise(8, 8))
	if alive.NoScores() {
		t.Error("a model with scores was taken for one without")
	}
}

// A JPEG's own planes and packed pixels of the same picture must be seen alike.
func TestDetectPlanes(t *testing.T) {
	t.Parallel()
	img := image.NewYCbCr(image.Rect(0, 0, 64, 64), image.YCbCrSubsampleRatio420)
	for i := range img.Y {
		img.Y[i] = byte(i)
	}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = byte(90+i%64), byte(160-i%64)
	}
	rgb := make([]byte, 0, 3*64*64)
	for y := range 64 {
		for x := range 64 {
			r, g, b, _ := img.At(x, y).RGBA()
			rgb = append(rgb, byte(r>>8), byte(g>>8), byte(b>>8))
		}
	}
	points := points(0, 3, 3, 1, 3, 3, 2, 3, 3, 0, 60, 10, 1, 60, 10, 2, 60, 10)
	s := open(t, onnx.NewModel("probe", onnxtest.Probe{Width: 64, Height: 64, Points: points}.Model().Bytes()),
		func(o *onnx.Options) { o.Thresholds.Confidence = 0 })
	planes := detect(t, s, &vision.Frame{Width: 64, Height: 64, YCbCr: img})
	packed := detect(t, s, &vision.Frame{Width: 64, Height: 64, RGB: rgb})
	if diff := cmp.Diff(packed, planes, cmpopts.EquateApprox(0, 2.0/255), cmpopts.SortSlices(func(a, b vision.Detection) bool {
		return a.LabelID < b.LabelID
	})); diff != "" {
		t.Error(diff)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	good := onnx.NewModel("good", onnxtest.BottleAndCan())
	model := func(change func(*onnxtest.Model)) func(*onnx.Options) {
		return func(o *onnx.Options) { o.Model = onnx.NewModel("bad", with(change)) }
	}
	type refusal struct {
		name   string
		change func(*onnx.Options)
		want   string
	}
	tests := []refusal{
		{"another sum than the pinned one", func(o *onnx.Options) { o.SHA256 = strings.Repeat("0", 64) },
			"model good: its sha256 is " + good.SHA256 + ", expected " + strings.Repeat("0", 64)},
		{"a threshold of 2", func(o *onnx.Options) { o.Thresholds.Confidence = 2 }, "confidence is 2; wanted 0 to 1"},
		{"an unknown label", func(o *onnx.Options) { o.Only = []string{"jar"} }, `unknown label "jar"; this model knows bottle, can`},
		{"too many labels", func(o *onnx.Options) { o.Labels = []string{"a", "b", "c"} }, "3 classes"},
		{"an unknown device", func(o *onnx.Options) { o.Device = "npu" }, "device npu: unknown device; known are auto, cpu"},
		{"a pose model", model(func(m *onnxtest.Model) { m.Metadata = []onnxtest.Pair{{Key: "task", Value: "pose"}} }), `task "pose" is not supported`},
		{"a YOLOX layout", model(func(m *onnxtest.Model) {
			m.Graph.Outputs[0].Dims, m.Graph.Constants[0].Dims = []any{1, 21, 7}, []int64{1, 21, 7}
			m.Graph.Constants[0].Raw = make([]byte, 4*21*7)
		}), "objectness"},
		{"operators that the runtime does not know", model(func(m *onnxtest.Model) { m.Graph.Nodes[0].Op = "Teleport" }),
			"model bad: ONNX Runtime cannot load it: "},
		{"an answer that was not announced", model(func(m *onnxtest.Model) {
			m.Graph.Constants[0].Dims, m.Graph.Constants[0].Raw = []int64{1, 6, 20}, m.Graph.Constants[0].Raw[:4*6*20]
		}), "model bad: "},
		{"a TensorRT without a folder for engines", func(o *onnx.Options) { o.Device = onnx.TensorRT },
			"device tensorrt: no folder"},
	}
	for _, device := range []onnx.Device{onnx.CUDA, onnx.TensorRT} {
		beside := filepath.Join(filepath.Dir(started(t).Path), "*providers_"+string(device)+".*")
		if found, err := filepath.Glob(beside); err != nil || len(found) > 0 {
			continue // The library to test with was chosen for its GPU.
		}
		tests = append(tests, refusal{"a provider that is not there, " + string(device),
			func(o *onnx.Options) { o.Device, o.EngineDir = device, t.TempDir() }, "device " + string(device) + ": ONNX Runtime "})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := onnx.Options{Runtime: started(t), Model: good, Device: onnx.CPU, Thresholds: yolo.DefaultThresholds()}
			tt.change(&o)
			s, err := onnx.Open(t.Context(), o)
			if err == nil {
				t.Fatal(s.Close(), "it was accepted")
			}
			if got := err.Error(); !strings.Contains(got, tt.want) || strings.Contains(got, "\n") {
				t.Errorf("got %q, want one line with %q", got, tt.want)
			}
		})
	}
}

func TestOpenAuto(t *testing.T) {
	t.Parallel()
	auto := func(o *onnx.Options) { o.Device = onnx.Auto }
	i := open(t, onnx.NewModel("both", onnxtest.BottleAndCan()), auto).Info()
	if (i.FallbackReason == "") != (i.Device == onnx.CUDA) || i.Requested != onnx.Auto || i.Provider != i.Device.Provider() {
		t.Errorf("got device %s, provider %s, reason %q", i.Device, i.Provider, i.FallbackReason)
	}
	t.Log(i.FallbackReason)
}

// points reads channel, column and row, three numbers each.
func points(numbers ...int) []onnxtest.Point {
	var out []onnxtest.Point
	for i := 0; i+2 < len(numbers); i += 3 {
		out = append(out, onnxtest.Point{Channel: numbers[i], X: numbers[i+1], Y: numbers[i+2]})
	}
	return out
}
