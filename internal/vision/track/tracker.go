package track

import (
	"slices"
	"time"

	"github.com/myrvm/rvmctl/internal/vision"
)

// Bounds that hold whatever a model or a camera does.
const (
	// MaxTracks is how many things are followed at once, and MaxItems how many are looked at in one frame, the strongest first.
	MaxTracks = 128
	MaxItems  = 128
)

const (
	// nominal is the frame that speeds and noise are counted in.
	nominal = time.Second / 30
	// farthest is how many nominal frames a movement is continued without being seen.
	farthest = 30
	// patience is how many frames must lack a thing before it can have left, however long they took: a machine that looks twice a
	// second would otherwise end a track after one frame in which a hand was before it.
	patience = 3
	// partly is what it is worth to find a track's box in, or around, one that overlaps it too little: a bottle behind a hand is
	// seen in part. It is little, so that whatever overlaps well goes first.
	partly = 1e-3
)

// Options are what a Tracker goes by. A zero field means its default.
type Options struct {
	// Labels are those of the model, by class number; nil when they are not known.
	Labels []string
	// High is the smallest score of a box that is matched first, 0.5; what is below only keeps alive what was seen just before.
	High float32
	// New is the smallest score of a box with which a track begins, 0.5.
	New float32
	// Overlap is the smallest IoU of a track and a box of a high score, 0.2; OverlapLow that for a low score, 0.5. Those are the
	// distances 0.8 and 0.5 of the paper's code.
	Overlap, OverlapLow float32
	// Lost is how long a thing may be out of sight and still be the same, one second: 30 frames at 30 a second, as in the paper.
	Lost time.Duration
	// Number gives the next track its number, which must be new; nil counts from 1. Trackers of one stream may share it.
	Number func() int64
}

func (o Options) orDefault() Options {
	for _, f := range []struct {
		at    *float32
		usual float32
	}{{&o.High, 0.5}, {&o.New, 0.5}, {&o.Overlap, 0.2}, {&o.OverlapLow, 0.5}} {
		if !(*f.at > 0 && *f.at <= 1) {
			*f.at = f.usual
		}
	}
	if o.Lost <= 0 {
		o.Lost = time.Second
	}
	return o
}

// Changes are what one frame changed. The slices, and the tracks in Left, belong to the Tracker and hold until its next Update.
type Changes struct {
	// Born began with this frame, Back were lost and are seen again; both are in Seen, too.
	Born, Back, Seen []*Track
	// Lost were seen in the frame before and are not in this one. Left were lost for too long and will not come back.
	Lost, Left []*Track
	// Refused counts detections that cannot be true.
	Refused int
}

// Tracker follows things. It belongs to one goroutine. Once its slices have grown to their bounds Update allocates nothing.
type Tracker struct {
	o      Options
	lost   float64
	issued int64
	last   Look
	begun  bool

	live, spare []*Track
	changes     Changes
	scratch     []vision.Detection
	groups      []group
	solver      *assigner
	// candidates are the tracks, and offered the groups, of the matching that is being made.
	candidates []*Track
	offered    []*group
	take       func(row, column int)
	look       Look
	picture    float64
}

// New makes a Tracker that has seen nothing.
func New(o Options) *Tracker {
	t := &Tracker{o: o.orDefault(), solver: newAssigner(max(MaxTracks, MaxItems))}
	t.lost = float64(t.o.Lost) / float64(nominal)
	if t.o.Number == nil {
		t.o.Number = func() int64 { t.issued++; return t.issued }
	}
	t.take = func(row, column int) { t.matched(t.candidates[row], t.offered[column]) }
	return t
}

// Live are the tracks that have not left, the oldest first. The slice belongs to the Tracker.
func (t *Tracker) Live() []*Track { return t.live }

// Update enters what was found in a picture of width by height pixels. Frames must come in their order; one that comes again, or
// late, counts as the next. The order of the detections makes no difference.
func (t *Tracker) Update(look Look, width, height int, found []vision.Detection) Changes {
	t.recycle()
	dt := t.advance(look)
	t.picture = float64(width) * float64(height)
	t.gate(width, height, found)
	for _, one := range t.live {
		one.predict(dt)
	}
	t.match(t.o.Overlap, func(g *group) bool { return g.head.Confidence >= t.o.High }, func(*Track) bool { return true })
	t.match(t.o.OverlapLow, func(g *group) bool { return g.head.Confidence < t.o.High }, func(one *Track) bool { return !one.Lost })
	t.miss(dt)
	t.births()
	return t.changes
}

// recycle takes back what the last Changes lent out.
func (t *Tracker) recycle() {
	t.spare = append(t.spare, t.changes.Left...)
	c := &t.changes
	*c = Changes{Born: c.Born[:0], Back: c.Back[:0], Seen: c.Seen[:0], Lost: c.Lost[:0], Left: c.Left[:0]}
}

