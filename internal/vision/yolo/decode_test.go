package yolo

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myrvm/rvmctl/internal/vision"
)

// anchor is one column of a synthetic answer: a box by its corners, and scores by class.
type anchor struct {
	box    vision.Box
	scores map[int]float32
}

// answer lays anchors out as a model does: channel by channel, centre and size first.
func answer(classes int, anchors []anchor) []float32 {
	n := len(anchors)
	out := make([]float32, (4+classes)*n)
	for i, a := range anchors {
		out[i], out[n+i] = (a.box.X1+a.box.X2)/2, (a.box.Y1+a.box.Y2)/2
		out[2*n+i], out[3*n+i] = a.box.X2-a.box.X1, a.box.Y2-a.box.Y1
		for class, score := range a.scores {
			out[(4+class)*n+i] = score
		}
	}
	return out
}

func one(score float32, class int, x1, y1, x2, y2 float32) anchor {
	return anchor{vision.Box{X1: x1, Y1: y1, X2: x2, Y2: y2}, map[int]float32{class: score}}
}

func specOf(classes int) Spec {
	s := Spec{Classes: classes}
	for id := range classes {
		s.Labels = append(s.Labels, fmt.Sprint("label ", id))
	}
	return s
}

// plain is a letterbox that changes nothing.
func plain(w, h int) Letterbox {
	return Letterbox{Ratio: 1, SrcW: w, SrcH: h, W: w, H: h, NewW: w, NewH: h}
}

func decode(t *testing.T, spec Spec, th Thresholds, out []float32, anchors int, lb Letterbox) ([]vision.Detection, int) {
	t.Helper()
	d, err := NewDecoder(spec, th)
	if err != nil {
		t.Fatal(err)
	}
	dets, dropped, err := d.Decode(out, anchors, lb, nil)
	if err != nil {
		t.Fatal(err)
	}
	return dets, dropped
}

// brief shows detections as score, class and box, for comparison.
func brief(dets []vision.Detection) []string {
	shown := []string{}
	for _, d := range dets {
		shown = append(shown, fmt.Sprintf("%.3g c%d %g,%g,%g,%g", d.Confidence, d.LabelID, d.Box.X1, d.Box.Y1, d.Box.X2, d.Box.Y2))
	}
	return shown
}

