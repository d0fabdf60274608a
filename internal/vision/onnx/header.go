package onnx

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/myrvm/rvmctl/internal/vision/yolo"
)

// Bounds of what is read out of a model file. Real exports stay far below every one of them.
const (
	maxDepth     = 64
	maxDim       = 1 << 31
	maxRank      = 16
	maxIO        = 100_000
	maxName      = 1024
	maxKinds     = 1000
	maxMetadata  = 1000
	maxText      = 1 << 20
	maxInput     = 256 << 20
	maxOutput    = 512 << 20
	wantReexport = "export it again with `yolo export format=onnx`"
)

// Header is what a model file says about itself, read without a runtime.
type Header struct {
	// IRVersion is the version of the file format.
	IRVersion int64
	// Producer is the program that wrote the file, with its version.
	Producer string
	// Opsets maps an operator domain to its version; the default domain is "".
	Opsets map[string]int64
	// Inputs are the inputs that a caller must feed: those that have an initialiser are left out.
	Inputs []yolo.Tensor
	// Outputs are the announced outputs.
	Outputs []yolo.Tensor
	// Metadata are the file's own key-value pairs, uninterpreted.
	Metadata map[string]string
	// Operators counts the nodes per operator type, subgraphs and functions included.
	Operators map[string]int
	// Nodes is the sum of Operators.
	Nodes int
	// Weights counts the initialisers per element type.
	Weights map[yolo.ElementType]int
}

// Element types beside those that package yolo can feed; the numbers are ONNX's.
const (
	typeUint8 yolo.ElementType = 2
	typeInt8  yolo.ElementType = 3
)

// elementSizes are in bytes, by ONNX's number of the type; strings have none that could be counted.
var elementSizes = [...]uint64{0, 4, 1, 1, 2, 2, 4, 8, 0, 1, 2, 8, 4, 8, 8, 16, 2}

// Graph is the header in the words of package yolo, which judges the layout.
func (h Header) Graph() yolo.Graph {
	return yolo.Graph{Inputs: h.Inputs, Outputs: h.Outputs, Metadata: h.Metadata}
}

// Int8Dynamic says whether the model was quantised dynamically: its convolutions are integer operators that only the
// CPU provider has.
func (h Header) Int8Dynamic() bool {
	return h.Operators["ConvInteger"] > 0 || h.Operators["MatMulInteger"] > 0
}

// SlowWeights says whether the model is quantised with signed weights, which ONNX Runtime computes several times
// slower on x86-64 than unsigned ones.
func (h Header) SlowWeights() bool {
	return h.Int8Dynamic() && h.Weights[typeInt8] > h.Weights[typeUint8]
}

// Inspect walks a model file with bounded lengths and depth and refuses, with a *ModelError, what is not ONNX, what
// reads other files (external data), what needs operators of unknown domains, and shapes that are impossible or too
// large to hold. Nothing is executed and no other file is opened.
func Inspect(data []byte) (Header, error) {
	if err := sniff(data); err != nil {
		return Header{}, err
	}
	w := newWalk()
	if err := eachField(data, w.model); err != nil {
		return Header{}, w.refusal(err)
	}
	if w.header.IRVersion == 0 || !w.sawGraph {
		return Header{}, notONNX("it is no ONNX file")
	}
	w.header.Inputs = slices.DeleteFunc(w.header.Inputs, func(v yolo.Tensor) bool { return w.initialisers[v.Name] })
	if err := checkShapes(w.header); err != nil {
		return Header{}, err
	}
	return w.header, nil
}

// refusal turns an error of the walk into one about the file.
func (w *walk) refusal(err error) error {
	var m *ModelError
	switch {
	case errors.As(err, &m):
		return err
	// A file that was cut short fails at its graph, which is nearly all of it; what stands before gives it away.
	case w.header.IRVersion != 0 && (w.sawGraph || w.header.Producer != ""):
		return &ModelError{Found: "it is damaged: it begins as an ONNX file but does not hold together",
			Want: "fetch or export it again", Err: err}
	default:
		return notONNX("it is no ONNX file")
	}
}

// checkShapes bounds the memory that the announced inputs and outputs would take.
func checkShapes(h Header) error {
	for _, v := range h.Inputs {
		if err := checkShape("input", v, maxInput); err != nil {
			return err
		}
	}
	for _, v := range h.Outputs {
		if err := checkShape("output", v, maxOutput); err != nil {
			return err
		}
	}
	return nil
}

func checkShape(kind string, v yolo.Tensor, limit uint64) error {
	size := uint64(1)
	if t := int(v.Type); t > 0 && t < len(elementSizes) && elementSizes[t] > 0 {
		size = elementSizes[t]
	}
	for _, d := range v.Dims {
		if d < 0 {
			continue
		}
		hi, lo := bits.Mul64(size, uint64(d))
		if hi != 0 || lo > limit {
			return &ModelError{Found: fmt.Sprintf("%s %q with shape %v takes more than %d MiB", kind, v.Name, v.Dims, limit>>20)}
		}
		size = lo
	}
	return nil
}

// checkDims refuses numbers that no tensor of a constant can have.
func checkDims(dims []int64) error {
	elements := uint64(1)
	for _, d := range dims {
		hi, lo := bits.Mul64(elements, uint64(d))
		if d < 0 || d > maxDim || hi != 0 || lo > math.MaxInt64 {
			return &ModelError{Found: fmt.Sprintf("a constant has the impossible shape %v", dims)}
		}
		elements = lo
	}
	return nil
}
