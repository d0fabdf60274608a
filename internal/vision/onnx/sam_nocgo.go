//go:build !cgo || windows

package onnx

import (
	"context"

	"github.com/myrvm/rvmctl/internal/vision"
)

// SAM stands for a loaded SAM2 model, of which there are none in this build.
type SAM struct{}

// OpenSAM refuses with *NoRuntimeError.
func OpenSAM(context.Context, *SAMFiles, SAMOptions) (*SAM, error) { return nil, noRuntime() }

// Segment refuses with *NoRuntimeError.
func (s *SAM) Segment(context.Context, *vision.Frame, []vision.Box) ([]Outline, vision.Timing, error) {
	return nil, vision.Timing{}, noRuntime()
}

// Over is the detector itself.
func (s *SAM) Over(d vision.Detector) vision.Detector { return d }

// Info is empty.
func (s *SAM) Info() SAMInfo { return SAMInfo{} }

// Stats are empty.
func (s *SAM) Stats() SAMStats { return SAMStats{} }

// Close does nothing.
func (s *SAM) Close() error { return nil }
