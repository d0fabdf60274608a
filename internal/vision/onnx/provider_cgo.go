//go:build cgo && !windows

package onnx

import (
	"fmt"
	"strings"

	ort "github.com/yalue/onnxruntime_go"
)

// newSessionOptions makes the options that every device shares: one frame is computed node after node, by so many
// threads, which wait for the next one as spin says.
func newSessionOptions(threads int, spin Spin) (*ort.SessionOptions, error) {
	so, err := ort.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	sets := []func() error{
		func() error { return so.SetIntraOpNumThreads(threads) },
		func() error { return so.SetInterOpNumThreads(1) },
	}
	for key, value := range spin.entries() {
		sets = append(sets, func() error { return so.AddSessionConfigEntry(key, value) })
	}
	for _, set := range sets {
		if err := set(); err != nil {
			so.Destroy()
			return nil, err
		}
	}
	return so, nil
}

// appendProvider registers what computes on the device; the CPU comes by itself.
func (op *opener) appendProvider(so *ort.SessionOptions, d Device) error {
	switch d {
	case CUDA:
		return op.appendCUDA(so)
	case TensorRT:
		if err := op.appendTensorRT(so); err != nil {
			return err
		}
		// CUDA takes what TensorRT does not; without it that goes to the CPU, which the trial run will show.
		_ = op.appendCUDA(so)
	case WebGPU:
		return so.AppendExecutionProvider("WebGPU", nil)
	}
	return nil
}

func (op *opener) appendCUDA(so *ort.SessionOptions) error {
	cuda, err := ort.NewCUDAProviderOptions()
	if err != nil {
		return err
	}
	defer cuda.Destroy()
	if err := cuda.Update(op.cudaOptions()); err != nil {
		return err
	}
	return so.AppendExecutionProviderCUDA(cuda)
}

func (op *opener) appendTensorRT(so *ort.SessionOptions) error {
	trt, err := ort.NewTensorRTProviderOptions()
	if err != nil {
		return err
	}
	defer trt.Destroy()
	if err := trt.Update(op.tensorRTOptions(op.info.Header)); err != nil {
		return err
	}
	if op.engines != "" {
		if err := trt.Update(engineFolderOptions(op.engines)); err != nil {
			return err
		}
	}
	return so.AppendExecutionProviderTensorRT(trt)
}

// why explains in our words why a device cannot be used.
func (o Options) why(d Device, err error) string {
	text := oneLine(err)
	runtime := fmt.Sprintf("ONNX Runtime %s at %s", o.Runtime.Version, o.Runtime.Path)
	switch {
	case strings.Contains(text, "not supported in this build"), strings.Contains(text, "not enabled in this build"):
		return runtime + " was built without it"
	case (d == CUDA || d == TensorRT) && strings.Contains(text, "Failed to load"):
		if o.provider(d) == "" {
			return o.missing(d)
		}
		return fmt.Sprintf("the %s provider beside %s does not load: NVIDIA's driver or libraries are missing or of another version", d, runtime)
	case d == WebGPU && strings.Contains(text, "No supported adapters"):
		return "no GPU with a Vulkan, Metal or Direct3D driver was found"
	}
	return text
}

func (o Options) missing(d Device) string {
	return fmt.Sprintf("ONNX Runtime %s at %s has no %s provider beside it", o.Runtime.Version, o.Runtime.Path, d)
}
