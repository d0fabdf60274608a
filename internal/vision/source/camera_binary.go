package source

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// cameraProgram is the name of the camera build.
const cameraProgram = "rvmctl-camera"

// CameraBinaryError says that the camera build is not installed where it is looked for.
type CameraBinaryError struct {
	// Source is what needs it, without a password; it may be empty.
	Source string
	// Looked are the places, in order; the last is "PATH".
	Looked []string
}

// Error states what needs the camera build, and where was looked.
func (e *CameraBinaryError) Error() string {
	where := "not found in " + strings.Join(e.Looked, ", ")
	if e.Source == "" {
		return cameraProgram + " " + where
	}
	return e.Source + " is opened by " + cameraProgram + ", which was " + where
}

// FindCameraBinary finds the camera build: beside self, in ../libexec/rvmctl seen from there, then by lookPath, which is
// exec.LookPath outside tests. self is the running program; where it is a symbolic link, the folder of its target is
// looked at too. A candidate that is self is passed over, or the program would replace itself with itself for ever.
//
// The error is *CameraBinaryError.
func FindCameraBinary(self string, lookPath func(file string) (string, error)) (string, error) {
	name := cameraProgram
	if strings.EqualFold(filepath.Ext(self), ".exe") {
		name += ".exe"
	}
	var looked []string
	for _, dir := range cameraFolders(self) {
		looked = append(looked, dir)
		if path := filepath.Join(dir, name); isProgram(path) && !sameFile(path, self) {
			return path, nil
		}
	}
	if path, err := lookPath(cameraProgram); err == nil && !sameFile(path, self) {
		return path, nil
	}
	return "", &CameraBinaryError{Looked: append(looked, "PATH")}
}

// cameraFolders are those of self and of what it links to, each followed by its libexec.
func cameraFolders(self string) (dirs []string) {
	if self == "" {
		return nil
	}
	for _, path := range []string{self, realPath(self)} {
		dir := filepath.Dir(path)
		if !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir, filepath.Join(dir, "..", "libexec", "rvmctl"))
		}
	}
	return dirs
}

// isProgram looks for the executable bit, except where the system has none and calls programs .exe.
func isProgram(path string) bool {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	return info.Mode()&0o111 != 0 || strings.EqualFold(filepath.Ext(path), ".exe")
}

func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}