func TestDecode(t *testing.T) {
	t.Parallel()
	agnostic := func(th *Thresholds) { th.Agnostic = true }
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	tests := []struct {
		name    string
		change  func(*Thresholds)
		in      []anchor
		want    []string
		dropped int
	}{
		{"an overlap of exactly the threshold is kept", nil,
			[]anchor{one(.9, 0, 0, 0, 10, 10), one(.8, 0, 0, 0, 10, 7)},
			[]string{"0.9 c0 0,0,10,10", "0.8 c0 0,0,10,7"}, 0},
		{"an overlap above the threshold is suppressed", nil,
			[]anchor{one(.9, 0, 0, 0, 10, 10), one(.8, 0, 0, 0, 10, 7.1)},
			[]string{"0.9 c0 0,0,10,10"}, 0},
		{"other classes do not suppress", nil,
			[]anchor{one(.9, 0, 0, 0, 10, 10), one(.8, 1, 0, 0, 10, 10)},
			[]string{"0.9 c0 0,0,10,10", "0.8 c1 0,0,10,10"}, 0},
		{"agnostic suppresses across classes", agnostic,
			[]anchor{one(.9, 0, 0, 0, 10, 10), one(.8, 1, 0, 0, 10, 10)},
			[]string{"0.9 c0 0,0,10,10"}, 0},
		{"a score of exactly the threshold is left out", nil,
			[]anchor{one(.25, 0, 0, 0, 10, 10), one(.2500001, 1, 0, 0, 10, 10)},
			[]string{"0.25 c1 0,0,10,10"}, 0},
		{"of equal scores the lower anchor wins", nil,
			[]anchor{{}, {}, {}, one(.5, 0, 0, 0, 10, 10), {}, {}, {}, one(.5, 0, 0, 0, 10, 9)},
			[]string{"0.5 c0 0,0,10,10"}, 0},
		{"a suppressed box suppresses nothing", nil,
			[]anchor{one(.9, 0, 0, 0, 10, 10), one(.8, 0, 0, 0, 10, 8), one(.7, 0, 0, 0, 10, 6)},
			[]string{"0.9 c0 0,0,10,10", "0.7 c0 0,0,10,6"}, 0},
		{"empty boxes are dropped", nil,
			[]anchor{one(.9, 0, 5, 5, 5, 5), one(.9, 0, 5, 5, 5, 5)}, []string{}, 2},
		{"only the best class of an anchor counts", func(th *Thresholds) { th.Only = []int{1} },
			[]anchor{{vision.Box{X2: 10, Y2: 10}, map[int]float32{0: .6, 1: .4}}}, []string{}, 0},
		{"of equal classes the lowest id wins", nil,
			[]anchor{{vision.Box{X2: 10, Y2: 10}, map[int]float32{0: .6, 1: .6}}}, []string{"0.6 c0 0,0,10,10"}, 0},
		{"an unwanted class never suppresses", func(th *Thresholds) { th.Agnostic, th.Only = true, []int{1} },
			[]anchor{one(.9, 0, 0, 0, 10, 10), one(.8, 1, 0, 0, 10, 10)},
			[]string{"0.8 c1 0,0,10,10"}, 0},
		{"no wanted class at all", func(th *Thresholds) { th.Only = []int{} }, []anchor{one(.9, 0, 0, 0, 10, 10)}, []string{}, 0},
		{"the order is by score", nil,
			[]anchor{one(.3, 0, 0, 0, 5, 5), one(.9, 1, 20, 0, 25, 5), one(.6, 0, 40, 0, 45, 5)},
			[]string{"0.9 c1 20,0,25,5", "0.6 c0 40,0,45,5", "0.3 c0 0,0,5,5"}, 0},
		{"the best are kept when there are too many", func(th *Thresholds) { th.MaxDetections = 1 },
			[]anchor{one(.3, 0, 0, 0, 5, 5), one(.9, 1, 20, 0, 25, 5)},
			[]string{"0.9 c1 20,0,25,5"}, 0},
		{"boxes are clipped after suppression", nil,
			[]anchor{one(.9, 0, -100, 0, 10, 10), one(.8, 0, -30, 0, 10, 10)},
			[]string{"0.9 c0 0,0,10,10", "0.8 c0 0,0,10,10"}, 0},
		{"a box outside of the picture is dropped", nil, []anchor{one(.9, 0, 200, 0, 210, 10)}, []string{}, 1},
		{"a score that is not a number drops its anchor", nil,
			[]anchor{{vision.Box{X2: 10, Y2: 10}, map[int]float32{0: .6, 1: nan}}, one(.5, 0, 0, 0, 10, 10)},
			[]string{"0.5 c0 0,0,10,10"}, 1},
		{"infinite, negative and large scores", nil,
			[]anchor{one(inf, 0, 0, 0, 10, 10), one(-inf, 0, 0, 0, 10, 10), one(-.5, 1, 0, 0, 10, 10), one(1.01, 0, 0, 0, 10, 10)},
			[]string{}, 4},
		{"a score of a little more than one counts as one", nil, []anchor{one(1.0005, 0, 0, 0, 10, 10)}, []string{"1 c0 0,0,10,10"}, 0},
		{"minus zero is a score of nothing", nil, []anchor{one(float32(math.Copysign(0, -1)), 0, 0, 0, 10, 10)}, []string{}, 0},
		{"every score of a bad anchor counts once", nil,
			[]anchor{{vision.Box{X2: 10, Y2: 10}, map[int]float32{0: nan, 1: inf, 2: .9}}}, []string{}, 1},
		{"boxes that are not finite are dropped", nil,
			[]anchor{one(.9, 0, nan, 0, 10, 10), one(.8, 0, 0, 0, inf, 10), one(.7, 0, -3e38, 0, 3e38, 10), one(.6, 0, 0, 0, 10, 10)},
			[]string{"0.6 c0 0,0,10,10"}, 3},
		{"negative sizes are empty", nil, []anchor{one(.9, 0, 10, 10, 0, 0), one(.8, 0, 0, 0, 10, 10)}, []string{"0.8 c0 0,0,10,10"}, 1},
		{"a threshold of nothing lets every score through", func(th *Thresholds) { th.Confidence = float32(math.Copysign(0, -1)) },
			[]anchor{one(1e-30, 0, 0, 0, 10, 10), one(0, 0, 20, 0, 30, 10)}, []string{"1e-30 c0 0,0,10,10"}, 0},
		{"a threshold of one lets nothing through", func(th *Thresholds) { th.Confidence = 1 },
			[]anchor{one(1, 0, 0, 0, 10, 10), one(1.0005, 0, 0, 0, 10, 10)}, []string{}, 0},
		{"an overlap threshold of nothing keeps neighbours that only touch", func(th *Thresholds) { th.IoU = 0 },
			[]anchor{one(.9, 0, 0, 0, 10, 10), one(.8, 0, 10, 0, 20, 10), one(.7, 0, 9, 0, 19, 10)},
			[]string{"0.9 c0 0,0,10,10", "0.8 c0 10,0,20,10"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			th := DefaultThresholds()
			if tt.change != nil {
				tt.change(&th)
			}
			dets, dropped := decode(t, specOf(3), th, answer(3, tt.in), len(tt.in), plain(100, 100))
			if diff := cmp.Diff(tt.want, brief(dets)); diff != "" {
				t.Error(diff)
			}
			if dropped != tt.dropped {
				t.Errorf("got %d dropped, want %d", dropped, tt.dropped)
			}
		})
	}
}

