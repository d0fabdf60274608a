package onnx

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/myrvm/rvmctl/internal/vision/yolo"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("RVMCTL_TEST_HOLD_LOCK"); dir != "" {
		holdLock(dir)
	}
	os.Exit(m.Run())
}

// holdLock is the other process of TestOnlyOneProcessBuilds: it locks, says so, and waits to be killed.
func holdLock(dir string) {
	f := engineFolder{dir: dir}
	if _, err := f.lock(context.Background(), 0); err != nil {
		os.Exit(1)
	}
	_, _ = os.Stdout.WriteString("locked\n")
	time.Sleep(time.Minute) // Killed long before; should its parent be killed, it does not stay.
}

var anyGPU = func(int) GPU { return GPU{Name: "Orin", Capability: "8.7", Driver: "36.4"} }

func keyOf(t *testing.T, change func(o *Options, h *Header, s *yolo.Spec)) engineKey {
	t.Helper()
	o := Options{Model: NewModel("m", []byte("abc")), Runtime: &Runtime{Path: "/nowhere/libonnxruntime.so.1", Version: "1.30.0"}, GPUFacts: anyGPU}
	h := Header{Inputs: []yolo.Tensor{{Name: "images", Type: yolo.Float32}}}
	s := yolo.Spec{InputName: "images", Width: 320, Height: 320, Batch: 1}
	if change != nil {
		change(&o, &h, &s)
	}
	return o.engineKey(TensorRT, h, s)
}

// An engine is used again only where everything that it was built from and for is the same.
func TestEveryDifferenceIsAnotherEngineFolder(t *testing.T) {
	t.Parallel()
	beside := t.TempDir()
	library := filepath.Join(beside, "libonnxruntime.so.1")
	provider := filepath.Join(beside, "libonnxruntime_providers_tensorrt.so")
	if err := os.WriteFile(provider, []byte("one build"), 0o600); err != nil {
		t.Fatal(err)
	}
	changes := map[string]func(*Options, *Header, *yolo.Spec){
		"nothing":   nil,
		"the model": func(o *Options, _ *Header, _ *yolo.Spec) { o.Model = NewModel("m", []byte("abd")) },
		"the runtime's version": func(o *Options, _ *Header, _ *yolo.Spec) {
			o.Runtime = &Runtime{Path: o.Runtime.Path, Version: "1.30.1"}
		},
		"the provider's bytes": func(o *Options, _ *Header, _ *yolo.Spec) { o.Runtime = &Runtime{Path: library, Version: "1.30.0"} },
		"the GPU": func(o *Options, _ *Header, _ *yolo.Spec) {
			o.GPUFacts = func(int) GPU { return GPU{Name: "Orin NX", Capability: "8.7", Driver: "36.4"} }
		},
		"the compute capability": func(o *Options, _ *Header, _ *yolo.Spec) {
			o.GPUFacts = func(int) GPU { return GPU{Name: "Orin", Capability: "7.2", Driver: "36.4"} }
		},
		"the driver": func(o *Options, _ *Header, _ *yolo.Spec) {
			o.GPUFacts = func(int) GPU { return GPU{Name: "Orin", Capability: "8.7", Driver: "36.5"} }
		},
		"the number of the GPU": func(o *Options, _ *Header, _ *yolo.Spec) { o.GPU = 1 },
		"the precision":         func(o *Options, _ *Header, _ *yolo.Spec) { o.Precision = FP32 },
		"the width":             func(_ *Options, _ *Header, s *yolo.Spec) { s.Width = 640 },
		"the batch":             func(_ *Options, _ *Header, s *yolo.Spec) { s.Batch = 2 },
		"the input's type":      func(_ *Options, _ *Header, s *yolo.Spec) { s.InputHalf = true },
		"the workspace":         func(o *Options, _ *Header, _ *yolo.Spec) { o.WorkspaceBytes = 1 << 28 },
	}
	seen := map[string]string{}
	for name, change := range changes {
		folder := keyOf(t, change).name()
		if other, twice := seen[folder]; twice {
			t.Errorf("%s and %s have the same folder %s", name, other, folder)
		}
		seen[folder] = name
	}
	if again := keyOf(t, nil).name(); seen[again] != "nothing" {
		t.Errorf("the same key twice is %s, which is %q", again, seen[again])
	}
	if auto := keyOf(t, func(o *Options, _ *Header, _ *yolo.Spec) { o.Precision = FP16 }).name(); seen[auto] != "nothing" {
		t.Error("auto on TensorRT is half, and naming it is another folder")
	}
}

