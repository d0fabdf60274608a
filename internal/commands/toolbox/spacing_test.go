package toolbox

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/terminal"
)

// newBox is one rvmctl process of a user whose folders lie in dir.
func newBox(t *testing.T, dir string) (*Box, *bytes.Buffer) {
	t.Helper()
	var stderr bytes.Buffer
	console := terminal.New(terminal.Options{In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: &stderr})
	return New(console, Version{}, System{ConfigDir: dir, CacheDir: dir, SystemDir: dir}, func(error) {}), &stderr
}

func TestUploadsOfTwoProcessesAreKeptApart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, _ := newBox(t, dir)
	second, _ := newBox(t, dir)
	seconds := make(chan int64, 2)
	done := make(chan error, 2)
	for _, box := range []*Box{first, second} {
		go func() {
			done <- box.UploadSpacing().Do(context.Background(), 1, func() error {
				seconds <- time.Now().Unix()
				return nil
			})
		}()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if a, b := <-seconds, <-seconds; a == b {
		t.Errorf("both uploads fell into second %d: the platform would keep one picture", a)
	}
}

func TestAnUploadOfAProcessThatDiedIsKeptApart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	dead, _ := newBox(t, dir)
	next, _ := newBox(t, dir)
	_, leave, err := dead.enterUpload(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	lock, err := dead.lockFile("uploads-of-rvm-1")
	if err != nil {
		t.Fatal(err)
	}
	long := time.Now().Add(-time.Hour)
	leave(long)
	if err := os.WriteFile(lock.Path(), []byte("uploading"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(lock.Path(), long, long); err != nil {
		t.Fatal(err)
	}
	last, leave, err := next.enterUpload(t.Context(), 1)
	if err != nil || time.Since(last) > time.Minute {
		t.Errorf("the next upload thinks that the last one ended at %s, %v", last, err)
	}
	leave(long)
	if last, leave, err = next.enterUpload(t.Context(), 1); err != nil || !last.Equal(long) {
		t.Errorf("got %s, %v, want %s", last, err, long)
	}
	leave(last)
}

func TestSpacingWithoutAFolderSaysSoAndGoesOn(t *testing.T) {
	t.Parallel()
	box, stderr := newBox(t, "/proc/nothing")
	ran := false
	err := box.UploadSpacing().Do(context.Background(), 1, func() error { ran = true; return nil })
	if err != nil || !ran || !strings.Contains(stderr.String(), "not kept away") {
		t.Errorf("got %v, ran %t, said %q", err, ran, stderr)
	}
}
