package onnx

import (
	"debug/elf"
	"io"
	"os"
	"runtime"
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

// CheckFile judges a library without running a byte of it: *RuntimeError when the file is no whole library or when its
// version is too old. A version that cannot be read from the file is left to Start.
func CheckFile(path string) (version string, err error) {
	if err := checkWhole(path); err != nil {
		return "", err
	}
	version, known := FileVersion(path)
	if !known {
		return "", nil
	}
	return version, checkVersion(path, version)
}

// checkWhole refuses a library file that was cut short, as a broken download leaves it: the system's loader maps what the
// headers promise, and the first touch beyond the end of the file kills the process.
func checkWhole(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return nil // The loader says it better.
	}
	defer func() { _ = file.Close() }()
	if reason := damage(file); reason != "" {
		return &RuntimeError{Path: path, Needed: needed, Reason: reason}
	}
	return nil
}

// damage is what is wrong with a library file, or empty. Only ELF files are looked into.
func damage(file *os.File) string {
	const short = "cannot be opened: the file is damaged or cut short"
	magic := make([]byte, len(elf.ELFMAG))
	if _, err := io.ReadFull(file, magic); err != nil || string(magic) != elf.ELFMAG {
		if runtime.GOOS == "linux" {
			return "cannot be opened: it is no shared library"
		}
		return ""
	}
	info, err := file.Stat()
	if err != nil {
		return ""
	}
	f, err := elf.NewFile(file)
	if err != nil {
		return short
	}
	size := uint64(info.Size())
	for _, p := range f.Progs {
		if p.Filesz > size || p.Off > size-p.Filesz {
			return short
		}
	}
	return ""
}
