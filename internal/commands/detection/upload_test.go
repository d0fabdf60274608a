package detection

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// shop is a platform that stores results and can be made to behave badly.
type shop struct {
	mu     sync.Mutex
	stored []string
	busy   atomic.Int32
	most   atomic.Int32
	// before is called with the picture of each result before it is stored; false loses the answer.
	before func(picture string) bool
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := s.busy.Add(1)
	defer s.busy.Add(-1)
	for most := s.most.Load(); n > most && !s.most.CompareAndSwap(most, n); most = s.most.Load() {
	}
	var body struct {
		Image string `json:"image_path"`
	}
	raw, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(raw, &body)
	answered := s.before == nil || s.before(body.Image)
	s.mu.Lock()
	s.stored = append(s.stored, body.Image)
	id := len(s.stored)
	s.mu.Unlock()
	if !answered {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_, _ = fmt.Fprintf(w, `{"success":true,"data":{"id":%d,"rvm_id":1}}`, id)
}

// asked are the pictures of the requests so far.
func (s *shop) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.stored)
}

// upload runs the command against a shop with items whose pictures are 1.jpg, 2.jpg and so on.
func upload(t *testing.T, ctx context.Context, s *shop, items, parallel int, out io.Writer) error {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	var file strings.Builder
	for n := range items {
		fmt.Fprintf(&file, `{"rvm_id":1,"image_path":"%d.jpg","detections":[{"class":"can","confidence":1,"bbox":[1,2,3,4]}]}`+"\n", n+1)
	}
	name := filepath.Join(t.TempDir(), "items.ndjson")
	if err := os.WriteFile(name, []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	console := terminal.New(terminal.Options{In: strings.NewReader(""), Out: out, Err: io.Discard})
	console.Wish(terminal.Wishes{JSON: true})
	return uploadRun(ctx, &UploadOptions{
		Console: console, Files: []string{name}, Boxes: "xyxy", Parallel: parallel,
		Out: &toolbox.Outgoing{Config: func() (*config.Config, error) {
			return &config.Config{Outbox: config.Outbox{Queue: toolbox.QueueNever}}, nil
		}},
		Platform: func() (*platform.Client, error) { return platform.New(platform.Options{URL: server.URL, Token: "1|x"}) },
		Problem: func(err error) *toolbox.Problem {
			if err == nil {
				return nil
			}
			return &toolbox.Problem{Message: err.Error()}
		},
		Report: func(error) {},
	})
}

// lines are the items that were told of.
func lines(t *testing.T, out *bytes.Buffer) (items []Item) {
	t.Helper()
	for line := range strings.Lines(out.String()) {
		var i Item
		if err := json.Unmarshal([]byte(line), &i); err != nil {
			t.Fatal(err)
		}
		items = append(items, i)
	}
	return items
}

func TestItemsAreToldInTheirOrderWhateverOrderTheyEndIn(t *testing.T) {
	t.Parallel()
	const n, parallel = 40, 4
	gate := make(chan struct{})
	s := &shop{before: func(picture string) bool {
		// The first is answered only after three others were.
		switch picture {
		case "1.jpg":
			<-gate
		case "4.jpg":
			close(gate)
		}
		return picture != "2.jpg" && picture != "30.jpg"
	}}
	var out bytes.Buffer
	err := upload(t, t.Context(), s, n, parallel, &out)
	var partial *toolbox.PartialError
	if !errors.As(err, &partial) || partial.Failed != 2 || partial.Total != n || partial.Unknown == nil || len(partial.Confirmed) != n-2 {
		t.Errorf("got %+v", err)
	}
	items := lines(t, &out)
	if len(items) != n || len(s.asked()) != n {
		t.Fatalf("%d items told, %d requests, want %d of each", len(items), len(s.asked()), n)
	}
	for i, item := range items {
		want := stored
		if i == 1 || i == 29 {
			want = unknown
		}
		if item.Number != i+1 || item.Outcome != want || want == stored && s.asked()[item.ID-1] != fmt.Sprintf("%d.jpg", i+1) {
			t.Errorf("line %d: %+v", i+1, item)
		}
	}
	if got := s.most.Load(); got > parallel {
		t.Errorf("%d requests at the same time, want at most %d", got, parallel)
	}
}

func TestTheEndOfARunStartsNoMore(t *testing.T) {
	t.Parallel()
	stop := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	s := &shop{before: func(picture string) bool {
		if picture == "3.jpg" {
			cancel(stop)
		}
		return true
	}}
	var out bytes.Buffer
	err := upload(t, ctx, s, 20, 1, &out)
	var partial *toolbox.PartialError
	if !errors.As(err, &partial) || !errors.Is(partial.Stop, stop) || partial.Failed != 0 || partial.Done != 3 || partial.Total != 20 {
		t.Errorf("got %+v", err)
	}
	items := lines(t, &out)
	if len(items) != 20 || len(s.asked()) != 3 {
		t.Fatalf("%d items told, %d requests", len(items), len(s.asked()))
	}
	for i, item := range items {
		// What was under way when the run ended has an outcome all the same.
		if want := map[bool]string{true: stored, false: notSent}[i < 3]; item.Outcome != want {
			t.Errorf("line %d: got %s, want %s", i+1, item.Outcome, want)
		}
	}
}

func TestARunThatWasEndedBeforeItBeganSendsNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("interrupted")
	cancel(stop)
	s := &shop{}
	var out bytes.Buffer
	if err := upload(t, ctx, s, 3, 4, &out); !errors.Is(err, stop) || len(s.asked()) != 0 || out.Len() != 0 {
		t.Errorf("got %v, %d requests, %q", err, len(s.asked()), out.String())
	}
}

