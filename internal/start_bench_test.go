package internal

import (
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What a command that only answers may cost, and what linking OpenCV would make it cost, side by side.
const (
	startCPU = 10 * time.Millisecond
	startRSS = 25 << 20
)

// BenchmarkStart runs the built programs as whole processes, in turns, and writes one table to standard error. It stands in a
// package whose test program is small, since the peak of
// memory of a child is never below what this process had when it forked.
//
//	go test -run '^$' -bench Start ./internal
func BenchmarkStart(b *testing.B) {
	cases := []*startCase{
		{name: "rvmctl version", program: "rvmctl", args: []string{"version"}, limited: true},
		{name: "rvmctl --help", program: "rvmctl", args: []string{"--help"}, limited: true},
		{name: "TAB (rvmctl deposit cr)", program: "rvmctl", args: []string{"__complete", "deposit", "cr"}, limited: true},
		{name: "peer: the same linked with OpenCV", program: "rvmctl-camera", args: []string{"version"}},
	}
	const runs = 30
	for range runs {
		for _, c := range cases {
			c.run(b)
		}
	}
	for b.Loop() {
		// The measuring was done above; a benchmark must run its loop once.
	}
	b.ReportMetric(0, "ns/op")
	report := []string{"| command | CPU ms, median | of 10 ms | peak MiB | of 25 MiB |", "|---|---|---|---|---|"}
	for _, c := range cases {
		report = append(report, c.row())
	}
	fmt.Fprintln(os.Stderr, "\n"+strings.Join(report, "\n"))
}

type startCase struct {
	name, program string
	args          []string
	limited       bool

	cpu []time.Duration
	rss int64
}

func (c *startCase) run(b *testing.B) {
	path := filepath.Join("..", "bin", c.program)
	if _, err := os.Stat(path); err != nil {
		b.Skipf("%s is not built: run make build", c.program)
	}
	cmd := exec.Command(path, c.args...)
	cmd.Env = append(os.Environ(), "RVMCTL_CONFIG_DIR="+b.TempDir())
	if err := cmd.Run(); err != nil {
		b.Fatal(err)
	}
	c.cpu = append(c.cpu, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	c.rss = max(c.rss, peak(cmd.ProcessState))
}

func (c *startCase) row() string {
	slices.Sort(c.cpu)
	cpu := c.cpu[len(c.cpu)/2]
	ofCPU, ofRSS := "", ""
	if c.limited {
		ofCPU = fmt.Sprintf("%.2f", float64(cpu)/float64(startCPU))
		ofRSS = fmt.Sprintf("%.2f", float64(c.rss)/float64(startRSS))
	}
	return fmt.Sprintf("| %s | %.1f | %s | %.1f | %s |", c.name, float64(cpu)/float64(time.Millisecond), ofCPU,
		float64(c.rss)/(1<<20), ofRSS)
}

// peak is the largest resident set in bytes; Linux counts it in KiB.
func peak(s *os.ProcessState) int64 {
	usage, ok := s.SysUsage().(*syscall.Rusage)
	if !ok || runtime.GOOS != "linux" {
		return 0
	}
	return usage.Maxrss << 10
}

// TestEverydayProgramLinksNoOpenCV keeps 170 ms and 80 MiB out of every command and every TAB: nothing but the C library is
// loaded at the start.
func TestEverydayProgramLinksNoOpenCV(t *testing.T) {
	program, err := elf.Open(filepath.Join("..", "bin", "rvmctl"))
	if err != nil {
		t.Skipf("no ELF program to look at (%v): run make build", err)
	}
	defer func() { _ = program.Close() }()
	libraries, err := program.ImportedLibraries()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range libraries {
		if !strings.HasPrefix(l, "libc.so") && !strings.HasPrefix(l, "libdl.so") && !strings.HasPrefix(l, "libpthread.so") &&
			!strings.HasPrefix(l, "ld-linux") {
			t.Errorf("bin/rvmctl is linked with %s", l)
		}
	}
}
