package vision

// Overlaps at which two boxes lie on the same object. Non-maximum suppression keeps boxes of one label up to an overlap of
// 0.7 and never compares labels, so what it leaves is boxes, not things.
const (
	sameObjectIoU    = 0.5
	sameObjectInside = 0.85
	// perhapsInside is the part of the smaller box from which on nobody can say whether the boxes are one object or two: of
	// confident boxes on validation pictures, some such pairs are neighbours and some a bottle that was seen twice.
	perhapsInside = 0.5
	// closeScore is the difference in confidence below which two labels on one object are a question, not an answer.
	closeScore = 0.2
)

// Item is one thing that lies in front of the camera, however many boxes fired on it.
type Item struct {
	// Detection is the box with the highest confidence.
	Detection
	// Rivals are the other boxes on the same object, highest confidence first.
	Rivals []Detection
	// Neighbour is a stronger item that covers so much of this one that the two may be one object; nil where none does.
	Neighbour *Detection
}

// Items groups detections by object. Detections must be ordered by confidence, highest first, as a Result has them; the
// ones that cannot be an item (a hand, a face) must be gone already, or they would swallow what they hold.
func Items(detections []Detection) []Item {
	var items []Item
next:
	for _, d := range detections {
		var neighbour *Detection
		for i := range items {
			if sameObject(items[i].Box, d.Box) {
				items[i].Rivals = append(items[i].Rivals, d)
				continue next
			}
			if stronger := items[i].Detection; neighbour == nil && covered(stronger.Box, d.Box) >= perhapsInside {
				neighbour = &stronger
			}
		}
		items = append(items, Item{Detection: d, Neighbour: neighbour})
	}
	return items
}

// Rival is the strongest box of another kind on the same object whose confidence is too close to call, and whether there is
// one. same says whether two labels mean the same for the caller, as "pet" and "bottle" do for money.
func (it Item) Rival(same func(a, b string) bool) (Detection, bool) {
	for _, r := range it.Rivals {
		if it.Confidence-r.Confidence < closeScore && !same(it.Label, r.Label) {
			return r, true
		}
	}
	return Detection{}, false
}

// sameObject is true for boxes that cover each other well, and for a box that lies nearly whole inside the other.
func sameObject(a, b Box) bool {
	return a.IoU(b) >= sameObjectIoU || covered(a, b) >= sameObjectInside
}

// covered is the part of the smaller box that the other one covers, 0–1.
func covered(a, b Box) float32 {
	smaller := min(a.Area(), b.Area())
	if smaller <= 0 {
		return 0
	}
	return Box{max(a.X1, b.X1), max(a.Y1, b.Y1), min(a.X2, b.X2), min(a.Y2, b.Y2)}.Area() / smaller
}
