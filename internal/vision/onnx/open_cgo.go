//go:build cgo && !windows

package onnx

import (
	"context"
	"fmt"
	"slices"
	"time"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/myrvm/rvmctl/internal/vision/yolo"
)

// Open judges a model, loads it and runs it once on a grey picture, so that a bad model fails here and not on the first
// bottle. An explicit device that cannot be used, or that does not compute most of the model, is a *DeviceError; Auto
// falls back to the CPU and Info says why. Other errors: *ModelError for the file, and those of package yolo for
// thresholds and labels.
func Open(ctx context.Context, o Options) (*Session, error) {
	header, spec, err := o.recognise()
	if err != nil {
		return nil, err
	}
	if o.Thresholds, err = o.thresholds(spec); err != nil {
		return nil, err
	}
	if err := o.Thresholds.Validate(spec.Classes); err != nil {
		return nil, err
	}
	if o.Runtime == nil {
		return nil, &RuntimeError{Needed: needed}
	}
	if o.Device == "" {
		o.Device = Auto
	}
	op := opener{Options: o, spec: spec, info: o.describe(header, spec)}
	s, err := op.open(ctx)
	if err != nil {
		op.abandon()
		return nil, err
	}
	return s, nil
}

// describe is what is known of a session before it is loaded.
func (o Options) describe(h Header, spec yolo.Spec) Info {
	lanes, threads := o.shares()
	return Info{Model: o.Model.Path, SHA256: o.Model.SHA256, Spec: spec, Header: h, Requested: o.Device,
		RuntimePath: o.Runtime.Path, RuntimeVersion: o.Runtime.Version, Threads: threads, Lanes: lanes,
		Notes: o.notes(h, spec)}
}

// opener is a session under construction: what it has made so far, to be undone if the rest fails.
type opener struct {
	Options
	spec    yolo.Spec
	info    Info
	core    *ort.DynamicAdvancedSession
	lanes   []*lane
	anchors int
	// engines is the folder in which TensorRT keeps the engine of this model; empty until it is known.
	engines string
}

func (op *opener) open(ctx context.Context) (*Session, error) {
	first, err := newLane(op.spec, op.Thresholds, op.Masks)
	if err != nil {
		return nil, op.failed("cannot be given memory", err)
	}
	op.lanes = append(op.lanes, first)
	if lanes, threads := op.shares(); lanes == 1 && threads > 1 {
		// The cores that infer have nothing to do while the only frame is prepared.
		first.pre.Parallel()
		first.dec.Parallel()
	}
	if err := op.chooseDevice(ctx, first); err != nil {
		return nil, err
	}
	start := time.Now()
	if err := op.loadChosen(); err != nil {
		return nil, err
	}
	op.info.LoadMS = ms(time.Since(start))
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	start = time.Now()
	if err := op.warmUp(ctx, first); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	op.info.WarmUpMS = ms(time.Since(start))
	return op.finish()
}

// load builds the inference session on a device.
func (op *opener) load(d Device) (*ort.DynamicAdvancedSession, error) {
	so, err := newSessionOptions(op.info.Threads, op.Spin)
	if err != nil {
		return nil, err
	}
	defer so.Destroy()
	if err := op.appendProvider(so, d); err != nil {
		return nil, err
	}
	return ort.NewDynamicAdvancedSessionWithONNXData(op.Model.Bytes, []string{op.spec.InputName}, outputNames(op.spec, op.Masks), so)
}

// warmUp runs the grey picture, which builds lazy kernels and shows the shape of the answer.
func (op *opener) warmUp(ctx context.Context, l *lane) (err error) {
	lengths := l.lengths()
	if len(lengths) == 0 {
		return op.warmUpOpen(ctx, l)
	}
	for _, n := range lengths {
		if err = l.bindOutput(n); err != nil {
			return op.failed("cannot be given memory", err)
		}
		if err = l.brake.run(ctx, op.core, l.inputs, l.outputs); err == nil {
			op.anchors = n
			return nil
		}
		l.unbindOutput()
	}
	return op.failed("it fails on a grey picture", err)
}

// warmUpOpen lets the runtime make the answer, whose length the graph leaves open.
func (op *opener) warmUpOpen(ctx context.Context, l *lane) error {
	if op.spec.OutputHalf {
		// The binding cannot take over a float16 answer of the runtime's own, and nothing says how many rows there are.
		return op.failed("its float16 rows have no fixed number", nil)
	}
	if err := l.brake.run(ctx, op.core, l.inputs, l.outputs); err != nil {
		return op.failed("it fails on a grey picture", err)
	}
	answer := l.outputs[0]
	defer answer.Destroy()
	return op.learnShape(l, answer)
}

// learnShape takes the number of anchors from the first answer, where the graph left it open.
func (op *opener) learnShape(l *lane, answer ort.Value) error {
	shape := answer.GetShape()
	tensor, ok := answer.(*ort.Tensor[float32])
	axis := 2
	if op.spec.Layout == yolo.Rows {
		axis = 1
	}
	if !ok || len(shape) != 3 || shape[axis] < 1 || !slices.Equal(shape, outputShape(op.spec, int(shape[axis]))) {
		return op.failed(fmt.Sprintf("its answer has the shape %v, which it did not announce", shape), nil)
	}
	op.anchors = int(shape[axis])
	if err := l.bindOutput(op.anchors); err != nil {
		return op.failed("cannot be given memory", err)
	}
	copy(l.out.floats, tensor.GetData())
	return nil
}

// finish makes the other lanes and decodes the warm-up's answer, so that the first frame finds all memory there.
func (op *opener) finish() (*Session, error) {
	for len(op.lanes) < op.info.Lanes {
		l, err := newLane(op.spec, op.Thresholds, op.Masks)
		if err == nil {
			op.lanes = append(op.lanes, l)
			err = l.bindOutput(op.anchors)
		}
		if err != nil {
			return nil, op.failed("cannot be given memory", err)
		}
	}
	op.info.Spec.Anchors = op.anchors
	s := &Session{info: op.info, core: op.core, lanes: make(chan *lane, len(op.lanes)), closed: make(chan struct{})}
	lb, err := yolo.NewLetterbox(op.spec.Width, op.spec.Height, op.spec.Width, op.spec.Height)
	if err != nil {
		return nil, err
	}
	for i, l := range op.lanes {
		rows := l.answer()
		if _, _, err := l.decode(rows, lb); err != nil {
			return nil, op.failed("its answer cannot be decoded", err)
		}
		if i == 0 {
			s.watch(l, rows)
		}
		s.lanes <- l
	}
	return s, nil
}

// failed is a refusal of this model.
func (op *opener) failed(what string, err error) error {
	if err != nil {
		what += ": " + oneLine(err)
	}
	return &ModelError{Path: op.Model.Path, Found: what, Err: err}
}

// abandon frees what was made before something failed.
func (op *opener) abandon() {
	for _, l := range op.lanes {
		l.close()
	}
	if op.core != nil {
		_ = op.core.Destroy()
	}
}
