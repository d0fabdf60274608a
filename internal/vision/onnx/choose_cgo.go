//go:build cgo && !windows

package onnx

import "fmt"

const int8OnGPU = "the model is quantised dynamically, which only the CPU computes; use the float model on a GPU"

// chooseDevice settles the device and what really computes on it.
func (op *opener) chooseDevice(l *lane) error {
	switch op.Device {
	case CPU:
		op.settle(CPU)
		return nil
	case Auto:
		return op.chooseAuto(l)
	}
	return op.tryDevice(op.Device, l)
}

// chooseAuto takes CUDA if it really computes the model, else the CPU with the reason. It never takes TensorRT, whose
// engine may take minutes to build, nor WebGPU, which no machine has been seen running.
func (op *opener) chooseAuto(l *lane) error {
	reason := ""
	if op.info.Header.Int8Dynamic() {
		reason = int8OnGPU
	} else if err := op.tryDevice(CUDA, l); err == nil {
		return nil
	} else {
		reason = err.(*DeviceError).Reason
	}
	op.settle(CPU)
	op.info.FallbackReason = "cuda: " + reason
	return nil
}

// tryDevice settles on d or says, with a *DeviceError, why not.
func (op *opener) tryDevice(d Device, l *lane) error {
	if op.info.Header.Int8Dynamic() {
		return &DeviceError{Requested: string(d), Reason: int8OnGPU}
	}
	if d.Provider() == "" {
		return &DeviceError{Requested: string(d), Reason: "unknown device; known are " + deviceList()}
	}
	p, err := op.trial(d, l, op.info.Threads)
	if err != nil {
		return &DeviceError{Requested: string(d), Reason: op.why(d, err)}
	}
	ran := p.effective()
	// With TensorRT the rest may be CUDA's; with anything else the device itself must have done the work.
	if ran != d.Provider() && !(d == TensorRT && ran == CUDA.Provider()) {
		return &DeviceError{Requested: string(d), Reason: fmt.Sprintf("most of the model ran on %s instead", ran)}
	}
	op.settle(d)
	op.info.Provider, op.info.Nodes = ran, p.nodes
	return nil
}

func (op *opener) settle(d Device) {
	op.info.Device, op.info.Provider, op.info.Nodes = d, d.Provider(), nil
}
