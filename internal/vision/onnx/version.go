package onnx

import (
	"fmt"
	"strconv"
	"strings"
)

// NeededAPI is the version of ONNX Runtime's C interface that the binding asks for; ONNX Runtime 1.N speaks 1 to N.
const NeededAPI = 24

// needed says in words what checkVersion accepts.
var needed = fmt.Sprintf("API %d (ONNX Runtime 1.%d or newer)", NeededAPI, NeededAPI)

// checkVersion refuses a library that is too old for the binding, before the binding is started: its own refusal
// names neither the file nor the version.
func checkVersion(path, version string) error {
	major, minor, ok := parseVersion(version)
	switch {
	case !ok:
		return &RuntimeError{Path: path, Needed: needed, Reason: fmt.Sprintf("gives the version %q, which is no version", version)}
	case major == 1 && minor < NeededAPI, major < 1:
		return &RuntimeError{Path: path, Found: version, Needed: needed,
			Reason: fmt.Sprintf("is too old: it speaks API 1–%d, rvmctl needs %s", minor, needed)}
	}
	return nil
}

func parseVersion(s string) (major, minor int, ok bool) {
	parts := strings.SplitN(s, ".", 3)
	if len(parts) < 2 {
		return 0, 0, false
	}
	major, err1 := strconv.Atoi(parts[0])
	minor, err2 := strconv.Atoi(strings.TrimRight(parts[1], "-+abcdefghijklmnopqrstuvwxyz"))
	return major, minor, err1 == nil && err2 == nil && major >= 0 && minor >= 0
}
