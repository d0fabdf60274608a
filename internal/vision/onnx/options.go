package onnx

import (
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/myrvm/rvmctl/internal/vision/yolo"
)

// Options say what Open loads and how.
type Options struct {
	// Runtime is the started library.
	Runtime *Runtime
	// Model is the file, read already.
	Model Model
	// SHA256, when set, is the sum that Model must have.
	SHA256 string
	// Labels replace the names in the file; nil keeps them.
	Labels []string
	// Only are the labels that are wanted, by text; nil means all. It overrides Thresholds.Only.
	Only []string
	// Thresholds choose what becomes a detection; start from yolo.DefaultThresholds.
	Thresholds yolo.Thresholds
	// Width and Height choose the input of a dynamic model in pixels; 0 means the file's own default.
	Width, Height int
	// Masks asks for the masks of a model that can give them; without it only its boxes are read.
	Masks bool
	// Device is where to run; empty means Auto.
	Device Device
	// Lanes is how many frames may be in work at once; 0 means 1. The function Lanes gives a good number. A GPU gets two
	// at most: it computes one while the other is prepared.
	Lanes int
	// Threads is how many CPU threads one frame is computed with; 0 shares GOMAXPROCS out among the lanes.
	Threads int
	// EngineDir is where TensorRT keeps its engines, and where it is kept which provider ran a model; engines are code, so
	// only the user may write there.
	EngineDir string
	// GPU is the number of the GPU for CUDA and TensorRT.
	GPU int
	// Precision is PrecisionAuto, FP32 or FP16; empty means PrecisionAuto.
	Precision string
	// WorkspaceBytes bounds the memory for building a TensorRT engine; 0 means 1 GiB.
	WorkspaceBytes int64
	// Spin says whether idle threads wait busily; empty means SpinWithin.
	Spin Spin
	// BuildEngine permits building a TensorRT engine, which takes minutes, and is called when that begins. Without it a
	// model whose engine is not built yet is refused on TensorRT.
	BuildEngine func()
	// LockWait is how long to wait for another process that builds the same engine.
	LockWait time.Duration
	// GPUFacts tells what GPU a number stands for; nil means ReadGPU.
	GPUFacts func(number int) GPU
}

// Info says what a Session is and what it runs on.
type Info struct {
	// Model is the name or path of the model, SHA256 its sum.
	Model, SHA256 string
	// Spec is how the model was understood: task, labels, input size.
	Spec yolo.Spec
	// Header is what the file says about itself.
	Header Header
	// Requested is the device that was asked for, Device the one that was chosen.
	Requested, Device Device
	// Provider is what really computes, by ONNX Runtime's name.
	Provider string
	// Nodes counts the graph's nodes per provider, measured on a trial run of this model on this machine; nil on CPU, where
	// there is no choice.
	Nodes map[string]int
	// Precision is what it computes in: FP32, FP16 or "int8".
	Precision string
	// EngineDir is the folder of the TensorRT engine, empty on other devices; BuildMS is how long the trial run took that
	// built it, 0 when it was there.
	EngineDir string
	BuildMS   float64
	// FallbackReason says why Auto did not take a GPU; empty when it did or when the device was explicit.
	FallbackReason string
	// FallbackUnexpected says that what a GPU needs of ONNX Runtime is installed, so that the CPU is not what was meant.
	FallbackUnexpected bool
	// RuntimePath and RuntimeVersion name the library.
	RuntimePath, RuntimeVersion string
	// Threads are per lane.
	Threads, Lanes int
	// LoadMS and WarmUpMS are wall times in milliseconds: building the session, and its first run.
	LoadMS, WarmUpMS float64
	// Notes are facts that an operator may want to know, one line each.
	Notes []string
}

// Recognise judges a model without a runtime: the header is walked, the layout recognised. Errors carry the model's
// path and are *ModelError.
func Recognise(m Model, o yolo.Options) (Header, yolo.Spec, error) {
	h, err := Inspect(m.Bytes)
	if err != nil {
		return Header{}, yolo.Spec{}, named(m.Path, err)
	}
	spec, err := yolo.Recognise(h.Graph(), o)
	if err != nil {
		return h, yolo.Spec{}, refused(m.Path, err)
	}
	return h, spec, nil
}

// recognise judges what the options bring: first whether it is the model that was meant, then the model.
func (o Options) recognise() (Header, yolo.Spec, error) {
	if o.SHA256 != "" && !strings.EqualFold(o.SHA256, o.Model.SHA256) {
		return Header{}, yolo.Spec{}, &ModelError{Path: o.Model.Path,
			Found: fmt.Sprintf("its sha256 is %s, expected %s", o.Model.SHA256, o.SHA256),
			Want:  "fetch the file again; if it was changed on purpose, say so: rvmctl model use FILE --model-sha256 SUM"}
	}
	return Recognise(o.Model, yolo.Options{Labels: o.Labels, Width: o.Width, Height: o.Height})
}

// thresholds puts the wanted labels into the thresholds, now that the model's labels are known.
func (o Options) thresholds(spec yolo.Spec) (yolo.Thresholds, error) {
	th := o.Thresholds
	if o.Only != nil {
		ids, err := spec.LabelIDs(o.Only)
		if err != nil {
			return th, err
		}
		th.Only = ids
	}
	return th, nil
}

// Lanes is how many lanes get so many pictures done soonest: one picture gets all cores to itself, many get a core each,
// since two cores on two pictures waste less than two cores on one, and decoding a picture keeps only one core busy.
func Lanes(pictures int) int { return max(1, min(pictures, runtime.GOMAXPROCS(0))) }

// shares settles lanes and threads.
func (o Options) shares() (lanes, threads int) {
	lanes, threads = max(1, o.Lanes), o.Threads
	if threads < 1 {
		threads = max(1, runtime.GOMAXPROCS(0)/lanes)
	}
	return lanes, threads
}

// notes are what the header and the layout let an operator expect.
func (o Options) notes(h Header, spec yolo.Spec) []string {
	notes := append([]string(nil), spec.Notes...)
	if h.SlowWeights() && runtime.GOARCH == "amd64" {
		notes = append(notes, "the weights are signed int8, which ONNX Runtime computes slowly on this processor; unsigned ones are several times faster")
	}
	if th := o.Thresholds; spec.FixedSuppression() && (th.Agnostic || th.IoU != yolo.DefaultThresholds().IoU) {
		notes = append(notes, "this model suppresses by itself: an IoU threshold and suppression across labels have no effect")
	}
	if spec.NMS && o.Thresholds.Confidence < yolo.DefaultThresholds().Confidence {
		notes = append(notes, "this model dropped low scores at export: a lower confidence threshold may have no effect")
	}
	return notes
}
