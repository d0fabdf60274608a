package source

import (
	"errors"
	"strings"
	"testing"
)

func TestCamerasOfThisMachine(t *testing.T) {
	t.Parallel()
	cameras, err := Cameras()
	if err != nil || cameras == nil {
		t.Fatalf("got %v, %v", cameras, err)
	}
	if len(cameras) == 0 {
		t.Skip("there is no /dev/video here: nothing real can be asked")
	}
	for _, c := range cameras {
		if c.Name == "" && c.Problem == "" {
			t.Errorf("%+v has no name", c)
		}
		formats, err := CameraFormats(c.Number)
		if c.Captures && (err != nil || len(formats) == 0) {
			t.Errorf("%s gives pictures and no format: %v", c.Path, err)
		}
	}
}

func TestADeviceThatIsNoCamera(t *testing.T) {
	t.Parallel()
	d, err := openDevice("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	var b [sizeCapability]byte
	if err := d.request(requestCapability, b[:]); err == nil {
		t.Error("/dev/null answers like a camera")
	}
	for path, reason := range map[string]string{"/dev/video255": "no such camera", t.TempDir(): "is no device"} {
		_, err := openDevice(path)
		var bad *DeviceError
		if !errors.As(err, &bad) || !strings.Contains(bad.Reason, reason) {
			t.Errorf("%s: got %v", path, err)
		}
	}
	var missing *DeviceError
	if _, err := AskCamera(255); !errors.As(err, &missing) || !missing.Missing {
		t.Errorf("got %v", err)
	}
	if _, err := CameraFormats(255); !errors.As(err, &missing) {
		t.Errorf("got %v", err)
	}
}
