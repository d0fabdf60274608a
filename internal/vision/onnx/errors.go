package onnx

import (
	"errors"
	"fmt"
	"strings"

	"github.com/myrvm/rvmctl/internal/vision/yolo"
)

// ModelError says why a model file is not used.
type ModelError struct {
	// Path is the file, or the name of a model that is not a file.
	Path string
	// Found says what is wrong, as a fact about the file: "output0 is [1,25200,85], with objectness".
	Found string
	// Want says what would be accepted or what would help; it may be empty.
	Want string
	// Err is the cause, or nil: fs.ErrNotExist for a missing file, *yolo.UnsupportedError for a layout.
	Err error
}

// Error is one line of fact.
func (e *ModelError) Error() string { return fmt.Sprintf("model %s: %s", e.Path, e.Found) }

// Unwrap gives the cause.
func (e *ModelError) Unwrap() error { return e.Err }

// named puts the path into a ModelError that was made by code which saw only bytes.
func named(path string, err error) error {
	var m *ModelError
	if errors.As(err, &m) && m.Path == "" {
		m.Path = path
	}
	return err
}

// refused makes a ModelError of what package yolo said about a graph.
func refused(path string, err error) error {
	var u *yolo.UnsupportedError
	if !errors.As(err, &u) {
		return &ModelError{Path: path, Found: err.Error(), Err: err}
	}
	return &ModelError{Path: path, Found: u.Found, Want: u.Want, Err: err}
}

// RuntimeError says why no ONNX Runtime library could be used.
type RuntimeError struct {
	// Path is the library that was refused, empty when none was found.
	Path string
	// Found is the version of that library, empty when it could not be told.
	Found string
	// Needed says what rvmctl needs.
	Needed string
	// Tried lists the places that were looked at, in order.
	Tried []string
	// Reason is what is wrong, without the path.
	Reason string
	// Err is the cause, or nil.
	Err error
}

// Error is one line of fact.
func (e *RuntimeError) Error() string {
	switch {
	case e.Path == "":
		return fmt.Sprintf("no ONNX Runtime library found (looked in %s)", strings.Join(e.Tried, ", "))
	case e.Found != "":
		return fmt.Sprintf("ONNX Runtime %s at %s %s", e.Found, e.Path, e.Reason)
	default:
		return fmt.Sprintf("ONNX Runtime library %s %s", e.Path, e.Reason)
	}
}

// Unwrap gives the cause.
func (e *RuntimeError) Unwrap() error { return e.Err }

// NoRuntimeError says that this build carries no inference at all.
type NoRuntimeError struct {
	// Build describes the build, as in "the portable build for windows".
	Build string
}

// Error is one line of fact.
func (e *NoRuntimeError) Error() string {
	return fmt.Sprintf("%s does everything but inference", e.Build)
}

// DeviceError says why a device that was asked for is not used.
type DeviceError struct {
	// Requested is the device as the operator named it.
	Requested string
	// Reason is what is wrong.
	Reason string
	// Hint is what helps, with a command to type; it may be empty.
	Hint string
}

// Error is one line of fact.
func (e *DeviceError) Error() string { return fmt.Sprintf("device %s: %s", e.Requested, e.Reason) }

// RunError says that a loaded model failed on a frame.
type RunError struct {
	// Frame is the name of the frame.
	Frame string
	// Reason is the runtime's word, on one line.
	Reason string
}

// Error is one line of fact.
func (e *RunError) Error() string {
	return fmt.Sprintf("inference on %s failed: %s", e.Frame, e.Reason)
}
