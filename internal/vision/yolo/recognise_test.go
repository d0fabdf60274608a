package yolo

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// exported is the graph of an ordinary export with two classes, for tests to change.
func exported(change func(*Graph)) Graph {
	g := Graph{
		Inputs:  []Tensor{{"images", Float32, []int64{1, 3, 640, 640}}},
		Outputs: []Tensor{{"output0", Float32, []int64{1, 6, 8400}}},
		Metadata: map[string]string{"task": "detect", "names": "{0: 'bottle', 1: 'can'}", "stride": "32", "batch": "1", "imgsz": "[640, 640]",
			"args": "{'batch': 1, 'half': False, 'nms': False}", "end2end": "False", "channels": "3", "version": "8.4.21", "license": "AGPL-3.0"},
	}
	if change != nil {
		change(&g)
	}
	return g
}

func ordinarySpec(change func(*Spec)) Spec {
	s := Spec{Task: "detect", Labels: []string{"bottle", "can"}, InputName: "images", OutputName: "output0", Width: 640, Height: 640,
		Batch: 1, Classes: 2, Anchors: 8400, Stride: 32, Version: "8.4.21", License: "AGPL-3.0"}
	if change != nil {
		change(&s)
	}
	return s
}

func protos(coefficients int64) Tensor {
	return Tensor{"output1", Float32, []int64{1, coefficients, 160, 160}}
}

func segmenting(s *Spec) {
	s.Task, s.ProtoName, s.Coefficients, s.Masks, s.ProtoWidth, s.ProtoHeight = "segment", "output1", 32, true, 160, 160
}

