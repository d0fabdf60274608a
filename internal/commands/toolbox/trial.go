package toolbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/myrvm/rvmctl/internal/vision/onnx"
)

// TrialVerb is the hidden command, below model, that a trial is run by.
const TrialVerb = "__trial"

// Bounds of what a trial process may send back, in bytes, and of its processor time beyond the wall time.
const (
	maxTrialAnswer = 1 << 20
	maxTrialSaid   = 8 << 10
)

// TrialError says that the process in which a model was tried died or had to be ended.
type TrialError struct {
	// Model is the file; Doing what the process did last, as in "loading it"; How the way it ended.
	Model, Doing, How string
}

func (e *TrialError) Error() string {
	return fmt.Sprintf("model %s: the process that tried it %s while %s", e.Model, e.How, e.Doing)
}

// TrialResult is what a trial measured.
type TrialResult struct {
	Device, Provider, Precision string
	Nodes                       map[string]int
	Fallback                    string
	Unexpected                  bool
	Runtime, RuntimePath        string
	Threads                     int
	LoadMS, WarmUpMS            float64
	Notes                       []string
	NoScores                    bool
}

// trialRequest goes to the process on its standard input as one line of JSON, the model's bytes behind it: what was checked
// here is what runs there.
type trialRequest struct {
	Name, SHA256, Runtime, Device, Precision, EngineDir string
	Size, WorkspaceBytes                                int64
	GPU, Width, Height, Threads                         int
	Labels                                              []string
	Seconds                                             int
	Bound                                               bool
}

