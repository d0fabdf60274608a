package source

import (
	"fmt"
	"strings"
)

// Camera is one video device of this machine.
type Camera struct {
	// Number is N of camera:N and Path its file.
	Number int
	Path   string
	// Name, Driver and Bus are what the driver says of itself; Bus tells where it is plugged in.
	Name, Driver, Bus string
	// Captures is false for what shares a device's name and gives no pictures: its metadata, or an output.
	Captures bool
	// Problem is why the device could not be asked, or empty.
	Problem string
}

// Format is one way in which a camera gives pictures.
type Format struct {
	// Code is the four-letter code, such as "YUYV" or "MJPG"; Description is the driver's word for it.
	Code, Description string
	// Compressed is true for what has to be decoded first.
	Compressed bool
	// Sizes are those that the camera offers; one with steps stands for many.
	Sizes []Size
}

// Size is a picture size of a format, in pixels. Where MaxWidth is not 0 every size up to MaxWidth×MaxHeight is possible, in
// steps of StepWidth and StepHeight.
type Size struct {
	Width, Height         int
	MaxWidth, MaxHeight   int
	StepWidth, StepHeight int
	// Rates are pictures a second, highest first. With RateSteps they are the two ends of what is possible.
	Rates     []float64
	RateSteps bool
}

// DeviceError says that a video device could not be asked what it is.
type DeviceError struct {
	// Path is its file.
	Path string
	// Reason is the fact.
	Reason string
	// Missing is true when there is no such device, Denied when this user may not open it.
	Missing, Denied bool
}

// Error states the device and the reason.
func (e *DeviceError) Error() string { return e.Path + ": " + e.Reason }

func devicePath(number int) string { return fmt.Sprintf("/dev/video%d", number) }

// CameraNumber reads camera:N and /dev/videoN.
func CameraNumber(arg string) (number int, camera bool) { return cameraNumber(arg) }

// covers says whether a size is the one wished for or includes it; 0 wishes nothing.
func (s Size) covers(width, height int) bool {
	if width == 0 || height == 0 || s.Width == width && s.Height == height {
		return true
	}
	return s.MaxWidth > 0 && width >= s.Width && width <= s.MaxWidth && height >= s.Height && height <= s.MaxHeight &&
		fits(width-s.Width, s.StepWidth) && fits(height-s.Height, s.StepHeight)
}

func fits(distance, step int) bool { return step < 1 || distance%step == 0 }

// reaches says whether a size comes at a rate; one that says no rates promises nothing and is believed.
func (s Size) reaches(fps float64) bool {
	return fps == 0 || len(s.Rates) == 0 || s.Rates[0] >= fps-0.01
}

// fittingFormat is the code of the format to ask for. The driver's first is taken where it does: most cameras give small
// pictures unpacked, and large ones fast enough only as JPEG. It is empty where no format does.
func fittingFormat(formats []Format, width, height int, fps float64) string {
	for _, f := range formats {
		if !readable(f.Code) {
			continue
		}
		for _, s := range f.Sizes {
			if s.covers(width, height) && s.reaches(fps) {
				return f.Code
			}
		}
	}
	return ""
}

// readable says whether OpenCV turns a format into colours by itself.
func readable(code string) bool {
	return strings.Contains(" YUYV UYVY YVYU NV12 NV21 YU12 YV12 RGB3 BGR3 MJPG JPEG ", " "+code+" ")
}
