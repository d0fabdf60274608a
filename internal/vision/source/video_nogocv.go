//go:build !gocv

package source

// CameraBuild says whether this program opens cameras and video itself.
func CameraBuild() bool { return false }

// openCapture refuses with *NeedsCameraBuildError.
func openCapture(arg string, _ StreamOptions, _ *shelf) (grabber, error) {
	return nil, &NeedsCameraBuildError{streamName(arg)}
}
