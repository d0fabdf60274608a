package onnxtest

import (
	"encoding/binary"
	"testing"
)

// Read takes an exported model apart, so that a test can change it. It knows what exports from torch hold: weights and
// constants with raw numbers, attributes that are kept as they are; names of nodes and of anything else are lost.
func Read(t testing.TB, data []byte) Model {
	t.Helper()
	m := Model{}
	each(t, data, func(num int, v uint64, b []byte) {
		switch num {
		case 1:
			m.IRVersion = int64(v)
		case 7:
			m.Graph = readGraph(t, b)
		case 8:
			each(t, b, func(num int, v uint64, _ []byte) {
				if num == 2 {
					m.Opset = int64(v)
				}
			})
		case 14:
			p := texts(t, b)
			m.Metadata = append(m.Metadata, Pair{p[1], p[2]})
		}
	})
	return m
}

func readGraph(t testing.TB, data []byte) (g Graph) {
	each(t, data, func(num int, _ uint64, b []byte) {
		switch num {
		case 1:
			g.Nodes = append(g.Nodes, readNode(t, b))
		case 5:
			g.Constants = append(g.Constants, readTensor(t, b))
		case 11:
			g.Inputs = append(g.Inputs, readValue(t, b))
		case 12:
			g.Outputs = append(g.Outputs, readValue(t, b))
		}
	})
	return g
}

func readNode(t testing.TB, data []byte) (n Node) {
	each(t, data, func(num int, _ uint64, b []byte) {
		switch num {
		case 1:
			n.Inputs = append(n.Inputs, string(b))
		case 2:
			n.Outputs = append(n.Outputs, string(b))
		case 4:
			n.Op = string(b)
		case 5:
			n.Attributes = append(n.Attributes, readAttribute(t, b))
		case 7:
			n.Domain = string(b)
		}
	})
	return n
}

func readAttribute(t testing.TB, data []byte) Attribute {
	a := Attribute{Raw: data}
	each(t, data, func(num int, _ uint64, b []byte) {
		switch num {
		case 1:
			a.Name = string(b)
		case 5:
			tensor := readTensor(t, b)
			a.Tensor, a.Raw = &tensor, nil
		}
	})
	return a
}

func readTensor(t testing.TB, data []byte) (out Tensor) {
	each(t, data, func(num int, v uint64, b []byte) {
		switch num {
		case 1:
			out.Dims = append(out.Dims, dims(t, v, b)...)
		case 2:
			out.Type = int32(v)
		case 8:
			out.Name = string(b)
		case 9:
			out.Raw = b
		case 4, 5, 7:
			t.Fatalf("tensor %q has its numbers in field %d; only raw ones are read", out.Name, num)
		}
	})
	return out
}

// dims are a list of numbers, packed or one by one.
func dims(t testing.TB, v uint64, packed []byte) (out []int64) {
	if packed == nil {
		return []int64{int64(v)}
	}
	for len(packed) > 0 {
		v, n := binary.Uvarint(packed)
		if n <= 0 {
			t.Fatal("a packed number does not end")
		}
		out, packed = append(out, int64(v)), packed[n:]
	}
	return out
}

func readValue(t testing.TB, data []byte) (out Value) {
	dim := func(num int, v uint64, b []byte) {
		if num == 1 {
			out.Dims = append(out.Dims, int(v))
		} else {
			out.Dims = append(out.Dims, string(b))
		}
	}
	shape := func(_ int, _ uint64, b []byte) { each(t, b, dim) }
	tensor := func(num int, v uint64, b []byte) {
		switch num {
		case 1:
			out.Type = int32(v)
		case 2:
			each(t, b, shape)
		}
	}
	each(t, data, func(num int, _ uint64, b []byte) {
		switch num {
		case 1:
			out.Name = string(b)
		case 2:
			each(t, b, func(_ int, _ uint64, b []byte) { each(t, b, tensor) })
		}
	})
	return out
}

func texts(t testing.TB, data []byte) (out [3]string) {
	each(t, data, func(num int, _ uint64, b []byte) {
		if num < len(out) {
			out[num] = string(b)
		}
	})
	return out
}

// each calls f with every field of a message: its number, and its value or its bytes.
func each(t testing.TB, data []byte, f func(num int, v uint64, b []byte)) {
	t.Helper()
	for len(data) > 0 {
		key, n := binary.Uvarint(data)
		data = data[max(n, 0):]
		size := map[uint64]int{1: 8, 5: 4}[key&7]
		switch {
		case n <= 0 || len(data) < size:
			t.Fatal("the model file ends too early")
		case size > 0:
			f(int(key>>3), 0, data[:size])
			data = data[size:]
			continue
		}
		v, n := binary.Uvarint(data)
		if n <= 0 {
			t.Fatal("the model file ends too early")
		}
		data = data[n:]
		if key&7 == 0 {
			f(int(key>>3), v, nil)
			continue
		}
		if key&7 != 2 || v > uint64(len(data)) {
			t.Fatalf("field %d of the model file cannot be read", key>>3)
		}
		f(int(key>>3), 0, data[:v:v])
		data = data[v:]
	}
}
