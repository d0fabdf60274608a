//go:build unix

package toolbox

import "syscall"

// replaceProcess is execve: the same process, another program.
func replaceProcess(path string, args, env []string) error { return syscall.Exec(path, args, env) }
