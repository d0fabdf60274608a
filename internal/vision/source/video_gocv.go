//go:build gocv

package source

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"gocv.io/x/gocv"

	"github.com/myrvm/rvmctl/internal/vision"
)

// CameraBuild says whether this program opens cameras and video itself.
func CameraBuild() bool { return true }

// Video is an opened camera, stream or video file. It belongs to one goroutine at a time and must be closed.
type Video struct {
	name    string
	live    bool
	capture *gocv.VideoCapture
	// mat is OpenCV's picture, reused for every frame; frames are copies.
	mat gocv.Mat
	// pending is the read under way, so that Next can return early when its context ends.
	pending chan videoRead
	frames  int
}

type videoRead struct {
	frame *vision.Frame
	err   error
}

const (
	// warmUp is how many frames of a camera are thrown away while it finds its exposure.
	warmUp = 5
	// streamTimeout is how long opening or reading a URL may take, in milliseconds.
	streamTimeout = 10_000
	// OpenCV's CAP_PROP_OPEN_TIMEOUT_MSEC and CAP_PROP_READ_TIMEOUT_MSEC, which gocv does not name.
	propOpenTimeout gocv.VideoCaptureProperties = 53
	propReadTimeout gocv.VideoCaptureProperties = 54
)

// OpenVideo opens what NeedsCamera is true for. The first frames of a camera are thrown away, those of a file never.
//
// Errors are *NotFoundError for a missing video file and *VideoError.
func OpenVideo(arg string) (*Video, error) {
	capture, err := openCapture(arg)
	if err != nil {
		return nil, err
	}
	v := &Video{name: streamName(arg), live: isStream(arg), capture: capture, mat: gocv.NewMat()}
	if err := v.checkSize(); err != nil {
		_ = v.Close()
		return nil, err
	}
	if _, camera := cameraNumber(arg); camera {
		// One frame of buffer: the newest is wanted, not the oldest.
		capture.Set(gocv.VideoCaptureBufferSize, 1)
		for range warmUp {
			capture.Read(&v.mat)
		}
	}
	return v, nil
}

// openCapture asks for FFmpeg by name where OpenCV would otherwise try every backend it has, one after the other.
func openCapture(arg string) (*gocv.VideoCapture, error) {
	number, camera := cameraNumber(arg)
	pipeline, gst := strings.CutPrefix(arg, "gst:")
	switch {
	case camera && !deviceExists(number):
		return nil, &VideoError{Source: streamName(arg), Reason: "no such camera on this machine"}
	case camera:
		capture, err := gocv.VideoCaptureDevice(number)
		return opened(arg, capture, err)
	case gst:
		capture, err := gocv.VideoCaptureFileWithAPI(pipeline, gocv.VideoCaptureGstreamer)
		return opened(arg, capture, err)
	case isStream(arg):
		capture, err := gocv.VideoCaptureFileWithAPIParams(arg, gocv.VideoCaptureFFmpeg,
			[]gocv.VideoCaptureProperties{propOpenTimeout, streamTimeout, propReadTimeout, streamTimeout})
		return opened(arg, capture, err)
	}
	return openFile(arg)
}

// deviceExists spares OpenCV, which tries all its backends and complains on standard error; where cameras are no files it
// has to find out by itself.
func deviceExists(number int) bool {
	_, err := os.Stat(fmt.Sprintf("/dev/video%d", number))
	return err == nil || runtime.GOOS != "linux"
}

// openFile falls back to OpenCV's choice where it was built without FFmpeg, as on some Jetsons.
func openFile(path string) (*gocv.VideoCapture, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, pathError(path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, &NotRegularError{path, thing(info.Mode())}
	}
	capture, err := gocv.VideoCaptureFileWithAPI(path, gocv.VideoCaptureFFmpeg)
	if capture, err := opened(path, capture, err); err == nil {
		return capture, nil
	}
	capture, err = gocv.VideoCaptureFile(path)
	return opened(path, capture, err)
}

// opened closes what did not open; gocv hands it out all the same.
func opened(arg string, capture *gocv.VideoCapture, err error) (*gocv.VideoCapture, error) {
	if err == nil && capture.IsOpened() {
		return capture, nil
	}
	capture.Close()
	return nil, &VideoError{Source: streamName(arg), Reason: "OpenCV cannot open it"}
}

// checkSize holds the claimed size against the limits of pictures; 0 means that the source does not say.
func (v *Video) checkSize() error {
	lim := DefaultLimits()
	w, h := v.capture.Get(gocv.VideoCaptureFrameWidth), v.capture.Get(gocv.VideoCaptureFrameHeight)
	if w <= float64(lim.MaxSide) && h <= float64(lim.MaxSide) && w*h <= float64(lim.MaxPixels) {
		return nil
	}
	return &VideoError{Source: v.name, Reason: fmt.Sprintf("claims frames of %.0f×%.0f pixels", w, h)}
}

// Next gives the next frame, named "source#n" from 1. The end of a file is io.EOF; a camera or stream that gives no more
// frames, and a file without any, is a *VideoError. When ctx ends first Next returns its error at once, and the frame
// that was being read is given by the next call.
func (v *Video) Next(ctx context.Context) (*vision.Frame, error) {
	if v.capture == nil {
		return nil, io.EOF
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if v.pending == nil {
		v.pending = make(chan videoRead, 1)
		go func(out chan<- videoRead, from *gocv.VideoCapture) { out <- v.read(from) }(v.pending, v.capture)
	}
	select {
	case got := <-v.pending:
		v.pending = nil
		return got.frame, got.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// read gets the capture by argument, because Close takes it away from v.
func (v *Video) read(from *gocv.VideoCapture) videoRead {
	if !from.Read(&v.mat) || v.mat.Empty() {
		return videoRead{err: v.ended()}
	}
	frame, err := v.copyFrame()
	return videoRead{frame, err}
}

func (v *Video) ended() error {
	switch {
	case v.live:
		return &VideoError{v.name, "gives no more frames", v.frames}
	case v.frames == 0:
		return &VideoError{v.name, "holds no frame that can be read", 0}
	}
	return io.EOF
}

// copyFrame takes OpenCV's blue-green-red, or grey, into packed RGB.
func (v *Video) copyFrame() (*vision.Frame, error) {
	w, h := v.mat.Cols(), v.mat.Rows()
	pix, err := v.mat.DataPtrUint8()
	if err != nil {
		return nil, &VideoError{v.name, err.Error(), v.frames}
	}
	rgb := make([]byte, 3*w*h)
	switch len(pix) {
	case 3 * w * h:
		for i := 0; i < len(rgb); i += 3 {
			rgb[i], rgb[i+1], rgb[i+2] = pix[i+2], pix[i+1], pix[i]
		}
	case w * h:
		rowGray(pix, 1, rgb)
	default:
		return nil, &VideoError{v.name, fmt.Sprintf("gives pixels of type %v", v.mat.Type()), v.frames}
	}
	v.frames++
	return &vision.Frame{Name: fmt.Sprintf("%s#%d", v.name, v.frames), Width: w, Height: h, RGB: rgb}, nil
}

// Close frees what OpenCV holds. It does not wait for a read that hangs: that one frees it when it ends.
func (v *Video) Close() error {
	if v.capture == nil {
		return nil
	}
	capture, mat, pending := v.capture, v.mat, v.pending
	v.capture = nil
	if pending == nil {
		mat.Close()
		return capture.Close()
	}
	go func() {
		<-pending
		mat.Close()
		capture.Close()
	}()
	return nil
}
