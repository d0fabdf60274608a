//go:build !gocv

package source

import (
	"errors"
	"testing"
)

func TestThisBuildSaysThatItHasNoCamera(t *testing.T) {
	t.Parallel()
	_, err := OpenVideo("rtsp://me:secret@host/live")
	var needs *NeedsCameraBuildError
	if !errors.As(err, &needs) || CameraBuild() {
		t.Fatalf("got %v", err)
	}
	if want := "rtsp://me:***@host/live"; needs.Source != want {
		t.Errorf("got %q, want %q", needs.Source, want)
	}
}
