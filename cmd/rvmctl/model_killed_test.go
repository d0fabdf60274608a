//go:build linux

package main

import (
	"bytes"
	"context"
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

// A model that never ends when it is warmed up is left alone at the limit of the run.
func TestAWarmUpThatHangsIsLeft(t *testing.T) {
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
	for _, args := range [][]string{{"model", "info", file, "--device", "cpu"}, {"model", "bench", file}} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		cmd := run.command(ctx, append(args, "--timeout", "1s")...)
		var said bytes.Buffer
		cmd.Stderr = &said
		var exit *exec.ExitError
		if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != 5 || !strings.Contains(said.String(), "stopped after 1s") {
			t.Errorf("%v: got %v and %q", args, err, said.String())
		}
		cancel()
	}
}

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
		"the command is killed": {func(parent, child int) error {
			busy(t, child) // Before the model has arrived the end of the pipe would be enough.
			return syscall.Kill(parent, syscall.SIGKILL)
		}, -1, ""},
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
			for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
				// What is left of a process whose parent is gone waits for the system to collect it.
				state, _ := os.ReadFile("/proc/" + strconv.Itoa(child) + "/stat")
				if len(state) == 0 || bytes.Contains(state, []byte(") Z ")) {
					break
				}
				if time.Now().After(end) {
					_ = syscall.Kill(child, syscall.SIGKILL)
					t.Fatal("the process that tried the model is still there")
				}
			}
		})
	}
}

// busy waits until a process has computed for half a second.
func busy(t *testing.T, pid int) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		raw, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		_, rest, _ := strings.Cut(string(raw), ") ")
		fields := strings.Fields(rest) // The twelfth is the time in hundredths of a second.
		if len(fields) < 12 {
			continue
		}
		if spent, err := strconv.Atoi(fields[11]); err == nil && spent >= 50 {
			return
		}
	}
	t.Fatal("the process does not compute")
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
