package onnx

import (
	"strconv"

	"github.com/myrvm/rvmctl/internal/vision/yolo"
)

// Precisions that can be asked for. Only TensorRT can compute a float32 model in half precision.
const (
	// PrecisionAuto is half on TensorRT and the model's own elsewhere.
	PrecisionAuto = "auto"
	FP32          = "fp32"
	FP16          = "fp16"
)

// Spin says whether threads of the runtime that have nothing to do wait busily, which takes a whole core each.
type Spin string

const (
	// SpinWithin waits busily inside an inference and rests between two of them. It is the zero value's meaning.
	SpinWithin Spin = "auto"
	// SpinOn waits busily for the next picture too: for batch work on a machine that does nothing else.
	SpinOn Spin = "on"
	// SpinOff never does: for a camera at a few frames a second on a machine that is shared.
	SpinOff Spin = "off"
)

// entries are the runtime's own names for it.
func (s Spin) entries() map[string]string {
	switch s {
	case SpinOn:
		return map[string]string{"session.intra_op.allow_spinning": "1", "session.force_spinning_stop": "0"}
	case SpinOff:
		return map[string]string{"session.intra_op.allow_spinning": "0", "session.force_spinning_stop": "1"}
	}
	return map[string]string{"session.intra_op.allow_spinning": "1", "session.force_spinning_stop": "1"}
}

const (
	// defaultWorkspace is what building a TensorRT engine may take when nobody says it.
	defaultWorkspace = 1 << 30
	// gpuArena is room for the tensors of a detector. On a Jetson GPU and system share one memory, often of 8 GB, and the
	// runtime would otherwise take whatever it likes.
	gpuArena = 2 << 30
	// optimisation is how hard TensorRT looks for fast kernels, 0–5; 3 is its own default, more takes much longer to build.
	optimisation = "3"
)

// cudaOptions are the settings of the CUDA provider, by its names. The arena grows by what is asked for and not by powers
// of two, and kernels are chosen by rule: trying all of them delays the start by seconds and takes memory.
func (o Options) cudaOptions() map[string]string {
	return map[string]string{
		"device_id":              strconv.Itoa(o.GPU),
		"gpu_mem_limit":          strconv.Itoa(gpuArena + 2*len(o.Model.Bytes)),
		"arena_extend_strategy":  "kSameAsRequested",
		"cudnn_conv_algo_search": "HEURISTIC",
	}
}

// tensorRTOptions are the settings of the TensorRT provider but for the folder, by its names. The input has one shape as
// long as a session lives, so none of the options for ranges of shapes is needed.
func (o Options) tensorRTOptions(h Header) map[string]string {
	workspace := o.WorkspaceBytes
	if workspace < 1 {
		workspace = defaultWorkspace
	}
	return map[string]string{
		"device_id":                      strconv.Itoa(o.GPU),
		"trt_fp16_enable":                map[bool]string{true: "1", false: "0"}[o.precisionOn(TensorRT, h) == FP16],
		"trt_max_workspace_size":         strconv.FormatInt(workspace, 10),
		"trt_builder_optimization_level": optimisation,
	}
}

// engineFolderOptions make TensorRT keep its engine and what it measured of kernels in a folder.
func engineFolderOptions(dir string) map[string]string {
	return map[string]string{
		"trt_engine_cache_enable": "1", "trt_engine_cache_path": dir,
		"trt_timing_cache_enable": "1", "trt_timing_cache_path": dir,
	}
}

// precisionOn is what the model is computed in on a device: "fp32", "fp16" or "int8".
func (o Options) precisionOn(d Device, h Header) string {
	switch {
	case h.Half(), d == TensorRT && o.Precision != FP32:
		return FP16
	case h.Int8Dynamic():
		return "int8"
	}
	return FP32
}

// checkPrecision refuses a precision that was asked for by name and that d cannot give this model.
func (o Options) checkPrecision(d Device, h Header) error {
	switch {
	case o.Precision == FP16 && d != TensorRT && !h.Half():
		return &DeviceError{Requested: string(d), Reason: "half precision (fp16) can be chosen on tensorrt only; elsewhere a model computes as it was exported, and this one is not half",
			Hint: "use --precision auto, or --device tensorrt, or a model that was exported with half=True"}
	case o.Precision == FP32 && h.Half():
		return &DeviceError{Requested: string(d), Reason: "the model itself is in half precision (fp16) and cannot be computed in fp32",
			Hint: "use --precision auto, or a model that was exported without half=True"}
	}
	return nil
}

// Half says whether most of the weights, or the input, are float16.
func (h Header) Half() bool {
	return len(h.Inputs) > 0 && h.Inputs[0].Type == yolo.Float16 || h.Weights[yolo.Float16] > h.Weights[yolo.Float32]
}
