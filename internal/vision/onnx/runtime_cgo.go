//go:build cgo && !windows

package onnx

import (
	"fmt"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// Built says whether this program carries inference, given a library.
func Built() bool { return true }

// environment is the process's single ONNX Runtime environment. The library allows one, keeps threads and global state
// of its own, and must not be unloaded while they live; so this is the one thing here that outlives its users.
var environment struct {
	sync.Mutex
	runtime *Runtime
	err     error
}

// Start opens the library at path and starts its environment, once per process: later calls give the same Runtime, or
// a *RuntimeError when they name another library. The version is checked before the binding is touched. Messages of
// the library to standard error are silenced unless verbose, its telemetry is off.
func Start(path string, verbose bool) (*Runtime, error) {
	path = absolute(path)
	environment.Lock()
	defer environment.Unlock()
	if environment.runtime != nil && environment.runtime.Path == path {
		return environment.runtime, nil
	}
	version, err := Version(path)
	if err == nil {
		err = checkVersion(path, version)
	}
	switch {
	case err != nil:
		return nil, err
	case environment.err != nil:
		return nil, environment.err
	case environment.runtime != nil:
		return nil, &RuntimeError{Path: path, Found: version, Needed: needed,
			Reason: "is not opened: this process uses " + environment.runtime.Path + " already"}
	}
	if err := startEnvironment(path, verbose); err != nil {
		environment.err = &RuntimeError{Path: path, Found: version, Needed: needed,
			Reason: fmt.Sprintf("does not start: %s", oneLine(err)), Err: err}
		return nil, environment.err
	}
	environment.runtime = &Runtime{Path: path, Version: version}
	return environment.runtime, nil
}

func startEnvironment(path string, verbose bool) error {
	ort.SetSharedLibraryPath(path)
	level := ort.WithLogLevelFatal()
	if verbose {
		level = ort.WithLogLevelWarning()
	}
	if err := ort.InitializeEnvironment(level); err != nil {
		return err
	}
	return ort.DisableTelemetry()
}
