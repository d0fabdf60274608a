package yolo

import (
	"slices"

	"github.com/myrvm/rvmctl/internal/vision"
)

// scoreSlack is how far above 1 a score may lie by rounding; it counts as 1.
const scoreSlack = 1e-3

// Decoder turns the answer of a model into detections. It keeps its scratch memory between calls, so it belongs to one
// goroutine; once warm it allocates nothing.
type Decoder struct {
	spec       Spec
	thresholds Thresholds
	// unwanted marks the classes that Thresholds.Only leaves out.
	unwanted []bool

	// best and class are the best score so far of each anchor and its class; all best are 0 between calls.
	best    []float32
	class   []int32
	touched []int32
	order   []uint64
	kept    []candidate
	// coefficients are those of the detections that the last answer gave, for Masks.
	coefficients []float32
	// stencils cut the masks; there is a second after Parallel.
	stencils []stencil
	// maskBytes bounds the masks of one frame.
	maskBytes int
}

// NewDecoder prepares for answers of this model. Thresholds without a meaning are refused with *ThresholdError.
func NewDecoder(spec Spec, th Thresholds) (*Decoder, error) {
	if err := th.Validate(spec.Classes); err != nil {
		return nil, err
	}
	// Minus zero is a threshold as good as zero, but scan compares bits, and its bits are the largest of all.
	th.Confidence = max(th.Confidence, 0)
	d := &Decoder{spec: spec, thresholds: th, unwanted: make([]bool, spec.Classes), stencils: make([]stencil, 1), maskBytes: maxMaskBytes}
	d.kept = make([]candidate, 0, th.MaxDetections)
	if th.Only != nil {
		for id := range d.unwanted {
			d.unwanted[id] = !slices.Contains(th.Only, id)
		}
	}
	return d, nil
}

// grow makes room for so many anchors. It waits for an answer, because a model may announce more than it gives.
func (d *Decoder) grow(anchors int) {
	if anchors <= len(d.best) {
		return
	}
	d.best, d.class = make([]float32, anchors), make([]int32, anchors)
	candidates := min(anchors, maxCandidates)
	d.touched, d.order = make([]int32, 0, candidates), make([]uint64, 0, candidates)
}

// Decode reads slot 0 of an answer with so many anchors (or rows) and appends what it finds to into, which may be nil,
// best first, boxes in pixels of the source picture that lb describes and clipped to it. dropped counts what was refused
// on the way: scores that are not finite or not between 0 and 1, boxes that are not finite or empty, class ids that the
// model does not have. A length that does not fit is *BufferError.
func (d *Decoder) Decode(out []float32, anchors int, lb Letterbox, into []vision.Detection) (dets []vision.Detection, dropped int, err error) {
	if err := d.check(out, anchors); err != nil {
		return into, 0, err
	}
	out = out[:d.spec.ChannelsOut()*anchors]
	d.grow(anchors)
	d.order, d.kept, d.coefficients = d.order[:0], d.kept[:0], d.coefficients[:0]
	if d.spec.Layout == Rows {
		dropped = d.collectRows(out, anchors)
	} else {
		d.scan(out, anchors)
		dropped = d.collectAnchors()
		dropped += d.suppress(out, anchors)
	}
	dets, lost := d.emit(out, anchors, lb, into)
	return dets, dropped + lost, nil
}

func (d *Decoder) check(out []float32, anchors int) error {
	if d.spec.Anchors > 0 && anchors != d.spec.Anchors {
		return &BufferError{What: "output axis", Got: anchors, Want: d.spec.Anchors}
	}
	slot := d.spec.ChannelsOut() * max(0, anchors)
	if anchors < 1 || len(out) < slot || len(out)%slot != 0 {
		return &BufferError{What: "output", Got: len(out), Want: slot}
	}
	return nil
}

// emit maps what was kept to the source picture and drops what is empty there.
func (d *Decoder) emit(out []float32, anchors int, lb Letterbox, into []vision.Detection) (dets []vision.Detection, lost int) {
	for _, k := range d.kept {
		box := clip(lb.ToSource(k.box), float32(lb.SrcW), float32(lb.SrcH))
		if box.Empty() {
			lost++
			continue
		}
		into = append(into, vision.Detection{
			Box: box, Confidence: k.score, Label: d.spec.Labels[k.class], LabelID: int(k.class),
		})
		d.remember(out, anchors, int(k.at))
	}
	return into, lost
}

func clip(b vision.Box, w, h float32) vision.Box {
	return vision.Box{
		X1: min(max(b.X1, 0), w), Y1: min(max(b.Y1, 0), h),
		X2: min(max(b.X2, 0), w), Y2: min(max(b.Y2, 0), h),
	}
}

// MaxScore is the largest possible score of an answer, 0–1, whatever the thresholds; 0 also for an answer of a wrong
// length. A healthy model never gives exactly 0 over all anchors: one that does was probably quantised wrongly. It reads
// the whole answer, so it is meant for the first frames and not for every one.
func (d *Decoder) MaxScore(out []float32, anchors int) float32 {
	if d.check(out, anchors) != nil {
		return 0
	}
	var highest float32
	if d.spec.Layout == Rows {
		for i := 4; i < d.spec.ChannelsOut()*anchors; i += d.spec.ChannelsOut() {
			highest = higher(highest, out[i])
		}
		return highest
	}
	for _, score := range out[4*anchors : (4+d.spec.Classes)*anchors] {
		highest = higher(highest, score)
	}
	return highest
}

func higher(highest, score float32) float32 {
	if score > highest && score <= 1+scoreSlack {
		return min(score, 1)
	}
	return highest
}
