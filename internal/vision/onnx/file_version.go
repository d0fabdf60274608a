package onnx

import (
	"debug/elf"
	"strings"
)

// FileVersion reads the version of an ONNX Runtime library out of its symbol versions ("VERS_1.30.0"), without running
// a byte of it: opening 45 MB of library takes longer than everything else that a short command does. known is false for
// what is no ELF library or has no such symbol version, as on macOS and Windows; Version opens the library to find out.
func FileVersion(path string) (version string, known bool) {
	f, err := elf.Open(path)
	if err != nil {
		return "", false
	}
	defer func() { _ = f.Close() }()
	versions, err := f.DynamicVersions()
	if err != nil {
		return "", false
	}
	for _, v := range versions {
		number, ours := strings.CutPrefix(v.Name, "VERS_")
		if _, _, ok := parseVersion(number); ours && ok {
			return number, true
		}
	}
	return "", false
}

// CheckFile judges a library by FileVersion: *RuntimeError when it is too old. A version that cannot be read from the file
// is left to Start.
func CheckFile(path string) (version string, err error) {
	version, known := FileVersion(path)
	if !known {
		return "", nil
	}
	return version, checkVersion(path, version)
}
