package detect

import (
	"math"
	"strings"
	"testing"

	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/track"
	"github.com/myrvm/rvmctl/internal/waste"
)

var watched = []string{"bottle", "can", "aluminium can", "tin", "hand"}

// spot is a box of 10x10 of the picture of 100x100.
func spot(label string, score float32) vision.Detection {
	for id, l := range watched {
		if l == label {
			return vision.Detection{Label: l, LabelID: id, Confidence: score, Box: vision.Box{X1: 20, Y1: 20, X2: 30, Y2: 30}}
		}
	}
	panic(label)
}

// followed is the track of a thing that was seen like that, one list of detections for each frame.
func followed(t *testing.T, frames ...[]vision.Detection) *track.Track {
	t.Helper()
	tracker := track.New(track.Options{Labels: watched, High: .01, New: .01})
	for i, found := range frames {
		tracker.Update(track.Look{Number: int64(i)}, 100, 100, found)
	}
	if len(tracker.Live()) == 0 {
		t.Fatal("there is no track")
	}
	return tracker.Live()[len(tracker.Live())-1]
}

func repeat(n int, found ...vision.Detection) (frames [][]vision.Detection) {
	for range n {
		frames = append(frames, found)
	}
	return frames
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	small := spot("can", .9)
	small.Box.X2, small.Box.Y2 = 25, 25
	beside := spot("can", .8)
	beside.Box.X1, beside.Box.X2 = 24, 34
	nan := spot("can", float32(math.NaN()))
	tests := []struct {
		name         string
		frames       [][]vision.Detection
		weighed      bool
		state, label string
	}{
		{"often enough", repeat(5, spot("can", .9)), false, settled, "can"},
		{"not often enough", repeat(4, spot("can", .9)), false, seen, "can"},
		{"exactly confident enough", repeat(5, spot("can", .5)), false, settled, "can"},
		{"not confident enough on the whole", append(repeat(3, spot("can", .6)), repeat(5, spot("can", .4))...), false, tooWeak, "can"},
		{"one good frame does not help", append(repeat(1, spot("can", .99)), repeat(9, spot("can", .3))...), false, tooWeak, "can"},
		{"exactly large enough", repeat(5, spot("can", .9)), false, settled, "can"},
		{"too small", repeat(5, small), false, tooSmall, "can"},
		{"a hand", repeat(9, spot("hand", .9)), false, unmapped, "hand"},
		{"two waste types in every frame, close", repeat(9, spot("bottle", .875), spot("can", .75)), false, doubtful, "bottle"},
		{"two waste types in every frame, far apart", repeat(9, spot("bottle", .9), spot("can", .4)), false, settled, "bottle"},
		{"a label that flickers", append(repeat(5, spot("bottle", .8)), repeat(4, spot("can", .8))...), false, doubtful, "bottle"},
		{"a label that was wrong at times", append(repeat(7, spot("bottle", .8)), repeat(3, spot("can", .8))...), false, settled, "bottle"},
		{"two labels that are paid alike", repeat(9, spot("can", .8), spot("aluminium can", .79)), false, settled, "can"},
		{"the sum of those that are paid alike wins", repeat(9, spot("bottle", .6), spot("can", .59), spot("aluminium can", .59)), false, doubtful, "can"},
		{"one waste type, two weights", repeat(9, spot("can", .8), spot("tin", .79)), false, doubtful, "can"},
		{"one waste type, two weights, and a scale", repeat(9, spot("can", .8), spot("tin", .79)), true, settled, "can"},
		{"covered by another item", repeat(9, spot("can", .9), beside), false, doubtful, "can"},
		{"a score that is no number counts for nothing", append(repeat(4, spot("can", .9)), repeat(9, nan)...), false, seen, "can"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := policy{settle: 5, minConfidence: .5, minArea: .01, table: waste.Default(), weighed: tt.weighed}
			got := p.judge(followed(t, tt.frames...))
			if got.state != tt.state || got.label != tt.label {
				t.Errorf("got %+v, want %s %s", got, tt.state, tt.label)
			}
			if strings.Contains(got.state, "doubt") != (got.reason != "") {
				t.Errorf("a doubt needs its reason: %+v", got)
			}
		})
	}
}

func TestPolicyOfNothing(t *testing.T) {
	t.Parallel()
	if got := (policy{settle: 1, table: waste.Default()}).judge(&track.Track{}); got.state != unmapped {
		t.Errorf("got %+v", got)
	}
}
