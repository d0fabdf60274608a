//go:build !unix

package toolbox

import (
	"errors"
	"os"
	"os/exec"
)

// replaceProcess runs the program as a child where a process cannot be replaced, and ends with its exit code.
func replaceProcess(path string, args, env []string) error {
	cmd := exec.Command(path, args[1:]...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err == nil || errors.As(err, &exit) {
		os.Exit(cmd.ProcessState.ExitCode())
	}
	return err
}
