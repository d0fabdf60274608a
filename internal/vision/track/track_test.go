package track

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/vision"
)

var labels = []string{"bottle", "can"}

// see is a box of a label around a centre.
func see(label int, score, cx, cy, w, h float32) vision.Detection {
	return vision.Detection{Label: labels[label], LabelID: label, Confidence: score,
		Box: vision.Box{X1: cx - w/2, Y1: cy - h/2, X2: cx + w/2, Y2: cy + h/2}}
}

// film is a stream at 30 frames a second of 640x480 pixels; scene says what is seen in frame i.
type film struct {
	frames int
	scene  func(i int) []vision.Detection
	// number says which number frame i has, i itself when nil.
	number func(i int) int64
}

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// ended is a track as it was when it was seen last.
type ended struct {
	id     int64
	frames int
	label  string
	share  float64
	clear  int
}

// play gives every track that ever was, in the order of their numbers.
func play(t *testing.T, f film) []ended {
	t.Helper()
	tracker := New(Options{Labels: labels})
	all := map[int64]ended{}
	var most int64
	for i := range f.frames {
		n := int64(i)
		if f.number != nil {
			n = f.number(i)
		}
		c := tracker.Update(Look{n, noon.Add(time.Duration(n) * time.Second / 30)}, 640, 480, f.scene(i))
		for _, one := range c.Seen {
			v, share := one.Label()
			all[one.ID] = ended{one.ID, one.Frames, v.Label, share, one.Clear}
			most = max(most, one.ID)
		}
	}
	out := make([]ended, 0, most)
	for id := int64(1); id <= most; id++ {
		out = append(out, all[id])
	}
	return out
}

func still(i int) []vision.Detection { return []vision.Detection{see(0, .9, 300, 200, 80, 200)} }

func TestScenes(t *testing.T) {
	t.Parallel()
	jitter := rand.New(rand.NewPCG(1, 2))
	noise := func(size float64) float32 { return float32(jitter.NormFloat64() * size) }
	tests := []struct {
		name   string
		film   film
		tracks int
	}{
		{"one bottle in forty frames", film{frames: 40, scene: still}, 1},
		{"one bottle that moves through the picture", film{frames: 40, scene: func(i int) []vision.Detection {
			return []vision.Detection{see(0, .9, 50+12*float32(i), 200, 80, 200)}
		}}, 1},
		{"nine of ten frames dropped", film{frames: 40, number: func(i int) int64 { return 10 * int64(i) }, scene: still}, 1},
		{"hidden for twenty frames", film{frames: 80, scene: func(i int) []vision.Detection {
			if i >= 20 && i < 40 {
				return nil
			}
			return still(i)
		}}, 1},
		{"hidden for twenty frames while it moves", film{frames: 80, scene: func(i int) []vision.Detection {
			if i >= 20 && i < 40 {
				return nil
			}
			return []vision.Detection{see(0, .9, 50+6*float32(i), 200, 80, 200)}
		}}, 1},
		{"a part of it seen behind a hand for two seconds", film{frames: 160, scene: func(i int) []vision.Detection {
			if i >= 20 && i < 80 {
				return []vision.Detection{see(0, .8, 300, 130, 70, 40)}
			}
			return still(i)
		}}, 1},
		{"a box that trembles", film{frames: 200, scene: func(int) []vision.Detection {
			return []vision.Detection{see(0, .8, 300+noise(4), 200+noise(6), 80+noise(5), 200+noise(10))}
		}}, 1},
		{"a score that comes and goes", film{frames: 200, scene: func(i int) []vision.Detection {
			return []vision.Detection{see(0, []float32{.9, .3, .28, .6}[i%4], 300, 200, 80, 200)}
		}}, 1},
		{"never a high score", film{frames: 200, scene: func(int) []vision.Detection {
			return []vision.Detection{see(0, .45, 300, 200, 80, 200)}
		}}, 0},
		{"two equal bottles side by side", film{frames: 60, scene: func(int) []vision.Detection {
			return []vision.Detection{see(0, .9, 300, 200, 80, 200), see(0, .9, 385, 200, 80, 200)}
		}}, 2},
		{"two bottles that pass each other", film{frames: 120, scene: func(i int) []vision.Detection {
			return []vision.Detection{see(0, .9, 40+4*float32(i), 180, 60, 150), see(0, .9, 600-4*float32(i), 300, 60, 150)}
		}}, 2},
		{"two bottles of which one hides the other in passing", film{frames: 120, scene: func(i int) []vision.Detection {
			a, b := see(0, .9, 40+4*float32(i), 200, 60, 150), see(0, .85, 600-4*float32(i), 200, 60, 150)
			if a.Box.IoU(b.Box) > 0.3 {
				return []vision.Detection{a}
			}
			return []vision.Detection{a, b}
		}}, 2},
		{"one leaves, another enters at the same place two seconds later", film{frames: 200, scene: func(i int) []vision.Detection {
			if i >= 60 && i < 120 {
				return nil
			}
			return still(i)
		}}, 2},
		{"bottle, can, bottle: the label flickers", film{frames: 60, scene: func(i int) []vision.Detection {
			return []vision.Detection{see(i%2, .8, 300, 200, 80, 200)}
		}}, 1},
		{"bottle and can fire on the same thing", film{frames: 60, scene: func(int) []vision.Detection {
			return []vision.Detection{see(0, .8, 300, 200, 80, 200), see(1, .7, 302, 200, 76, 190)}
		}}, 1},
		{"a cut: what was there is gone, something else is elsewhere", film{frames: 60, scene: func(i int) []vision.Detection {
			if i < 30 {
				return []vision.Detection{see(0, .9, 100, 200, 80, 200)}
			}
			return []vision.Detection{see(1, .9, 500, 300, 90, 100)}
		}}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := play(t, tt.film); len(got) != tt.tracks {
				t.Errorf("got %d tracks, want %d: %+v", len(got), tt.tracks, got)
			}
		})
	}
}