func TestRecognise(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		graph   func(*Graph)
		options Options
		want    func(*Spec)
	}{
		{"detect, whose six channels are not rows", nil, Options{}, nil},
		{"another size", func(g *Graph) {
			g.Inputs[0].Dims, g.Outputs[0].Dims = []int64{1, 3, 480, 640}, []int64{1, 6, 6300}
		}, Options{}, func(s *Spec) { s.Height, s.Anchors = 480, 6300 }},
		{"segment", func(g *Graph) {
			g.Metadata["task"] = "segment"
			g.Outputs = []Tensor{{"output0", Float32, []int64{1, 38, 8400}}, protos(32)}
		}, Options{}, func(s *Spec) { segmenting(s) }},
		{"segment by its outputs alone, under other names and in another order", func(g *Graph) {
			delete(g.Metadata, "task")
			p := protos(32)
			p.Name = "masks"
			g.Outputs = []Tensor{p, {"boxes", Float32, []int64{1, 38, 8400}}}
		}, Options{}, func(s *Spec) {
			segmenting(s)
			s.OutputName, s.ProtoName = "boxes", "masks"
		}},
		{"segment with open axes and float16 prototypes", func(g *Graph) {
			g.Metadata["task"] = "segment"
			g.Inputs[0].Dims = []int64{-1, 3, -1, -1}
			g.Outputs = []Tensor{{"output0", Float32, []int64{-1, 38, -1}}, {"output1", Float16, []int64{-1, 32, -1, -1}}}
		}, Options{Width: 320, Height: 256}, func(s *Spec) {
			segmenting(s)
			s.Width, s.Height, s.ProtoWidth, s.ProtoHeight, s.ProtoHalf = 320, 256, 80, 64, true
			s.Anchors, s.DynamicSize, s.DynamicBatch = 0, true, true
		}},
		{"suppression inside", func(g *Graph) {
			g.Metadata["args"] = "{'nms': True}"
			g.Outputs[0].Dims = []int64{1, 300, 6}
		}, Options{}, func(s *Spec) { s.Layout, s.NMS, s.Anchors = Rows, true, 300 }},
		{"suppression inside, with masks", func(g *Graph) {
			g.Metadata["args"], g.Metadata["task"] = "{'nms': True}", "segment"
			g.Outputs = []Tensor{{"output0", Float32, []int64{1, 300, 38}}, protos(32)}
		}, Options{}, func(s *Spec) {
			s.Layout, s.NMS, s.Anchors = Rows, true, 300
			segmenting(s)
		}},
		{"end to end", func(g *Graph) {
			g.Metadata["end2end"] = "True"
			g.Outputs[0].Dims = []int64{1, 300, 6}
		}, Options{}, func(s *Spec) { s.Layout, s.EndToEnd, s.Anchors = Rows, true, 300 }},
		{"rows of a file that says nothing about it", func(g *Graph) {
			delete(g.Metadata, "end2end")
			delete(g.Metadata, "args")
			g.Outputs[0].Dims = []int64{1, 300, 6}
		}, Options{}, func(s *Spec) { s.Layout, s.EndToEnd, s.Anchors = Rows, true, 300 }},
		{"everything open", func(g *Graph) {
			g.Inputs[0].Dims, g.Outputs[0].Dims = []int64{-1, 3, -1, -1}, []int64{-1, 6, -1}
			g.Metadata["imgsz"] = "[320, 416]"
		}, Options{}, func(s *Spec) {
			s.Height, s.Width, s.Anchors, s.DynamicSize, s.DynamicBatch = 320, 416, 0, true, true
		}},
		{"an open size that is chosen", func(g *Graph) {
			g.Inputs[0].Dims, g.Outputs[0].Dims = []int64{1, 3, -1, -1}, []int64{1, 6, -1}
		}, Options{Width: 320, Height: 320}, func(s *Spec) { s.Height, s.Width, s.Anchors, s.DynamicSize = 320, 320, 0, true }},
		{"an open size that nobody knows", func(g *Graph) {
			g.Inputs[0].Dims, g.Outputs[0].Dims = []int64{1, 3, -1, -1}, []int64{1, 6, -1}
			delete(g.Metadata, "imgsz")
		}, Options{}, func(s *Spec) { s.Anchors, s.DynamicSize = 0, true }},
		{"a fixed size that is asked for", nil, Options{Width: 640, Height: 640}, nil},
		{"a batch", func(g *Graph) {
			g.Inputs[0].Dims[0], g.Outputs[0].Dims[0] = 4, 4
		}, Options{}, func(s *Spec) { s.Batch = 4 }},
		{"float16 outside", func(g *Graph) {
			g.Inputs[0].Type, g.Outputs[0].Type = Float16, Float16
		}, Options{}, func(s *Spec) { s.InputHalf, s.OutputHalf = true, true }},
		{"no metadata, with labels", func(g *Graph) { g.Metadata = nil }, Options{Labels: []string{"bottle", "can"}},
			func(s *Spec) { s.LabelsGiven, s.Version, s.License = true, "", "" }},
		{"rows without names, with labels", func(g *Graph) {
			g.Metadata = nil
			g.Outputs[0].Dims = []int64{1, 300, 6}
		}, Options{Labels: []string{"bottle", "can"}}, func(s *Spec) {
			s.Layout, s.EndToEnd, s.Anchors, s.LabelsGiven, s.Version, s.License = Rows, true, 300, true, "", ""
		}},
		{"names that cannot be read, with labels", func(g *Graph) { g.Metadata["names"] = "{0: open('x')}" },
			Options{Labels: []string{"a", "b"}}, func(s *Spec) { s.Labels, s.LabelsGiven = []string{"a", "b"}, true }},
		{"labels instead of names", nil, Options{Labels: []string{"a", "b"}}, func(s *Spec) { s.Labels, s.LabelsGiven = []string{"a", "b"}, true }},
		{"a model for small things has more anchors", func(g *Graph) { g.Outputs[0].Dims[2] = 34000 }, Options{},
			func(s *Spec) { s.Anchors = 34000 }},
		{"properties that cannot be read are noted", func(g *Graph) { g.Metadata["args"] = "Namespace(nms=False)" }, Options{},
			func(s *Spec) { s.Notes = []string{"metadata args: not a literal value; taken as absent"} }},
		{"a property of a quantiser", func(g *Graph) { g.Metadata["onnx.infer"] = "onnxruntime.quant" }, Options{}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Recognise(exported(tt.graph), tt.options)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(ordinarySpec(tt.want), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRecogniseRefuses(t *testing.T) {
	t.Parallel()
	bare := func(dims ...int64) func(*Graph) {
		return func(g *Graph) { g.Metadata, g.Outputs[0].Dims = nil, dims }
	}
	eighty := make([]string, 80)
	output := func(dims ...int64) func(*Graph) { return func(g *Graph) { g.Outputs[0].Dims = dims } }
	input := func(dims ...int64) func(*Graph) { return func(g *Graph) { g.Inputs[0].Dims = dims } }
	meta := func(key, value string) func(*Graph) { return func(g *Graph) { g.Metadata[key] = value } }
	segment := func(kind ElementType, dims ...int64) func(*Graph) {
		return func(g *Graph) {
			g.Metadata["task"] = "segment"
			g.Outputs = []Tensor{{"output0", Float32, []int64{1, 38, 8400}}, {"output1", kind, dims}}
		}
	}
	tests := []struct {
		name    string
		graph   func(*Graph)
		options Options
		want    string
	}{
		{"pose", meta("task", "pose"), Options{}, `task "pose" is not supported; wanted detect or segment`},
		{"obb", meta("task", "obb"), Options{}, `task "obb" is not supported`},
		{"classify", meta("task", "classify"), Options{}, `task "classify" is not supported`},
		{"a task nobody knows", meta("task", "\x1b[31m"), Options{}, `task "\x1b[31m" is not supported`},
		{"yolov5", bare(1, 25200, 85), Options{}, "output0 float32 [1,25200,85] has an objectness column"},
		{"yolov5 with names", output(1, 25200, 7), Options{}, "has an objectness column"},
		{"yolox", func(g *Graph) {
			bare(1, 3549, 85)(g)
			input(1, 3, 416, 416)(g)
		}, Options{}, "has an objectness column"},
		{"yolox with labels", func(g *Graph) {
			bare(1, 3549, 85)(g)
			input(1, 3, 416, 416)(g)
		}, Options{Labels: eighty}, "has an objectness column as YOLOv5 and YOLOX write it"},
		{"transposed", output(1, 8400, 6+5), Options{}, "is transposed"},
		{"transposed with the right number of classes", func(g *Graph) {
			output(1, 8400, 7)(g)
			meta("names", "{0: 'a', 1: 'b', 2: 'c'}")(g)
		}, Options{}, "output0 float32 [1,8400,7] is transposed; wanted [batch,4+classes,anchors]"},
		{"transposed with two classes, by an exporter that says nothing of suppression", func(g *Graph) {
			output(1, 8400, 6)(g)
			delete(g.Metadata, "end2end")
			delete(g.Metadata, "args")
		}, Options{}, "output0 float32 [1,8400,6] is transposed"},
		{"fewer names than classes", output(1, 84, 8400), Options{}, "the names say 2 classes, the model has 80"},
		{"one name for two classes", meta("names", "['a']"), Options{}, "the names say 1 class, the model has 2"},
		{"another number of labels", nil, Options{Labels: []string{"a"}}, "the given labels say 1 class, the model has 2"},
		{"another number of labels without names", bare(1, 6, 8400), Options{Labels: []string{"a"}}, "the given labels say 1 class, the model has 2"},
		{"no names", func(g *Graph) { delete(g.Metadata, "names") }, Options{}, "the file has no names"},
		{"no names and other anchors", bare(1, 6, 999), Options{Labels: []string{"a", "b"}}, "does not show how many classes it has"},
		{"no names and open anchors", bare(1, 6, -1), Options{Labels: []string{"a", "b"}}, "does not show how many classes it has"},
		{"names that cannot be read", meta("names", "{0: open('x')}"), Options{}, "metadata names at byte 4: not a literal value"},
		{"grey pictures", input(1, 1, 640, 640), Options{}, "has not 3 channels"},
		{"grey pictures by metadata", meta("channels", "1"), Options{}, "the model reads pictures of 1 channels"},
		{"bytes as input", func(g *Graph) { g.Inputs[0].Type = 2 }, Options{}, "input type uint8 is not supported; wanted float32 or float16"},
		{"an unknown type", func(g *Graph) { g.Inputs[0].Type = 99 }, Options{}, "input type type 99 is not supported"},
		{"whole numbers as output", func(g *Graph) { g.Outputs[0].Type = 7 }, Options{}, "output type int64 is not supported"},
		{"two inputs", func(g *Graph) { g.Inputs = append(g.Inputs, g.Inputs[0]) }, Options{}, "the graph has 2 inputs"},
		{"no inputs", func(g *Graph) { g.Inputs = nil }, Options{}, "the graph has 0 inputs"},
		{"an input of rank 3", input(3, 640, 640), Options{}, "images float32 [3,640,640] is not that of"},
		{"a height that is no multiple of 32", input(1, 3, 650, 640), Options{}, "input height 650 is not that of"},
		{"no outputs", func(g *Graph) { g.Outputs = nil }, Options{}, "the graph has no outputs"},
		{"an output of rank 2", output(100, 7), Options{}, "the outputs are output0 float32 [100,7]; this is not"},
		{"two outputs of rank 3", func(g *Graph) {
			g.Outputs = []Tensor{{"boxes", Float32, []int64{1, 4, 8400}}, {"scores", Float32, []int64{1, 80, 8400}}}
		}, Options{}, "2 outputs could be the predictions"},
		{"segment without prototypes", meta("task", "segment"), Options{}, "task segment without mask prototypes"},
		{"an open number of coefficients", func(g *Graph) {
			g.Metadata["task"] = "segment"
			g.Outputs = append(g.Outputs, protos(-1))
		}, Options{}, "an open number of coefficients"},
		{"prototypes of another size", segment(Float32, 1, 32, 80, 80), Options{},
			"mask prototypes output1 float32 [1,32,80,80] do not fit the input; wanted 160x160, a quarter of the input"},
		{"prototypes of one other side", segment(Float32, 1, 32, 160, 80), Options{}, "do not fit the input"},
		{"prototypes of another batch", segment(Float32, 2, 32, 160, 160), Options{}, "do not fit the input; wanted a batch of 1"},
		{"prototypes of whole numbers", segment(2, 1, 32, 160, 160), Options{}, "mask prototypes of type uint8 are not supported; wanted float32 or float16"},
		{"too many coefficients", segment(Float32, 1, 5000, 160, 160), Options{}, "wanted at most 1024 coefficients"},
		{"two outputs of rank 4", func(g *Graph) {
			segment(Float32, 1, 32, 160, 160)(g)
			g.Outputs[1].Name = "a"
			g.Outputs = append(g.Outputs, Tensor{"b", Float32, []int64{1, 32, 160, 160}})
		}, Options{}, "2 outputs could be the mask prototypes"},
		{"more coefficients than channels", segment(Float32, 1, 40, 160, 160), Options{}, "has no room for a class score"},
		{"suppressed by the metadata but not by its shape", meta("end2end", "True"), Options{}, "the metadata says that the output is suppressed, but it is"},
		{"suppressed by its shape but not by the metadata", output(1, 300, 6), Options{}, "the metadata says that the output is not suppressed, but it is"},
		{"an open number of channels", output(1, -1, 8400), Options{}, "leaves the number of channels open"},
		{"no room for scores", output(1, 4, 8400), Options{}, "has no room for a class score"},
		{"too many classes", output(1, 20004, 8400), Options{}, "has 20000 classes"},
		{"a size that is fixed", nil, Options{Width: 320, Height: 320}, "input height 320 was asked for, the graph is fixed; wanted 640"},
		{"an open size that does not fit", func(g *Graph) { g.Inputs[0].Dims[2], g.Inputs[0].Dims[3] = -1, -1 }, Options{Width: 300, Height: 300},
			"input height 300 does not fit this model; wanted a multiple of 32"},
		{"a negative size", func(g *Graph) { g.Inputs[0].Dims[2], g.Inputs[0].Dims[3] = -1, -1 }, Options{Width: -32, Height: -32},
			"input height -32 does not fit"},
		{"an input beyond all memory", input(1, 3, 32000, 32000), Options{}, "is too large"},
		{"a batch beyond all memory", input(1<<40, 3, 640, 640), Options{}, "is too large"},
		{"an output beyond all memory", output(1, 6, 1<<40), Options{}, "is too large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Recognise(exported(tt.graph), tt.options)
			if err == nil {
				t.Fatalf("got %+v, want a refusal", got)
			}
			var graph *UnsupportedError
			var text *MetadataError
			if !errors.As(err, &graph) && !errors.As(err, &text) {
				t.Errorf("got %T, want an UnsupportedError or a MetadataError", err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %q, want %q in it", err, tt.want)
			}
		})
	}
}

func TestLabelIDs(t *testing.T) {
	t.Parallel()
	s := Spec{Labels: []string{"bottle", "Can", "7", "can"}, Classes: 4}
	tests := []struct {
		name   string
		wanted []string
		want   []int
	}{
		{"a label in any case stands for all of that text", []string{"CAN"}, []int{1, 3}},
		{"ascending and once", []string{"3", "bottle", " bottle "}, []int{0, 3}},
		{"a label of digits before an id", []string{"7"}, []int{2}},
		{"nothing", nil, []int{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := s.LabelIDs(tt.wanted)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, wanted := range []string{"glass", "4", "-1", ""} {
		_, err := s.LabelIDs([]string{"bottle", wanted})
		var unknown *UnknownLabelError
		if !errors.As(err, &unknown) || unknown.Label != wanted {
			t.Errorf("%q: got %v, want an UnknownLabelError", wanted, err)
		}
	}
}

func FuzzRecognise(f *testing.F) {
	f.Add("detect", pythonNames, "{'nms': True}", "False", "[640, 640]", int64(1), int64(640), int64(640), int64(6), int64(8400))
	f.Add("segment", "['a']", "x", "True", "32", int64(-1), int64(-1), int64(0), int64(300), int64(6))
	f.Fuzz(func(t *testing.T, task, names, args, end2end, imgsz string, batch, height, width, second, third int64) {
		s, err := Recognise(Graph{
			Inputs:   []Tensor{{"images", Float32, []int64{batch, 3, height, width}}},
			Outputs:  []Tensor{{"output0", Float32, []int64{batch, second, third}}},
			Metadata: map[string]string{"task": task, "names": names, "args": args, "end2end": end2end, "imgsz": imgsz},
		}, Options{})
		if err != nil {
			return
		}
		if s.Classes != len(s.Labels) || s.Classes < 1 || s.Width < 32 || s.Height < 32 || s.Batch < 1 || s.InputLen()*s.Batch > maxInputBytes/4 {
			t.Errorf("got %+v", s)
		}
		if _, err := NewDecoder(s, DefaultThresholds()); err != nil {
			t.Error(err)
		}
	})
}