func TestDecodeMapsToTheSource(t *testing.T) {
	t.Parallel()
	lb, err := NewLetterbox(810, 1080, 640, 640)
	if err != nil {
		t.Fatal(err)
	}
	dets, _ := decode(t, specOf(1), DefaultThresholds(), answer(1, []anchor{one(.5, 0, 200, 100, 300, 400)}), 1, lb)
	want := []vision.Detection{{Box: vision.Box{X1: 202.5, Y1: 168.75, X2: 371.25, Y2: 675}, Confidence: .5, Label: "label 0"}}
	if diff := cmp.Diff(want, dets); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeReadsTheFirstSlotAndIgnoresMaskCoefficients(t *testing.T) {
	t.Parallel()
	spec := specOf(2)
	spec.Coefficients, spec.Masks, spec.Batch = 2, true, 2
	anchors := []anchor{one(.9, 1, 0, 0, 10, 10), one(.3, 0, 20, 0, 30, 10)}
	slot := append(answer(2, anchors), 99, 99, float32(math.NaN()), -5)
	other := make([]float32, len(slot))
	for i := range other {
		other[i] = .99
	}
	dets, dropped := decode(t, spec, DefaultThresholds(), append(slot, other...), 2, plain(100, 100))
	want := []string{"0.9 c1 0,0,10,10", "0.3 c0 20,0,30,10"}
	if diff := cmp.Diff(want, brief(dets)); diff != "" || dropped != 0 {
		t.Errorf("%d dropped: %s", dropped, diff)
	}
}

func TestDecodeRows(t *testing.T) {
	t.Parallel()
	nan := float32(math.NaN())
	rows := []float32{
		0, 0, 10, 10, .5, 1,
		0, 0, 10, 10, .9, 1, // the same box twice: rows are never suppressed again
		1, 1, 12, 12, .25, 0, // exactly the threshold
		5, 5, 5, 9, .8, 0, // empty
		0, 0, 10, 10, .8, 2, // no such class
		0, 0, 10, 10, .8, .5, // no whole class
		0, 0, 10, 10, .8, nan,
		0, 0, 10, 10, nan, 0,
		nan, 0, 10, 10, .8, 0,
		0, 0, 10, 10, .8, -1,
		50, 50, 200, 60, .7, 0, // reaches out of the picture
		0, 0, 0, 0, 0, 0, // padding
	}
	spec := specOf(2)
	spec.Layout, spec.NMS, spec.Anchors = Rows, true, 12
	tests := []struct {
		name   string
		change func(*Thresholds)
		want   []string
	}{
		{"all classes", func(*Thresholds) {}, []string{"0.9 c1 0,0,10,10", "0.7 c0 50,50,100,60", "0.5 c1 0,0,10,10"}},
		{"one class", func(th *Thresholds) { th.Only = []int{0} }, []string{"0.7 c0 50,50,100,60"}},
		{"a higher threshold", func(th *Thresholds) { th.Confidence = .7 }, []string{"0.9 c1 0,0,10,10"}},
		{"the best two", func(th *Thresholds) { th.MaxDetections = 2 }, []string{"0.9 c1 0,0,10,10", "0.7 c0 50,50,100,60"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			th := DefaultThresholds()
			tt.change(&th)
			dets, dropped := decode(t, spec, th, rows, 12, plain(100, 100))
			if diff := cmp.Diff(tt.want, brief(dets)); diff != "" {
				t.Error(diff)
			}
			if dropped != 7 {
				t.Errorf("got %d dropped, want 7", dropped)
			}
		})
	}
}

func TestDecodeRowsWithMaskCoefficients(t *testing.T) {
	t.Parallel()
	spec := specOf(1)
	spec.Layout, spec.EndToEnd, spec.Coefficients = Rows, true, 2
	dets, dropped := decode(t, spec, DefaultThresholds(), []float32{0, 0, 10, 10, .5, 0, 7, 7, 20, 0, 30, 10, .6, 0, 7, 7}, 2, plain(100, 100))
	want := []string{"0.6 c0 20,0,30,10", "0.5 c0 0,0,10,10"}
	if diff := cmp.Diff(want, brief(dets)); diff != "" || dropped != 0 {
		t.Errorf("%d dropped: %s", dropped, diff)
	}
}

func TestDecodeRefusesOtherLengths(t *testing.T) {
	t.Parallel()
	fixed := specOf(2)
	fixed.Anchors = 4
	for _, tt := range []struct {
		name    string
		spec    Spec
		length  int
		anchors int
	}{
		{"one number short", fixed, 23, 4}, {"one number more", fixed, 25, 4}, {"other anchors than announced", fixed, 18, 3},
		{"no anchors", specOf(2), 0, 0}, {"a negative number", specOf(2), 6, -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := NewDecoder(tt.spec, DefaultThresholds())
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = d.Decode(make([]float32, tt.length), tt.anchors, plain(10, 10), nil)
			var refused *BufferError
			if !errors.As(err, &refused) {
				t.Errorf("got %v, want a BufferError", err)
			}
		})
	}
}

