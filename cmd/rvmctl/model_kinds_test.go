//go:build unix

package main

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/myrvm/rvmctl/internal/vision/onnx/onnxtest"
)

// eye is a small detector that sees a bottle.
func eye() onnxtest.Model {
	return onnxtest.Detector{Width: 64, Height: 64, Labels: []string{"bottle", "can"}, Hot: []onnxtest.Hot{{X1: 8, Y1: 8, X2: 56, Y2: 56, Score: 0.875}}}.Model()
}

// badModel is a model file that must be refused, or that does harm when it runs; nil for a kind that is none of them.
func badModel(kind string) []byte {
	m := eye()
	g := &m.Graph
	switch kind {
	case "external": // reads another file
		g.Constants[0].External = "secret.txt"
	case "external-in-function":
		m.Functions = [][]onnxtest.Node{{{Op: "Constant", Outputs: []string{"x"}, Attributes: []onnxtest.Attribute{
			{Name: "value", Tensor: &onnxtest.Tensor{Name: "x", Type: onnxtest.Float32, Dims: []int64{1}, External: "secret.txt"}}}}}}
	case "domain": // operators that a library of somebody else would bring
		g.Nodes[0].Domain = "evil.example"
	case "pose":
		m.Metadata = append(m.Metadata, onnxtest.Pair{Key: "task", Value: "pose"})
	case "no-names":
		m.Metadata = nil
	case "grey": // one channel
		g.Inputs[0].Dims = []any{1, 1, 64, 64}
	case "double":
		g.Inputs[0].Type = onnxtest.Float64
	case "huge": // an output of 6 GiB
		g.Outputs[0].Dims = []any{1, 6, 1 << 28}
	case "unloadable": // rvmctl finds nothing wrong, the runtime does
		g.Nodes[0].Op = "NoSuchOperator"
	case "cut":
		whole := m.Bytes()
		return whole[:len(whole)/2]
	case "pickle": // what torch.save writes
		return append([]byte("PK\x03\x04"), bytes.Repeat([]byte{0}, 100)...)
	case "divides": // ONNX Runtime dies of it on x86: the smallest integer divided by -1 has no place in 64 bits
		g.Constants = append(g.Constants, onnxtest.Ints("least", math.MinInt64), onnxtest.Ints("minus", -1))
		m = spoiled(m, onnxtest.Node{Op: "Cast", Inputs: []string{"images"}, Outputs: []string{"zero"}, Attributes: to(onnxtest.Int64)},
			onnxtest.Node{Op: "Add", Inputs: []string{"zero", "minus"}, Outputs: []string{"by"}},
			onnxtest.Node{Op: "Div", Inputs: []string{"least", "by"}, Outputs: []string{"parts"}},
			onnxtest.Node{Op: "Cast", Inputs: []string{"parts"}, Outputs: []string{"numbers"}, Attributes: to(onnxtest.Float32)},
			onnxtest.Node{Op: "ReduceMax", Inputs: []string{"numbers"}, Outputs: []string{"harm"}, Attributes: []onnxtest.Attribute{{Name: "keepdims"}}})
	case "no-number": // one row of the answer is none
		nan := make([]byte, 4)
		binary.LittleEndian.PutUint32(nan, math.Float32bits(float32(math.NaN())))
		copy(g.Constants[0].Raw, nan)
	case "hungry": // 16 GiB, where a model of this size may take 3
		g.Constants = append(g.Constants, onnxtest.Ints("wide", 4<<30))
		m = spoiled(m, onnxtest.Node{Op: "ReduceMax", Inputs: []string{"images"}, Outputs: []string{"grey"}, Attributes: []onnxtest.Attribute{{Name: "keepdims"}}},
			onnxtest.Node{Op: "Expand", Inputs: []string{"grey", "wide"}, Outputs: []string{"much"}},
			onnxtest.Node{Op: "ReduceMax", Inputs: []string{"much"}, Outputs: []string{"harm"}, Attributes: []onnxtest.Attribute{{Name: "keepdims"}}})
	case "hangs": // a loop of some centuries
		m = spoiled(m, loop(g, "trips"))
	case "hangs-in-light": // the same for a picture that is lighter than the grey one
		g.Constants = append(g.Constants, onnxtest.Floats("grey", nil, []float32{0.46}))
		m = spoiled(m, onnxtest.Node{Op: "ReduceMean", Inputs: []string{"images"}, Outputs: []string{"mean"}, Attributes: []onnxtest.Attribute{{Name: "keepdims"}}},
			onnxtest.Node{Op: "Greater", Inputs: []string{"mean", "grey"}, Outputs: []string{"light"}},
			onnxtest.Node{Op: "Cast", Inputs: []string{"light"}, Outputs: []string{"once"}, Attributes: to(onnxtest.Int64)},
			onnxtest.Node{Op: "Mul", Inputs: []string{"once", "trips"}, Outputs: []string{"rounds"}}, loop(g, "rounds"))
	default:
		return nil
	}
	return m.Bytes()
}

func to(kind int64) []onnxtest.Attribute { return []onnxtest.Attribute{{Name: "to", Int: kind}} }

// spoiled puts nodes in front of the answer, whose number "harm" is added to it.
func spoiled(m onnxtest.Model, nodes ...onnxtest.Node) onnxtest.Model {
	m.Graph.Nodes = append(nodes, onnxtest.Node{Op: "Add", Inputs: []string{"rows", "harm"}, Outputs: []string{"output0"}})
	return m
}

// boolean is ONNX's number of the type.
const boolean = 9

// loop adds constants, "trips" among them, and goes round so often as the named number says.
func loop(g *onnxtest.Graph, rounds string) onnxtest.Node {
	scalar := func(name string, kind int32, raw []byte) onnxtest.Tensor {
		return onnxtest.Tensor{Name: name, Type: kind, Raw: raw}
	}
	g.Constants = append(g.Constants, scalar("trips", onnxtest.Int64, binary.LittleEndian.AppendUint64(nil, 1<<60)),
		scalar("yes", boolean, []byte{1}), scalar("start", onnxtest.Float32, make([]byte, 4)))
	value := func(name string, kind int32) onnxtest.Value {
		return onnxtest.Value{Name: name, Type: kind, Dims: []any{}}
	}
	body := onnxtest.Graph{
		Inputs: []onnxtest.Value{value("turn", onnxtest.Int64), value("go", boolean), value("v", onnxtest.Float32)},
		Nodes: []onnxtest.Node{{Op: "Identity", Inputs: []string{"go"}, Outputs: []string{"on"}},
			{Op: "Mul", Inputs: []string{"v", "start"}, Outputs: []string{"w"}}},
		Outputs: []onnxtest.Value{value("on", boolean), value("w", onnxtest.Float32)},
	}
	return onnxtest.Node{Op: "Loop", Inputs: []string{rounds, "yes", "start"}, Outputs: []string{"harm"},
		Attributes: []onnxtest.Attribute{{Name: "body", Graph: &body}}}
}
