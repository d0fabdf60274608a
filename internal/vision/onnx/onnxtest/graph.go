package onnxtest

import (
	"encoding/binary"
	"math"
)

// Element types, by ONNX's numbers.
const (
	Float32 = 1
	Uint8   = 2
	Int8    = 3
	Int32   = 6
	Int64   = 7
	Float16 = 10
	Float64 = 11
)

// Model is a ModelProto. The zero value of a number means the usual one.
type Model struct {
	IRVersion int64
	Opset     int64
	Metadata  []Pair
	Graph     Graph
	// Functions are the nodes of model-local functions, one function each.
	Functions [][]Node
	// Training are graphs kept as training information.
	Training []Graph
}

// Pair is one entry of the metadata.
type Pair struct{ Key, Value string }

// Graph is a GraphProto.
type Graph struct {
	Inputs, Outputs []Value
	Constants       []Tensor
	Sparse          []Tensor
	Nodes           []Node
}

// Value is an input or output. A Dims entry is an int or, for a symbolic dimension, a string; nil Dims mean no shape.
type Value struct {
	Name string
	Type int32
	Dims []any
}

// Tensor is a TensorProto with its numbers in raw little-endian form.
type Tensor struct {
	Name string
	Type int32
	Dims []int64
	Raw  []byte
	// External names a file that is to hold the numbers instead.
	External string
}

// Node is a NodeProto.
type Node struct {
	Op, Domain      string
	Inputs, Outputs []string
	Attributes      []Attribute
}

// Attribute is an AttributeProto; the field that is set decides its type.
type Attribute struct {
	Name   string
	Text   string
	Int    int64
	Ints   []int64
	Tensor *Tensor
	Sparse *Tensor
	Graph  *Graph
	// Raw is a whole attribute as it was read, name and type included; it goes before everything else.
	Raw []byte
}

// Floats is a float32 constant.
func Floats(name string, dims []int64, values []float32) Tensor {
	raw := make([]byte, 0, 4*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return Tensor{Name: name, Type: Float32, Dims: dims, Raw: raw}
}

// Ints is a constant list of int64, as shapes and indices are.
func Ints(name string, values ...int64) Tensor {
	raw := make([]byte, 0, 8*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return Tensor{Name: name, Type: Int64, Dims: []int64{int64(len(values))}, Raw: raw}
}

// Bytes is the model as a file; the same model always gives the same bytes.
func (m Model) Bytes() []byte {
	out := message(nil).varint(1, or(m.IRVersion, 7)).text(2, "onnxtest")
	out = out.bytes(7, m.Graph.message())
	out = out.bytes(8, message(nil).text(1, "").varint(2, or(m.Opset, 13)))
	for _, p := range m.Metadata {
		out = out.bytes(14, message(nil).text(1, p.Key).text(2, p.Value))
	}
	for _, g := range m.Training {
		out = out.bytes(20, message(nil).bytes(2, g.message()))
	}
	for _, nodes := range m.Functions {
		f := message(nil).text(1, "f")
		for _, n := range nodes {
			f = f.bytes(7, n.message())
		}
		out = out.bytes(25, f)
	}
	return out
}

func or(v, usual int64) int64 {
	if v == 0 {
		return usual
	}
	return v
}

func (g Graph) message() message {
	var out message
	for _, n := range g.Nodes {
		out = out.bytes(1, n.message())
	}
	out = out.text(2, "g")
	for _, t := range g.Constants {
		out = out.bytes(5, t.message())
	}
	for _, t := range g.Sparse {
		out = out.bytes(15, message(nil).bytes(1, t.message()))
	}
	for _, v := range g.Inputs {
		out = out.bytes(11, v.message())
	}
	for _, v := range g.Outputs {
		out = out.bytes(12, v.message())
	}
	return out
}

func (n Node) message() message {
	var out message
	for _, s := range n.Inputs {
		out = out.text(1, s)
	}
	for _, s := range n.Outputs {
		out = out.text(2, s)
	}
	out = out.text(4, n.Op)
	for _, a := range n.Attributes {
		out = out.bytes(5, a.message())
	}
	if n.Domain != "" {
		out = out.text(7, n.Domain)
	}
	return out
}

func (a Attribute) message() message {
	if a.Raw != nil {
		return a.Raw
	}
	out := message(nil).text(1, a.Name)
	switch {
	case a.Tensor != nil:
		return out.bytes(5, a.Tensor.message()).varint(20, 4)
	case a.Graph != nil:
		return out.bytes(6, a.Graph.message()).varint(20, 5)
	case a.Sparse != nil:
		return out.bytes(22, message(nil).bytes(1, a.Sparse.message())).varint(20, 11)
	case a.Text != "":
		return out.text(4, a.Text).varint(20, 3)
	case a.Ints != nil:
		for _, v := range a.Ints {
			out = out.varint(8, v)
		}
		return out.varint(20, 7)
	}
	return out.varint(3, a.Int).varint(20, 2)
}

func (t Tensor) message() message {
	var out message
	for _, d := range t.Dims {
		out = out.varint(1, d)
	}
	out = out.varint(2, int64(t.Type)).text(8, t.Name)
	if t.External != "" {
		return out.bytes(13, message(nil).text(1, "location").text(2, t.External)).varint(14, 1)
	}
	return out.bytes(9, t.Raw)
}

func (v Value) message() message {
	tensor := message(nil).varint(1, int64(v.Type))
	if v.Dims != nil {
		var shape message
		for _, d := range v.Dims {
			switch d := d.(type) {
			case int:
				shape = shape.bytes(1, message(nil).varint(1, int64(d)))
			case string:
				shape = shape.bytes(1, message(nil).text(2, d))
			}
		}
		tensor = tensor.bytes(2, shape)
	}
	return message(nil).text(1, v.Name).bytes(2, message(nil).bytes(1, tensor))
}
