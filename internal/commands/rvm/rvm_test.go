package rvm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/platform/platformtest"
	"github.com/myrvm/rvmctl/internal/sandbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// scene is a sandbox, an operator's client of it, and a console that keeps what is written.
type scene struct {
	t        *testing.T
	box      *sandbox.Server
	client   *platform.Client
	console  *terminal.Console
	out, err *bytes.Buffer
}

func newScene(t *testing.T, faults ...string) *scene {
	t.Helper()
	client, box := platformtest.Open(t, sandbox.Options{})
	s := &scene{t: t, box: box, client: client, out: &bytes.Buffer{}, err: &bytes.Buffer{}}
	s.console = terminal.New(terminal.Options{In: strings.NewReader(""), Out: s.out, Err: s.err})
	s.console.Wish(terminal.Wishes{JSON: true})
	platformtest.Fail(t, box, faults...)
	return s
}

func (s *scene) platform() (*platform.Client, error) { return s.client, nil }

const (
	inventory = "GET:/api/v2/rvms/*="
	console   = "GET:/api/v2/admin/rvm/*/details="
)

func TestShowTakesWhatTheRoleMaySee(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name         string
		faults       []string
		figures, pin bool
		code         int
	}{
		{"an administrator sees all", nil, true, true, 0},
		{"a tenant sees the figures", []string{console + "403"}, true, false, 0},
		{"an older platform has no console", []string{console + "405"}, true, false, 0},
		{"a technician sees the switches", []string{inventory + "403"}, false, true, 0},
		{"anybody else sees nothing", []string{inventory + "403", console + "403"}, false, false, 403},
		{"the console may be away", []string{console + "503"}, false, false, 503},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, tt.faults...)
			err := showRun(t.Context(), &ShowOptions{Console: s.console, Platform: s.platform, ID: 1})
			var no *platform.Error
			if (err != nil) != (tt.code > 0) || errors.As(err, &no) && no.Status != tt.code {
				t.Fatalf("got %v", err)
			}
			if err != nil {
				return
			}
			var r Record
			if err := json.Unmarshal(s.out.Bytes(), &r); err != nil {
				t.Fatal(err)
			}
			if r.Name != "RVM-001" || (r.Figures != nil) != tt.figures || (r.RemoteAccess != nil) != tt.pin || (r.AccessPIN != "") != tt.pin {
				t.Errorf("got %s", s.out)
			}
			if strings.Contains(s.out.String(), "RVM_001_") || strings.Contains(s.out.String(), "1001") {
				t.Errorf("a secret shows in %s", s.out)
			}
		})
	}
}

func TestARecordComputesWhatThePlatformDoesNotSay(t *testing.T) {
	t.Parallel()
	now, me := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), int64(7)
	m := platform.RVM{ID: 1, RecentSessions: []platform.RecentSession{
		{Status: "active", ExpiresAt: now.Add(time.Minute)}, {Status: "active", ExpiresAt: now}, {Status: "claimed", UserID: &me}, {Status: "claimed"},
	}}
	var states []string
	for _, s := range newRecord(m, false, now).RecentSessions {
		states = append(states, s.State)
	}
	if got := strings.Join(states, " "); got != "active expired claimed guest" {
		t.Errorf("got %s", got)
	}
}

func TestAKeyWhoseAnswerIsLostLeavesNoEmptyFile(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"drop-response", "500-after-commit", "422"} {
		s := newScene(t, "PATCH:/api/v2/rvms/*/regenerate-api-key="+fault)
		file := filepath.Join(t.TempDir(), "key")
		err := regenerateKeyRun(t.Context(), &RegenerateKeyOptions{Console: s.console, Platform: s.platform, ID: 1, Save: file, Yes: true})
		var unknown *platform.UncertainError
		if errors.As(err, &unknown) != (fault != "422") || err == nil {
			t.Errorf("%s: got %v", fault, err)
		}
		if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: the file is there (%v)", fault, err)
		}
	}
}

func TestDeleteRefusedByThePlatformAfterAll(t *testing.T) {
	t.Parallel()
	s := newScene(t, "DELETE:/api/v2/rvms/*=drop-response")
	err := deleteRun(t.Context(), &DeleteOptions{Console: s.console, Platform: s.platform, ID: 5, Yes: true})
	var unknown *platform.UncertainError
	if !errors.As(err, &unknown) || s.out.Len() > 0 {
		t.Errorf("a lost answer: %v, %s", err, s.out)
	}
	if _, err := s.client.Sessions.Create(t.Context(), 4); err != nil {
		t.Fatal(err)
	}
	var used *platform.RVMInUseError
	if err := deleteRun(t.Context(), &DeleteOptions{Console: s.console, Platform: s.platform, ID: 4, Yes: true}); !errors.As(err, &used) || used.Err != nil {
		t.Errorf("a machine in use: %v", err)
	}
}

func TestTheVerbsRefuseWhatMeansNothing(t *testing.T) {
	t.Parallel()
	quiet := terminal.New(terminal.Options{In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: &bytes.Buffer{}})
	box := toolbox.New(quiet, toolbox.Version{}, toolbox.System{}, func(error) {})
	for _, tt := range []struct {
		make func() *cobra.Command
		args [][]string
	}{
		{func() *cobra.Command { return NewList(box, never[ListOptions](t)) },
			[][]string{{"x"}, {"--limit", "0"}, {"--limit", "100001"}, {"--status", "offline"}}},
		{func() *cobra.Command { return NewShow(box, never[ShowOptions](t)) }, [][]string{{}, {"0"}, {"-1"}, {"1.0"}, {"1", "2"}, {"99999999999999999999"}}},
		{func() *cobra.Command { return NewStats(box, never[StatsOptions](t)) }, [][]string{{}, {"x"}}},
		{func() *cobra.Command { return NewCreate(box, never[CreateOptions](t)) }, [][]string{{}, {"a", "b"}, {"a", "--status", "error"}}},
		{func() *cobra.Command { return NewUpdate(box, never[UpdateOptions](t)) }, [][]string{{}, {"1"}, {"x", "--name", "a"}}},
		{func() *cobra.Command { return NewDelete(box, never[DeleteOptions](t)) }, [][]string{{}, {"x", "--yes"}}},
		{func() *cobra.Command { return NewSetStatus(box, never[SetStatusOptions](t)) }, [][]string{{}, {"1"}, {"1", "online"}, {"full", "1"}}},
		{func() *cobra.Command { return NewRegenerateKey(box, never[RegenerateKeyOptions](t)) }, [][]string{{}, {"x", "--yes"}}},
	} {
		for _, args := range tt.args {
			cmd := tt.make()
			cmd.SetArgs(args)
			cmd.SilenceErrors, cmd.SilenceUsage = true, true
			if err := cmd.Execute(); err == nil {
				t.Errorf("%s %q was accepted", cmd.Name(), args)
			}
		}
	}
}

func never[O any](t *testing.T) func(context.Context, *O) error {
	return func(_ context.Context, o *O) error { t.Errorf("ran with %+v", o); return nil }
}
