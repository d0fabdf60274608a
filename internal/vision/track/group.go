package track

import (
	"cmp"

	"github.com/myrvm/rvmctl/internal/vision"
)

// group is one item in one frame, however many boxes fired on it; see vision.Items.
type group struct {
	// head is the box with the highest score.
	head vision.Detection
	// covered is true when a stronger item covers so much of it that the two may be one.
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
			covered = covered || vision.PerhapsOne(g.head.Box, d.Box)
		}
		if len(t.groups) == MaxItems {
			continue
		}
		t.groups = append(t.groups, group{head: d, covered: covered})
		t.groups[len(t.groups)-1].add(d)
	}
}
