//go:build !linux

package source

import "runtime"

// Cameras refuses: only Linux says what cameras there are without opening them.
func Cameras() ([]Camera, error) { return nil, notHere("/dev/video*") }

// AskCamera refuses like Cameras.
func AskCamera(number int) (Camera, error) { return Camera{}, notHere(devicePath(number)) }

// CameraFormats refuses like Cameras.
func CameraFormats(number int) ([]Format, error) { return nil, notHere(devicePath(number)) }

func notHere(path string) error {
	return &DeviceError{Path: path, Reason: "cameras are listed on Linux only, and this is " + runtime.GOOS}
}
