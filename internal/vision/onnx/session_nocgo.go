//go:build !cgo || windows

package onnx

import (
	"context"

	"github.com/myrvm/rvmctl/internal/vision"
)

// Session stands for a loaded model, of which there are none in this build.
type Session struct{}

// Open refuses with *NoRuntimeError, after it has judged the model as every build does.
func Open(_ context.Context, o Options) (*Session, error) {
	_, spec, err := o.recognise()
	if err != nil {
		return nil, err
	}
	if _, err := o.thresholds(spec); err != nil {
		return nil, err
	}
	return nil, noRuntime()
}

// Detect refuses with *NoRuntimeError.
func (s *Session) Detect(context.Context, *vision.Frame) (vision.Result, error) {
	return vision.Result{}, noRuntime()
}

// NoScores is false.
func (s *Session) NoScores() bool { return false }

// Info is empty.
func (s *Session) Info() Info { return Info{} }

// Close does nothing.
func (s *Session) Close() error { return nil }
