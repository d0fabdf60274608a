package detect

import (
	"fmt"

	"github.com/myrvm/rvmctl/internal/vision/track"
	"github.com/myrvm/rvmctl/internal/waste"
)

// States of an item in a stream. One with a deposit has its outcome as its state instead.
const (
	// seen was not looked at often enough yet.
	seen = "seen"
	// settled is clear enough to be paid for.
	settled = "settled"
	// tooSmall covers too little of the picture.
	tooSmall = "below_min_area"
	// doubtful needs a person: nobody can be asked while a stream goes on.
	doubtful = "doubt"
)

// leastShare is the smallest share of the votes that the first waste type must have. At two thirds it has twice the weight of all
// others together; two labels that fire on the same thing in every frame with 0.88 and 0.75 have 0.54 and 0.46.
const leastShare = 2.0 / 3

// rounding is what a mean may lose: ten times a tenth is not one.
const rounding = 1e-6

// policy says when an item of a stream is clear enough to be paid for. It is pure: the same track always gets the same verdict.
type policy struct {
	// settle is in how many frames it must have been seen.
	settle int
	// minConfidence is the smallest mean score of its label, minArea the smallest mean part of the picture it covers.
	minConfidence, minArea float64
	table                  waste.Table
	// weighed is true when a scale says the weight: labels of one waste type are then paid alike.
	weighed bool
}

// verdict is what a policy says of a track.
type verdict struct {
	// state is one of seen, settled, unmapped, tooWeak, tooSmall and doubtful.
	state string
	// label is what the item most probably is, and row what that is worth.
	label string
	row   waste.Row
	// confidence is the mean score of the label over the frames in which it was seen; share that of its waste type in all votes.
	confidence, share float64
	// rival is the label that a doubt is about, and reason the doubt in words; both may be empty.
	rival, reason string
}

// judge looks at what all frames together say.
func (p policy) judge(t *track.Track) verdict {
	v := p.elect(t)
	switch {
	case v.row.Type == "":
		v.state = unmapped
	case t.Frames < p.settle:
		v.state = seen
	case !(v.confidence+rounding >= p.minConfidence):
		v.state = tooWeak
	case !(t.Area()+rounding >= p.minArea):
		v.state = tooSmall
	case !(v.share >= leastShare):
		v.state = doubtful
		v.reason = fmt.Sprintf("%s has only %.0f%% of the votes of %d frames", v.label, 100*v.share, t.Frames)
		if v.rival != "" {
			v.reason += ", it may be: " + v.rival
		}
	case t.Clear < p.settle:
		v.state, v.reason = doubtful, "it overlaps another item, and the two may be one"
	default:
		v.state = settled
	}
	return v
}

// elect adds up the votes by what they are paid as. The label is the heaviest of the waste type that wins.
func (p policy) elect(t *track.Track) (v verdict) {
	votes := t.Votes()
	all, best := t.Others(), 0.0
	winner := -1
	for i, one := range votes {
		all += one.Weight
		if together := p.together(votes, i); winner < 0 || together > best || together == best && one.Weight > votes[winner].Weight {
			winner, best = i, together
		}
	}
	if winner < 0 || all <= 0 {
		return v
	}
	v.label, v.confidence, v.share = votes[winner].Label, votes[winner].Mean(), best/all
	v.row, _ = p.table.Lookup(v.label)
	strongest := 0.0
	for i, one := range votes {
		if !p.alike(votes[winner].Label, votes[i].Label) && one.Weight > strongest {
			v.rival, strongest = one.Label, one.Weight
		}
	}
	return v
}

// together is the weight of all labels that are paid as label i is.
func (p policy) together(votes []track.Vote, i int) (sum float64) {
	for _, one := range votes {
		if p.alike(votes[i].Label, one.Label) {
			sum += one.Weight
		}
	}
	return sum
}

// alike says whether two labels are paid alike; then it does not matter which of them it is.
func (p policy) alike(a, b string) bool {
	if a == b {
		return true
	}
	rowA, okA := p.table.Lookup(a)
	rowB, okB := p.table.Lookup(b)
	return okA && okB && rowA.Type == rowB.Type && (p.weighed || rowA.Weight.Equal(rowB.Weight))
}
