//go:build !gocv

package source

import (
	"errors"
	"testing"
)

func TestThisBuildSaysThatItHasNoCamera(t *testing.T) {
	t.Parallel()
	item := Item{Name: streamName("rtsp://me:secret@127.0.0.1/live"), Path: "rtsp://me:secret@127.0.0.1/live", Stream: true}
	_, err := OpenStream(t.Context(), item, StreamOptions{})
	var needs *NeedsCameraBuildError
	if !errors.As(err, &needs) || CameraBuild() || !NeedsCamera(t.Context(), item) {
		t.Fatalf("got %v", err)
	}
	if want := "rtsp://me:***@127.0.0.1/live"; needs.Source != want {
		t.Errorf("got %q, want %q", needs.Source, want)
	}
}
