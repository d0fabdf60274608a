//go:build cgo && !windows

package onnx

import (
	ort "github.com/yalue/onnxruntime_go"

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
	// protos are the mask prototypes, nil when no masks are wanted or there are none.
	protos *buffer
	// inputs and outputs are what the runtime is given, in the order of the names it was loaded with.
	inputs, outputs []ort.Value
	pre             *yolo.Preprocessor
	dec             *yolo.Decoder
	// scores are slot 0 of a float16 answer, converted; nil for float32, which is decoded where it lies.
	scores []float32
	found  []vision.Detection
	brake  *brake
}

// newLane makes the input side, and room for mask prototypes where they are wanted; the output follows when its shape is
// known.
func newLane(spec yolo.Spec, th yolo.Thresholds, masks bool) (_ *lane, err error) {
	l := &lane{spec: spec, pre: yolo.NewPreprocessor(spec.Width, spec.Height)}
	if l.dec, err = yolo.NewDecoder(spec, th); err != nil {
		return nil, err
	}
	l.found = make([]vision.Detection, 0, th.MaxDetections)
	if l.brake, err = newBrake(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			l.close()
		}
	}()
	if l.in, err = newBuffer(spec.InputShape(), spec.InputHalf); err != nil {
		return nil, err
	}
	l.inputs, l.outputs = []ort.Value{l.in.value}, []ort.Value{nil}
	l.greyOut()
	if !masks || !spec.Masks {
		return l, nil
	}
	if l.protos, err = newBuffer(spec.ProtoShape(), spec.ProtoHalf); err != nil {
		return nil, err
	}
	l.outputs = append(l.outputs, l.protos.value)
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
	if err != nil {
		return err
	}
	l.outputs[0] = l.out.value
	if l.spec.OutputHalf {
		l.scores = make([]float32, slotLen(l.spec, anchors))
	}
	return nil
}

// unbindOutput takes bindOutput back.
func (l *lane) unbindOutput() {
	l.out.close()
	l.out, l.scores, l.outputs[0] = nil, nil, nil
}

// lengths are the numbers of anchors to try: the announced one, or for a float16 answer, which the runtime cannot make by
// itself, those that this input can have. None means that the runtime makes the first answer and shows its shape.
func (l *lane) lengths() []int {
	if l.spec.Anchors > 0 {
		return []int{l.spec.Anchors}
	}
	if l.spec.OutputHalf {
		return l.spec.LikelyAnchors()
	}
	return nil
}

// outputNames are what the runtime is asked for, in the order of a lane's outputs.
func outputNames(s yolo.Spec, masks bool) []string {
	if masks && s.Masks {
		return []string{s.OutputName, s.ProtoName}
	}
	return []string{s.OutputName}
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

// decode reads slot 0 of an answer. The detections lie in the lane's scratch and are overwritten by its next frame; their
// masks are their own.
func (l *lane) decode(rows []float32, lb yolo.Letterbox) ([]vision.Detection, int, error) {
	found, dropped, err := l.dec.Decode(rows, l.anchors, lb, l.found[:0])
	if err == nil && l.protos != nil && len(found) > 0 {
		err = l.dec.Masks(yolo.Prototypes{Floats: l.protos.floats, Halves: l.protos.halves}, lb, found)
	}
	return found, dropped, err
}

// forget lets go of the masks in the scratch, which are large.
func (l *lane) forget(found []vision.Detection) {
	for i := range found {
		found[i].Mask = nil
	}
}

func (l *lane) close() {
	l.in.close()
	l.out.close()
	l.protos.close()
	l.brake.close()
}
