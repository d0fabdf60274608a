//go:build cgo && !windows

package onnx

import (
	"os"
	"testing"

	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/onnx/onnxtest"
	"github.com/myrvm/rvmctl/internal/vision/yolo"
)

// newTestLane is a lane with an answer in it.
func newTestLane(t *testing.T, half bool) (*lane, Options) {
	t.Helper()
	rt, err := Start(onnxtest.Library(t, os.Getenv("RVMCTL_ONNXRUNTIME")), false)
	if err != nil {
		t.Fatal(err)
	}
	d := onnxtest.Detector{Width: 320, Height: 320, Labels: []string{"bottle", "can"}, Half: half,
		Hot: []onnxtest.Hot{{X1: 100, Y1: 100, X2: 200, Y2: 200, Score: 0.75}}}
	o := Options{Runtime: rt, Model: NewModel("constant", d.Model().Bytes()), Thresholds: yolo.DefaultThresholds()}
	_, spec, err := o.recognise()
	if err != nil {
		t.Fatal(err)
	}
	l, err := newLane(spec, o.Thresholds, o.Masks)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	return l, o
}

// Not parallel: allocations of other tests would be counted too.
func TestLaneAllocatesNothing(t *testing.T) {
	for name, half := range map[string]bool{"float32": false, "float16": true} {
		t.Run(name, func(t *testing.T) {
			l, _ := newTestLane(t, half)
			if err := l.bindOutput(l.spec.Anchors); err != nil {
				t.Fatal(err)
			}
			for a := range 40 { // A crowded picture.
				for i, v := range []float32{float32(8 * a), 100, 20, 30, 0.5} {
					at := i*l.anchors + a
					if half {
						l.out.halves[at] = yolo.HalfFromFloat32(v)
					} else {
						l.out.floats[at] = v
					}
				}
			}
			f := &vision.Frame{Width: 1280, Height: 720, RGB: make([]byte, 3*1280*720)}
			found := 0
			got := testing.AllocsPerRun(20, func() {
				lb, err := l.fill(f)
				if err != nil {
					t.Fatal(err)
				}
				dets, _, err := l.decode(l.answer(), lb)
				if err != nil {
					t.Fatal(err)
				}
				found = len(dets)
			})
			if got != 0 || found != 40 {
				t.Errorf("got %v allocations and %d detections a frame, want 0 and 40", got, found)
			}
		})
	}
}

func TestTrial(t *testing.T) {
	t.Parallel()
	l, o := newTestLane(t, false)
	m := onnxtest.Probe{Width: 320, Height: 320, Points: []onnxtest.Point{{}}}.Model()
	o.Model = NewModel("probe", m.Bytes())
	p, err := (&opener{Options: o, spec: l.spec}).trial(CPU, l, 1)
	if err != nil {
		t.Fatal(err)
	}
	if p.effective() != CPU.Provider() || p.nodes[CPU.Provider()] < 3 || len(p.nodes) != 1 {
		t.Errorf("got %+v, want all nodes on %s", p, CPU.Provider())
	}
}
