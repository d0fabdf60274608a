//go:build unix

package outbox

import (
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

// limitFiles lets no file of this process grow beyond OUTBOX_LIMIT bytes.
func limitFiles() (undo func(), err error) {
	most, err := strconv.ParseUint(os.Getenv("OUTBOX_LIMIT"), 10, 64)
	if err != nil {
		return func() {}, nil //nolint:nilerr // no limit was asked for
	}
	signal.Ignore(syscall.SIGXFSZ)
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		return nil, err
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: most, Max: old.Max}); err != nil {
		return nil, err
	}
	return func() { _ = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old) }, nil
}
