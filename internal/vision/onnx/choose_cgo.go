//go:build cgo && !windows

package onnx

import "fmt"

const int8OnGPU = "the model is quantised dynamically, which only the CPU computes; use the float model on a GPU"

// chooseDevice settles the device and what really computes on it.
func (op *opener) chooseDevice(l *lane) error {
	switch op.Device {
	case CPU:
		op.settle(CPU)
	case Auto:
		op.chooseAuto(l)
	case CUDA, TensorRT, WebGPU:
		if reason := op.tryDevice(op.Device, l); reason != "" {
			return &DeviceError{Requested: string(op.Device), Reason: reason}
		}
	default:
		return unknownDevice(string(op.Device))
	}
	return nil
}

// chooseAuto takes CUDA if it really computes the model, else the CPU with the reason. It never takes TensorRT, whose
// engine may take minutes to build, nor WebGPU, which no machine has been seen running.
func (op *opener) chooseAuto(l *lane) {
	if reason := op.tryDevice(CUDA, l); reason != "" {
		op.settle(CPU)
		op.info.FallbackReason = "cuda: " + reason
		op.info.FallbackUnexpected = op.hasProvider(CUDA)
	}
}

// tryDevice settles on d, or says why not and leaves everything as it was.
func (op *opener) tryDevice(d Device, l *lane) (reason string) {
	if op.info.Header.Int8Dynamic() {
		return int8OnGPU
	}
	p, err := op.trial(d, l, op.info.Threads)
	if err != nil {
		return op.why(d, err)
	}
	ran := p.effective()
	// With TensorRT the rest may be CUDA's; with anything else the device itself must have done the work.
	if ran != d.Provider() && !(d == TensorRT && ran == CUDA.Provider()) {
		return fmt.Sprintf("most of the model ran on %s instead", ran)
	}
	op.settle(d)
	op.info.Nodes = p.nodes
	op.info.Lanes = min(op.info.Lanes, 2)
	return ""
}

func (op *opener) settle(d Device) {
	op.info.Device, op.info.Provider, op.info.Nodes = d, d.Provider(), nil
}
