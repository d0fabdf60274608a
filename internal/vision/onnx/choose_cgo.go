//go:build cgo && !windows

package onnx

import (
	"context"
	"errors"
	"fmt"
	"time"

	ort "github.com/yalue/onnxruntime_go"
)

const (
	int8OnGPU = "the model is quantised dynamically, which only the CPU computes; use the float model on a GPU"
	notBuilt  = "no engine is built yet for this model on this machine, which takes minutes"
	// BuildHint is the command that builds an engine.
	BuildHint = "type: rvmctl model warmup --device tensorrt"
)

// chooseDevice settles the device and what really computes on it.
func (op *opener) chooseDevice(ctx context.Context, l *lane) error {
	switch op.Device {
	case CPU:
		op.settle(CPU)
	case Auto:
		if err := op.chooseAuto(ctx, l); err != nil {
			return err
		}
	case CUDA, TensorRT, WebGPU:
		if err := op.tryDevice(ctx, op.Device, l); err != nil {
			return err
		}
	default:
		return unknownDevice(string(op.Device))
	}
	op.info.Precision = op.precisionOn(op.info.Device, op.info.Header)
	return op.checkPrecision(op.info.Device, op.info.Header)
}

// chooseAuto takes TensorRT if an engine for exactly this model and machine is built, else CUDA, else the CPU with the
// reason. It never starts a build, and never takes WebGPU, which no machine has been seen running. Half precision of a
// model that is not half exists on TensorRT alone.
func (op *opener) chooseAuto(ctx context.Context, l *lane) error {
	tensorRT := op.tryBuilt(ctx, l)
	if tensorRT == nil {
		return nil
	}
	if op.checkPrecision(CPU, op.info.Header) != nil && op.Precision == FP16 {
		hint := "use --precision auto"
		if reasonOf(tensorRT) == notBuilt {
			hint = BuildHint
		}
		return &DeviceError{Requested: string(Auto), Reason: "half precision (fp16) of this model needs tensorrt, and " + reasonOf(tensorRT), Hint: hint}
	}
	err := op.tryDevice(ctx, CUDA, l)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	op.fallBack(CUDA, reasonOf(err))
	return nil
}

// fallBack settles on the CPU and keeps the reason.
func (op *opener) fallBack(from Device, reason string) {
	op.settle(CPU)
	op.info.FallbackReason = string(from) + ": " + reason
	op.info.FallbackUnexpected = op.provider(from) != ""
}

// tryBuilt settles on TensorRT if that needs no build.
func (op *opener) tryBuilt(ctx context.Context, l *lane) error {
	if op.provider(TensorRT) == "" {
		return &DeviceError{Requested: string(TensorRT), Reason: op.missing(TensorRT)}
	}
	if op.EngineDir == "" {
		return &DeviceError{Requested: string(TensorRT), Reason: notBuilt}
	}
	look := *op
	look.BuildEngine = nil
	err := look.tryDevice(ctx, TensorRT, l)
	if err == nil {
		op.info, op.engines = look.info, look.engines
	}
	return err
}

// reasonOf is the reason alone, without the device that it is about.
func reasonOf(err error) string {
	var d *DeviceError
	if errors.As(err, &d) {
		return d.Reason
	}
	return oneLine(err)
}

// tryDevice settles on d, or says why not and leaves everything as it was: *DeviceError, *BusyError, or ctx's error.
func (op *opener) tryDevice(ctx context.Context, d Device, l *lane) error {
	if op.info.Header.Int8Dynamic() {
		return op.refuse(d, int8OnGPU)
	}
	if err := op.checkPrecision(d, op.info.Header); err != nil {
		return err
	}
	if d == TensorRT && op.EngineDir == "" {
		return op.refuse(d, noFolder)
	}
	if err := op.offered(d); err != nil {
		return op.refuse(d, op.why(d, err))
	}
	if d == WebGPU {
		return op.measure(d, l)
	}
	folder, err := openEngines(op.EngineDir, op.engineKey(d, op.info.Header, op.spec))
	switch {
	case err != nil && d == TensorRT:
		return op.refuse(d, err.Error())
	case err != nil:
		return op.measure(d, l)
	case d == TensorRT:
		return op.tryEngine(ctx, folder, l)
	}
	return op.remembered(d, folder, l)
}

