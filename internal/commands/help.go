package commands

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
)

// usageTemplate puts what people look for first on top: how it is typed, examples, what there is.
const usageTemplate = `Usage:
  {{if .Runnable}}{{if .HasAvailableSubCommands}}{{.CommandPath}} <command>{{else}}{{.UseLine}}{{end}}{{end}}
{{- if .HasExample}}

Examples:
{{.Example}}{{end}}
{{- if .HasAvailableSubCommands}}{{$cmds := .Commands}}
{{- if eq (len .Groups) 0}}

Commands:{{range $cmds}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}
{{- else}}{{range $group := .Groups}}

{{.Title}}:{{range $cmds}}{{if and (eq .GroupID $group.ID) (or .IsAvailableCommand (eq .Name "help"))}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{end}}{{end}}
{{- if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
{{- if .HasAvailableInheritedFlags}}

Flags of every command:
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
{{- if .HasHelpSubCommands}}

Topics:{{range .Commands}}{{if .IsAdditionalHelpTopicCommand}}
  rvmctl help {{rpad .Name 14}} {{.Short}}{{end}}{{end}}{{end}}
{{- if .HasAvailableSubCommands}}

Type "{{.CommandPath}} <command> --help" for more about a command.{{end}}
`

// helpStyle gives every command the same help, and a suggestion for a word that is nearly right.
func helpStyle(root *cobra.Command) {
	root.SetUsageTemplate(usageTemplate)
	var each func(*cobra.Command)
	each = func(c *cobra.Command) {
		c.SuggestionsMinimumDistance = 2
		for _, child := range c.Commands() {
			each(child)
		}
	}
	each(root)
	root.InitDefaultHelpCmd()
	if help, _, err := root.Find([]string{"help"}); err == nil {
		help.Args = knownTopic
	}
}

// knownTopic refuses help about a word that is nothing; cobra on its own would show the first page and call it done.
func knownTopic(help *cobra.Command, args []string) error {
	if _, rest, err := help.Root().Find(args); err != nil || len(rest) > 0 {
		return toolbox.Usage(fmt.Sprintf("there is no help about %q", strings.Join(args, " ")), "type: rvmctl help")
	}
	return nil
}
