package onnx_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myrvm/rvmctl/internal/vision/onnx"
)

func TestSearch(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	bin, lib, cache := filepath.Join(root, "bin"), filepath.Join(root, "lib", "rvmctl"), filepath.Join(root, "cache")
	for _, dir := range []string{bin, lib, cache} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	name := onnx.LibraryNames()[0]
	options := onnx.SearchOptions{Executable: filepath.Join(bin, "rvmctl"), CacheDir: cache}

	found, tried := onnx.Search(options)
	if found != "" && !strings.HasPrefix(found, "/usr/lib/rvmctl/") {
		t.Errorf("found %s where there is nothing", found)
	}
	if found == "" {
		if diff := cmp.Diff([]string{bin, lib, "/usr/lib/rvmctl", cache}, tried); diff != "" {
			t.Error(diff)
		}
	}
	for _, dir := range []string{lib, bin} { // From the later place to the earlier one: each takes over.
		write(t, filepath.Join(dir, name), nil)
		if found, _ := onnx.Search(options); found != filepath.Join(dir, name) {
			t.Errorf("got %s, want the one in %s", found, dir)
		}
	}
	options.Explicit = lib
	if found, _ := onnx.Search(options); found != filepath.Join(lib, name) {
		t.Errorf("got %s, want the one in the folder that was named", found)
	}
	options.Explicit = filepath.Join(root, "missing.so")
	if found, tried := onnx.Search(options); found != "" || len(tried) != 1 {
		t.Errorf("got %q after %v, want nothing but the named file tried", found, tried)
	}
}

func TestFindSaysWhereItLooked(t *testing.T) {
	t.Parallel()
	var missing *onnx.RuntimeError
	_, err := onnx.Find(onnx.SearchOptions{Explicit: filepath.Join(t.TempDir(), "missing.so")}, false)
	if !errors.As(err, &missing) || !strings.Contains(err.Error(), "missing.so does not exist") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat("/usr/lib/rvmctl"); err == nil {
		t.Skip("/usr/lib/rvmctl exists here")
	}
	dir := t.TempDir()
	_, err = onnx.Find(onnx.SearchOptions{CacheDir: dir}, false)
	if !errors.As(err, &missing) || !strings.Contains(err.Error(), dir) || missing.Needed == "" {
		t.Errorf("got %v, want the folders that were looked at", err)
	}
}
