package yolo

import "github.com/myrvm/rvmctl/internal/vision"

// candidate is a box in input pixels on its way through suppression.
type candidate struct {
	box   vision.Box
	area  float32
	score float32
	class int32
	// at is the anchor or row it came from.
	at int32
}

// suppress walks the candidates from the best down and keeps each one that no kept box of its class (of any class when
// agnostic) overlaps by more than the threshold. A box that is not finite is dropped and counted, and suppresses nothing.
func (d *Decoder) suppress(out []float32, anchors int) (dropped int) {
	for _, r := range d.order {
		if len(d.kept) == d.thresholds.MaxDetections {
			break
		}
		score, a := unrank(r)
		c := candidate{box: corners(out, anchors, a), score: score, class: d.class[a], at: int32(a)}
		if !finite(c.box) {
			dropped++
			continue
		}
		c.area = c.box.Area()
		if !d.overlapped(&c) {
			d.kept = append(d.kept, c)
		}
	}
	return dropped
}

// corners turns centre and size of one anchor into two corners, all in input pixels.
func corners(out []float32, anchors, a int) vision.Box {
	cx, cy, w, h := out[a], out[anchors+a], out[2*anchors+a], out[3*anchors+a]
	return vision.Box{X1: cx - w/2, Y1: cy - h/2, X2: cx + w/2, Y2: cy + h/2}
}

func (d *Decoder) overlapped(c *candidate) bool {
	for i := range d.kept {
		k := &d.kept[i]
		if (d.thresholds.Agnostic || k.class == c.class) && overlap(k, c) > d.thresholds.IoU {
			return true
		}
	}
	return false
}

// overlap is intersection over union in float32, the type of the threshold it is compared with. The conversions forbid
// fused operations, which would let another CPU decide otherwise at the very threshold.
func overlap(a, b *candidate) float32 {
	w := min(a.box.X2, b.box.X2) - max(a.box.X1, b.box.X1)
	h := min(a.box.Y2, b.box.Y2) - max(a.box.Y1, b.box.Y1)
	if !(w > 0 && h > 0) {
		return 0
	}
	inter := float32(w * h)
	union := float32(a.area+b.area) - inter
	if union <= 0 {
		return 0
	}
	return inter / union
}
