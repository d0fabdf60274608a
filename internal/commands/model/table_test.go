package model

import (
	"bytes"
	"strings"
	"testing"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// shown is what a terminal of 80 columns shows of a result, and piped what a pipe gets.
func shown(t *testing.T, v terminal.View, tty bool) string {
	t.Helper()
	var out bytes.Buffer
	console := terminal.New(terminal.Options{In: strings.NewReader(""), Out: &out, Err: &bytes.Buffer{}, OutTTY: tty, Width: 80})
	console.Wish(terminal.Wishes{Color: "never"})
	if err := console.Emit(v); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestFiguresOfADeviceFitATerminal(t *testing.T) {
	t.Parallel()
	m := Measured{Note: "one run", Rows: []Row{
		{Device: Device{Device: "cpu", Provider: "CPUExecutionProvider", Threads: 2},
			Run: &Spread{6.82, 8.58, 110.31, 210.31}, Around: &Spread{0.44, 0.57, 0.81, 0.81}},
		{Device: Device{Device: "tensorrt"}, Error: &toolbox.Problem{Message: "device tensorrt: none"}},
	}}
	const want = `DEVICE    PROVIDER              THREADS  TIME       MIN   P50   P95     MAX
cpu       CPUExecutionProvider  2        inference  6.82  8.58  110.31  210.31
                                         around it  0.44  0.57  0.81    0.81
tensorrt  not measured
milliseconds; one run
`
	if got := trimmed(shown(t, m, true)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	const piped = "cpu\tCPUExecutionProvider\t2\t6.82\t8.58\t110.31\t210.31\t0.44\t0.57\t0.81\t0.81\t\n" +
		"tensorrt\t\t\t\t\t\t\t\t\t\t\tdevice tensorrt: none\n"
	if got := shown(t, m, false); got != piped {
		t.Errorf("got %q, want %q", got, piped)
	}
}

func TestNamesOfModelsFitATerminal(t *testing.T) {
	t.Parallel()
	l := Listing{Models: []Listed{{Name: "beverage-nano", InUse: true, Task: "detect", Width: 320, Height: 320, Labels: 2,
		Size: 3454330, SHA256: strings.Repeat("e3d86756", 8), Place: "rvmctl"}}}
	if got := shown(t, l, true); !strings.Contains(got, "beverage-nano ") || strings.Contains(got, "…") || strings.Contains(got, "PROBLEM") {
		t.Errorf("got\n%s", got)
	}
	if got := shown(t, l, false); strings.Count(got, "\t") != 8 {
		t.Errorf("a pipe gets %q", got)
	}
}

// trimmed is text without blanks at the ends of its lines.
func trimmed(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}