func TestDecodeAppends(t *testing.T) {
	t.Parallel()
	d, err := NewDecoder(specOf(1), DefaultThresholds())
	if err != nil {
		t.Fatal(err)
	}
	into := []vision.Detection{{Label: "before"}}
	dets, _, _ := d.Decode(answer(1, []anchor{one(.5, 0, 0, 0, 10, 10)}), 1, plain(100, 100), into)
	if len(dets) != 2 || dets[0].Label != "before" {
		t.Errorf("got %v, want one detection more behind the first", dets)
	}
}

func TestMaxScore(t *testing.T) {
	t.Parallel()
	d, err := NewDecoder(specOf(2), DefaultThresholds())
	if err != nil {
		t.Fatal(err)
	}
	dead := answer(2, []anchor{one(0, 0, 0, 0, 10, 10)})
	weak := answer(2, []anchor{one(.001, 1, 0, 0, 10, 10), one(float32(math.NaN()), 0, 0, 0, 10, 10)})
	if got := d.MaxScore(dead, 1); got != 0 {
		t.Errorf("no scores: got %v, want 0", got)
	}
	if got := d.MaxScore(weak, 2); got != .001 {
		t.Errorf("weak scores: got %v, want .001", got)
	}
	rows := specOf(2)
	rows.Layout = Rows
	if d, err = NewDecoder(rows, DefaultThresholds()); err != nil {
		t.Fatal(err)
	}
	if got := d.MaxScore([]float32{0, 0, 10, 10, .5, 1, 99, 99, 99, 99, .2, 0}, 2); got != .5 {
		t.Errorf("rows: got %v, want .5", got)
	}
}

