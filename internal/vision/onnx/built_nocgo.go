//go:build !cgo

package onnx

// Built says whether this program carries inference.
func Built() bool { return false }
