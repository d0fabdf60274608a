//go:build !cgo || windows

package onnx

import "runtime"

// Built says whether this program carries inference, given a library.
func Built() bool { return false }

// Version refuses with *NoRuntimeError: this build cannot open libraries.
func Version(string) (string, error) { return "", noRuntime() }

// Start refuses with *NoRuntimeError: this build cannot open libraries.
func Start(string, bool) (*Runtime, error) { return nil, noRuntime() }

func noRuntime() error {
	return &NoRuntimeError{Build: "this portable build for " + runtime.GOOS + "/" + runtime.GOARCH}
}
