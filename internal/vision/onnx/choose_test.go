//go:build cgo && !windows

package onnx

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/vision/yolo"
)

// chooser is an opener on a machine that would have a GPU, and the folder of the engine that it would want.
func chooser(t *testing.T, asked Device) (*opener, engineFolder) {
	t.Helper()
	o := Options{Model: NewModel("m", []byte("abc")), Runtime: &Runtime{Path: "/nowhere/libonnxruntime.so.1", Version: "1.30.0"}, GPUFacts: anyGPU,
		Device: asked, EngineDir: filepath.Join(t.TempDir(), "engines")}
	op := &opener{Options: o, spec: yolo.Spec{InputName: "images", Width: 320, Height: 320, Batch: 1}, info: Info{Requested: asked, Lanes: 4}}
	folder, err := openEngines(o.EngineDir, op.engineKey(TensorRT, Header{}, op.spec))
	if err != nil {
		t.Fatal(err)
	}
	return op, folder
}

// built puts an engine into a folder, as a build that came to its end leaves it.
func built(t *testing.T, f engineFolder, provider string) {
	t.Helper()
	p := placement{nodes: map[string]int{provider: 3}, heavy: map[string]int{provider: 1}}
	if err := errors.Join(os.WriteFile(filepath.Join(f.dir, "a.engine"), []byte("code"), 0o600), f.write(p, 9*time.Minute)); err != nil {
		t.Fatal(err)
	}
}

// A build takes minutes: only who asks for it by name gets one, and everybody else is told what to type.
func TestNothingButAWarmUpBuildsAnEngine(t *testing.T) {
	t.Parallel()
	op, folder := chooser(t, TensorRT)
	err := op.tryEngine(t.Context(), folder, nil)
	var device *DeviceError
	if !errors.As(err, &device) || device.Hint != BuildHint || !strings.Contains(device.Reason, "no engine is built yet") {
		t.Errorf("got %v, want a *DeviceError that names the command", err)
	}
	if left, _ := os.ReadDir(folder.dir); len(left) != 0 {
		t.Errorf("it left %v", left)
	}
}

func TestABuiltEngineIsTakenWithoutATrial(t *testing.T) {
	t.Parallel()
	op, folder := chooser(t, TensorRT)
	built(t, folder, TensorRT.Provider())
	op.BuildEngine = func() { t.Error("it was built again") }
	if err := op.tryEngine(t.Context(), folder, nil); err != nil {
		t.Fatal(err)
	}
	if i := op.info; i.Device != TensorRT || i.Provider != TensorRT.Provider() || i.Nodes[TensorRT.Provider()] != 3 || i.EngineDir != folder.dir ||
		i.BuildMS != 0 || i.Lanes != 2 || op.engines != folder.dir {
		t.Errorf("got %+v", i)
	}
}

// What was measured then is said now: an engine that most of the model did not run in is no TensorRT.
func TestAnEngineThatDidNotRunIsRefused(t *testing.T) {
	t.Parallel()
	op, folder := chooser(t, TensorRT)
	built(t, folder, CUDA.Provider())
	err := op.tryEngine(t.Context(), folder, nil)
	if err == nil || !strings.Contains(err.Error(), "most of the model ran on CUDAExecutionProvider instead") || op.info.Device != "" {
		t.Errorf("got %v and %+v", err, op.info)
	}
}

func TestABuildWaitsForAnotherOne(t *testing.T) {
	t.Parallel()
	op, folder := chooser(t, TensorRT)
	op.BuildEngine = func() { t.Error("it was built twice") }
	release, err := folder.lock(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	var busy *BusyError
	if err := op.tryEngine(t.Context(), folder, nil); !errors.As(err, &busy) {
		t.Errorf("got %v, want *BusyError", err)
	}
	// The other one comes to its end while this one waits: its engine is taken.
	op.LockWait = time.Minute
	done := make(chan error)
	go func() { done <- op.tryEngine(t.Context(), folder, nil) }()
	built(t, folder, TensorRT.Provider())
	release()
	if err := <-done; err != nil || op.info.Device != TensorRT {
		t.Errorf("got %v and %+v", err, op.info)
	}
}

// Auto never builds, and says why it took the processor.
func TestAutoOnARuntimeWithoutProviders(t *testing.T) {
	t.Parallel()
	op, _ := chooser(t, Auto)
	op.BuildEngine = func() { t.Error("auto built an engine") }
	err := op.tryBuilt(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "has no tensorrt provider beside it") {
		t.Errorf("got %v", err)
	}
	op.Precision = FP16
	if err := op.chooseAuto(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "needs tensorrt") {
		t.Errorf("half precision on the processor: got %v", err)
	}
}

func TestAnEngineCountsForWhatIsInsideOfIt(t *testing.T) {
	t.Parallel()
	p := placement{heavy: map[string]int{TensorRT.Provider(): 1, CUDA.Provider(): 7}}
	p.credit(TensorRT.Provider(), Header{Operators: map[string]int{"Conv": 80, "MatMul": 7, "Sigmoid": 90}})
	if p.heavy[TensorRT.Provider()] != 80 || p.effective() != TensorRT.Provider() {
		t.Errorf("got %v", p.heavy)
	}
	none := placement{heavy: map[string]int{CUDA.Provider(): 7}}
	if none.credit(TensorRT.Provider(), Header{Operators: map[string]int{"Conv": 80}}); none.effective() != CUDA.Provider() {
		t.Errorf("got %v", none.heavy)
	}
}

// What CUDA computed is asked once; the note is no engine and needs no lock.
func TestWhatCUDARanIsRemembered(t *testing.T) {
	t.Parallel()
	op, _ := chooser(t, CUDA)
	folder, err := openEngines(op.EngineDir, op.engineKey(CUDA, Header{}, op.spec))
	if err != nil {
		t.Fatal(err)
	}
	if err := folder.write(placement{nodes: map[string]int{CUDA.Provider(): 9}, heavy: map[string]int{CUDA.Provider(): 4}}, 0); err != nil {
		t.Fatal(err)
	}
	if err := op.remembered(CUDA, folder, nil); err != nil || op.info.Provider != CUDA.Provider() || op.info.Nodes[CUDA.Provider()] != 9 || op.info.EngineDir != "" {
		t.Errorf("got %v and %+v", err, op.info)
	}
}

// The runtime takes every way of spinning.
func TestSpinIsTaken(t *testing.T) {
	t.Parallel()
	for _, spin := range []Spin{"", SpinWithin, SpinOn, SpinOff} {
		l, o := newTestLane(t, false)
		op := &opener{Options: o, spec: l.spec}
		op.Spin, op.Device = spin, CPU
		if _, err := op.trial(CPU, l, 2); err != nil {
			t.Errorf("%q: %v", spin, err)
		}
	}
}
