package onnx_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/myrvm/rvmctl/internal/vision/onnx"
	"github.com/myrvm/rvmctl/internal/vision/onnx/onnxtest"
)

func TestSAMFilesRefuses(t *testing.T) {
	t.Parallel()
	input := func(m *onnxtest.Model, name string) *onnxtest.Value {
		for i := range m.Graph.Inputs {
			if m.Graph.Inputs[i].Name == name {
				return &m.Graph.Inputs[i]
			}
		}
		return nil
	}
	detector := onnx.NewModel("d", onnxtest.BottleAndCan()).Bytes
	tests := []struct {
		name             string
		encoder, decoder func(*onnxtest.Model)
		raw              [2][]byte
		want             string
	}{
		{name: "exchanged", raw: [2][]byte{onnxtest.SAM{}.Decoder().Bytes(), onnxtest.SAM{}.Encoder().Bytes()},
			want: "SAM2 encoder e.onnx: this is the decoder, and the encoder was given as the decoder"},
		{name: "twice the decoder", raw: [2][]byte{onnxtest.SAM{}.Decoder().Bytes()}, want: "SAM2 encoder e.onnx: this is a decoder"},
		{name: "twice the encoder", raw: [2][]byte{nil, onnxtest.SAM{}.Encoder().Bytes()}, want: "SAM2 decoder d.onnx: this is an encoder"},
		{name: "a detector for the encoder", raw: [2][]byte{detector}, want: "SAM2 encoder e.onnx: it reads images float32 [1,3,64,64]; a SAM2 encoder reads image alone"},
		{name: "a detector for the decoder", raw: [2][]byte{nil, detector}, want: "SAM2 decoder d.onnx: it reads images float32 [1,3,64,64]; a SAM2 decoder also reads image_embed"},
		{name: "another family", raw: [2][]byte{onnxtest.SAM{Channels: 128}.Encoder().Bytes()},
			want: "SAM2 decoder d.onnx: it reads image_embed float32 [1,256,64,64], and the encoder gives image_embed float32 [1,128,64,64]: they are of different families"},
		{name: "no ONNX", raw: [2][]byte{[]byte("dear machine, this is a letter")}, want: "SAM2 encoder e.onnx: it is no ONNX file"},
		{name: "a half encoder", encoder: func(m *onnxtest.Model) { m.Graph.Inputs[0].Type = onnxtest.Float16 }, want: "its input is image float16 [1,3,1024,1024]; wanted float32"},
		{name: "a huge encoder", encoder: func(m *onnxtest.Model) { m.Graph.Inputs[0].Dims = []any{1, 1, 8192, 1024} }, want: "its input is image"},
		{name: "a wide encoder", encoder: func(m *onnxtest.Model) { m.Graph.Inputs[0].Dims = []any{1, 3, 16, 8192} }, want: "wanted 4096 pixels a side at most"},
		{name: "another name", encoder: func(m *onnxtest.Model) { m.Graph.Outputs[1].Name = "feats" }, want: "a SAM2 encoder gives image_embed, high_res_feats_0, high_res_feats_1"},
		{name: "no shape", encoder: func(m *onnxtest.Model) { m.Graph.Outputs[2].Dims = []any{1, "c", "h", "w"} },
			decoder: func(m *onnxtest.Model) { input(m, "image_embed").Dims = []any{1, "c", "h", "w"} }, want: "neither file says the shape of image_embed"},
		{name: "a strange input", decoder: func(m *onnxtest.Model) {
			m.Graph.Inputs = append(m.Graph.Inputs, onnxtest.Value{Name: "mood", Type: onnxtest.Float32, Dims: []any{1}})
		}, want: "it reads mood float32 [1], which no SAM2 decoder that rvmctl knows does"},
		{name: "no labels", decoder: func(m *onnxtest.Model) { input(m, "point_labels").Name = "labels" }, want: "a SAM2 decoder also reads point_labels"},
		{name: "one point only", decoder: func(m *onnxtest.Model) { input(m, "point_coords").Dims = []any{1, 1, 2} }, want: "its input point_coords float32 [1,1,2] cannot be given a box"},
		{name: "labels of another type", decoder: func(m *onnxtest.Model) { input(m, "point_labels").Type = onnxtest.Float64 }, want: "its input point_labels float64"},
		{name: "no scores", decoder: func(m *onnxtest.Model) { m.Graph.Outputs[1].Name = "quality" }, want: "wanted masks and iou_predictions"},
		{name: "another grid", decoder: func(m *onnxtest.Model) { input(m, "mask_input").Dims = []any{1, 1, 64, 64} }, want: "its masks have 64x64 cells, and an encoder of 1024x1024 pixels goes with 256x256"},
		{name: "a size of floats", decoder: func(m *onnxtest.Model) {
			m.Graph.Inputs = append(m.Graph.Inputs, onnxtest.Value{Name: "orig_im_size", Type: onnxtest.Float32, Dims: []any{2}})
		}, want: "wanted two whole numbers"},
		{name: "external data in the encoder", encoder: func(m *onnxtest.Model) { m.Graph.Constants[0].External = "canary" }, want: "SAM2 encoder e.onnx: "},
		{name: "external data in the decoder", decoder: func(m *onnxtest.Model) { m.Graph.Constants[0].External = "canary" }, want: "SAM2 decoder d.onnx: "},
		{name: "a foreign operator", encoder: func(m *onnxtest.Model) { m.Graph.Nodes[0].Domain = "com.example" }, want: "com.example"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e, d := onnxtest.SAM{}.Encoder(), onnxtest.SAM{}.Decoder()
			if tt.encoder != nil {
				tt.encoder(&e)
			}
			if tt.decoder != nil {
				tt.decoder(&d)
			}
			files := [2][]byte{e.Bytes(), d.Bytes()}
			for i, raw := range tt.raw {
				if raw != nil {
					files[i] = raw
				}
			}
			_, err := onnx.NewSAMFiles(onnx.NewModel("e.onnx", files[0]), onnx.NewModel("d.onnx", files[1]))
			var refused *onnx.SAMError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") || refused.Want == "" {
				t.Errorf("got %v, want one line with %q and a remedy", err, tt.want)
			}
		})
	}
}

