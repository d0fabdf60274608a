package yolo

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myrvm/rvmctl/internal/vision"
)

// crowd is a random answer of many overlapping boxes.
func crowd(seed uint64, classes, anchors int) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	in := make([]anchor, anchors)
	for i := range in {
		x, y := r.Float32()*60, r.Float32()*60
		in[i] = anchor{vision.Box{X1: x, Y1: y, X2: x + 1 + r.Float32()*40, Y2: y + 1 + r.Float32()*40}, map[int]float32{}}
		for c := range classes {
			// Few different scores, so that there are many equal ones.
			in[i].scores[c] = float32(r.IntN(40)) / 40
		}
	}
	return answer(classes, in)
}

// greedy is suppression by the book: quadratic, with removal, on vision.Box.
func greedy(out []float32, classes, anchors int, th Thresholds) []vision.Detection {
	var all []vision.Detection
	for a := range anchors {
		class := 0
		for c := range classes {
			if out[(4+c)*anchors+a] > out[(4+class)*anchors+a] {
				class = c
			}
		}
		if score := out[(4+class)*anchors+a]; score > th.Confidence && (th.Only == nil || slices.Contains(th.Only, class)) {
			all = append(all, vision.Detection{Box: corners(out, anchors, a), Confidence: score, LabelID: class})
		}
	}
	slices.SortStableFunc(all, func(a, b vision.Detection) int {
		switch {
		case a.Confidence > b.Confidence:
			return -1
		case a.Confidence < b.Confidence:
			return 1
		}
		return 0
	})
	var kept []vision.Detection
	for len(all) > 0 && len(kept) < th.MaxDetections {
		best := all[0]
		kept = append(kept, best)
		all = slices.DeleteFunc(all[1:], func(d vision.Detection) bool {
			return (th.Agnostic || d.LabelID == best.LabelID) && best.Box.IoU(d.Box) > th.IoU
		})
	}
	return kept
}

func TestSuppressionEqualsTheBook(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		th := DefaultThresholds()
		th.IoU = float32(seed%10) / 10
		th.Agnostic = seed%3 == 0
		if seed%4 == 0 {
			th.Only = []int{1, 2}
		}
		if seed%5 == 0 {
			th.MaxDetections = 7
		}
		out := crowd(seed, 3, 150)
		got, _ := decode(t, specOf(3), th, out, 150, plain(1000, 1000))
		want := greedy(out, 3, 150, th)
		if diff := cmp.Diff(brief(want), brief(got)); diff != "" {
			t.Fatalf("crowd %d: %s", seed, diff)
		}
	}
}

// FuzzSuppression: no two kept boxes of a class overlap by more than the threshold, and a filter on classes never changes
// what is kept of them.
func FuzzSuppression(f *testing.F) {
	f.Add(uint64(1), float32(.5), uint8(0))
	f.Add(uint64(2), float32(.7), uint8(2))
	f.Fuzz(func(t *testing.T, seed uint64, iou float32, class uint8) {
		th := DefaultThresholds()
		th.IoU, th.MaxDetections = iou, maxCandidates
		if th.Validate(3) != nil {
			return
		}
		out, only := crowd(seed, 3, 80), int(class%3)
		all, _ := decode(t, specOf(3), th, out, 80, plain(1000, 1000))
		var ofClass []vision.Detection
		for i, a := range all {
			if a.LabelID == only {
				ofClass = append(ofClass, a)
			}
			for _, b := range all[:i] {
				if a.LabelID == b.LabelID && a.Box.IoU(b.Box) > iou+1e-6 {
					t.Errorf("%v and %v overlap by %v, want at most %v", a, b, a.Box.IoU(b.Box), iou)
				}
			}
		}
		th.Only = []int{only}
		filtered, _ := decode(t, specOf(3), th, out, 80, plain(1000, 1000))
		if diff := cmp.Diff(brief(ofClass), brief(filtered)); diff != "" {
			t.Error(diff)
		}
	})
}
