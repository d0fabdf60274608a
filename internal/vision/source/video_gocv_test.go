//go:build gocv

package source

import (
	"context"
	"errors"
	"fmt"
	"image/color"
	"io"
	"os"
	"path/filepath"
	"testing"

	"gocv.io/x/gocv"
)

// writeVideo makes n frames of 64×48, each red, with a green that grows with its number.
func writeVideo(t *testing.T, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clip.avi")
	out, err := gocv.VideoWriterFile(path, "MJPG", 25, 64, 48, true)
	if err != nil || !out.IsOpened() {
		t.Skipf("this OpenCV writes no MJPG: %v", err)
	}
	defer out.Close()
	for i := range n {
		mat := gocv.NewMatWithSizeFromScalar(gocv.NewScalar(10, float64(8*i), 200, 0), 48, 64, gocv.MatTypeCV8UC3)
		if err := out.Write(mat); err != nil {
			t.Fatal(err)
		}
		mat.Close()
	}
	return path
}

func TestVideoGivesEveryFrameInOrder(t *testing.T) {
	const frames = 20
	path := writeVideo(t, frames)
	v, err := OpenVideo(path)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	for i := range frames {
		f, err := v.Next(t.Context())
		if err != nil {
			t.Fatalf("frame %d: %v", i+1, err)
		}
		checkWhole(t, f)
		if want := fmt.Sprintf("%s#%d", path, i+1); f.Name != want {
			t.Errorf("got name %s, want %s", f.Name, want)
		}
		if got, want := pixel(f, 30, 20), (color.RGBA{200, byte(8 * i), 10, 255}); !near(got, want, 12) {
			t.Errorf("frame %d: got %v, want %v", i+1, got, want)
		}
	}
	if _, err := v.Next(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("after the last frame: got %v, want io.EOF", err)
	}
}

func TestFramesStayWhenTheNextIsRead(t *testing.T) {
	v, err := OpenVideo(writeVideo(t, 20))
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	first, err := v.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	before := pixel(first, 30, 20)
	for range 15 {
		if _, err := v.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if after := pixel(first, 30, 20); after != before {
		t.Errorf("the first frame changed from %v to %v", before, after)
	}
}

func TestVideoStopsWithItsContextAndCloses(t *testing.T) {
	v, err := OpenVideo(writeVideo(t, 3))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := v.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if err := errors.Join(v.Close(), v.Close()); err != nil {
		t.Error(err)
	}
	if _, err := v.Next(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("after Close: got %v, want io.EOF", err)
	}
}

func TestOpenVideoRefusesInWords(t *testing.T) {
	if !CameraBuild() {
		t.Error("this is the camera build")
	}
	dir := t.TempDir()
	text := filepath.Join(dir, "text.mp4")
	if err := os.WriteFile(text, []byte("dear diary"), 0o644); err != nil {
		t.Fatal(err)
	}
	var missing *NotFoundError
	if _, err := OpenVideo(filepath.Join(dir, "gone.mp4")); !errors.As(err, &missing) {
		t.Errorf("missing file: got %v", err)
	}
	var odd *NotRegularError
	if _, err := OpenVideo(dir); !errors.As(err, &odd) {
		t.Errorf("folder: got %v", err)
	}
	for _, arg := range []string{text, "camera:99", "http://me:secret@127.0.0.1:1/live", "gst:nosuchelement ! appsink"} {
		_, err := OpenVideo(arg)
		var bad *VideoError
		if !errors.As(err, &bad) || bad.Source != streamName(arg) {
			t.Errorf("%s: got %v, want a VideoError", arg, err)
		}
	}
}