// TensorRT's own options, with which nobody here can run: what they say is the least that can be held.
func TestGPUOptions(t *testing.T) {
	t.Parallel()
	o := Options{Model: NewModel("m", make([]byte, 1<<20)), GPU: 2, WorkspaceBytes: 512 << 20}
	want := map[string]string{"device_id": "2", "trt_fp16_enable": "1", "trt_max_workspace_size": "536870912", "trt_builder_optimization_level": "3"}
	if diff := cmp.Diff(want, o.tensorRTOptions(Header{})); diff != "" {
		t.Error(diff)
	}
	o.Precision, o.WorkspaceBytes = FP32, 0
	want["trt_fp16_enable"], want["trt_max_workspace_size"] = "0", "1073741824"
	if diff := cmp.Diff(want, o.tensorRTOptions(Header{})); diff != "" {
		t.Error(diff)
	}
	for _, key := range []string{"trt_engine_cache_path", "trt_timing_cache_path"} {
		if got := engineFolderOptions("/cache/x")[key]; got != "/cache/x" {
			t.Errorf("%s is %q", key, got)
		}
	}
	wantCUDA := map[string]string{"device_id": "2", "gpu_mem_limit": "2149580800", "arena_extend_strategy": "kSameAsRequested", "cudnn_conv_algo_search": "HEURISTIC"}
	if diff := cmp.Diff(wantCUDA, o.cudaOptions()); diff != "" {
		t.Error(diff)
	}
}

func TestSpinEntries(t *testing.T) {
	t.Parallel()
	for spin, want := range map[Spin][2]string{"": {"1", "1"}, SpinWithin: {"1", "1"}, SpinOn: {"1", "0"}, SpinOff: {"0", "1"}} {
		got := spin.entries()
		if got["session.intra_op.allow_spinning"] != want[0] || got["session.force_spinning_stop"] != want[1] {
			t.Errorf("%q: got %v, want %v", spin, got, want)
		}
	}
}

func TestPrecisionThatADeviceCannotGiveIsRefused(t *testing.T) {
	t.Parallel()
	full, half := Header{Weights: map[yolo.ElementType]int{yolo.Float32: 9}}, Header{Weights: map[yolo.ElementType]int{yolo.Float16: 9}}
	tests := []struct {
		precision string
		device    Device
		header    Header
		refused   string
		computes  string
	}{
		{"", CPU, full, "", FP32}, {PrecisionAuto, CUDA, full, "", FP32}, {PrecisionAuto, TensorRT, full, "", FP16},
		{FP32, TensorRT, full, "", FP32}, {FP32, CPU, full, "", FP32}, {FP16, TensorRT, full, "", FP16},
		{FP16, CPU, full, "tensorrt only", FP32}, {FP16, CUDA, full, "tensorrt only", FP32}, {FP16, WebGPU, full, "tensorrt only", FP32},
		{FP16, CPU, half, "", FP16}, {FP32, TensorRT, half, "the model itself", FP16}, {FP32, CPU, half, "the model itself", FP16},
	}
	for _, tt := range tests {
		o := Options{Precision: tt.precision}
		err := o.checkPrecision(tt.device, tt.header)
		var device *DeviceError
		if refused := errors.As(err, &device); refused != (tt.refused != "") || refused && (!strings.Contains(device.Reason, tt.refused) || device.Hint == "") {
			t.Errorf("%s on %s: got %v, want %q", tt.precision, tt.device, err, tt.refused)
		}
		if got := o.precisionOn(tt.device, tt.header); tt.refused == "" && got != tt.computes {
			t.Errorf("%s on %s computes in %s, want %s", tt.precision, tt.device, got, tt.computes)
		}
	}
}

