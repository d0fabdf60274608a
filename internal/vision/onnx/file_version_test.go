package onnx

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFileVersionOfWhatIsNoLibrary(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "libonnxruntime.so.1")
	if err := os.WriteFile(path, []byte("\x7fELF and nothing behind it"), 0o600); err != nil {
		t.Fatal(err)
	}
	if v, known := FileVersion(path); known {
		t.Errorf("got %q", v)
	}
	if v, err := CheckFile(path); v != "" || err == nil {
		t.Errorf("got %q, %v; want a refusal", v, err)
	}
}

func TestFileVersionAgreesWithTheLibrary(t *testing.T) {
	t.Parallel()
	path := os.Getenv("RVMCTL_ONNXRUNTIME")
	if path == "" {
		path = filepath.Join("..", "..", "..", "bin", "libonnxruntime.so.1")
	}
	want, err := Version(path)
	if err != nil {
		t.Skipf("no ONNX Runtime (%v): run make setup, or set RVMCTL_ONNXRUNTIME", err)
	}
	if got, known := FileVersion(path); known && got != want {
		t.Errorf("the file says %s, the library says %s", got, want)
	}
}
