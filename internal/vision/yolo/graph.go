package yolo

import (
	"strconv"
	"strings"
)

// Graph is what a loader read from a model file: its real inputs (initialisers left out), its outputs, and the text
// properties its exporter wrote.
type Graph struct {
	Inputs, Outputs []Tensor
	// Metadata holds the properties of the file, all values text as they were written; nil when there are none.
	Metadata map[string]string
}

// Tensor is one input or output of a Graph.
type Tensor struct {
	Name string
	Type ElementType
	// Dims are the sizes of the axes, outermost first; Symbolic (or anything below 1) stands for an axis that is chosen
	// at run time.
	Dims []int64
}

// Symbolic is the size of an axis that the graph leaves open.
const Symbolic int64 = -1

// ElementType is the ONNX number of an element type (TensorProto.DataType).
type ElementType int32

// The two element types that a model may read and answer here.
const (
	Float32 ElementType = 1
	Float16 ElementType = 10
)

// String is the name people use for the type, such as "float32" or "int64"; "type 99" for an unknown number.
func (t ElementType) String() string {
	names := [...]string{"undefined", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool",
		"float16", "float64", "uint32", "uint64", "complex64", "complex128", "bfloat16"}
	if t >= 0 && int(t) < len(names) {
		return names[t]
	}
	return "type " + strconv.Itoa(int(t))
}

// floating says whether the type is one of the two that are supported.
func (t ElementType) floating() bool { return t == Float32 || t == Float16 }

// String shows name, type and shape in one word group: "output0 float32 [1,84,?]".
func (t Tensor) String() string {
	parts := make([]string, len(t.Dims))
	for i, d := range t.Dims {
		parts[i] = "?"
		if d > 0 {
			parts[i] = strconv.FormatInt(d, 10)
		}
	}
	return t.Name + " " + t.Type.String() + " [" + strings.Join(parts, ",") + "]"
}

// fixed is the size of an axis and whether the graph fixes it.
func (t Tensor) fixed(axis int) (int, bool) {
	if axis >= len(t.Dims) || t.Dims[axis] < 1 {
		return 0, false
	}
	return int(t.Dims[axis]), true
}