func folderOf(t *testing.T, root string) engineFolder {
	t.Helper()
	f, err := openEngines(root, keyOf(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Who can put a file into the folder can run code as this user.
func TestAFolderOfEnginesIsPrivateOrRefused(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("permissions are no file modes here")
	}
	spoil := map[string]func(root, dir string) error{
		"a root that others may read":    func(root, _ string) error { return os.Chmod(root, 0o755) },
		"a folder that others may write": func(_, dir string) error { return os.Chmod(dir, 0o770) },
		"a link in its place": func(root, dir string) error {
			return errors.Join(os.RemoveAll(dir), os.Mkdir(root+"-elsewhere", 0o700), os.Symlink(root+"-elsewhere", dir))
		},
		"a file in its place": func(_, dir string) error {
			return errors.Join(os.RemoveAll(dir), os.WriteFile(dir, nil, 0o600))
		},
	}
	if os.Geteuid() == 0 {
		spoil["a folder of somebody else"] = func(_, dir string) error { return os.Chown(dir, 12345, -1) }
	}
	for name, change := range spoil {
		t.Run(name+" is refused", func(t *testing.T) {
			t.Parallel()
			root := filepath.Join(t.TempDir(), "engines")
			f := folderOf(t, root)
			if err := change(root, f.dir); err != nil {
				t.Fatal(err)
			}
			if _, err := openEngines(root, keyOf(t, nil)); err == nil || !strings.Contains(err.Error(), root) {
				t.Errorf("got %v, want a refusal that names it", err)
			}
		})
	}
	if _, err := openEngines("", keyOf(t, nil)); err == nil {
		t.Error("no folder at all was accepted")
	}
}

func TestAnEngineCountsOnlyWhenItIsWhole(t *testing.T) {
	t.Parallel()
	p := placement{nodes: map[string]int{TensorRT.Provider(): 1, CPU.Provider(): 4}, heavy: map[string]int{TensorRT.Provider(): 1}}
	write := func(t *testing.T, path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	spoil := map[string]func(t *testing.T, f engineFolder){
		"an engine that was exchanged": func(t *testing.T, f engineFolder) { write(t, filepath.Join(f.dir, "a.engine"), "other code") },
		"an engine that is gone":       func(_ *testing.T, f engineFolder) { _ = os.Remove(filepath.Join(f.dir, "a.engine")) },
		"no manifest":                  func(_ *testing.T, f engineFolder) { _ = os.Remove(filepath.Join(f.dir, engineManifest)) },
		"half a manifest":              func(t *testing.T, f engineFolder) { write(t, filepath.Join(f.dir, engineManifest), `{"key":`) },
		"a manifest of another key": func(t *testing.T, f engineFolder) {
			f.key = keyOf(t, func(o *Options, _ *Header, _ *yolo.Spec) { o.GPU = 3 })
			if err := f.write(p, time.Second); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, change := range spoil {
		t.Run(name+" does not count", func(t *testing.T) {
			t.Parallel()
			f := folderOf(t, filepath.Join(t.TempDir(), "engines"))
			write(t, filepath.Join(f.dir, "a.engine"), "code")
			write(t, filepath.Join(f.dir, "gpu.timing"), "times")
			if err := f.write(p, time.Second); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(f.dir, "gpu.timing"), "other times, which are no part of the engine")
			r, whole := f.read()
			if !whole || r.Provider != TensorRT.Provider() || cmp.Diff(p.nodes, r.Nodes) != "" || len(r.Files) != 1 {
				t.Fatalf("got %+v, %v", r, whole)
			}
			change(t, f)
			if r, whole := f.read(); whole {
				t.Errorf("got %+v, which counts", r)
			}
			if err := f.clear(); err != nil {
				t.Fatal(err)
			}
			if left, _ := os.ReadDir(f.dir); len(left) != 1 || left[0].Name() != "gpu.timing" {
				t.Errorf("clearing left %v, want the timing cache", left)
			}
		})
	}
	t.Run("TensorRT without an engine does not count", func(t *testing.T) {
		t.Parallel()
		f := folderOf(t, filepath.Join(t.TempDir(), "engines"))
		if err := f.write(p, time.Second); err != nil {
			t.Fatal(err)
		}
		if _, whole := f.read(); whole {
			t.Error("it counts")
		}
	})
}

// The other process is a real one, and its death frees the lock.
func TestOnlyOneProcessBuilds(t *testing.T) {
	t.Parallel()
	f := folderOf(t, filepath.Join(t.TempDir(), "engines"))
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	other := exec.CommandContext(t.Context(), self)
	other.Env = append(os.Environ(), "RVMCTL_TEST_HOLD_LOCK="+f.dir)
	out, err := other.StdoutPipe()
	if err == nil {
		err = other.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "locked\n" {
		t.Fatalf("the other process said %q: %v", line, err)
	}
	var busy *BusyError
	if _, err := f.lock(t.Context(), 0); !errors.As(err, &busy) || !strings.HasPrefix(busy.Holder, "pid ") {
		t.Errorf("got %v, want *BusyError that names the other process", err)
	}
	_ = other.Process.Kill()
	_ = other.Wait()
	release, err := f.lock(t.Context(), 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	release()
}

func TestReadGPU(t *testing.T) {
	t.Parallel()
	silent := func(int) (string, error) { return "", exec.ErrNotFound }
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	tests := []struct {
		name string
		m    machine
		want GPU
	}{
		{"a Jetson", machine{fstest.MapFS{"proc/device-tree/model": file("NVIDIA Jetson Orin Nano Developer Kit\x00"),
			"proc/device-tree/compatible": file("nvidia,p3768-0000+p3767-0005-super\x00nvidia,tegra234\x00"),
			"etc/nv_tegra_release":        file("# R36 (release), REVISION: 4.3\nx\n")}, silent},
			GPU{"NVIDIA Jetson Orin Nano Developer Kit", "8.7", "# R36 (release), REVISION: 4.3"}},
		{"two cards", machine{fstest.MapFS{"proc/driver/nvidia/gpus/0000:01:00.0/information": file("Model: \t\t NVIDIA T4\nIRQ: 1\n"),
			"proc/driver/nvidia/gpus/0000:02:00.0/information": file("Model: \t\t NVIDIA L4\n"),
			"proc/driver/nvidia/version":                       file("NVRM version: NVIDIA  Kernel Module  550.1\nGCC\n")}, silent},
			GPU{"NVIDIA L4, NVIDIA T4", "", "NVRM version: NVIDIA Kernel Module 550.1"}},
		{"only nvidia-smi", machine{fstest.MapFS{}, func(int) (string, error) { return "NVIDIA L4, 8.9, 550.1", nil }}, GPU{"NVIDIA L4", "8.9", "550.1"}},
		{"another board", machine{fstest.MapFS{"proc/device-tree/model": file("Raspberry Pi 5\x00"), "proc/device-tree/compatible": file("raspberrypi,5\x00")}, silent}, GPU{}},
	}
	for _, tt := range tests {
		if got := tt.m.gpu(0); got != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
	}
	libraries := machine{root: fstest.MapFS{"usr/lib/aarch64-linux-gnu/libnvinfer.so.10.3.0": file(""), "usr/lib/aarch64-linux-gnu/libnvinfer.so.10": file(""),
		"opt/ort/libnvinfer.so.10.9.0": file("")}}
	if got := libraries.tensorRT("/opt/ort"); got != "10.3.0, 10.9.0" {
		t.Errorf("TensorRT: got %q", got)
	}
}
