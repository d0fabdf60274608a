package maintenance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/platform/platformtest"
	"github.com/myrvm/rvmctl/internal/sandbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// site is a sandbox, somebody signed in to it, and the notebook of their computer.
type site struct {
	t       *testing.T
	box     *sandbox.Server
	client  *platform.Client
	book    notebook
	console *terminal.Console
	out     *bytes.Buffer
	// late is how far the console's clock is ahead.
	late time.Duration
}

func newSite(t *testing.T) *site {
	t.Helper()
	client, box := platformtest.Open(t, sandbox.Options{})
	s := &site{t: t, box: box, client: client, book: book(t), out: &bytes.Buffer{}}
	s.console = terminal.New(terminal.Options{In: strings.NewReader(""), Out: s.out, Err: &bytes.Buffer{},
		Now: func() time.Time { return time.Now().Add(s.late) }})
	s.console.Wish(terminal.Wishes{JSON: true, Quiet: true})
	return s
}

// fails makes the platform go wrong, or behave without arguments.
func (s *site) fails(faults ...string) {
	s.t.Helper()
	platformtest.Fail(s.t, s.box, faults...)
}

func (s *site) start(rvm int64, reason string) error {
	return startRun(s.t.Context(), &StartOptions{Console: s.console, Platform: s.platform, RVM: the(rvm), Lock: nobodyElse, Notes: s.notes,
		Who: func() string { return "me" }, Reason: reason})
}

func (s *site) end(rvm int64, status string) error {
	return endRun(s.t.Context(), &EndOptions{Console: s.console, Platform: s.platform, RVM: the(rvm), Lock: nobodyElse, Notes: s.notes, Status: status})
}

func (s *site) platform() (*platform.Client, error) { return s.client, nil }
func (s *site) notes() (notebook, error)            { return s.book, nil }

func the(rvm int64) func() (int64, error) { return func() (int64, error) { return rvm, nil } }

func nobodyElse(context.Context, string, string, time.Duration) (func(), error) {
	return func() {}, nil
}

// holds compares what the platform and the notebook say of a machine; "" is no note.
func (s *site) holds(when string, rvm int64, status, remembered string) {
	s.t.Helper()
	s.fails()
	m, err := s.client.RVMs.Get(s.t.Context(), rvm)
	if err != nil || m.Status != status {
		s.t.Errorf("%s: rvm %d is %s, %v, want %s", when, rvm, m.Status, err, status)
	}
	n, err := s.book.find(rvm)
	got := ""
	if n != nil {
		got = n.Previous
	}
	if err != nil || got != remembered {
		s.t.Errorf("%s: remembered is %q, %v, want %q", when, got, err, remembered)
	}
}

// last is the newest result.
func (s *site) last() (v map[string]any) {
	s.t.Helper()
	lines := strings.Split(strings.TrimSpace(s.out.String()), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &v); err != nil {
		s.t.Fatal(err)
	}
	return v
}

func (s *site) unknown(when string, err error) {
	s.t.Helper()
	var unknown *platform.UncertainError
	if !errors.As(err, &unknown) {
		s.t.Errorf("%s: got %v, want an unknown outcome", when, err)
	}
}

const patch = "PATCH:/api/v2/rvms/*/status="

func TestALostAnswerKeepsWhatWasRemembered(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.fails(patch+"drop-response", "GET:/api/v2/rvms/5=503")
	if err := s.start(5, "belt"); err == nil {
		t.Error("a platform that nobody can look at passes for fine")
	}
	s.holds("the look before failed, so nothing was sent", 5, "full", "")

	s.fails(patch + "drop-response")
	if err := s.start(5, "belt"); err != nil {
		t.Errorf("the second look saw it: %v", err)
	}
	if got := s.last(); got["outcome"] != "started" || got["confirmed_by"] != "look" || got["previous_status"] != "full" {
		t.Errorf("got %v", got)
	}
	s.holds("done, answer lost", 5, "maintenance", "full")

	s.fails(patch + "drop-request")
	s.unknown("ending, line broken before", s.end(5, ""))
	s.holds("not ended", 5, "maintenance", "full")
	s.fails(patch + "drop-response")
	if err := s.end(5, ""); err != nil {
		t.Errorf("ending: %v", err)
	}
	s.holds("ended, answer lost", 5, "full", "")

	s.fails(patch + "drop-request")
	s.unknown("starting, line broken before", s.start(1, ""))
	s.holds("not started, but it may yet be", 1, "active", "active")
	if err := s.end(1, ""); err != nil || s.last()["outcome"] != "unchanged" {
		t.Errorf("ending what never began: %v, %v", s.last(), err)
	}
	s.holds("it may yet begin", 1, "active", "active")
	s.late = underWay
	if err := s.end(1, ""); err != nil || s.last()["outcome"] != "unchanged" {
		t.Errorf("ending what never began, later: %v, %v", s.last(), err)
	}
	s.holds("tidied up", 1, "active", "")
}

func TestARefusalTakesTheNoteBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, earlier := range []*note{nil, {Previous: "error", Reason: "of last week"}} {
		if err := s.book.put(1, earlier); err != nil {
			t.Fatal(err)
		}
		s.fails(patch + "422")
		var no *platform.Error
		if err := s.start(1, "belt"); !errors.As(err, &no) || no.Status != 422 {
			t.Errorf("got %v", err)
		}
		want := ""
		if earlier != nil {
			want = "error"
		}
		s.holds("refused", 1, "active", want)
	}
	if err := s.start(1, "belt"); err != nil {
		t.Fatal(err)
	}
	s.holds("a note of last week gives way to what the machine is now", 1, "maintenance", "active")
}

func TestNothingIsSentWithoutANotebook(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.book.file = t.TempDir() // a folder
	var bad *NotebookError
	if err := s.start(1, ""); !errors.As(err, &bad) {
		t.Errorf("got %v", err)
	}
	if m, err := s.client.RVMs.Get(t.Context(), 1); err != nil || m.Status != "active" {
		t.Errorf("rvm 1 is %s, %v", m.Status, err)
	}
}

func TestWhatTheMachineWasMayBeAWordThatNobodyTakes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, previous := range []string{"offline", "maintenance", ""} {
		if err := s.book.put(3, &note{Previous: previous}); err != nil {
			t.Fatal(err)
		}
		var forgotten *NothingRememberedError
		if err := s.end(3, ""); !errors.As(err, &forgotten) || forgotten.RVMID != 3 {
			t.Errorf("%q: got %v", previous, err)
		}
	}
	if err := s.end(3, "inactive"); err != nil || s.last()["restored"] != false {
		t.Errorf("got %v, %v", s.last(), err)
	}
	s.holds("said by --status", 3, "inactive", "")
}

func TestNewStartAndNewEndRefuseWhatMeansNothing(t *testing.T) {
	t.Parallel()
	box := toolbox.New(nil, toolbox.Version{}, toolbox.System{}, func(error) {})
	for _, args := range [][]string{{"--reason", strings.Repeat("é", 501)}, {"--reason", "two\nlines"}, {"--reason", "\x1b[31m"}, {"--reason", "\xff"}, {"now"}} {
		cmd := NewStart(box, func(context.Context, *StartOptions) error { t.Errorf("%q ran", args); return nil })
		cmd.SetArgs(args)
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		var usage *toolbox.UsageError
		if err := cmd.Execute(); !errors.As(err, &usage) {
			t.Errorf("%q: got %v", args, err)
		}
	}
	for _, args := range [][]string{{"--status", "maintenance"}, {"--status", "sleeping"}, {"now"}} {
		cmd := NewEnd(box, func(context.Context, *EndOptions) error { t.Errorf("%q ran", args); return nil })
		cmd.SetArgs(args)
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		var usage *toolbox.UsageError
		if err := cmd.Execute(); !errors.As(err, &usage) {
			t.Errorf("%q: got %v", args, err)
		}
	}
}

// TestWhatAPersonReads shows the lines of a terminal without colour.
func TestWhatAPersonReads(t *testing.T) {
	t.Parallel()
	since := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for want, v := range map[string]terminal.View{
		"started rvm 1 (RVM-001), it is in maintenance now · before: full\nthe platform does not refuse sessions or deposits meanwhile\n": Started{
			Outcome: started, RVMID: 1, Name: "RVM-001", Previous: "full"},
		"unchanged rvm 3 (RVM-003), it is in maintenance already · before: not known here\nthe platform does not refuse sessions or deposits meanwhile\n": Started{
			Outcome: unchanged, RVMID: 3, Name: "RVM-003"},
		"ended rvm 1 (RVM-001), it is full again\n":                      Ended{Outcome: ended, RVMID: 1, Name: "RVM-001", Status: "full", Restored: true},
		"ended rvm 1 (RVM-001), it is full\n":                            Ended{Outcome: ended, RVMID: 1, Name: "RVM-001", Status: "full"},
		"unchanged rvm 1 (RVM-001), it is full and not in maintenance\n": Ended{Outcome: unchanged, RVMID: 1, Name: "RVM-001", Status: "full", Since: since},
	} {
		var out bytes.Buffer
		c := terminal.New(terminal.Options{In: strings.NewReader(""), Out: &out, Err: &bytes.Buffer{}, OutTTY: true})
		c.Wish(terminal.Wishes{Color: "never"})
		if err := c.Emit(v); err != nil || out.String() != want {
			t.Errorf("got %q, %v, want %q", out.String(), err, want)
		}
	}
}
