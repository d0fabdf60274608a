//go:build gocv

package source

import (
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"strings"

	"gocv.io/x/gocv"

	"github.com/myrvm/rvmctl/internal/vision"
)

// CameraBuild says whether this program opens cameras and video itself.
func CameraBuild() bool { return true }

const (
	// warmUp is how many frames of a camera are thrown away while it finds its exposure.
	warmUp = 5
	// streamTimeout is how long opening or reading a URL may take, in milliseconds.
	streamTimeout = 10_000
	// OpenCV's CAP_PROP_OPEN_TIMEOUT_MSEC and CAP_PROP_READ_TIMEOUT_MSEC, which gocv does not name.
	propOpenTimeout gocv.VideoCaptureProperties = 53
	propReadTimeout gocv.VideoCaptureProperties = 54
)

// openCapture opens what isStream or isVideoFile is true for. The first frames of a camera are thrown away, those of a file
// never.
//
// Errors are *NotFoundError and *NotRegularError for a video file, and *VideoError.
func openCapture(arg string, o StreamOptions, s *shelf) (grabber, error) {
	capture, err := openByKind(arg)
	if err != nil {
		return nil, err
	}
	g := &videoGrabber{name: streamName(arg), live: isStream(arg), limits: o.Limits, capture: capture, mat: gocv.NewMat(), rgb: gocv.NewMat(), shelf: s}
	if number, camera := cameraNumber(arg); camera {
		g.wish(number, o)
	}
	if isWeb(arg) && g.property(gocv.VideoCaptureFrameCount) > 0 {
		// A file on a web server has an end and waits for us.
		g.live = false
	}
	if err := g.checkSize(g.property(gocv.VideoCaptureFrameWidth), g.property(gocv.VideoCaptureFrameHeight)); err != nil {
		g.close()
		return nil, err
	}
	if _, camera := cameraNumber(arg); camera {
		for range warmUp {
			capture.Read(&g.mat)
		}
	}
	return g, nil
}