// measure asks a trial what runs where.
func (op *opener) measure(d Device, l *lane) error {
	p, err := op.trial(d, l, op.info.Threads)
	if err != nil {
		return op.refuse(d, op.why(d, err))
	}
	return op.accept(d, p.effective(), p.nodes)
}

// remembered is measure, but for what an earlier start measured of exactly this key. That is no engine, so whatever keeps it
// from being noted only costs the next start another trial.
func (op *opener) remembered(d Device, folder engineFolder, l *lane) error {
	if r, whole := folder.read(); whole {
		return op.accept(d, r.Provider, r.Nodes)
	}
	p, err := op.trial(d, l, op.info.Threads)
	if err != nil {
		return op.refuse(d, op.why(d, err))
	}
	_ = folder.write(p, 0)
	return op.accept(d, p.effective(), p.nodes)
}

// tryEngine takes the engine of exactly this key, or builds it if that is permitted.
func (op *opener) tryEngine(ctx context.Context, folder engineFolder, l *lane) error {
	const d = TensorRT
	if r, whole := folder.read(); whole {
		return op.acceptEngine(folder, r.Provider, r.Nodes)
	}
	if op.BuildEngine == nil {
		return &DeviceError{Requested: string(d), Reason: notBuilt, Hint: BuildHint}
	}
	release, err := folder.lock(ctx, op.LockWait)
	if err != nil {
		return err
	}
	defer release()
	if r, whole := folder.read(); whole { // Whoever held the lock has built it.
		return op.acceptEngine(folder, r.Provider, r.Nodes)
	}
	if err := folder.clear(); err != nil {
		return op.refuse(d, err.Error())
	}
	op.BuildEngine()
	start := time.Now()
	op.engines = folder.dir
	p, err := op.trial(d, l, op.info.Threads)
	if err != nil {
		return op.refuse(d, op.why(d, err))
	}
	p.credit(d.Provider(), op.info.Header)
	if err := op.acceptEngine(folder, p.effective(), p.nodes); err != nil {
		return err
	}
	op.info.BuildMS = ms(time.Since(start))
	if err := folder.write(p, time.Since(start)); err != nil {
		op.info.Notes = append(op.info.Notes, "what was measured could not be kept: "+oneLine(err))
	}
	return nil
}

// acceptEngine is accept for TensorRT, with the folder in which it finds its engine.
func (op *opener) acceptEngine(folder engineFolder, provider string, nodes map[string]int) error {
	if err := op.accept(TensorRT, provider, nodes); err != nil {
		return err
	}
	op.engines, op.info.EngineDir = folder.dir, folder.dir
	return nil
}

// accept settles on d if it really computed most of the model.
func (op *opener) accept(d Device, provider string, nodes map[string]int) error {
	if provider != d.Provider() {
		return op.refuse(d, fmt.Sprintf("most of the model ran on %s instead", provider))
	}
	op.settle(d)
	op.info.Nodes = nodes
	op.info.Lanes = min(op.info.Lanes, 2)
	return nil
}

func (op *opener) refuse(d Device, reason string) error {
	return &DeviceError{Requested: string(d), Reason: reason}
}

func (op *opener) settle(d Device) {
	op.info.Device, op.info.Provider, op.info.Nodes = d, d.Provider(), nil
}

// offered asks the runtime whether it has a provider at all, by registering it for a session that is never made. Nothing is
// built by that.
func (op *opener) offered(d Device) error {
	so, err := ort.NewSessionOptions()
	if err != nil {
		return err
	}
	defer so.Destroy()
	return op.appendProvider(so, d)
}

// loadChosen builds the session. What was measured at an earlier start may not hold now, since a GPU can be gone or full:
// Auto falls back then, and an explicit device says so.
func (op *opener) loadChosen() (err error) {
	d := op.info.Device
	op.core, err = op.load(d)
	switch {
	case err == nil:
		return nil
	case d == CPU:
		return op.failed("ONNX Runtime cannot load it", err)
	case op.Device != Auto || op.Precision == FP16 && !op.info.Header.Half():
		return op.refuse(d, op.why(d, err))
	}
	op.fallBack(d, op.why(d, err))
	op.info.Precision, op.info.EngineDir = op.precisionOn(CPU, op.info.Header), ""
	if op.core, err = op.load(CPU); err != nil {
		return op.failed("ONNX Runtime cannot load it", err)
	}
	return nil
}