func TestWhatALabelIsWorth(t *testing.T) {
	t.Parallel()
	got := play(t, film{frames: 40, scene: func(i int) []vision.Detection {
		if i%4 == 0 {
			return []vision.Detection{see(1, .6, 300, 200, 80, 200)}
		}
		return []vision.Detection{see(0, .8, 300, 200, 80, 200)}
	}})
	// 30 frames of 0.8 against 10 of 0.6.
	if want := 24.0 / 30; len(got) != 1 || got[0].label != "bottle" || math.Abs(got[0].share-want) > 1e-6 {
		t.Errorf("got %+v, want a bottle with the share %.3f", got, want)
	}
	both := play(t, film{frames: 40, scene: func(int) []vision.Detection {
		return []vision.Detection{see(0, .8, 300, 200, 80, 200), see(1, .8, 300, 200, 80, 200)}
	}})
	if len(both) != 1 || math.Abs(both[0].share-.5) > 1e-6 {
		t.Errorf("got %+v, want one item of which nobody knows what it is", both)
	}
}

func TestAnItemThatAnotherCoversIsNotClear(t *testing.T) {
	t.Parallel()
	got := play(t, film{frames: 60, scene: func(i int) []vision.Detection {
		apart := float32(0)
		if i >= 50 {
			apart = 60
		}
		return []vision.Detection{see(0, .9, 300, 200, 100, 200), see(0, .8, 340+apart, 200, 100, 200)}
	}})
	if len(got) != 2 || got[0].clear != 60 || got[1].clear != 10 {
		t.Errorf("got %+v, want the second to be clear in the ten frames in which they are apart", got)
	}
}

// What is there after a stop of the camera of any length is the same when it lies where it lay: nobody saw it go.
func TestAStandingCameraEndsNothing(t *testing.T) {
	t.Parallel()
	got := play(t, film{frames: 60, scene: still, number: func(i int) int64 {
		if i >= 30 {
			return int64(i) + 3000
		}
		return int64(i)
	}})
	if len(got) != 1 || got[0].frames != 60 {
		t.Errorf("got %+v, want one track", got)
	}
}

func TestChangesTellTheStoryOfATrack(t *testing.T) {
	t.Parallel()
	tracker := New(Options{Labels: labels})
	var story string
	for i := range int64(120) {
		var found []vision.Detection
		if i < 10 || i >= 20 && i < 30 {
			found = still(0)
		}
		c := tracker.Update(Look{Number: i}, 640, 480, found)
		for _, part := range []struct {
			word   string
			tracks []*Track
		}{{"born ", c.Born}, {"back ", c.Back}, {"lost ", c.Lost}, {"left ", c.Left}} {
			for range part.tracks {
				story += part.word
			}
		}
	}
	if want := "born lost back lost left "; story != want || len(tracker.Live()) != 0 {
		t.Errorf("got %q, want %q", story, want)
	}
}
