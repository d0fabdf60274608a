package track

import (
	"cmp"

	"github.com/myrvm/rvmctl/internal/vision"
)

// group is one item in one frame, however many boxes fired on it; see vision.Items.
type group struct {
	// head is the box with the highest score.
	head vision.Detection
	// covered is true when a stronger item covers so much of it, or joins it so well, that the two may be one.
	covered bool
	// votes has the best score of each label that fired on it.
	votes [maxVotes]Vote
	kinds int
	// taken is true once it belongs to a track.
	taken bool
}

// add enters another box on the same item; of each label the best score counts, and boxes come best first.
func (g *group) add(d vision.Detection) {
	for i := range g.kinds {
		if g.votes[i].ID == d.LabelID && g.votes[i].Label == d.Label {
			return
		}
	}
	if g.kinds < maxVotes {
		g.votes[g.kinds] = Vote{Label: d.Label, ID: d.LabelID, Weight: float64(d.Confidence), Frames: 1}
		g.kinds++
	}
}

// before is a total order of detections: by score, then by what else tells them apart, so that the order in which a detector lists
// equal scores makes no difference.
func before(a, b vision.Detection) int {
	return cmp.Or(cmp.Compare(b.Confidence, a.Confidence), cmp.Compare(a.Box.X1, b.Box.X1), cmp.Compare(a.Box.Y1, b.Box.Y1),
		cmp.Compare(a.Box.X2, b.Box.X2), cmp.Compare(a.Box.Y2, b.Box.Y2), cmp.Compare(a.LabelID, b.LabelID), cmp.Compare(a.Label, b.Label))
}

// whole is the part of the rectangle around two boxes that they fill, from which on they may be the halves of one object.
const whole = 0.9

// torn says whether two boxes of one label touch and make up one box together. Detectors tear bottles and cans: of 120 validation
// pictures with one item the shipped one saw two in four, in two of them as boxes that cover 8 % and 27 % of each other, and all four
// pairs fill 92 % and more. Two cans that touch look alike, and nobody can tell from boxes.
func torn(a, b vision.Box) bool {
	both := vision.Box{X1: max(a.X1, b.X1), Y1: max(a.Y1, b.Y1), X2: min(a.X2, b.X2), Y2: min(a.Y2, b.Y2)}
	if !(both.Width() > 0 && both.Height() > 0) {
		return false
	}
	around := vision.Box{X1: min(a.X1, b.X1), Y1: min(a.Y1, b.Y1), X2: max(a.X2, b.X2), Y2: max(a.Y2, b.Y2)}
	return a.Area()+b.Area()-both.Area() >= whole*around.Area()
}

// regroup puts ordered detections into t.groups, the strongest item first, at most MaxItems of them.
func (t *Tracker) regroup(ordered []vision.Detection) {
	t.groups = t.groups[:0]
next:
	for _, d := range ordered {
		covered := false
		for i := range t.groups {
			g := &t.groups[i]
			if vision.SameObject(g.head.Box, d.Box) {
				g.add(d)
				continue next
			}
			covered = covered || vision.PerhapsOne(g.head.Box, d.Box) || g.head.Label == d.Label && torn(g.head.Box, d.Box)
		}
		if len(t.groups) == MaxItems {
			continue
		}
		t.groups = append(t.groups, group{head: d, covered: covered})
		t.groups[len(t.groups)-1].add(d)
	}
}
