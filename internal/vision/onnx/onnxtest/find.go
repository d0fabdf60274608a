package onnxtest

import (
	"os"
	"path/filepath"
	"testing"
)

// Library is the ONNX Runtime library to test with: named, which may be empty, else the one that `make setup` put into
// bin. The test is skipped when there is none.
func Library(t testing.TB, named string) string {
	t.Helper()
	if named != "" {
		return named
	}
	for _, name := range []string{"libonnxruntime.so.1", "libonnxruntime.so", "libonnxruntime.dylib"} {
		file := filepath.Join(repository(t), "bin", name)
		if _, err := os.Stat(file); err == nil {
			return file
		}
	}
	t.Skip("no ONNX Runtime library in bin/: run make setup, or set RVMCTL_ONNXRUNTIME")
	return ""
}

// Shared is a file of the folder `shared` beside the repository, where test inputs lie that may not be copied into it.
// The test is skipped when it is absent.
func Shared(t testing.TB, elements ...string) string {
	t.Helper()
	file := filepath.Join(append([]string{repository(t), "..", "shared"}, elements...)...)
	if _, err := os.Stat(file); err != nil {
		t.Skipf("test input %s is not beside the repository", filepath.Join(elements...))
	}
	return file
}

// repository is the folder of go.mod, found from the package's folder upwards.
func repository(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the package's folder")
		}
		dir = filepath.Dir(dir)
	}
}
