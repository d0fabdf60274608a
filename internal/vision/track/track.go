// Package track follows things through the frames of a stream: one bottle in forty frames is one item.
//
// The method is ByteTrack (Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every Detection Box", ECCV 2022): boxes
// with a high score are matched with the tracks first, and boxes with a low score then keep alive what was matched by none of
// them. Different from the paper, a track has no class. Boxes of several labels on one object are one item, and what the item is
// called is a vote over all its frames.
//
// The package refuses to know models, cameras, waste types and money. It draws no conclusion: it counts what was seen.
package track

import (
	"time"

	"github.com/myrvm/rvmctl/internal/vision"
)

// maxVotes is how many labels a track counts by name; what others get is counted together.
const maxVotes = 8

// Look says when a frame was taken.
type Look struct {
	// Number counts the frames of the stream, those that were dropped included.
	Number int64
	// At is when the frame was taken: for a camera the time of day, for a file any day plus its place in the file. It is zero
	// where nobody knows, and a frame is then taken to last a thirtieth of a second.
	At time.Time
}

// Vote is what the frames of a track say for one label.
type Vote struct {
	// Label and ID are the model's text and number.
	Label string
	ID    int
	// Weight is the sum of the best score of the label on the item in each frame.
	Weight float64
	// Frames is in how many frames the label was seen on the item.
	Frames int
}

// Mean is the mean score of the label in the frames in which it was seen, 0–1.
func (v Vote) Mean() float64 {
	if v.Frames == 0 {
		return 0
	}
	return v.Weight / float64(v.Frames)
}

// Track is one item on its way through the picture.
type Track struct {
	// ID is unique within a Tracker and never used again. The first is 1.
	ID int64
	// First and Last are the first and the latest frame in which it was seen.
	First, Last Look
	// Frames is in how many frames it was seen.
	Frames int
	// Clear is in how many of them no stronger item covered so much of it, or joined it so well, that the two might be one object.
	Clear int
	// Box is where it was seen last, in pixels, and Score its best score there.
	Box   vision.Box
	Score float32
	// Best is the detection with the highest score in all frames, without a mask, and BestAt its frame.
	Best   vision.Detection
	BestAt Look
	// Lost is true while it is not seen.
	Lost bool

	votes  [maxVotes]Vote
	kinds  int
	others float64
	area   float64

	motion  motion
	guess   vision.Box
	away    float64
	misses  int
	matched bool
}

// Votes are what its frames say, in the order in which the labels appeared. The slice belongs to the track.
func (t *Track) Votes() []Vote { return t.votes[:t.kinds] }

// Others is the weight of labels beyond the first eight.
func (t *Track) Others() float64 { return t.others }

// Label is the label with the greatest weight, and which share of the weight of all labels it has, 0–1. Of two that are equal it is
// the one that was seen first.
func (t *Track) Label() (v Vote, share float64) {
	all := t.others
	for _, one := range t.Votes() {
		all += one.Weight
		if one.Weight > v.Weight {
			v = one
		}
	}
	if all <= 0 {
		return v, 0
	}
	return v, v.Weight / all
}

// Area is the mean part of the picture that its box covered, 0–1.
func (t *Track) Area() float64 {
	if t.Frames == 0 {
		return 0
	}
	return t.area / float64(t.Frames)
}

// vote counts the labels of one frame, each once.
func (t *Track) vote(votes []Vote) {
	for _, v := range votes {
		if i := t.place(v); i < maxVotes {
			t.votes[i].Weight += v.Weight
			t.votes[i].Frames++
		} else {
			t.others += v.Weight
		}
	}
}

// place finds or makes room for a label; maxVotes means that there is none.
func (t *Track) place(v Vote) int {
	for i, known := range t.Votes() {
		if known.ID == v.ID && known.Label == v.Label {
			return i
		}
	}
	if t.kinds == maxVotes {
		return maxVotes
	}
	t.votes[t.kinds] = Vote{Label: v.Label, ID: v.ID}
	t.kinds++
	return t.kinds - 1
}

// see enters what was seen of the track in one frame.
func (t *Track) see(look Look, g *group, picture float64) {
	d := g.head
	t.Last, t.Box, t.Score = look, d.Box, d.Confidence
	t.Frames++
	if !g.covered {
		t.Clear++
	}
	t.area += float64(d.Box.Area()) / picture
	if d.Confidence > t.Best.Confidence {
		t.Best, t.BestAt = d, look
	}
	t.vote(g.votes[:g.kinds])
	t.Lost, t.matched, t.away, t.misses = false, true, 0, 0
}
