//go:build cgo && !windows

package onnx

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	ort "github.com/yalue/onnxruntime_go"
)

// newSessionOptions makes the options that every device shares: one frame is computed node after node, by so many
// threads, which stop spinning when it is done since the next frame may take long to come.
func newSessionOptions(threads int) (*ort.SessionOptions, error) {
	so, err := ort.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	for _, set := range []func() error{
		func() error { return so.SetIntraOpNumThreads(threads) },
		func() error { return so.SetInterOpNumThreads(1) },
		func() error { return so.AddSessionConfigEntry("session.force_spinning_stop", "1") },
	} {
		if err := set(); err != nil {
			so.Destroy()
			return nil, err
		}
	}
	return so, nil
}

// appendProvider registers what computes on the device; the CPU comes by itself.
func (o Options) appendProvider(so *ort.SessionOptions, d Device) error {
	switch d {
	case CUDA:
		return appendCUDA(so)
	case TensorRT:
		if err := o.appendTensorRT(so); err != nil {
			return err
		}
		// CUDA takes what TensorRT does not; without it that goes to the CPU, which the trial run will show.
		_ = appendCUDA(so)
	case WebGPU:
		return so.AppendExecutionProvider("WebGPU", nil)
	}
	return nil
}

func appendCUDA(so *ort.SessionOptions) error {
	cuda, err := ort.NewCUDAProviderOptions()
	if err != nil {
		return err
	}
	defer cuda.Destroy()
	return so.AppendExecutionProviderCUDA(cuda)
}

func (o Options) appendTensorRT(so *ort.SessionOptions) error {
	dir, err := o.engineDir()
	if err != nil {
		return err
	}
	trt, err := ort.NewTensorRTProviderOptions()
	if err != nil {
		return err
	}
	defer trt.Destroy()
	err = trt.Update(map[string]string{
		"trt_engine_cache_enable": "1", "trt_engine_cache_path": dir,
		"trt_timing_cache_enable": "1", "trt_timing_cache_path": dir,
		"trt_fp16_enable": "1",
	})
	if err != nil {
		return err
	}
	return so.AppendExecutionProviderTensorRT(trt)
}

// engineDir is a folder for exactly this model, runtime and input. What lies there is code that will run here, so a
// folder that others may write to is refused.
func (o Options) engineDir() (string, error) {
	if o.EngineDir == "" {
		return "", fmt.Errorf("no folder to keep its engines in was given")
	}
	key := o.Model.SHA256[:16] + "-ort" + o.Runtime.Version + "-" + strconv.Itoa(o.Width) + "x" + strconv.Itoa(o.Height) + "-fp16"
	dir := filepath.Join(o.EngineDir, key)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	info, err := os.Stat(dir)
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		err = fmt.Errorf("the folder %s is open to others", dir)
	}
	return dir, err
}

// why explains in our words why a device cannot be used.
func (o Options) why(d Device, err error) string {
	text := oneLine(err)
	runtime := fmt.Sprintf("ONNX Runtime %s at %s", o.Runtime.Version, o.Runtime.Path)
	switch {
	case strings.Contains(text, "not supported in this build"), strings.Contains(text, "not enabled in this build"):
		return runtime + " was built without it"
	case (d == CUDA || d == TensorRT) && strings.Contains(text, "Failed to load"):
		if !o.hasProvider(d) {
			return fmt.Sprintf("%s has no %s provider beside it", runtime, d)
		}
		return fmt.Sprintf("the %s provider beside %s does not load: NVIDIA's driver or libraries are missing or of another version", d, runtime)
	case d == WebGPU && strings.Contains(text, "No supported adapters"):
		return "no GPU with a Vulkan, Metal or Direct3D driver was found"
	}
	return text
}

// hasProvider looks for the device's provider library where ONNX Runtime does.
func (o Options) hasProvider(d Device) bool {
	found, err := filepath.Glob(filepath.Join(filepath.Dir(o.Runtime.Path), "*onnxruntime_providers_"+string(d)+".*"))
	return err == nil && len(found) > 0
}
