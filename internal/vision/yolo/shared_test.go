package yolo

import (
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"github.com/myrvm/rvmctl/internal/vision"
)

// sharedFile finds a test input beside the repository, or skips: those files may not be copied into it.
func sharedFile(t *testing.T, parts ...string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Skip("no go.mod above the test")
		}
	}
	path := filepath.Join(append([]string{dir, "..", "shared"}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("skipped: %s is not beside the repository", filepath.Join(append([]string{"shared"}, parts...)...))
	}
	return path
}

// sharedJPEG decodes a picture, as planes and as packed RGB.
func sharedJPEG(t *testing.T, name string) (planes, packed *vision.Frame) {
	t.Helper()
	file, err := os.Open(sharedFile(t, "vision", "images", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	picture, err := jpeg.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	ycc, ok := picture.(*image.YCbCr)
	if !ok {
		t.Fatalf("%s decodes to %T", name, picture)
	}
	b := ycc.Bounds()
	planes = &vision.Frame{Name: name, Width: b.Dx(), Height: b.Dy(), YCbCr: ycc}
	return planes, toRGB(planes)
}

// toRGB converts planes pixel by pixel with image/color.
func toRGB(f *vision.Frame) *vision.Frame {
	out := &vision.Frame{Name: f.Name, Width: f.Width, Height: f.Height, RGB: make([]byte, 0, 3*f.Width*f.Height)}
	for y := range f.Height {
		for x := range f.Width {
			r, g, b, _ := f.YCbCr.At(f.YCbCr.Rect.Min.X+x, f.YCbCr.Rect.Min.Y+y).RGBA()
			out.RGB = append(out.RGB, byte(r>>8), byte(g>>8), byte(b>>8))
		}
	}
	return out
}