// openByKind asks for FFmpeg by name where OpenCV would otherwise try every backend it has, one after the other. RTSP goes
// over TCP, which FFmpeg is told by OpenCV itself.
func openByKind(arg string) (*gocv.VideoCapture, error) {
	number, camera := cameraNumber(arg)
	pipeline, gst := strings.CutPrefix(arg, "gst:")
	switch {
	case camera && !deviceExists(number):
		return nil, &VideoError{Source: streamName(arg), Reason: "no such camera on this machine", Missing: true}
	case camera && runtime.GOOS == "linux":
		capture, err := gocv.VideoCaptureDeviceWithAPI(number, gocv.VideoCaptureV4L2)
		return opened(arg, capture, err)
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

// deviceExists spares OpenCV, which complains on standard error; where cameras are no files it has to find out by itself.
func deviceExists(number int) bool {
	_, err := os.Stat(devicePath(number))
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

// videoGrabber is an opened camera, stream or video file.
type videoGrabber struct {
	name    string
	live    bool
	limits  Limits
	capture *gocv.VideoCapture
	// mat is OpenCV's picture and rgb the same with its colours exchanged, reused for every frame; frames are copies.
	mat, rgb gocv.Mat
	shelf    *shelf
	frames   int
}

// wish asks a camera for a size and a rate. The format is chosen first, since it decides what else is possible.
func (g *videoGrabber) wish(number int, o StreamOptions) {
	// One frame of buffer: the newest is wanted, not the oldest.
	g.capture.Set(gocv.VideoCaptureBufferSize, 1)
	if o.Width > 0 || o.FPS > 0 {
		if formats, err := CameraFormats(number); err == nil {
			if code := fittingFormat(formats, o.Width, o.Height, o.FPS); code != "" {
				g.capture.Set(gocv.VideoCaptureFOURCC, g.capture.ToCodec(code))
			}
		}
	}
	if o.Width > 0 && o.Height > 0 {
		g.capture.Set(gocv.VideoCaptureFrameWidth, float64(o.Width))
		g.capture.Set(gocv.VideoCaptureFrameHeight, float64(o.Height))
	}
	if o.FPS > 0 {
		g.capture.Set(gocv.VideoCaptureFPS, o.FPS)
	}
}

// property is a number that OpenCV tells, 0 where it makes no sense.
func (g *videoGrabber) property(p gocv.VideoCaptureProperties) float64 {
	v := g.capture.Get(p)
	if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
		return 0
	}
	return v
}

// backends are OpenCV's names of the numbers in CAP_PROP_BACKEND.
var backends = map[gocv.VideoCaptureAPI]string{
	gocv.VideoCaptureV4L2: "V4L2", gocv.VideoCaptureFFmpeg: "FFMPEG", gocv.VideoCaptureGstreamer: "GStreamer",
	gocv.VideoCaptureOpencvMjpeg: "OpenCV", gocv.VideoCaptureDshow: "DirectShow", gocv.VideoCaptureMSMF: "MSMF",
	gocv.VideoCaptureAVFoundation: "AVFoundation",
}

// maxFPS is the highest rate that is believed; RTSP servers that do not say one get the clock of their packets.
const maxFPS = 1000

func (g *videoGrabber) facts() grabFacts {
	f := grabFacts{Live: g.live, Backend: "OpenCV", Codec: printable(g.capture.CodecString()),
		Width: int(g.property(gocv.VideoCaptureFrameWidth)), Height: int(g.property(gocv.VideoCaptureFrameHeight))}
	if name, known := backends[gocv.VideoCaptureAPI(g.property(gocv.VideoCaptureBackend))]; known {
		f.Backend = name
	}
	if fps := g.property(gocv.VideoCaptureFPS); fps <= maxFPS {
		f.FPS = fps
	}
	if !g.live {
		f.Expected = int64(g.property(gocv.VideoCaptureFrameCount))
	}
	return f
}

// checkSize holds a size against the limits of pictures; 0 means that the source does not say.
func (g *videoGrabber) checkSize(w, h float64) error {
	side := float64(g.limits.MaxSide)
	if w <= side && h <= side && w*h <= float64(g.limits.MaxPixels) {
		return nil
	}
	return &VideoError{Source: g.name, Reason: fmt.Sprintf("has frames of %.0f×%.0f pixels, which is more than is allowed", w, h), Frames: g.frames}
}

func (g *videoGrabber) grab() (shot, error) {
	if !g.capture.Read(&g.mat) || g.mat.Empty() {
		return shot{}, g.ended()
	}
	if err := g.checkSize(float64(g.mat.Cols()), float64(g.mat.Rows())); err != nil {
		return shot{}, err
	}
	frame, err := g.copyFrame()
	return shot{frame: frame}, err
}

func (g *videoGrabber) ended() error {
	switch {
	case g.live:
		return &VideoError{Source: g.name, Reason: "gives no more frames", Frames: g.frames}
	case g.frames == 0:
		return &VideoError{Source: g.name, Reason: "holds no frame that can be read"}
	}
	return io.EOF
}

// copyFrame takes OpenCV's blue-green-red, or grey, into packed RGB. OpenCV exchanges colours faster than Go does.
func (g *videoGrabber) copyFrame() (*vision.Frame, error) {
	w, h := g.mat.Cols(), g.mat.Rows()
	var err error
	switch g.mat.Type() {
	case gocv.MatTypeCV8UC3:
		err = gocv.CvtColor(g.mat, &g.rgb, gocv.ColorBGRToRGB)
	case gocv.MatTypeCV8UC1:
		err = gocv.CvtColor(g.mat, &g.rgb, gocv.ColorGrayToBGR)
	default:
		err = fmt.Errorf("gives pixels of type %v", g.mat.Type())
	}
	if err != nil {
		return nil, &VideoError{Source: g.name, Reason: err.Error(), Frames: g.frames}
	}
	pix, err := g.rgb.DataPtrUint8()
	if err != nil || len(pix) != 3*w*h {
		return nil, &VideoError{Source: g.name, Reason: fmt.Sprintf("gives %d bytes for %d×%d pixels", len(pix), w, h), Frames: g.frames}
	}
	rgb := g.shelf.get(3 * w * h)
	copy(rgb, pix)
	g.frames++
	return &vision.Frame{Width: w, Height: h, RGB: rgb}, nil
}

func (g *videoGrabber) close() {
	g.mat.Close()
	g.rgb.Close()
	g.capture.Close()
}
