package engine

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// parseUpdate gives what update would do with a full entry, or why it does nothing.
func parseUpdate(t *testing.T, args ...string) (platform.EngineSpec, error) {
	t.Helper()
	console := terminal.New(terminal.Options{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard})
	box := toolbox.New(console, toolbox.Version{}, toolbox.System{ConfigDir: t.TempDir(), SystemDir: t.TempDir()}, func(error) {})
	spec := platform.EngineSpec{Name: "line-1", Type: platform.EngineTypeJetson, ServerAddress: "10.0.0.1", Port: 5000}
	cmd := NewUpdate(box, func(_ context.Context, o *UpdateOptions) error { o.Change(&spec); return nil })
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	return spec, cmd.Execute()
}

func TestUpdateChangesOnlyWhatWasGiven(t *testing.T) {
	t.Parallel()
	spec, err := parseUpdate(t, "7", "--port", "5001", "--active=false", "--gpu-memory", "8")
	if err != nil || spec.Name != "line-1" || spec.Type != platform.EngineTypeJetson || spec.ServerAddress != "10.0.0.1" || spec.Port != 5001 ||
		spec.GPUMemoryGB != 8 || spec.IsActive == nil || *spec.IsActive || spec.AutoFailover != nil || spec.DockerGPUPassthrough != nil ||
		spec.ModelPath != "" || spec.ProcessingTimeout != 0 {
		t.Errorf("got %+v, %v", spec, err)
	}
}

func TestUpdateRefusesNothingAndNonsense(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"7"}, {"0", "--name", "x"}, {"7", "8", "--name", "x"}, {"7", "--gpu-memory", "0"}, {"7", "--processing-timeout", "0"}} {
		var usage *toolbox.UsageError
		if _, err := parseUpdate(t, args...); !errors.As(err, &usage) {
			t.Errorf("%q: got %v", args, err)
		}
	}
	for _, change := range []func(*platform.EngineSpec){
		func(s *platform.EngineSpec) { s.Port = 70_000 }, func(s *platform.EngineSpec) { s.ServerAddress = "jetson.local" },
		func(s *platform.EngineSpec) { s.Type = "tpu" }, func(s *platform.EngineSpec) { s.Name = " " },
	} {
		var limit *platform.LimitError
		// Platform is nil: reaching for it would be a panic.
		if err := updateRun(t.Context(), &UpdateOptions{ID: 7, Change: change}); !errors.As(err, &limit) {
			t.Errorf("got %v", err)
		}
	}
}

func TestRegisterSaysWhatThePlatformDidNotTake(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"success":true,"data":{"id":7,"name":"new","type":"jetson_edge","server_address":"10.0.0.1","port":5000,"auto_failover":false}}`)
	}))
	t.Cleanup(server.Close)
	c, err := platform.New(platform.Options{URL: server.URL, Token: "1|x"})
	if err != nil {
		t.Fatal(err)
	}
	var told strings.Builder
	yes := true
	o := &RegisterOptions{Console: terminal.New(terminal.Options{In: strings.NewReader(""), Out: io.Discard, Err: &told}),
		Spec: platform.EngineSpec{Name: "new", Type: platform.EngineTypeJetson, ServerAddress: "10.0.0.1", Port: 5000, AutoFailover: &yes}}
	r, err := o.settle(t.Context(), c, []platform.Engine{{ID: 7, Name: "old", Type: platform.EngineTypeJetson, ServerAddress: "10.0.0.1", Port: 5000}})
	if err != nil || r.Outcome != updated || !strings.Contains(told.String(), "did not take: auto_failover") {
		t.Errorf("got %+v, %v and %q", r, err, told.String())
	}
}
