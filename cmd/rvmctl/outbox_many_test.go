//go:build unix

// Many short processes put deposits in while a service sends them: the way of every day, at the speed of a bad one.
package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/sandbox"
)

// atOnce is how many processes run at the same time.
const atOnce = 16

func TestManyShortProcessesBesideAService(t *testing.T) {
	if testing.Short() {
		t.Skip("starts hundreds of processes")
	}
	count := 200
	if os.Getenv("RVMCTL_SOAK") != "" {
		count = 1000
	}
	server, err := sandbox.Open(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server.Handler())
	t.Cleanup(func() { web.Close(); _ = server.Close() })
	s := &stage{sandbox: server, web: web}
	token, err := s.signIn()
	if err != nil {
		t.Fatal(err)
	}
	run := newRunner(t, web.URL, token)

	stop := run.watch(t)
	times := run.deposits(t, count)
	run.waitUntilEmpty(t)
	stop()

	slices.Sort(times)
	t.Logf("%d processes, %d at once: p50 %s, p99 %s, max %s", count, atOnce, times[count/2], times[count*99/100], times[count-1])
	ledger, err := server.Ledger()
	if err != nil {
		t.Fatal(err)
	}
	sessions := map[string]int{}
	for _, d := range ledger.Deposits {
		sessions[d.SessionToken]++
	}
	for i := range count {
		if name := fmt.Sprintf("person-%d", i); sessions[name] != 1 {
			t.Errorf("%s has %d deposits", name, sessions[name])
		}
	}
}

// runner starts rvmctl on a machine of its own.
type runner struct {
	program string
	env     []string
}

func newRunner(t *testing.T, url, token string) *runner {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "rvmctl")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// The test's own program becomes rvmctl by that name.
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "WORK=" + filepath.Join(dir, "nowhere"), "RVMCTL_URL=" + url, "RVMCTL_TOKEN=" + token, "RVMCTL_RVM=1", "GORACE=atexit_sleep_ms=0"}
	for _, name := range []string{"CONFIG", "STATE", "CACHE", "SYSTEM"} {
		env = append(env, fmt.Sprintf("RVMCTL_%s_DIR=%s", name, filepath.Join(dir, name)))
	}
	return &runner{program, env}
}

func (r *runner) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, r.program, args...)
	cmd.Env = r.env
	return cmd
}

// watch starts the service and gives what ends it, which must be quick.
func (r *runner) watch(t *testing.T) (stop func()) {
	t.Helper()
	cmd := r.command(t.Context(), "outbox", "flush", "--watch", "--json", "--parallel", "8")
	var failed bytes.Buffer
	cmd.Stderr = &failed
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	read := make(chan struct{})
	go func() {
		defer close(read)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			lines++
		}
	}()
	return func() {
		asked := time.Now()
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-read
		_ = cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != 143 {
			t.Errorf("the service ended with %d: %s", code, failed.String())
		}
		t.Logf("the service wrote %d lines and ended %s after SIGTERM", lines, time.Since(asked).Round(time.Millisecond))
	}
}

// deposits gives how long each process took.
func (r *runner) deposits(t *testing.T, count int) []time.Duration {
	t.Helper()
	times := make([]time.Duration, count)
	slots := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for i := range count {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			began := time.Now()
			out, err := r.command(t.Context(), "deposit", "create", "--waste-type", "plastic", "--weight", "0.5", "--queue", "always",
				"--session", fmt.Sprintf("person-%d", i)).CombinedOutput()
			if times[i] = time.Since(began); err != nil {
				t.Errorf("process %d: %v: %s", i, err, out)
			}
		})
	}
	all.Wait()
	return times
}

func (r *runner) waitUntilEmpty(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		out, err := r.command(t.Context(), "outbox", "stats", "--jq", ".open").CombinedOutput()
		if err == nil && string(bytes.TrimSpace(out)) == "0" {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("still open: %s %v", out, err)
		}
	}
}
