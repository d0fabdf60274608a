package toolbox

import (
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// trialMemory is what a model may take beside what its file holds, in bytes. Loading holds a file several times.
const trialMemory = 3 << 30

// limitTrial bounds this process for good: processor time, and where no GPU reserves addresses on its own account memory, so
// that a model that takes all of it is refused here and the machine goes on. No core file is left of a crash.
func limitTrial(seconds int, size int64, memory bool) {
	// A limit that cannot be set is one less; the time of the wall is kept from outside.
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	cpu := uint64(seconds) * 8 // Several threads use it up together.
	_ = syscall.Setrlimit(syscall.RLIMIT_CPU, &syscall.Rlimit{Cur: cpu, Max: cpu + 5})
	if used, ok := dataBytes(); ok && memory {
		most := used + uint64(trialMemory+8*size)
		_ = unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: most, Max: most})
	}
}

// dataBytes is the memory of this process that RLIMIT_DATA counts.
func dataBytes() (uint64, bool) {
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, false
	}
	_, rest, found := strings.Cut(string(raw), "VmData:")
	var kilobytes uint64
	if _, err := fmt.Sscanf(rest, "%d kB", &kilobytes); !found || err != nil {
		return 0, false
	}
	return kilobytes << 10, true
}
