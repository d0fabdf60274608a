package track

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/myrvm/rvmctl/internal/vision"
)

// wild is a detection as a broken model may give it: often impossible, never only impossible.
func wild(r *rand.Rand) vision.Detection {
	odd := []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), -1, 0, 1, 1e30, 640, 480}
	number := func(size float32) float32 {
		if r.IntN(12) == 0 {
			return odd[r.IntN(len(odd))]
		}
		return r.Float32() * size
	}
	x, y, class := number(600), number(440), r.IntN(2)
	d := vision.Detection{Label: labels[class], LabelID: class, Confidence: number(1),
		Box: vision.Box{X1: x, Y1: y, X2: x + number(200), Y2: y + number(200)}}
	if r.IntN(10) == 0 {
		d.LabelID = r.IntN(5) - 2
	}
	return d
}

func scene(r *rand.Rand, most int) []vision.Detection {
	found := make([]vision.Detection, r.IntN(most+1))
	for i := range found {
		found[i] = wild(r)
	}
	return found
}

// check holds for every frame of every stream.
func check(t *testing.T, tracker *Tracker, c Changes, gone map[int64]bool) {
	t.Helper()
	if len(tracker.Live()) > MaxTracks || len(c.Seen) > MaxItems {
		t.Fatalf("%d tracks, %d of them seen", len(tracker.Live()), len(c.Seen))
	}
	boxes, ids := map[vision.Box]int64{}, map[int64]bool{}
	for _, one := range c.Seen {
		if other, twice := boxes[one.Box]; twice {
			t.Fatalf("tracks %d and %d have the same box", one.ID, other)
		}
		boxes[one.Box] = one.ID
	}
	for _, one := range tracker.Live() {
		if gone[one.ID] || ids[one.ID] {
			t.Fatalf("track %d is there twice", one.ID)
		}
		ids[one.ID] = true
		v, share := one.Label()
		if !(v.Mean() > 0 && v.Mean() <= 1 && share > 0 && share <= 1 && one.Area() > 0 && one.Area() <= 1.0001) || one.Clear > one.Frames {
			t.Fatalf("impossible: %+v", one)
		}
	}
	for _, one := range c.Left {
		gone[one.ID] = true
	}
	for _, one := range c.Born {
		if one.ID != tracker.issued-int64(len(c.Born)-1-slices.Index(c.Born, one)) {
			t.Fatalf("track %d is not the next number", one.ID)
		}
	}
}

func TestWhateverComesTracksStayPossible(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 7))
		tracker, gone := New(Options{Labels: labels}), map[int64]bool{}
		for i := range int64(500) {
			check(t, tracker, tracker.Update(Look{Number: i * r.Int64N(3)}, 640, 480, scene(r, 12)), gone)
		}
	}
}

func TestTheOrderOfDetectionsMakesNoDifference(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 11))
		one, other := New(Options{Labels: labels}), New(Options{Labels: labels})
		for i := range int64(300) {
			found := scene(r, 10)
			if len(found) > 1 {
				found = append(found, found[0]) // the same twice
			}
			one.Update(Look{Number: i}, 640, 480, found)
			shuffled := slices.Clone(found)
			r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			other.Update(Look{Number: i}, 640, 480, shuffled)
			if a, b := told(one), told(other); a != b {
				t.Fatalf("seed %d, frame %d:\n%s\n%s", seed, i, a, b)
			}
		}
	}
}

func told(t *Tracker) (s string) {
	for _, one := range t.Live() {
		v, share := one.Label()
		s += fmt.Sprint(one.ID, one.Frames, one.Box, one.Lost, v, share, one.Best.Box, "; ")
	}
	return s
}

// The assignment is the best of all: compared with trying every one.
func TestAssignmentIsTheBestOne(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		rows, columns := r.IntN(6), r.IntN(6)
		a, cost := newAssigner(8), [6][6]float64{}
		a.reset(rows, columns)
		for i := range rows {
			for j := range columns {
				if r.IntN(3) > 0 {
					cost[i][j] = -float64(r.IntN(50)) / 50
					a.set(i, j, cost[i][j])
				}
			}
		}
		sum := 0.0
		var usedRows, usedColumns [6]bool
		a.solve(func(i, j int) {
			if usedRows[i] || usedColumns[j] || cost[i][j] >= 0 {
				t.Fatalf("pair %d, %d is not allowed", i, j)
			}
			usedRows[i], usedColumns[j] = true, true
			sum += cost[i][j]
		})
		if best := cheapest(cost, rows, columns, 0, 0); math.Abs(best-sum) > 1e-9 {
			t.Fatalf("%d rows, %d columns, %v: got %v, the best is %v", rows, columns, cost, sum, best)
		}
	}
}

func cheapest(cost [6][6]float64, rows, columns, row, used int) float64 {
	if row == rows {
		return 0
	}
	best := cheapest(cost, rows, columns, row+1, used)
	for j := range columns {
		if used&(1<<j) == 0 {
			best = min(best, cost[row][j]+cheapest(cost, rows, columns, row+1, used|1<<j))
		}
	}
	return best
}

func TestAFrameAllocatesNothing(t *testing.T) {
	tracker := New(Options{Labels: labels})
	r := rand.New(rand.NewPCG(5, 6))
	scenes := make([][]vision.Detection, 64)
	for i := range scenes {
		scenes[i] = scene(r, 40)
	}
	n := int64(0)
	frame := func() {
		tracker.Update(Look{Number: n}, 640, 480, scenes[n%64])
		n++
	}
	for range 2000 {
		frame()
	}
	if allocs := testing.AllocsPerRun(500, frame); allocs != 0 {
		t.Errorf("got %v allocations a frame, want 0", allocs)
	}
}

func TestAMillionHostileFramesNeedNoMoreMemory(t *testing.T) {
	t.Parallel()
	frames := 1_000_000
	if testing.Short() {
		frames = 100_000
	}
	tracker := New(Options{Labels: labels})
	r := rand.New(rand.NewPCG(8, 9))
	scenes := make([][]vision.Detection, 512)
	for i := range scenes {
		scenes[i] = scene(r, 6)
	}
	// One frame with more than anybody looks at.
	scenes[0] = nil
	for range 5000 {
		scenes[0] = append(scenes[0], wild(r))
	}
	var before, after runtime.MemStats
	for i := range frames {
		if i == frames/10 {
			runtime.GC()
			runtime.ReadMemStats(&before)
		}
		found := scenes[1+r.IntN(511)]
		if i%10_000 == 0 {
			found = scenes[0]
		}
		tracker.Update(Look{Number: int64(i)}, 640, 480, found)
		if len(tracker.Live())+len(tracker.spare) > 2*MaxTracks {
			t.Fatalf("frame %d: %d tracks and %d spare ones", i, len(tracker.Live()), len(tracker.spare))
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if tracker.issued < 1000 {
		t.Errorf("only %d tracks began: the stream was not hostile", tracker.issued)
	}
	if grown := int64(after.HeapInuse) - int64(before.HeapInuse); grown > 4<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
}

func FuzzUpdate(f *testing.F) {
	f.Add(uint64(1), uint64(2), int64(1))
	f.Add(uint64(9), uint64(1), int64(-5))
	f.Fuzz(func(t *testing.T, a, b uint64, step int64) {
		r := rand.New(rand.NewPCG(a, b))
		tracker, gone := New(Options{Labels: labels}), map[int64]bool{}
		for i := range int64(40) {
			check(t, tracker, tracker.Update(Look{Number: i * step}, 640, 480, scene(r, 30)), gone)
		}
	})
}
