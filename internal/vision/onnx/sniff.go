package onnx

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
)

const wantONNX = "an ONNX file, as `yolo export format=onnx` writes it"

func notONNX(found string) error {
	return &ModelError{Found: found, Want: wantONNX}
}

// pickle is what to say about files of PyTorch in either of their two forms.
const pickle = "it is a PyTorch file; such a pickle can run code and is never opened"

// sniff names the files that people take for ONNX by mistake. ONNX itself has no magic number.
func sniff(data []byte) error {
	head := data[:min(len(data), 512)]
	switch {
	case len(data) == 0:
		return notONNX("it is empty")
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), isPickle(head):
		return &ModelError{Found: pickle, Want: wantReexport}
	case bytes.HasPrefix(head, []byte("ptrt")), bytes.HasPrefix(head, []byte("ftrt")):
		return notONNX("it is a TensorRT engine, not an ONNX file")
	case len(head) >= 8 && string(head[4:8]) == "ORTM":
		return notONNX("it is in ONNX Runtime's own ORT format, not ONNX")
	case len(head) >= 8 && string(head[4:8]) == "TFL3":
		return notONNX("it is a TensorFlow Lite model, not an ONNX file")
	case bytes.HasPrefix(head, []byte("version https://git-lfs")):
		return &ModelError{Found: "it is a Git LFS pointer, not the model itself", Want: "fetch it with `git lfs pull`"}
	case isMarkup(head):
		return notONNX("it is a web page, not a model; a download may have needed a login")
	}
	return nil
}

// isPickle knows the first two bytes of pickle protocols 2 to 5.
func isPickle(head []byte) bool {
	return len(head) >= 2 && head[0] == 0x80 && head[1] >= 2 && head[1] <= 5
}

func isMarkup(head []byte) bool {
	t := strings.ToLower(string(bytes.TrimSpace(head)))
	return strings.HasPrefix(t, "<!doctype") || strings.HasPrefix(t, "<html") || strings.HasPrefix(t, "<?xml")
}

// refuseName refuses by the file's suffix what is not to be opened at all.
func refuseName(path string) error {
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".pt", ".pth", ".pkl", ".ckpt":
		return &ModelError{Path: path, Found: pickle, Want: wantReexport}
	case ".engine", ".plan", ".ort", ".tflite", ".safetensors":
		return &ModelError{Path: path, Found: fmt.Sprintf("a %s file is not an ONNX file", ext), Want: wantONNX}
	}
	return nil
}
