package yolo

import (
	"math"
	"slices"

	"github.com/myrvm/rvmctl/internal/vision"
)

// scan finds, class row by class row, the anchors with a score above the threshold and remembers the best of each. The
// comparison is made on the bits: for numbers of 0 and more they are ordered as the numbers are, and everything that
// no score may be (NaN, infinite, negative) has larger bits, so that one rare branch catches both.
func (d *Decoder) scan(out []float32, anchors int) {
	threshold := math.Float32bits(d.thresholds.Confidence)
	d.touched = d.touched[:0]
	for c := range d.spec.Classes {
		for a, score := range out[(4+c)*anchors:][:anchors] {
			if math.Float32bits(score) > threshold {
				d.hit(a, c, score)
			}
		}
	}
}

// impossible marks an anchor with a score that cannot be; no score is larger, so the mark stays.
const impossible float32 = math.MaxFloat32

func (d *Decoder) hit(a, c int, score float32) {
	score, ok := d.judge(score)
	if !ok {
		score = impossible
	}
	// Strictly greater: of equal scores the lowest class id wins.
	if score > d.best[a] {
		if d.best[a] == 0 {
			d.touched = append(d.touched, int32(a))
		}
		d.best[a], d.class[a] = score, int32(c)
	}
}

// judge says whether a score is possible, and gives it cut to 1, or 0 when it does not pass the threshold.
func (d *Decoder) judge(score float32) (float32, bool) {
	if !(score >= 0 && score <= 1+scoreSlack) {
		return 0, false
	}
	if score = min(score, 1); score > d.thresholds.Confidence {
		return score, true
	}
	return 0, true
}

// collectAnchors lines the wanted candidates up, best first, and leaves the scratch memory clean for the next answer.
func (d *Decoder) collectAnchors() (dropped int) {
	for _, a := range d.touched {
		score, class := d.best[a], d.class[a]
		d.best[a] = 0
		switch {
		case score == impossible:
			dropped++
		case !d.unwanted[class]:
			d.order = append(d.order, rank(score, int(a)))
		}
	}
	slices.Sort(d.order)
	d.order = d.order[:min(len(d.order), maxCandidates)]
	return dropped
}

// rank is a number that sorts higher scores first and equal ones by position.
func rank(score float32, position int) uint64 {
	return uint64(^math.Float32bits(score))<<32 | uint64(uint32(position))
}

// unrank gives back what rank was made of.
func unrank(r uint64) (score float32, position int) {
	return math.Float32frombits(^uint32(r >> 32)), int(uint32(r))
}

// collectRows keeps rows that are final already: no suppression, only the checks, the threshold and the order.
func (d *Decoder) collectRows(out []float32, rows int) (dropped int) {
	width := d.spec.ChannelsOut()
	for i := range rows {
		row := out[i*width:][:6]
		score, ok := d.judge(row[4])
		if ok && score == 0 {
			continue
		}
		class := int32(-1)
		if c := row[5]; c >= 0 && c < float32(d.spec.Classes) && c == float32(int32(c)) {
			class = int32(c)
		}
		box := vision.Box{X1: row[0], Y1: row[1], X2: row[2], Y2: row[3]}
		if !ok || class < 0 || !finite(box) || box.Empty() {
			dropped++
			continue
		}
		if !d.unwanted[class] {
			d.class[i] = class
			d.order = append(d.order, rank(score, i))
		}
	}
	slices.Sort(d.order)
	for _, r := range d.order[:min(len(d.order), d.thresholds.MaxDetections)] {
		score, i := unrank(r)
		row := out[i*width:]
		d.kept = append(d.kept, candidate{
			box: vision.Box{X1: row[0], Y1: row[1], X2: row[2], Y2: row[3]}, score: score, class: d.class[i], at: int32(i),
		})
	}
	return dropped
}

func finite(b vision.Box) bool {
	// The difference of an infinity or NaN with itself is NaN; of anything finite it is 0.
	return b.X1-b.X1 == 0 && b.Y1-b.Y1 == 0 && b.X2-b.X2 == 0 && b.Y2-b.Y2 == 0
}
