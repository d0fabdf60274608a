package onnx_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/myrvm/rvmctl/internal/vision/onnx"
)

func TestReadModel(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := filepath.Join(dir, "good.onnx")
	write(t, good, []byte("abc"))
	if err := os.Symlink(good, filepath.Join(dir, "link.onnx")); err != nil {
		t.Fatal(err)
	}
	huge := filepath.Join(dir, "huge.onnx")
	write(t, huge, nil)
	if err := os.Truncate(huge, onnx.MaxModelBytes+1); err != nil {
		t.Fatal(err)
	}
	// These exist on purpose nowhere: their names are reason enough.
	tests := []struct{ name, file, want string }{
		{"a missing file", "none.onnx", "no such file"},
		{"a symbolic link", "link.onnx", "symbolic link to " + good},
		{"a folder", "", "it is a folder"},
		{"a file over the limit", "huge.onnx", "larger than 512 MiB"},
		{"a PyTorch file by its name", "best.PT", "can run code"},
		{"a TensorRT engine by its name", "best.engine", "not an ONNX file"},
	}
	for _, tt := range tests {
		t.Run(tt.name+" is refused", func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(dir, tt.file)
			_, err := onnx.ReadModel(path)
			var refused *onnx.ModelError
			if !errors.As(err, &refused) || !strings.Contains(refused.Found, tt.want) || refused.Path != path {
				t.Errorf("got %v, want a *ModelError of %s saying %q", err, path, tt.want)
			}
			if got, want := errors.Is(err, fs.ErrNotExist), tt.file == "none.onnx"; got != want {
				t.Errorf("is fs.ErrNotExist: got %v, want %v", got, want)
			}
		})
	}
	t.Run("a regular file is read with its sum", func(t *testing.T) {
		t.Parallel()
		m, err := onnx.ReadModel(good)
		want := "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
		if err != nil || string(m.Bytes) != "abc" || m.SHA256 != want || m.Path != good {
			t.Errorf("got %v, %v", m, err)
		}
	})
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
