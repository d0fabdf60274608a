package toolbox

import (
	"fmt"
	"os"
	"strings"
)

// endings are the signals by which a process that computes dies, in words.
var endings = []struct{ name, text, words string }{
	{"SIGSEGV", "segmentation fault", "crashed (SIGSEGV, memory that is not its own)"},
	{"SIGABRT", "aborted", "gave up (SIGABRT)"},
	{"SIGFPE", "floating point exception", "crashed (SIGFPE, an impossible calculation such as a division by zero)"},
	{"SIGBUS", "bus error", "crashed (SIGBUS, memory that cannot be read)"},
	{"SIGILL", "illegal instruction", "crashed (SIGILL, an instruction that this processor lacks)"},
	{"SIGXCPU", "cpu time limit exceeded", "used more processor time than it was given, and was ended"},
	{"SIGKILL", "killed", "was killed (SIGKILL), by somebody or by the system because memory ran out,"},
	{"SIGTERM", "terminated", "was ended from outside (SIGTERM)"},
}

// ended says how a process died. The runtime of Go catches the signals of a crash, names them at the top of what it says on
// standard error, and exits with 2.
func ended(state *os.ProcessState, said string) string {
	status := strings.ToLower(state.String())
	for _, e := range endings {
		if strings.Contains(status, "signal: "+e.text) || strings.HasPrefix(said, e.name+":") || strings.Contains(said, "\n"+e.name+":") {
			return e.words
		}
	}
	if _, why, found := strings.Cut(said, "fatal error: "); found {
		first, _, _ := strings.Cut(why, "\n")
		return "crashed (" + first + ")"
	}
	if first, _, _ := strings.Cut(strings.TrimSpace(said), "\n"); first != "" {
		return fmt.Sprintf("ended without an answer (%s: %s)", state, first)
	}
	return fmt.Sprintf("ended without an answer (%s)", state)
}