// Trial loads a model and runs it once in a process of its own, which may crash, hang or take all memory without harm to this
// one. It ends after limit. Errors are *TrialError, and those of onnx.Open as the process met them.
func (b *Box) Trial(ctx context.Context, o onnx.Options, limit time.Duration) (TrialResult, error) {
	c, err := b.Config()
	if err != nil {
		return TrialResult{}, err
	}
	library, tried := onnx.Search(b.runtimePlaces(c.Vision.Runtime))
	if !onnx.Built() || library == "" {
		_, err := onnx.Find(b.runtimePlaces(c.Vision.Runtime), false)
		return TrialResult{}, err
	}
	if _, err := onnx.CheckFile(library); err != nil {
		return TrialResult{}, err
	}
	b.Console.Step("ONNX Runtime at %s, of %d places, in a process of its own", library, len(tried))
	request := trialRequest{Name: o.Model.Path, SHA256: o.Model.SHA256, Runtime: library, Device: string(o.Device), Precision: o.Precision,
		EngineDir: o.EngineDir, Size: int64(len(o.Model.Bytes)), WorkspaceBytes: o.WorkspaceBytes, GPU: o.GPU, Width: o.Width, Height: o.Height,
		Threads: o.Threads, Labels: o.Labels, Seconds: max(1, int(limit.Seconds())), Bound: o.Device == onnx.CPU || o.Device == onnx.Auto && !hasGPU(library)}
	head, err := json.Marshal(request)
	if err != nil {
		return TrialResult{}, err
	}
	self, err := b.System.Executable()
	if err != nil {
		return TrialResult{}, err
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	out, said := &bounded{left: maxTrialAnswer}, &bounded{left: maxTrialSaid}
	cmd := exec.CommandContext(limited, self, "model", TrialVerb)
	cmd.Args[0] = "rvmctl"
	cmd.Env, cmd.WaitDelay = trialEnvironment(os.Environ()), 2*time.Second
	cmd.Stdin = io.MultiReader(bytes.NewReader(append(head, '\n')), bytes.NewReader(o.Model.Bytes))
	cmd.Stdout, cmd.Stderr = out, said
	err = cmd.Run()
	if ctx.Err() != nil {
		return TrialResult{}, context.Cause(ctx)
	}
	answer := readAnswer(out.Bytes())
	switch {
	case answer.Failure != nil:
		return TrialResult{}, answer.Failure.typed(o.Model.Path)
	case answer.Result != nil && err == nil:
		return *answer.Result, nil
	case cmd.ProcessState == nil:
		return TrialResult{}, fmt.Errorf("the process that tries a model cannot be started: %w", err)
	}
	how := ended(cmd.ProcessState, said.String())
	if limited.Err() != nil {
		how = fmt.Sprintf("did not come to an end within %s and was ended", limit)
	}
	return TrialResult{}, &TrialError{Model: o.Model.Path, Doing: Or(answer.Doing, "starting"), How: how}
}

// hasGPU says whether a provider that may reserve more addresses than there is memory lies beside the library.
func hasGPU(library string) bool {
	found, err := filepath.Glob(filepath.Join(filepath.Dir(library), "*onnxruntime_providers_cuda.*"))
	return err != nil || len(found) > 0
}

// trialEnvironment keeps what the loader and NVIDIA's libraries need, and nothing that rvmctl was told: neither tokens nor
// settings reach a process that runs what somebody else wrote.
func trialEnvironment(all []string) (kept []string) {
	wanted := []string{"PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"}
	for _, pair := range all {
		name, _, _ := strings.Cut(pair, "=")
		if slices.Contains(wanted, strings.ToUpper(name)) || strings.HasPrefix(name, "CUDA_") || strings.HasPrefix(name, "NVIDIA_") {
			kept = append(kept, pair)
		}
	}
	return append(kept, "GOTRACEBACK=single", "GORACE=atexit_sleep_ms=0")
}

// bounded keeps the beginning of what is written and lets go of the rest.
type bounded struct {
	bytes.Buffer
	left int
}

func (b *bounded) Write(p []byte) (int, error) {
	n := min(len(p), b.left)
	b.left -= n
	_, _ = b.Buffer.Write(p[:n])
	return len(p), nil
}

// trialAnswer is one line from the process: what it begins to do, or how it ended.
type trialAnswer struct {
	Doing   string        `json:"doing,omitempty"`
	Result  *TrialResult  `json:"result,omitempty"`
	Failure *trialFailure `json:"failure,omitempty"`
}

// readAnswer puts the lines together; one that is no JSON says nothing.
func readAnswer(raw []byte) (all trialAnswer) {
	for line := range bytes.Lines(raw) {
		var a trialAnswer
		if json.Unmarshal(line, &a) != nil {
			continue
		}
		all.Doing = Or(a.Doing, all.Doing)
		if a.Result != nil || a.Failure != nil {
			all.Result, all.Failure = a.Result, a.Failure
		}
	}
	return all
}

// trialFailure is an error of onnx.Open on its way through the pipe.
type trialFailure struct {
	Kind                 string
	Found, Want          string
	Device, Reason, Hint string
	Path, Needed, Holder string
	Tried                []string
	Other                string
}

func newTrialFailure(err error) *trialFailure {
	var m *onnx.ModelError
	var d *onnx.DeviceError
	var r *onnx.RuntimeError
	var busy *onnx.BusyError
	switch {
	case errors.As(err, &m):
		return &trialFailure{Kind: "model", Found: m.Found, Want: m.Want}
	case errors.As(err, &d):
		return &trialFailure{Kind: "device", Device: d.Requested, Reason: d.Reason, Hint: d.Hint}
	case errors.As(err, &r):
		return &trialFailure{Kind: "runtime", Path: r.Path, Found: r.Found, Needed: r.Needed, Tried: r.Tried, Reason: r.Reason}
	case errors.As(err, &busy):
		return &trialFailure{Kind: "busy", Holder: busy.Holder}
	}
	return &trialFailure{Other: err.Error()}
}

func (f *trialFailure) typed(model string) error {
	switch f.Kind {
	case "model":
		return &onnx.ModelError{Path: model, Found: f.Found, Want: f.Want}
	case "device":
		return &onnx.DeviceError{Requested: f.Device, Reason: f.Reason, Hint: f.Hint}
	case "runtime":
		return &onnx.RuntimeError{Path: f.Path, Found: f.Found, Needed: f.Needed, Tried: f.Tried, Reason: f.Reason}
	case "busy":
		return &onnx.BusyError{Holder: f.Holder}
	}
	return &onnx.ModelError{Path: model, Found: f.Other}
}
