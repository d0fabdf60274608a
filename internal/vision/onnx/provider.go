package onnx

import (
	"path/filepath"

	"github.com/myrvm/rvmctl/internal/vision/yolo"
)

// provider is the file of a device's provider where ONNX Runtime looks for it, beside its own library; empty when there is
// none.
func (o Options) provider(d Device) string {
	found, err := filepath.Glob(filepath.Join(filepath.Dir(o.Runtime.Path), "*onnxruntime_providers_"+string(d)+".*"))
	if err != nil || len(found) == 0 {
		return ""
	}
	return found[0]
}

// Notes are what the header and the layout of a model let an operator expect, one line each, without running it.
func (o Options) Notes(h Header, spec yolo.Spec) []string { return o.notes(h, spec) }
