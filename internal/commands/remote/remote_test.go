package remote

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/platform/platformtest"
	"github.com/myrvm/rvmctl/internal/sandbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// desk is an operator's desk: a platform that has remote access, somebody signed in, and what was written.
type desk struct {
	console  *terminal.Console
	client   *platform.Client
	out, err *bytes.Buffer
}

func newDesk(t *testing.T, stdin string) *desk {
	t.Helper()
	client, _ := platformtest.Open(t, sandbox.Options{Friendly: true})
	d := &desk{client: client, out: &bytes.Buffer{}, err: &bytes.Buffer{}}
	d.console = terminal.New(terminal.Options{In: strings.NewReader(stdin), Out: d.out, Err: d.err})
	return d
}

func (d *desk) platform() (*platform.Client, error) { return d.client, nil }

func machine(n int64) func() (int64, error) { return func() (int64, error) { return n, nil } }

func (d *desk) start(ctx context.Context, n int64) error {
	return startRun(ctx, &StartOptions{Console: d.console, Platform: d.platform, RVM: machine(n), Address: "172.28.93.97",
		Type: platform.AccessCamera, Duration: 30 * time.Minute, Reason: "dark"})
}

func (d *desk) stop(ctx context.Context, n int64) error {
	return stopRun(ctx, &StopOptions{Console: d.console, Platform: d.platform, RVM: machine(n)})
}

// said is what was written to stdout and stderr since the last look.
func (d *desk) said() (out, err string) {
	out, err = d.out.String(), d.err.String()
	d.out.Reset()
	d.err.Reset()
	return out, err
}

func (d *desk) wants(t *testing.T, out, err string) {
	t.Helper()
	gotOut, gotErr := d.said()
	if !strings.Contains(gotOut, out) || !strings.Contains(gotErr, err) || err == "" && gotErr != "" {
		t.Errorf("got %q and %q, want %q and %q", gotOut, gotErr, out, err)
	}
}

func TestRemoteAccessFromItsBeginningToItsEnd(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t, ""), t.Context()
	status := &StatusOptions{Console: d.console, Platform: d.platform, RVM: machine(1)}
	if err := statusRun(ctx, status); err != nil {
		t.Fatal(err)
	}
	d.wants(t, "1\tnone\n", "")
	if err := d.start(ctx, 1); err != nil {
		t.Fatal(err)
	}
	d.wants(t, "1\t1\topen\t", "")
	if err := statusRun(ctx, status); err != nil {
		t.Fatal(err)
	}
	d.wants(t, "\t172.28.93.97\t5001\tcamera\t", "")
	if m, err := d.client.RVMs.Get(ctx, 1); err != nil || m.Status != "maintenance" {
		t.Errorf("the machine is %s (%v), want maintenance", m.Status, err)
	}
	var no *platform.Error
	if err := d.start(ctx, 1); !errors.As(err, &no) || no.Status != 409 {
		t.Errorf("a second start: %v, want a conflict", err)
	}
	if err := d.stop(ctx, 1); err != nil {
		t.Fatal(err)
	}
	d.wants(t, "1\t1\tended\t", "")
	if err := d.stop(ctx, 1); !errors.As(err, &no) || !no.NotFound() {
		t.Errorf("a second stop: %v, want not found", err)
	}
}

func TestALostStatusIsTold(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t, ""), t.Context()
	if _, err := d.client.RVMs.SetStatus(ctx, 2, "full"); err != nil {
		t.Fatal(err)
	}
	if err := d.start(ctx, 2); err != nil {
		t.Fatal(err)
	}
	d.wants(t, "2\t1\topen", "rvm 2 was full; when this session ends the platform makes it active: then type rvmctl rvm set-status 2 full")
	if _, err := d.client.RVMs.SetStatus(ctx, 2, "full"); err != nil {
		t.Fatal(err)
	}
	if err := d.stop(ctx, 2); err != nil {
		t.Fatal(err)
	}
	d.wants(t, "2\t1\tended", "rvm 2 was full and the platform has made it active")
}

func TestAMachineThatDoesNotAnswerIsNotOpened(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t, ""), t.Context()
	if _, err := d.client.RVMs.SetStatus(ctx, 3, "inactive"); err != nil {
		t.Fatal(err)
	}
	var no *platform.Error
	if err := d.start(ctx, 3); !errors.As(err, &no) || !no.MachineClosed() || no.Temporary() {
		t.Errorf("got %v, want a closed machine and not a platform that is away", err)
	}
	if err := d.start(ctx, 99); !errors.As(err, &no) || !no.NotFound() {
		t.Errorf("got %v, want no such machine", err)
	}
}

func TestHistoryStopsAtItsLimit(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t, ""), t.Context()
	history := func(limit int) error {
		return historyRun(ctx, &HistoryOptions{Console: d.console, Platform: d.platform, RVM: machine(1), Limit: limit})
	}
	if err := history(20); err != nil {
		t.Fatal(err)
	}
	d.wants(t, "", "nobody ever had remote access to rvm 1")
	for range 23 {
		if err := errors.Join(d.start(ctx, 1), d.stop(ctx, 1)); err != nil {
			t.Fatal(err)
		}
	}
	d.said()
	for limit, want := range map[int]int{5: 5, 21: 21, 100: 23} {
		if err := history(limit); err != nil {
			t.Fatal(err)
		}
		if out, _ := d.said(); strings.Count(out, "\tended\t") != want {
			t.Errorf("a limit of %d: got %d rows, want %d", limit, strings.Count(out, "\n"), want)
		}
	}
}

func TestCommandsAreDoneOrNot(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		command string
		rvm     int64
		payload string
		out     string
		made    bool
		refused bool
	}{
		{"a machine that answers", "open_door", 1, "", "1\t1\topen_door\tCommand open_door executed successfully\n", false, false},
		{"with a payload", "git_pull", 1, `{"branch":"main","n":9007199254740993}`, "1\t1\tgit_pull\t", false, false},
		{"a machine that is not there", "open_door", 2, "", "", true, false},
		{"no such machine", "open_door", 99, "", "", false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, tt.payload)
			o := &CommandOptions{Console: d.console, Platform: d.platform, RVM: machine(tt.rvm), Name: tt.command, Yes: true}
			if tt.payload != "" {
				o.Payload = "-"
			}
			err := commandRun(t.Context(), o)
			var made *platform.SimulatedError
			var no *platform.Error
			if errors.As(err, &made) != tt.made || (errors.As(err, &no) && no.NotFound()) != tt.refused || err != nil && !tt.made && !tt.refused {
				t.Errorf("got %v", err)
			}
			d.wants(t, tt.out, "")
		})
	}
}

func TestMovingSomethingIsAskedAbout(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "")
	for _, name := range platform.CommandNames() {
		err := commandRun(t.Context(), &CommandOptions{Console: d.console, Platform: d.platform, RVM: machine(1), Name: name})
		var asked *terminal.PromptError
		if errors.As(err, &asked) == harmless(name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatAMachineSentIsAnObject(t *testing.T) {
	t.Parallel()
	for _, v := range []any{nil, []any{}, map[string]any{}} {
		if got := object(v); got == nil || len(got) != 0 {
			t.Errorf("%v becomes %v, want an empty object", v, got)
		}
	}
	for _, v := range []any{"text", true, []any{"a"}} {
		if got := object(v); len(got) != 1 || got["value"] == nil {
			t.Errorf("%v becomes %v, want it under value", v, got)
		}
	}
}
