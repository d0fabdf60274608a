package commands

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// signalError says which signal ended the run.
type signalError struct{ code int }

func (e *signalError) Error() string {
	switch e.code {
	case exitTerminated:
		return "terminated"
	case exitHungUp:
		return "hung up: the terminal is gone"
	}
	return "interrupted"
}

// codes are the signals that end a run in order, each with its exit code.
var codes = map[os.Signal]int{syscall.SIGINT: exitInterrupted, syscall.SIGTERM: exitTerminated, syscall.SIGHUP: exitHungUp}

// Main runs one invocation on this process's streams and returns its exit code.
func Main(version toolbox.Version, args []string) int {
	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	console := terminal.System()
	defer watchSignals(stop, console)()
	box := toolbox.New(console, version, toolbox.RealSystem(), stop)
	return Run(ctx, box, args)
}

// Run is Main with its surroundings named: the streams, the version, the machine.
func Run(ctx context.Context, box *toolbox.Box, args []string) int {
	root := NewRoot(box)
	root.SetArgs(args)
	defer box.Close()
	box.Console.Wish(early(args))
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = box.Repaired()
	}
	if err == nil {
		return exitOK
	}
	var unknown *platform.UncertainError
	var partial *toolbox.PartialError
	var unwritten *toolbox.UnwrittenError
	if cause := context.Cause(ctx); cause != nil && errors.Is(err, context.Canceled) &&
		!errors.As(err, &unknown) && !errors.As(err, &partial) && !errors.As(err, &unwritten) {
		err = cause
	}
	failure := Explain(err)
	if failure.Code != exitOK && !box.Told(err) {
		box.Console.Fail(failure)
	}
	return failure.Code
}

// early finds what asks for JSON before the flags are parsed, so that an error in parsing them is JSON too.
func early(args []string) terminal.Wishes {
	w := terminal.Wishes{Color: "auto"}
	for _, a := range args {
		if a == "--" {
			break
		}
		flag, value, _ := strings.Cut(a, "=")
		switch flag {
		case "--json":
			w.JSON = w.JSON || value != "false"
		case "--jq", "--template":
			w.JSON = true
		}
	}
	return w
}

// watchSignals ends the run at the first signal, in order; the second ends the process at once, and so does the first while a
// question waits, since nothing has been begun then and nothing else would end the waiting. A SIGHUP that was ignored when we
// were started, as nohup does it, stays ignored.
func watchSignals(stop context.CancelCauseFunc, console *terminal.Console) (release func()) {
	// A reader that went away is an error of the write, not the death of the process.
	signal.Ignore(syscall.SIGPIPE)
	ch := make(chan os.Signal, 2)
	for s := range codes {
		if s != syscall.SIGHUP || !signal.Ignored(s) {
			signal.Notify(ch, s)
		}
	}
	done := make(chan struct{})
	go func() {
		for count := 0; ; count++ {
			select {
			case <-done:
				return
			case s := <-ch:
				err := &signalError{codes[s]}
				if count > 0 || console.Waiting() {
					f := Explain(err)
					if count > 0 {
						f.Hint = "what was under way may be done all the same: look before you repeat it"
					}
					console.Fail(f)
					os.Exit(err.code) //nolint:forbidigo // nothing can be unwound: the run does not listen
				}
				stop(err)
			}
		}
	}()
	return func() { signal.Stop(ch); close(done) }
}
