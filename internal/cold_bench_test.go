package internal

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// cold is one picture by a new process: the stages it tells, and the wall time until its line was there.
type cold struct {
	Stages struct {
		Start    float64 `json:"start"`
		Settings float64 `json:"settings"`
		Model    float64 `json:"model"`
		Runtime  float64 `json:"runtime"`
		Session  float64 `json:"session"`
		WarmUp   float64 `json:"warm_up"`
		Read     float64 `json:"read"`
		Decode   float64 `json:"decode"`
	} `json:"stages_ms"`
	Timing struct {
		Pre  float64 `json:"pre"`
		Run  float64 `json:"run"`
		Post float64 `json:"post"`
	} `json:"timing_ms"`
	wall float64
}

// load is everything before the first picture can be looked at.
func (c cold) load() float64 {
	s := c.Stages
	return s.Start + s.Settings + s.Model + s.Runtime + s.Session + s.WarmUp
}

// BenchmarkStartToFirstPicture looks at one picture with a new process, often, and writes the median of each stage to standard
// error, and what comes after loading beside the inference.
//
//	go test -run '^$' -bench Start ./internal
func BenchmarkStartToFirstPicture(b *testing.B) {
	sizes := []string{"320", "640"}
	report := []string{
		"| input | start | settings | model | runtime | session | warm-up | read, decode (meanwhile) | pre | run | post | all but loading | of the run | limit |",
		"|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
	}
	for _, size := range sizes {
		report = append(report, coldRow(b, size))
	}
	for b.Loop() {
		// The measuring was done above; a benchmark must run its loop once.
	}
	b.ReportMetric(0, "ns/op")
	fmt.Fprintln(os.Stderr, "\n"+strings.Join(report, "\n"))
}

func coldRow(b *testing.B, size string) string {
	var all []cold
	for range 25 {
		all = append(all, lookOnce(b, size))
	}
	median := func(of func(cold) float64) float64 {
		values := make([]float64, len(all))
		for i, c := range all {
			values[i] = of(c)
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	words := []string{size}
	for _, of := range []func(cold) float64{
		func(c cold) float64 { return c.Stages.Start }, func(c cold) float64 { return c.Stages.Settings },
		func(c cold) float64 { return c.Stages.Model }, func(c cold) float64 { return c.Stages.Runtime },
		func(c cold) float64 { return c.Stages.Session }, func(c cold) float64 { return c.Stages.WarmUp },
		func(c cold) float64 { return c.Stages.Read + c.Stages.Decode },
		func(c cold) float64 { return c.Timing.Pre }, func(c cold) float64 { return c.Timing.Run },
		func(c cold) float64 { return c.Timing.Post }, func(c cold) float64 { return c.wall - c.load() },
	} {
		words = append(words, fmt.Sprintf("%.1f", median(of)))
	}
	ratio := median(func(c cold) float64 { return (c.wall - c.load()) / c.Timing.Run })
	return "| " + strings.Join(append(words, fmt.Sprintf("%.2f", ratio), "≤ 1.30"), " | ") + " |"
}

func lookOnce(b *testing.B, size string) (c cold) {
	program := filepath.Join("..", "bin", "rvmctl")
	if _, err := os.Stat(program); err != nil {
		b.Skip("rvmctl is not built: run make build")
	}
	args := []string{"detect", "run", filepath.Join("..", "docs", "samples", "bottle-1.jpg"), "--json", "--timing", "--device", "cpu", "--size", size}
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), "RVMCTL_CONFIG_DIR="+b.TempDir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	c.wall = float64(time.Since(start)) / float64(time.Millisecond)
	if err == nil {
		err = json.Unmarshal(line, &c)
	}
	if waited := cmd.Wait(); err != nil || waited != nil {
		b.Fatalf("%v, %v: %s", err, waited, line)
	}
	return c
}
