package onnx

import (
	"os"
	"path/filepath"
	"runtime"
)

// SearchOptions say where an ONNX Runtime library may lie.
type SearchOptions struct {
	// Explicit is the library or the folder that the operator named; when set, nothing else is looked at.
	Explicit string
	// Executable is the path of the running program, links resolved; empty when it is not known.
	Executable string
	// CacheDir is rvmctl's folder in the user's cache, where a fetched library lies; empty for none.
	CacheDir string
}

// LibraryNames are the names of the library on this operating system, best first.
func LibraryNames() []string {
	switch runtime.GOOS {
	case "windows":
		return []string{"onnxruntime.dll"}
	case "darwin":
		return []string{"libonnxruntime.dylib"}
	default:
		return []string{"libonnxruntime.so.1", "libonnxruntime.so"}
	}
}

// Search looks for an ONNX Runtime library without opening it: the operator's own, else beside the executable, in
// ../lib/rvmctl from there, in /usr/lib/rvmctl and in the cache. It returns the file, or "" when there is none, and
// the places it looked at, in order.
func Search(o SearchOptions) (found string, tried []string) {
	for _, place := range places(o) {
		tried = append(tried, place)
		if file := libraryAt(place); file != "" {
			return file, tried
		}
	}
	return "", tried
}

func places(o SearchOptions) []string {
	if o.Explicit != "" {
		return []string{absolute(o.Explicit)}
	}
	var dirs []string
	if o.Executable != "" {
		dir := filepath.Dir(absolute(o.Executable))
		dirs = append(dirs, dir, filepath.Join(filepath.Dir(dir), "lib", "rvmctl"))
	}
	if runtime.GOOS != "windows" {
		dirs = append(dirs, "/usr/lib/rvmctl")
	}
	if o.CacheDir != "" {
		dirs = append(dirs, absolute(o.CacheDir))
	}
	return dirs
}

// absolute keeps a bare file name from being looked up on the loader's own search path.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// libraryAt gives place itself when it is a file, or the library in it when it is a folder.
func libraryAt(place string) string {
	info, err := os.Stat(place)
	switch {
	case err != nil:
		return ""
	case info.Mode().IsRegular():
		return place
	case !info.IsDir():
		return ""
	}
	for _, name := range LibraryNames() {
		file := filepath.Join(place, name)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			return file
		}
	}
	return ""
}
