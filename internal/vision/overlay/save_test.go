package overlay

import (
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSaveName(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"a.jpg": "a-detected.jpg", "in/b.JPEG": "b-detected.jpg", `C:\in\c.png`: "c-detected.jpg", "-": "stdin-detected.jpg",
		"clip.mp4#12": "clip-12-detected.jpg", "camera:0#7": "camera_0-7-detected.jpg", "rtsp://me:***@host/live#1": "live-1-detected.jpg",
		"http://host/": "picture-detected.jpg", "a#b.jpg": "a_b-detected.jpg", "two.dots.jpg": "two.dots-detected.jpg",
		".hidden": "picture-detected.jpg", "..": "picture-detected.jpg", "": "picture-detected.jpg", "-rf.jpg": "rf-detected.jpg",
		"a b$(c);d\x1b.jpg": "a_b__c__d-detected.jpg", "naïve.jpg": "naïve-detected.jpg", "bad\xff.jpg": "bad-detected.jpg",
		strings.Repeat("x", 300) + ".jpg": strings.Repeat("x", 48) + "-detected.jpg",
	}
	for source, want := range tests {
		if got := SaveName(source); got != want {
			t.Errorf("%q: got %q, want %q", source, got, want)
		}
	}
}

func FuzzSaveName(f *testing.F) {
	f.Add("in/a.jpg")
	f.Add("../../etc/passwd\x00")
	f.Fuzz(func(t *testing.T, source string) {
		got := SaveName(source)
		if got != filepath.Base(got) || strings.HasPrefix(got, ".") || strings.HasPrefix(got, "-") || len(got) > 255 || !strings.HasSuffix(got, "-detected.jpg") {
			t.Errorf("%q became %q", source, got)
		}
	})
}

func TestSaveNeverOverwrites(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "folder")
	img := image.NewRGBA(image.Rect(0, 0, 20, 10))
	var got []string
	for _, source := range []string{"x/a.jpg", "y/a.jpg", "b.png", "a.png"} {
		got = append(got, save(t, newSaver(t, dir), source, img))
	}
	one := newSaver(t, dir)
	got = append(got, save(t, one, "a.jpg", img), save(t, one, "a.jpg", img))
	want := []string{"a-detected.jpg", "a-detected-2.jpg", "b-detected.jpg", "a-detected-3.jpg", "a-detected-4.jpg", "a-detected-5.jpg"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), list(t, dir)); diff != "" {
		t.Errorf("folder (-want +got)\n%s", diff)
	}
}

func TestSaveKeepsASourceOfTheSameName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	source := filepath.Join(dir, "a-detected.jpg")
	if err := os.WriteFile(source, []byte("the source"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := save(t, newSaver(t, dir), "a.jpg", image.NewRGBA(image.Rect(0, 0, 2, 2))); got != "a-detected-2.jpg" {
		t.Errorf("got %s", got)
	}
	if data, err := os.ReadFile(source); string(data) != "the source" {
		t.Errorf("the source became %q, %v", data, err)
	}
}

func TestSaversSideBySide(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	shared := newSaver(t, dir)
	var all sync.WaitGroup
	for i := range 24 {
		saver := shared
		if i%2 == 0 {
			saver = newSaver(t, dir)
		}
		all.Go(func() {
			if _, err := saver.Save("a.jpg", image.NewRGBA(image.Rect(0, 0, 30, 20))); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	names := list(t, dir)
	if len(names) != 24 {
		t.Errorf("got %d files, want 24: %v", len(names), names)
	}
	for _, name := range names {
		file, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := jpeg.Decode(file); err != nil {
			t.Errorf("%s is not whole: %v", name, err)
		}
		_ = file.Close()
	}
}

func TestSaveErrorsNameThePlaceOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := NewSaver(file)
	var bad *SaveError
	if !errors.As(err, &bad) || bad.Path != file {
		t.Fatalf("got %v", err)
	}
	if runtime.GOOS != "windows" {
		if want := fmt.Sprintf("annotated picture %s: not a directory", file); err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
	}
	saver := newSaver(t, filepath.Join(dir, "gone"))
	if err := os.Remove(filepath.Join(dir, "gone")); err != nil {
		t.Fatal(err)
	}
	if _, err := saver.Save("a.jpg", image.NewRGBA(image.Rect(0, 0, 2, 2))); !errors.As(err, &bad) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func newSaver(t *testing.T, dir string) *Saver {
	t.Helper()
	s, err := NewSaver(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func save(t *testing.T, s *Saver, source string, img image.Image) string {
	t.Helper()
	path, err := s.Save(source, img)
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Base(path)
}

// list is all names in a folder, so temporary files that stayed are seen too.
func list(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
