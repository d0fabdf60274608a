package source

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The requests of linux/videodev2.h; the size of the structure and the direction are part of the number.
const (
	requestCapability = 0x80685600
	requestFormat     = 0xc0405602
	requestFrameSize  = 0xc02c564a
	requestInterval   = 0xc034564b
)

// maxAnswers bounds every list of a driver: formats, sizes of one, rates of one.
const maxAnswers = 256

// Cameras lists the video devices of this machine by their number. A device that cannot be asked is listed with its Problem.
func Cameras() ([]Camera, error) {
	paths, err := filepath.Glob("/dev/video*")
	if err != nil {
		return nil, err
	}
	cameras := []Camera{}
	for _, path := range paths {
		number, ok := cameraNumber(path)
		if !ok {
			continue
		}
		c, _, err := askCamera(number)
		c.Number, c.Path = number, path
		var device *DeviceError
		if errors.As(err, &device) {
			c.Problem = device.Reason
		}
		cameras = append(cameras, c)
	}
	slices.SortFunc(cameras, func(a, b Camera) int { return a.Number - b.Number })
	return cameras, nil
}

// AskCamera says what camera:N is. The error is *DeviceError.
func AskCamera(number int) (Camera, error) {
	c, _, err := askCamera(number)
	c.Number, c.Path = number, devicePath(number)
	return c, err
}

// CameraFormats lists in which formats, sizes and rates camera:N gives pictures. The error is *DeviceError.
func CameraFormats(number int) ([]Format, error) {
	c, planes, err := askCamera(number)
	if err != nil || !c.Captures {
		return nil, err
	}
	d, err := openDevice(devicePath(number))
	if err != nil {
		return nil, err
	}
	defer d.close()
	kind := uint32(bufferCapture)
	if planes {
		kind = bufferCapturePlanes
	}
	return d.formats(kind), nil
}

func askCamera(number int) (c Camera, planes bool, err error) {
	path := devicePath(number)
	d, err := openDevice(path)
	if err != nil {
		return c, false, err
	}
	defer d.close()
	var b [sizeCapability]byte
	if err := d.request(requestCapability, b[:]); err != nil {
		return c, false, &DeviceError{Path: path, Reason: "is no video device that answers (" + err.Error() + ")"}
	}
	c, planes = decodeCapability(b[:])
	return c, planes, nil
}

// device is an open video device. It asks and sets nothing, so that it disturbs nobody who uses the camera.
type device struct{ fd int }

func openDevice(path string) (device, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return device{}, &DeviceError{Path: path, Reason: "no such camera on this machine", Missing: true}
	case err == nil && info.Mode()&os.ModeCharDevice == 0:
		return device{}, &DeviceError{Path: path, Reason: "is no device"}
	}
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return device{}, &DeviceError{Path: path, Reason: "this user may not open it", Denied: true}
	case err != nil:
		return device{}, &DeviceError{Path: path, Reason: err.Error()}
	}
	return device{fd}, nil
}

func (d device) close() { _ = unix.Close(d.fd) }

// request lets the driver fill in b, which is as large as the request says.
func (d device) request(number uintptr, b []byte) error {
	for {
		_, _, code := unix.Syscall(unix.SYS_IOCTL, uintptr(d.fd), number, uintptr(unsafe.Pointer(&b[0])))
		switch code {
		case 0:
			return nil
		case unix.EINTR:
		default:
			return code
		}
	}
}

// formats asks until the driver has no more; a driver without end is cut off.
func (d device) formats(kind uint32) (list []Format) {
	for i := range uint32(maxAnswers) {
		var b [sizeFormat]byte
		native.PutUint32(b[0:], i)
		native.PutUint32(b[4:], kind)
		if d.request(requestFormat, b[:]) != nil {
			break
		}
		f, pixel := decodeFormat(b[:])
		f.Sizes = d.sizes(pixel)
		list = append(list, f)
	}
	return list
}

func (d device) sizes(pixel uint32) (list []Size) {
	for i := range uint32(maxAnswers) {
		var b [sizeFrameSize]byte
		native.PutUint32(b[0:], i)
		native.PutUint32(b[4:], pixel)
		if d.request(requestFrameSize, b[:]) != nil {
			break
		}
		s, more, ok := decodeSize(b[:])
		if ok {
			s.Rates, s.RateSteps = d.rates(pixel, max(s.Width, s.MaxWidth), max(s.Height, s.MaxHeight))
			list = append(list, s)
		}
		if !more {
			break
		}
	}
	return list
}

func (d device) rates(pixel uint32, width, height int) (rates []float64, steps bool) {
	for i := range uint32(maxAnswers) {
		var b [sizeInterval]byte
		native.PutUint32(b[0:], i)
		native.PutUint32(b[4:], pixel)
		native.PutUint32(b[8:], uint32(width))
		native.PutUint32(b[12:], uint32(height))
		if d.request(requestInterval, b[:]) != nil {
			break
		}
		some, more := decodeInterval(b[:])
		rates = append(rates, some...)
		if !more {
			steps = len(some) > 1
			break
		}
	}
	return tidy(rates), steps
}
