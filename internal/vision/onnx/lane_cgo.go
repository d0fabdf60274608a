//go:build cgo && !windows

package onnx

import (
	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/yolo"
)

// grey is the value that fills what is not picture: 114 of 255, as letterboxing pads.
const grey = float32(114) / 255

// lane is everything that one frame needs on its way through: tensors, resize tables and scratch, made once.
type lane struct {
	spec    yolo.Spec
	anchors int
	in, out *buffer
	pre     *yolo.Preprocessor
	dec     *yolo.Decoder
	// scores are slot 0 of a float16 answer, converted; nil for float32, which is decoded where it lies.
	scores []float32
	found  []vision.Detection
}

// newLane makes the input side; the output follows when its shape is known.
func newLane(spec yolo.Spec, th yolo.Thresholds) (*lane, error) {
	l := &lane{spec: spec, pre: yolo.NewPreprocessor(spec.Width, spec.Height)}
	var err error
	if l.dec, err = yolo.NewDecoder(spec, th); err != nil {
		return nil, err
	}
	l.found = make([]vision.Detection, 0, th.MaxDetections)
	if l.in, err = newBuffer(spec.InputShape(), spec.InputHalf); err != nil {
		return nil, err
	}
	l.greyOut()
	return l, nil
}

// greyOut makes the whole input, all slots of the batch, a grey picture. Frames go to slot 0, the others stay grey.
func (l *lane) greyOut() {
	for i := range l.in.floats {
		l.in.floats[i] = grey
	}
	half := yolo.HalfFromFloat32(grey)
	for i := range l.in.halves {
		l.in.halves[i] = half
	}
}

// bindOutput makes the output side for so many anchors.
func (l *lane) bindOutput(anchors int) (err error) {
	l.anchors = anchors
	l.out, err = newBuffer(outputShape(l.spec, anchors), l.spec.OutputHalf)
	if err == nil && l.spec.OutputHalf {
		l.scores = make([]float32, slotLen(l.spec, anchors))
	}
	return err
}

// outputShape is what the model must answer with.
func outputShape(s yolo.Spec, anchors int) []int64 {
	if s.Layout == yolo.Rows {
		return []int64{int64(s.Batch), int64(anchors), int64(s.ChannelsOut())}
	}
	return []int64{int64(s.Batch), int64(s.ChannelsOut()), int64(anchors)}
}

// slotLen is the number of elements of one slot of the output.
func slotLen(s yolo.Spec, anchors int) int { return s.ChannelsOut() * anchors }

// fill puts a frame into slot 0 of the input.
func (l *lane) fill(f *vision.Frame) (yolo.Letterbox, error) {
	if l.spec.InputHalf {
		return l.pre.FillHalf(l.in.halves[:l.spec.InputLen()], f)
	}
	return l.pre.Fill(l.in.floats[:l.spec.InputLen()], f)
}

// answer is slot 0 of the last answer.
func (l *lane) answer() []float32 {
	n := slotLen(l.spec, l.anchors)
	if l.scores == nil {
		return l.out.floats[:n]
	}
	yolo.Float32sFromHalves(l.scores, l.out.halves[:n])
	return l.scores
}

// decode reads slot 0 of an answer. The detections lie in the lane's scratch and are overwritten by its next frame.
func (l *lane) decode(rows []float32, lb yolo.Letterbox) ([]vision.Detection, int, error) {
	return l.dec.Decode(rows, l.anchors, lb, l.found[:0])
}

func (l *lane) close() {
	l.in.close()
	l.out.close()
}
