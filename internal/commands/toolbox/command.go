package toolbox

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// Returns says what a command writes with --json. It is the source of the JSON documentation, and a test makes sure that
// no command is without it.
func (b *Box) Returns(cmd *cobra.Command, v terminal.View) *cobra.Command {
	b.results[cmd] = v
	return cmd
}

// Result is what Returns was told, or nil.
func (b *Box) Result(cmd *cobra.Command) terminal.View { return b.results[cmd] }

// Group makes a noun: a command that only holds verbs. A word that is none of them is an error, not a help page with
// exit code 0.
func Group(use, short, long string, verbs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Long: long}
	cmd.AddCommand(verbs...)
	OnlyVerbs(cmd)
	return cmd
}

// OnlyVerbs makes a command show its help when it stands alone, and refuse a word that is none of its verbs.
func OnlyVerbs(cmd *cobra.Command) {
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		return unknownVerb(cmd, args[0])
	}
}

func unknownVerb(cmd *cobra.Command, word string) error {
	hint := "type: " + cmd.CommandPath() + " --help"
	if near := cmd.SuggestionsFor(word); len(near) > 0 {
		hint = "type: " + cmd.CommandPath() + " " + near[0]
	}
	return Usage(fmt.Sprintf("%s has no command %q", cmd.CommandPath(), word), hint)
}

// Exactly refuses any other number of arguments, in words; names are what they stand for.
func Exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return Usage(fmt.Sprintf("%s is missing", names[len(args)]), "type: "+cmd.UseLine())
		case len(args) > len(names):
			return Usage(fmt.Sprintf("%q is one argument too many", args[len(names)]), "type: "+cmd.UseLine())
		}
		return nil
	}
}

// AtLeastOne refuses an empty list of arguments; name is what each stands for.
func AtLeastOne(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return Usage(name+" is missing", "type: "+cmd.UseLine())
		}
		return nil
	}
}

// Settings adds flags for settings. They are text here: config checks them, with the same words for a flag, a variable and
// a file.
func Settings(cmd *cobra.Command, keys ...string) { addSettings(cmd, cmd.Flags(), keys) }

// PersistentSettings adds flags for settings to a command and everything below it.
func PersistentSettings(cmd *cobra.Command, keys ...string) {
	addSettings(cmd, cmd.PersistentFlags(), keys)
}

func addSettings(cmd *cobra.Command, flags *pflag.FlagSet, keys []string) {
	for _, name := range keys {
		k := settingNamed(name)
		flags.Var(&setting{word: k.Word}, k.Flag, k.Help+" ("+k.Variable()+")")
		if words, few := settingWords[k.Name]; few {
			_ = cmd.RegisterFlagCompletionFunc(k.Flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
		}
	}
}

// setting is a flag whose value stays text and whose help shows the word that stands for it.
type setting struct{ value, word string }

func (s *setting) String() string { return s.value }

// Set keeps the text; whether it is possible is judged with the other sources of the same setting.
func (s *setting) Set(v string) error {
	s.value = v
	return nil
}

// Type is what help shows after the flag.
func (s *setting) Type() string { return s.word }

func settingNamed(name string) config.Key {
	for _, k := range config.Keys() {
		if k.Name == name {
			return k
		}
	}
	panic("no such setting: " + name)
}

// ID reads the number of something on the platform.
func ID(what, word string) (int64, error) {
	var id int64
	if _, err := fmt.Sscanf(word, "%d", &id); err != nil || id < 1 || fmt.Sprint(id) != word {
		return 0, Usage(fmt.Sprintf("%q is no %s number", word, what), "give a whole number such as 7")
	}
	return id, nil
}

// OneOf refuses a word that is not in a list.
func OneOf(flag, value string, words []string) error {
	for _, w := range words {
		if value == w {
			return nil
		}
	}
	return Usage(fmt.Sprintf("--%s %q is not possible", flag, value), "one of: "+strings.Join(words, ", "))
}
