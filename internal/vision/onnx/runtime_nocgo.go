//go:build !cgo || windows

package onnx

import "runtime"

// Available says whether this build can run models at all, given a library.
const Available = false

// Version refuses with *NoRuntimeError: this build cannot open libraries.
func Version(string) (string, error) { return "", noRuntime() }

// Start refuses with *NoRuntimeError: this build cannot open libraries.
func Start(string, bool) (*Runtime, error) { return nil, noRuntime() }

func noRuntime() error {
	return &NoRuntimeError{Build: "this portable build for " + runtime.GOOS + "/" + runtime.GOARCH}
}
