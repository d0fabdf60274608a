//go:build cgo && !windows

package onnx_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/myrvm/rvmctl/internal/vision/onnx"
	"github.com/myrvm/rvmctl/internal/vision/onnx/onnxtest"
)

func TestVersionOfWhatIsNoRuntime(t *testing.T) {
	t.Parallel()
	text := filepath.Join(t.TempDir(), "libonnxruntime.so.1")
	write(t, text, []byte("not a library"))
	tests := []struct{ name, path, want string }{
		{"a text file", text, "cannot be opened"},
		{"a missing file", text + "x", "cannot be opened"},
		{"a library that was cut short", cutShort(t), "cut short"},
		{"another library", compiled(t, "int other(void) { return 1; }"), "is not an ONNX Runtime library"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := onnx.Version(tt.path)
			var refused *onnx.RuntimeError
			if !errors.As(err, &refused) || !strings.Contains(refused.Reason, tt.want) || refused.Path != tt.path {
				t.Errorf("got %v, want a *RuntimeError saying %q", err, tt.want)
			}
			if _, err := onnx.Start(tt.path, false); !errors.As(err, &refused) {
				t.Errorf("starting it: got %v, want *RuntimeError", err)
			}
		})
	}
}

// cutShort is the first half of a real library. The system's loader would map it whole and die at the first missing page.
func cutShort(t *testing.T) string {
	t.Helper()
	whole, err := os.ReadFile(compiled(t, "char filling[1 << 20] = {1}; int other(void) { return filling[5]; }"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "libonnxruntime.so.1")
	write(t, path, whole[:len(whole)/2])
	return path
}

// JetPack 6 commonly brings 1.20; the binding's own refusal of it names nothing and crashes when asked for more.
func TestStartRefusesAnOldRuntime(t *testing.T) {
	t.Parallel()
	old := compiled(t, `
		static const void *get_api(unsigned v) { return 0; }
		static const char *get_version(void) { return "1.20.1"; }
		static struct { const void *(*a)(unsigned); const char *(*v)(void); } base = { get_api, get_version };
		const void *OrtGetApiBase(void) { return &base; }`)
	got, err := onnx.Version(old)
	if got != "1.20.1" || err != nil {
		t.Errorf("got %q, %v; want 1.20.1", got, err)
	}
	_, err = onnx.Start(old, false)
	want := "ONNX Runtime 1.20.1 at " + old + " is too old: it speaks API 1–20, rvmctl needs API 24 (ONNX Runtime 1.24 or newer)"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestStartOncePerProcess(t *testing.T) {
	first := started(t)
	if again, err := onnx.Start(first.Path, false); again != first || err != nil {
		t.Errorf("got %v, %v; want the runtime that was started before", again, err)
	}
	copied := filepath.Join(t.TempDir(), "libonnxruntime.so.1")
	if err := os.Link(first.Path, copied); err != nil {
		t.Skip("no second name for the library: ", err)
	}
	var refused *onnx.RuntimeError
	if _, err := onnx.Start(copied, false); !errors.As(err, &refused) || !strings.Contains(err.Error(), "uses "+first.Path+" already") {
		t.Errorf("got %v, want a *RuntimeError naming the library in use", err)
	}
}

// started is the runtime to test with; without a library the test is skipped.
func started(t testing.TB) *onnx.Runtime {
	t.Helper()
	rt, err := onnx.Start(onnxtest.Library(t, os.Getenv("RVMCTL_ONNXRUNTIME")), false)
	if err != nil {
		t.Fatal(err)
	}
	return rt
}

// compiled makes a shared library of C text with the compiler that cgo needed anyway.
func compiled(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	source, library := filepath.Join(dir, "x.c"), filepath.Join(dir, "libx.so")
	write(t, source, []byte(text))
	if out, err := exec.Command("cc", "-shared", "-fPIC", "-o", library, source).CombinedOutput(); err != nil {
		t.Skipf("no C compiler named cc: %v %s", err, out)
	}
	return library
}
