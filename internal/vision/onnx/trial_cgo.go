//go:build cgo && !windows

package onnx

import (
	"fmt"
	"os"
	"path/filepath"

	ort "github.com/yalue/onnxruntime_go"
)

// trial runs the model once with profiling on and reports which provider ran which nodes. A provider that was
// registered is only a wish: what it cannot take goes to the CPU without a word.
func (op *opener) trial(d Device, l *lane, threads int) (placement, error) {
	dir, err := os.MkdirTemp("", "rvmctl-trial-")
	if err != nil {
		return placement{}, err
	}
	defer os.RemoveAll(dir)
	if err := op.profile(d, l, threads, filepath.Join(dir, "run")); err != nil {
		return placement{}, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "run*"))
	if err != nil || len(files) != 1 {
		return placement{}, fmt.Errorf("the trial run left %d profiles", len(files))
	}
	f, err := os.Open(files[0])
	if err != nil {
		return placement{}, err
	}
	defer f.Close()
	return readPlacement(f)
}

// profile writes the profile of one run; the runtime completes it when the session ends.
func (op *opener) profile(d Device, l *lane, threads int, prefix string) error {
	if l.spec.OutputHalf && len(l.lengths()) == 0 {
		// The binding cannot take over a float16 answer of the runtime's own, and nothing says how long ours must be.
		return fmt.Errorf("its float16 rows have no fixed number")
	}
	so, err := newSessionOptions(threads, op.Spin)
	if err != nil {
		return err
	}
	defer so.Destroy()
	if err := so.EnableProfiling(prefix); err != nil {
		return err
	}
	if err := op.appendProvider(so, d); err != nil {
		return err
	}
	core, err := ort.NewDynamicAdvancedSessionWithONNXData(op.Model.Bytes, []string{l.spec.InputName}, []string{l.spec.OutputName}, so)
	if err != nil {
		return err
	}
	defer core.Destroy()
	out := []ort.Value{nil}
	if l.spec.OutputHalf {
		if err := l.bindOutput(l.lengths()[0]); err != nil {
			return err
		}
		defer l.unbindOutput()
		out[0] = l.out.value
	}
	if err := core.Run([]ort.Value{l.in.value}, out); err != nil {
		return err
	}
	if !l.spec.OutputHalf {
		return out[0].Destroy()
	}
	return nil
}
