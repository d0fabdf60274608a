package onnx

import (
	"bufio"
	"io"
	"os"
	"strconv"
	"strings"
)

// AvailableMemory is what the system could give without swapping, in bytes, and whether it says so: Linux does. A limit of the
// process's control group is not seen.
func AvailableMemory() (bytes uint64, known bool) {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0, false
	}
	defer func() { _ = f.Close() }()
	return parseAvailable(io.LimitReader(f, 64<<10))
}

func parseAvailable(r io.Reader) (bytes uint64, known bool) {
	for lines := bufio.NewScanner(r); lines.Scan(); {
		rest, found := strings.CutPrefix(lines.Text(), "MemAvailable:")
		if !found {
			continue
		}
		kib, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 50)
		return kib << 10, err == nil
	}
	return 0, false
}