// brokenPipe takes so many lines and then no more.
type brokenPipe struct{ left int }

func (p *brokenPipe) Write(b []byte) (int, error) {
	if p.left--; p.left < 0 {
		return 0, errors.New("broken pipe")
	}
	return len(b), nil
}

func TestWhoStopsReadingStopsTheSending(t *testing.T) {
	t.Parallel()
	s := &shop{}
	err := upload(t, t.Context(), s, 50, 1, &brokenPipe{left: 2})
	var partial *toolbox.PartialError
	var closed *terminal.WriteError
	if !errors.As(err, &partial) || !errors.As(partial.Stop, &closed) || len(partial.Confirmed) != len(s.asked()) || len(s.asked()) > 10 {
		t.Errorf("got %v after %d requests", err, len(s.asked()))
	}
}

func TestNewUploadRefusesWhatCannotBeMeant(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"a.json", "--parallel", "0"}, {"a.json", "--parallel", "17"}, {"a.json", "--boxes", "xywhn"}} {
		ran := false
		cmd := NewUpload(newBox(t), func(context.Context, *UploadOptions) error { ran = true; return nil })
		if err := parse(cmd, args...); err == nil || ran {
			t.Errorf("%q: got %v, ran %t", args, err, ran)
		}
	}
	var got *UploadOptions
	cmd := NewUpload(newBox(t), func(_ context.Context, o *UploadOptions) error { got = o; return nil })
	if err := parse(cmd, "a.json", "-", "--rvm", "3", "--boxes", "xywh"); err != nil || !got.RVMGiven || got.Boxes != "xywh" || len(got.Files) != 2 || got.Parallel != 4 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func newBox(t *testing.T) *toolbox.Box {
	t.Helper()
	console := terminal.New(terminal.Options{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard})
	return toolbox.New(console, toolbox.Version{}, toolbox.System{ConfigDir: t.TempDir(), SystemDir: t.TempDir()}, func(error) {})
}

func parse(cmd *cobra.Command, args ...string) error {
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	return cmd.Execute()
}
