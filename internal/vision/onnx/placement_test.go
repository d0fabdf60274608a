package onnx

import (
	"strings"
	"testing"
)

func TestReadPlacement(t *testing.T) {
	t.Parallel()
	const session = `{"cat":"Session","name":"model_run","args":{}}`
	event := func(provider, op string) string {
		return `{"cat":"Node","args":{"provider":"` + provider + `","op_name":"` + op + `"}}`
	}
	cuda, cpu, trt := CUDA.Provider(), CPU.Provider(), TensorRT.Provider()
	tests := []struct {
		name   string
		events []string
		want   string
	}{
		{"many small nodes on the CPU do not outweigh a convolution", []string{session, event(cpu, "Shape"), event(cpu, "Shape"), event(cuda, "Conv")}, cuda},
		{"convolutions on the CPU do", []string{event(cuda, "Mul"), event(cpu, "ConvInteger")}, cpu},
		{"without heavy nodes the number counts", []string{event(cpu, "Mul"), event(cpu, "Add"), event(cuda, "Mul")}, cpu},
		{"a TensorRT engine is one heavy node", []string{event(trt, "TRTKernel_graph_0"), event(cpu, "Shape")}, trt},
		{"no nodes are no provider", []string{session}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := readPlacement(strings.NewReader("[" + strings.Join(tt.events, ",\n") + "]"))
			if err != nil || p.effective() != tt.want {
				t.Errorf("got %q, %v; want %q", p.effective(), err, tt.want)
			}
		})
	}
	if _, err := readPlacement(strings.NewReader(`[{"cat":`)); err == nil {
		t.Error("half a profile was read without an error")
	}
}
