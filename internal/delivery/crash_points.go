//go:build crashpoints

package delivery

import (
	"os"
	"syscall"
)

// crashAt kills this process, as a power cut would, when the variable names the point.
func crashAt(point string) {
	if os.Getenv("RVMCTL_CRASH") == point { //nolint:forbidigo // only in builds made to be killed
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}
