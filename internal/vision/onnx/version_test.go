package onnx

import (
	"errors"
	"testing"
)

func TestCheckVersion(t *testing.T) {
	t.Parallel()
	tests := []struct{ version, want string }{
		{"1.24.0", ""},
		{"1.30.0", ""},
		{"1.25.0-dev+g1234", ""},
		{"2.0.0", ""},
		{"1.20.1", "ONNX Runtime 1.20.1 at /x.so is too old: it speaks API 1–20, rvmctl needs API 24 (ONNX Runtime 1.24 or newer)"},
		{"1.23.9", "ONNX Runtime 1.23.9 at /x.so is too old: it speaks API 1–23, rvmctl needs API 24 (ONNX Runtime 1.24 or newer)"},
		{"newest", `ONNX Runtime library /x.so gives the version "newest", which is no version`},
		{"", `ONNX Runtime library /x.so gives the version "", which is no version`},
	}
	for _, tt := range tests {
		t.Run("version "+tt.version, func(t *testing.T) {
			t.Parallel()
			err, got := checkVersion("/x.so", tt.version), ""
			if err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			var r *RuntimeError
			if err != nil && !errors.As(err, &r) {
				t.Errorf("got %T, want *RuntimeError", err)
			}
		})
	}
}

func TestParseDevice(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]Device{"": Auto, "CPU": CPU, " cuda ": CUDA, "tensorrt": TensorRT, "webgpu": WebGPU} {
		if got, err := ParseDevice(in); got != want || err != nil {
			t.Errorf("ParseDevice(%q): got %q, %v; want %q", in, got, err, want)
		}
	}
	var unknown *DeviceError
	if _, err := ParseDevice("gpu0"); !errors.As(err, &unknown) || unknown.Requested != "gpu0" {
		t.Errorf("got %v, want a *DeviceError", err)
	}
}