func TestReadSAM(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	encoder, decoder := filepath.Join(dir, "e.onnx"), filepath.Join(dir, "d.onnx")
	write(t, encoder, onnxtest.SAM{}.Encoder().Bytes())
	write(t, decoder, onnxtest.SAM{Exchanged: true, Sized: true}.Decoder().Bytes())
	files, err := onnx.ReadSAM(encoder, decoder)
	if err != nil {
		t.Fatal(err)
	}
	if s := files.Spec; s.Width != 1024 || s.GridH != 256 || s.Size != 6 || s.One || len(s.Inputs) != 8 || s.Inputs[0] != "orig_im_size" {
		t.Errorf("understood as %+v", s)
	}
	huge, link := filepath.Join(dir, "huge.onnx"), filepath.Join(dir, "link.onnx")
	write(t, huge, nil)
	if err := os.Truncate(huge, onnx.MaxEncoderBytes+1); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(encoder, link); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, encoder, decoder, want string }{
		{"no encoder", "", decoder, "SAM2 encoder: no file is given, and a decoder alone draws nothing"},
		{"no decoder", encoder, "", "SAM2 decoder: no file is given, and an encoder alone draws nothing"},
		{"an encoder that is too large", huge, decoder, "huge.onnx: it is larger than 1536 MiB"},
		{"a decoder that is too large", encoder, huge, "huge.onnx: it is larger than 512 MiB"},
		{"a link", link, decoder, "it is a symbolic link"},
		{"a pickle", filepath.Join(dir, "sam2.pt"), decoder, "it is a PyTorch file"},
		{"a folder", dir, decoder, "it is a folder"},
		{"a file that is not there", filepath.Join(dir, "none.onnx"), decoder, "none.onnx: no such file or directory"},
	} {
		_, err := onnx.ReadSAM(tt.encoder, tt.decoder)
		var refused *onnx.SAMError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
		if strings.HasPrefix(tt.name, "a file that is not") && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v is not fs.ErrNotExist", tt.name, err)
		}
	}
}
