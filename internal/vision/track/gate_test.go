package track

import (
	"math"
	"testing"

	"github.com/myrvm/rvmctl/internal/vision"
)

func TestGate(t *testing.T) {
	t.Parallel()
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	fine := see(0, .9, 50, 50, 20, 20)
	tests := []struct {
		name   string
		change func(*vision.Detection)
		open   bool
	}{
		{"what is fine", func(*vision.Detection) {}, true},
		{"the whole picture", func(d *vision.Detection) { d.Box = vision.Box{X2: 100, Y2: 80} }, true},
		{"rounding over the border", func(d *vision.Detection) { d.Box = vision.Box{X1: -.5, Y1: -.5, X2: 100.5, Y2: 80.5} }, true},
		{"certain", func(d *vision.Detection) { d.Confidence = 1 }, true},
		{"a score that is no number", func(d *vision.Detection) { d.Confidence = nan }, false},
		{"an infinite score", func(d *vision.Detection) { d.Confidence = inf }, false},
		{"a negative score", func(d *vision.Detection) { d.Confidence = -.1 }, false},
		{"no score", func(d *vision.Detection) { d.Confidence = 0 }, false},
		{"a score above 1", func(d *vision.Detection) { d.Confidence = 1.01 }, false},
		{"an edge that is no number", func(d *vision.Detection) { d.Box.X2 = nan }, false},
		{"an infinite edge", func(d *vision.Detection) { d.Box.X2 = inf }, false},
		{"an edge that is minus infinite", func(d *vision.Detection) { d.Box.Y1 = -inf }, false},
		{"an empty box", func(d *vision.Detection) { d.Box.X2 = d.Box.X1 }, false},
		{"a box inside out", func(d *vision.Detection) { d.Box.X1, d.Box.X2 = d.Box.X2, d.Box.X1 }, false},
		{"far out on the left", func(d *vision.Detection) { d.Box.X1 = -40 }, false},
		{"outside on the right", func(d *vision.Detection) { d.Box.X1, d.Box.X2 = 110, 130 }, false},
		{"below the picture", func(d *vision.Detection) { d.Box.Y2 = 82 }, false},
		{"only rounding is in the picture", func(d *vision.Detection) { d.Box = vision.Box{X1: -.9, Y1: 10, X2: -.1, Y2: 20} }, false},
		{"a negative class", func(d *vision.Detection) { d.LabelID = -1 }, false},
		{"a class that the model does not have", func(d *vision.Detection) { d.LabelID = 2 }, false},
		{"the label of another class", func(d *vision.Detection) { d.LabelID = 1 }, false},
		{"no label", func(d *vision.Detection) { d.Label = "" }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := fine
			tt.change(&d)
			got, open := Gate(d, 100, 80, labels)
			if open != tt.open {
				t.Fatalf("got %t for %+v, want %t", open, d, tt.open)
			}
			if open && (got.Box.X1 < 0 || got.Box.Y1 < 0 || got.Box.X2 > 100 || got.Box.Y2 > 80) {
				t.Errorf("%+v reaches out of the picture", got.Box)
			}
			c := New(Options{Labels: labels}).Update(Look{}, 100, 80, []vision.Detection{d})
			if (len(c.Born) == 1) != tt.open || (c.Refused == 0) != tt.open {
				t.Errorf("got %d tracks and %d refused", len(c.Born), c.Refused)
			}
		})
	}
	if _, open := Gate(fine, 0, 80, labels); open {
		t.Error("a picture without width lets something in")
	}
}

// The shipped detector saw one bottle and one can like this, and two cans that stand apart.
func TestOneItemInTwoBoxesIsNeverClear(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		a, b   vision.Box
		labels [2]string
		clear  int
	}{
		{"a bottle in two halves", vision.Box{X1: 98, Y1: 10, X2: 209, Y2: 180}, vision.Box{X1: 85, Y1: 167, X2: 208, Y2: 312}, [2]string{"bottle", "bottle"}, 0},
		{"a can in two halves", vision.Box{X1: 82, Y1: 46, X2: 220, Y2: 365}, vision.Box{X1: 178, Y1: 55, X2: 330, Y2: 343}, [2]string{"can", "can"}, 0},
		{"a bottle and a can that touch", vision.Box{X1: 82, Y1: 46, X2: 220, Y2: 365}, vision.Box{X1: 178, Y1: 55, X2: 330, Y2: 343}, [2]string{"bottle", "can"}, 9},
		{"two cans apart", vision.Box{X1: 82, Y1: 46, X2: 170, Y2: 365}, vision.Box{X1: 178, Y1: 55, X2: 330, Y2: 343}, [2]string{"can", "can"}, 9},
		{"two cans that touch at a corner", vision.Box{X1: 80, Y1: 40, X2: 180, Y2: 200}, vision.Box{X1: 170, Y1: 180, X2: 270, Y2: 340}, [2]string{"can", "can"}, 9},
	}
	for _, tt := range tests {
		tracker := New(Options{})
		for n := range int64(9) {
			tracker.Update(Look{Number: n}, 400, 400, []vision.Detection{
				{Label: tt.labels[0], LabelID: len(tt.labels[0]), Confidence: .7, Box: tt.a}, {Label: tt.labels[1], LabelID: len(tt.labels[1]), Confidence: .6, Box: tt.b}})
		}
		live := tracker.Live()
		if len(live) != 2 || live[0].Clear != 9 || live[1].Clear != tt.clear {
			t.Errorf("%s: got %d tracks, %+v", tt.name, len(live), live)
		}
	}
}
