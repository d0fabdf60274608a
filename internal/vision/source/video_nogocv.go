//go:build !gocv

package source

import (
	"context"
	"io"

	"github.com/myrvm/rvmctl/internal/vision"
)

// CameraBuild says whether this program opens cameras and video itself.
func CameraBuild() bool { return false }

// Video is a camera, stream or video file; in this build none can be opened.
type Video struct{}

// OpenVideo refuses with *NeedsCameraBuildError.
func OpenVideo(arg string) (*Video, error) { return nil, &NeedsCameraBuildError{streamName(arg)} }

// Next has no frames.
func (v *Video) Next(context.Context) (*vision.Frame, error) { return nil, io.EOF }

// Close does nothing.
func (v *Video) Close() error { return nil }
