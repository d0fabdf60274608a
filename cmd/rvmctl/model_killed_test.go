//go:build linux

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/vision/onnx"
)

// The process that tries a model is killed as the system kills when memory runs out; the one that the operator typed lives and
// says so. When that one is interrupted, the other goes with it.
func TestATrialThatIsKilled(t *testing.T) {
	library, found := runtimeLibrary(t)
	if !found || !onnx.Built() {
		t.Skip("no ONNX Runtime library in bin, or a build without inference")
	}
	run := newRunner(t, "http://127.0.0.1:9", "none")
	run.env = append(run.env, "RVMCTL_ONNXRUNTIME="+library)
	file := filepath.Join(t.TempDir(), "hangs.onnx")
	if err := os.WriteFile(file, badModel("hangs"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		signal func(parent, child int) error
		code   int
		want   string
	}{
		"the trial is killed": {func(_, child int) error { return syscall.Kill(child, syscall.SIGKILL) }, 8,
			"model " + file + ": the process that tried it was killed (SIGKILL)"},
		"the operator interrupts": {func(parent, _ int) error { return syscall.Kill(parent, syscall.SIGINT) }, 130, "interrupted"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := run.command(t.Context(), "model", "verify", file)
			var said bytes.Buffer
			cmd.Stderr = &said
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			child := childOf(t, cmd.Process.Pid)
			if err := tt.signal(cmd.Process.Pid, child); err != nil {
				t.Fatal(err)
			}
			var exit *exec.ExitError
			if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != tt.code || !strings.Contains(said.String(), tt.want) {
				t.Errorf("got %v and %q, want exit code %d and %q", err, said.String(), tt.code, tt.want)
			}
			if err := syscall.Kill(child, 0); !errors.Is(err, syscall.ESRCH) {
				t.Errorf("the process that tried the model is still there: %v", err)
			}
		})
	}
}

// childOf waits for the process that a process has started.
func childOf(t *testing.T, parent int) int {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		lists, _ := filepath.Glob("/proc/" + strconv.Itoa(parent) + "/task/*/children")
		for _, list := range lists {
			raw, _ := os.ReadFile(list)
			for _, word := range strings.Fields(string(raw)) {
				child, err := strconv.Atoi(word)
				if line, _ := os.ReadFile("/proc/" + word + "/cmdline"); err == nil && bytes.Contains(line, []byte("__trial")) {
					return child
				}
			}
		}
	}
	t.Fatal("no process was started")
	return 0
}
