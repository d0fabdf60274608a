package onnx

import (
	"slices"
	"strings"
)

// Device is where a model is to run, as the operator names it.
type Device string

// The devices that can be asked for.
const (
	// Auto takes the best device that is there and may fall back to CPU, which Info then says.
	Auto Device = "auto"
	// CPU is always there.
	CPU Device = "cpu"
	// CUDA is an NVIDIA GPU.
	CUDA Device = "cuda"
	// TensorRT is an NVIDIA GPU through an engine that is built once for model and machine, which takes minutes.
	TensorRT Device = "tensorrt"
	// WebGPU is a GPU through Vulkan, Metal or Direct3D. Auto never chooses it.
	WebGPU Device = "webgpu"
)

// Devices lists the devices that can be asked for, in the order to show them.
func Devices() []Device { return []Device{Auto, CPU, CUDA, TensorRT, WebGPU} }

// ParseDevice reads a device in any case; empty means Auto. The error is a *DeviceError.
func ParseDevice(s string) (Device, error) {
	d := Device(strings.ToLower(strings.TrimSpace(s)))
	if d == "" {
		return Auto, nil
	}
	if !slices.Contains(Devices(), d) {
		return "", unknownDevice(s)
	}
	return d, nil
}

func unknownDevice(asked string) error {
	names := make([]string, 0, 5)
	for _, d := range Devices() {
		names = append(names, string(d))
	}
	return &DeviceError{Requested: asked, Reason: "unknown device; known are " + strings.Join(names, ", ")}
}

// Provider is ONNX Runtime's name for what computes on the device; empty for Auto.
func (d Device) Provider() string {
	switch d {
	case CPU:
		return "CPUExecutionProvider"
	case CUDA:
		return "CUDAExecutionProvider"
	case TensorRT:
		return "TensorrtExecutionProvider"
	case WebGPU:
		return "WebGpuExecutionProvider"
	}
	return ""
}