// advance gives the time since the frame before, in nominal frames: from the clock where both frames have a time, otherwise from
// their numbers.
func (t *Tracker) advance(look Look) float64 {
	before, begun := t.last, t.begun
	t.look, t.last, t.begun = look, look, true
	if !begun {
		return 1
	}
	if !look.At.IsZero() && !before.At.IsZero() {
		if d := look.At.Sub(before.At); d > 0 {
			return float64(d) / float64(nominal)
		}
	}
	return float64(max(look.Number-before.Number, 1))
}

// gate lets in what can be true, in a fixed order, as groups.
func (t *Tracker) gate(width, height int, found []vision.Detection) {
	t.scratch = t.scratch[:0]
	for _, d := range found {
		d, ok := Gate(d, width, height, t.o.Labels)
		if !ok {
			t.changes.Refused++
			continue
		}
		d.Mask = nil
		t.scratch = append(t.scratch, d)
	}
	slices.SortFunc(t.scratch, before)
	t.regroup(t.scratch)
}

// predict says where a track ought to be by now.
func (t *Track) predict(dt float64) {
	t.matched = false
	if left := farthest - t.away; left > 0 {
		t.motion.predict(min(dt, left))
	}
	t.guess = t.motion.box()
}

// overlap is that of a group with where the track is expected. What is out of sight may also have stayed where it was.
func (t *Track) overlap(g *group) float32 {
	o := t.guess.IoU(g.head.Box)
	if t.Lost {
		o = max(o, t.Box.IoU(g.head.Box))
	}
	return o
}

// match gives free groups to free tracks so that the sum of (overlap - least) is largest: the assignment with a limit of cost that
// the paper's code solves, in another form.
func (t *Tracker) match(least float32, offer func(*group) bool, may func(*Track) bool) {
	t.candidates, t.offered = t.candidates[:0], t.offered[:0]
	for _, one := range t.live {
		if !one.matched && may(one) {
			t.candidates = append(t.candidates, one)
		}
	}
	for i := range t.groups {
		if g := &t.groups[i]; !g.taken && offer(g) {
			t.offered = append(t.offered, g)
		}
	}
	t.solver.reset(len(t.candidates), len(t.offered))
	for i, one := range t.candidates {
		for j, g := range t.offered {
			if o := one.overlap(g); o > least {
				t.solver.set(i, j, float64(least-o))
			} else if vision.SameObject(one.Box, g.head.Box) {
				t.solver.set(i, j, -partly)
			}
		}
	}
	t.solver.solve(t.take)
}

func (t *Tracker) matched(one *Track, g *group) {
	if one.Lost {
		t.changes.Back = append(t.changes.Back, one)
	}
	g.taken = true
	one.see(t.look, g, t.picture)
	one.motion.correct(g.head.Box)
	t.changes.Seen = append(t.changes.Seen, one)
}

// miss notes which tracks were not seen, and lets those go that were not seen for too long.
func (t *Tracker) miss(dt float64) {
	keep := t.live[:0]
	for _, one := range t.live {
		if one.matched {
			keep = append(keep, one)
			continue
		}
		if !one.Lost {
			one.Lost = true
			one.motion.freeze()
			t.changes.Lost = append(t.changes.Lost, one)
		}
		one.away += dt
		one.misses++
		if one.away > t.lost && one.misses >= patience {
			t.changes.Left = append(t.changes.Left, one)
			continue
		}
		keep = append(keep, one)
	}
	t.live = keep
}

// births begins a track with every strong group that belongs to none, unless it lies on something that is followed already: a part
// of a bottle is no second bottle.
func (t *Tracker) births() {
	for i := range t.groups {
		g := &t.groups[i]
		if g.taken || g.head.Confidence < t.o.New || len(t.live) == MaxTracks || t.occupied(g.head.Box) {
			continue
		}
		one := t.fresh()
		one.First = t.look
		one.see(t.look, g, t.picture)
		one.motion.begin(g.head.Box)
		t.live = append(t.live, one)
		t.changes.Born, t.changes.Seen = append(t.changes.Born, one), append(t.changes.Seen, one)
	}
}

func (t *Tracker) occupied(b vision.Box) bool {
	return slices.ContainsFunc(t.live, func(one *Track) bool { return vision.SameObject(one.Box, b) })
}

// fresh gives an empty track with a number of its own.
func (t *Tracker) fresh() *Track {
	id, n := t.o.Number(), len(t.spare)
	if n == 0 {
		return &Track{ID: id}
	}
	one := t.spare[n-1]
	t.spare = t.spare[:n-1]
	*one = Track{ID: id}
	return one
}