func TestDecodeOfAMillionCandidates(t *testing.T) {
	t.Parallel()
	const n = 1_000_000
	out := make([]float32, 5*n)
	r := rand.New(rand.NewPCG(3, 4))
	for a := range n {
		out[a], out[n+a], out[2*n+a], out[3*n+a] = float32(a%1000)*2, float32(a/1000)*2, 1, 1
		out[4*n+a] = .3 + .6*r.Float32()
	}
	th := DefaultThresholds()
	th.MaxDetections = maxCandidates
	d, err := NewDecoder(specOf(1), th)
	if err != nil {
		t.Fatal(err)
	}
	d.grow(n)
	d.scan(out, n)
	d.collectAnchors()
	if len(d.order) != maxCandidates {
		t.Fatalf("got %d candidates, want %d", len(d.order), maxCandidates)
	}
	scores := slices.Sorted(slices.Values(out[4*n:]))
	if worst, _ := unrank(d.order[maxCandidates-1]); worst != scores[n-maxCandidates] {
		t.Errorf("the last candidate has %v, want %v", worst, scores[n-maxCandidates])
	}
	th.MaxDetections = 300
	dets, _ := decode(t, specOf(1), th, out, n, plain(4000, 4000))
	if len(dets) != 300 || dets[0].Confidence != scores[n-1] {
		t.Errorf("got %d detections from %v on, want 300 from %v on", len(dets), dets[0].Confidence, scores[n-1])
	}
}

func TestDecodeLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	d, err := NewDecoder(specOf(1), DefaultThresholds())
	if err != nil {
		t.Fatal(err)
	}
	for i, in := range [][]anchor{{one(.9, 0, 0, 0, 10, 10), {}, one(float32(math.NaN()), 0, 0, 0, 1, 1)}, {{}, {}}, {{}, {}, {}, {}}} {
		dets, dropped, err := d.Decode(answer(1, in), len(in), plain(100, 100), nil)
		if err != nil || (i > 0 && len(dets)+dropped > 0) {
			t.Errorf("answer %d: got %v, %d dropped, %v", i, dets, dropped, err)
		}
	}
}

func TestDecodeAllocatesNothing(t *testing.T) {
	d, out := ordinaryAnswer(t, 80, 2100, 60)
	lb, err := NewLetterbox(1280, 720, 320, 320)
	if err != nil {
		t.Fatal(err)
	}
	into := make([]vision.Detection, 0, 300)
	if n := testing.AllocsPerRun(5, func() { _, _, _ = d.Decode(out, 2100, lb, into) }); n != 0 {
		t.Errorf("got %v allocations a frame, want none", n)
	}
}

func TestThresholdsValidate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*Thresholds)
		want   string
	}{
		{"confidence above one", func(th *Thresholds) { th.Confidence = 2 }, "confidence is 2; wanted 0 to 1"},
		{"negative confidence", func(th *Thresholds) { th.Confidence = -.1 }, "confidence is -0.1; wanted 0 to 1"},
		{"confidence that is no number", func(th *Thresholds) { th.Confidence = float32(math.NaN()) }, "confidence is NaN; wanted 0 to 1"},
		{"overlap above one", func(th *Thresholds) { th.IoU = 1.5 }, "iou is 1.5; wanted 0 to 1"},
		{"overlap that is no number", func(th *Thresholds) { th.IoU = float32(math.NaN()) }, "iou is NaN; wanted 0 to 1"},
		{"no detections", func(th *Thresholds) { th.MaxDetections = 0 }, "max detections is 0; wanted 1 to 30000"},
		{"a label beyond the last", func(th *Thresholds) { th.Only = []int{0, 2} }, "label id is 2; wanted 0 to 1"},
		{"a negative label", func(th *Thresholds) { th.Only = []int{-1} }, "label id is -1; wanted 0 to 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			th := DefaultThresholds()
			tt.change(&th)
			_, err := NewDecoder(specOf(2), th)
			var refused *ThresholdError
			if !errors.As(err, &refused) || err.Error() != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
