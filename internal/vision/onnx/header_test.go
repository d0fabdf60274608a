package onnx_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myrvm/rvmctl/internal/vision/onnx"
	"github.com/myrvm/rvmctl/internal/vision/onnx/onnxtest"
	"github.com/myrvm/rvmctl/internal/vision/yolo"
)

// small is a constant detector for 32x32 input with 21 anchors.
func small() onnxtest.Detector {
	return onnxtest.Detector{Width: 32, Height: 32, Labels: []string{"bottle", "can"}}
}

func TestInspect(t *testing.T) {
	t.Parallel()
	t.Run("a header holds what the file says", func(t *testing.T) {
		t.Parallel()
		m := small().Model()
		// Older files list their constants among the inputs.
		m.Graph.Inputs = append(m.Graph.Inputs, onnxtest.Value{Name: "rows", Type: onnxtest.Float32, Dims: []any{1, 6, 21}})
		got, err := onnx.Inspect(m.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		want := onnx.Header{
			IRVersion: 7, Producer: "onnxtest", Opsets: map[string]int64{"": 13},
			Inputs:    []yolo.Tensor{{Name: "images", Type: yolo.Float32, Dims: []int64{1, 3, 32, 32}}},
			Outputs:   []yolo.Tensor{{Name: "output0", Type: yolo.Float32, Dims: []int64{1, 6, 21}}},
			Operators: map[string]int{"Identity": 1}, Nodes: 1,
			Weights: map[yolo.ElementType]int{yolo.Float32: 1},
			Metadata: map[string]string{"description": "a test graph", "stride": "32", "task": "detect", "batch": "1",
				"imgsz": "[32, 32]", "names": "{0: 'bottle', 1: 'can'}", "channels": "3"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("symbolic dimensions are open", func(t *testing.T) {
		t.Parallel()
		d := small()
		d.Dynamic = true
		got, err := onnx.Inspect(d.Model().Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]int64{-1, 3, -1, -1}, got.Inputs[0].Dims); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("integer convolutions and signed weights are seen", func(t *testing.T) {
		t.Parallel()
		m := small().Model()
		m.Graph.Nodes = append(m.Graph.Nodes, onnxtest.Node{Op: "ConvInteger", Inputs: []string{"images"}, Outputs: []string{"x"}})
		m.Graph.Constants = append(m.Graph.Constants, onnxtest.Tensor{Name: "w", Type: onnxtest.Int8, Dims: []int64{1}, Raw: []byte{1}})
		got, err := onnx.Inspect(m.Bytes())
		if err != nil || !got.Int8Dynamic() || !got.SlowWeights() {
			t.Errorf("got %v %v, %v; want both true", got.Int8Dynamic(), got.SlowWeights(), err)
		}
	})
}

// with changes a usable model.
func with(change func(*onnxtest.Model)) []byte {
	m := small().Model()
	change(&m)
	return m.Bytes()
}

var canary = onnxtest.Tensor{Name: "w", Type: onnxtest.Float32, Dims: []int64{1}, External: "canary"}

// node holds t or g in an attribute.
func node(a onnxtest.Attribute) onnxtest.Node {
	return onnxtest.Node{Op: "Constant", Outputs: []string{"c"}, Attributes: []onnxtest.Attribute{a}}
}

func TestInspectRefuses(t *testing.T) {
	t.Parallel()
	external := "external data"
	inner := &onnxtest.Graph{Constants: []onnxtest.Tensor{canary}}
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"an empty file", nil, "empty"},
		{"text", []byte("just some text, longer than a header\n"), "no ONNX file"},
		{"a zip archive as PyTorch writes it", []byte("PK\x03\x04rest"), "can run code"},
		{"a bare pickle", []byte("\x80\x02}q\x00."), "can run code"},
		{"a TensorRT engine", []byte("ptrt\x00\x00"), "TensorRT engine"},
		{"an ORT file", []byte("\x10\x00\x00\x00ORTM"), "ORT format"},
		{"a Git LFS pointer", []byte("version https://git-lfs.github.com/spec/v1\n"), "Git LFS"},
		{"a web page", []byte("\n<!DOCTYPE html><html>"), "web page"},
		{"a model that ends early", small().Model().Bytes()[:300], "damaged"},
		{"a model with garbage behind it", append(small().Model().Bytes(), 0xff, 0xff), "damaged"},
		{"external data in a constant", with(func(m *onnxtest.Model) {
			m.Graph.Constants = append(m.Graph.Constants, canary)
		}), external},
		{"external data in a sparse constant", with(func(m *onnxtest.Model) {
			m.Graph.Sparse = []onnxtest.Tensor{canary}
		}), external},
		{"external data in an attribute", with(func(m *onnxtest.Model) {
			m.Graph.Nodes = append(m.Graph.Nodes, node(onnxtest.Attribute{Name: "value", Tensor: &canary}))
		}), external},
		{"external data in a sparse attribute", with(func(m *onnxtest.Model) {
			m.Graph.Nodes = append(m.Graph.Nodes, node(onnxtest.Attribute{Name: "sparse_value", Sparse: &canary}))
		}), external},
		{"external data in a subgraph", with(func(m *onnxtest.Model) {
			m.Graph.Nodes = append(m.Graph.Nodes, node(onnxtest.Attribute{Name: "body", Graph: inner}))
		}), external},
		{"external data in a function", with(func(m *onnxtest.Model) {
			m.Functions = [][]onnxtest.Node{{node(onnxtest.Attribute{Name: "value", Tensor: &canary})}}
		}), external},
		{"external data in training information", with(func(m *onnxtest.Model) {
			m.Training = []onnxtest.Graph{*inner}
		}), external},
		{"an operator of another domain", with(func(m *onnxtest.Model) {
			m.Graph.Nodes[0].Domain = "evil.example"
		}), "evil.example"},
		{"an operator of another domain in a subgraph", with(func(m *onnxtest.Model) {
			g := &onnxtest.Graph{Nodes: []onnxtest.Node{{Op: "x", Domain: "evil.example"}}}
			m.Graph.Nodes = append(m.Graph.Nodes, node(onnxtest.Attribute{Name: "body", Graph: g}))
		}), "evil.example"},
		{"a dimension of 0", with(func(m *onnxtest.Model) { m.Graph.Inputs[0].Dims = []any{0, 3, 32, 32} }), "impossible dimension 0"},
		{"a negative dimension", with(func(m *onnxtest.Model) { m.Graph.Inputs[0].Dims = []any{-5, 3, 32, 32} }), "impossible dimension -5"},
		{"a huge dimension", with(func(m *onnxtest.Model) { m.Graph.Outputs[0].Dims = []any{1 << 40} }), "impossible dimension"},
		{"a product that overflows", with(func(m *onnxtest.Model) {
			m.Graph.Outputs[0].Dims = []any{1 << 31, 1 << 31, 1 << 31}
		}), "more than 512 MiB"},
		{"an input too large to hold", with(func(m *onnxtest.Model) {
			m.Graph.Inputs[0].Dims = []any{1, 3, 8192, 8192}
		}), "more than 256 MiB"},
		{"a constant of an impossible shape", with(func(m *onnxtest.Model) {
			m.Graph.Constants[0].Dims = []int64{1 << 31, 1 << 31, 4}
		}), "impossible shape"},
		{"graphs within graphs without end", with(func(m *onnxtest.Model) {
			g := onnxtest.Graph{}
			for range 40 {
				inner := g
				g = onnxtest.Graph{Nodes: []onnxtest.Node{node(onnxtest.Attribute{Name: "body", Graph: &inner})}}
			}
			m.Graph.Nodes = append(m.Graph.Nodes, g.Nodes...)
		}), "nested deeper"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := onnx.Inspect(tt.data)
			var refused *onnx.ModelError
			if !errors.As(err, &refused) || !strings.Contains(refused.Found, tt.want) {
				t.Errorf("got %v, want a *ModelError saying %q", err, tt.want)
			}
		})
	}
}

func FuzzInspect(f *testing.F) {
	f.Add(small().Model().Bytes())
	f.Add(onnxtest.Probe{Width: 32, Height: 32, Points: []onnxtest.Point{{}}}.Model().Bytes())
	f.Add(with(func(m *onnxtest.Model) { m.Graph.Sparse = []onnxtest.Tensor{canary} }))
	f.Add([]byte("\x08\x07\x3a\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := onnx.Inspect(data)
		if err != nil {
			var refused *onnx.ModelError
			if !errors.As(err, &refused) {
				t.Errorf("got %T, want *ModelError", err)
			}
			return
		}
		if h.IRVersion == 0 {
			t.Error("accepted a file without a version")
		}
		for _, v := range append(h.Inputs, h.Outputs...) {
			for _, d := range v.Dims {
				if d != yolo.Symbolic && (d < 1 || d > 1<<31) {
					t.Errorf("accepted dimension %d", d)
				}
			}
		}
		_, _ = yolo.Recognise(h.Graph(), yolo.Options{})
	})
}
