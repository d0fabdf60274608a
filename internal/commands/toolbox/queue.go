package toolbox

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/config"
)

// The choices of --queue.
const (
	QueueAuto   = "auto"
	QueueAlways = "always"
	QueueNever  = "never"
)

// Queue adds the flag that says what becomes of something that cannot be sent now.
func Queue(cmd *cobra.Command) {
	Settings(cmd, config.KeyQueue)
	completeQueue(cmd, QueueAuto, QueueAlways, QueueNever)
}

// SentAtOnce adds the same flag to a command whose work cannot wait; why is the reason as the end of "cannot be queued: ".
// Asking for always on the command line is refused. The same word in a file or a variable is about the commands that can wait.
func SentAtOnce(cmd *cobra.Command, why string) {
	k := settingNamed(config.KeyQueue)
	cmd.Flags().Var(&setting{word: k.Word}, k.Flag, "auto or never: this is sent at once or not at all ("+why+")")
	completeQueue(cmd, QueueAuto, QueueNever)
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		f := cmd.Flags().Lookup(k.Flag)
		if !f.Changed {
			return nil
		}
		word, err := k.Accept(f.Value.String())
		if err != nil {
			return &config.FlagError{Flag: k.Flag, Value: word, Reason: err.Error()}
		}
		if word == QueueAlways {
			return Usage(cmd.CommandPath()+" cannot be queued: "+why, "leave --queue out")
		}
		return nil
	}
}

// maxCapture is the longest name of a capture, in bytes.
const maxCapture = 100

// CheckCapture refuses a name of a capture that could not be shown and found again. An empty one is none.
func CheckCapture(name string) error {
	clean := strings.IndexFunc(name, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) < 0
	if len(name) <= maxCapture && clean {
		return nil
	}
	return Usage(fmt.Sprintf("--capture must be at most %d printable characters", maxCapture), "for example: --capture 1732406400-17")
}

func completeQueue(cmd *cobra.Command, words ...string) {
	_ = cmd.RegisterFlagCompletionFunc("queue", cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}
