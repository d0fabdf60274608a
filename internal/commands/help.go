package commands

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
)

// usageTemplate puts what people look for first on top: how it is typed, examples, what there is. COLUMNS stands for the width.
const usageTemplate = `Usage:
  {{if .Runnable}}{{if .HasAvailableSubCommands}}{{.CommandPath}} <command>{{else}}{{.UseLine}}{{end}}{{end}}
{{- if .HasExample}}

Examples:
{{.Example}}{{end}}
{{- if .HasAvailableSubCommands}}{{$cmds := .Commands}}
{{- if eq (len .Groups) 0}}

Commands:{{range $cmds}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}}  {{.Short}}{{end}}{{end}}
{{- else}}{{range $group := .Groups}}

{{.Title}}:{{range $cmds}}{{if and (eq .GroupID $group.ID) (or .IsAvailableCommand (eq .Name "help"))}}
  {{rpad .Name .NamePadding}}  {{.Short}}{{end}}{{end}}{{end}}{{end}}{{end}}
{{- if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsagesWrapped COLUMNS | trimTrailingWhitespaces}}{{end}}
{{- if .HasAvailableInheritedFlags}}

Flags of every command:
{{.InheritedFlags.FlagUsagesWrapped COLUMNS | trimTrailingWhitespaces}}{{end}}
{{- if .HasHelpSubCommands}}

Topics:{{range .Commands}}{{if .IsAdditionalHelpTopicCommand}}
  rvmctl help {{rpad .Name 14}} {{.Short}}{{end}}{{end}}{{end}}
{{- if .HasAvailableSubCommands}}

Type "{{.CommandPath}} <command> --help" for more about a command.{{end}}
`

// helpStyle gives every command the same help, and a suggestion for a word that is nearly right. Columns is the width of the
// terminal, 0 when there is none.
func helpStyle(root *cobra.Command, columns int) {
	const widest, narrowest = 100, 60
	if columns == 0 {
		columns = widest
	}
	columns = min(max(columns, narrowest), widest)
	root.SetUsageTemplate(strings.ReplaceAll(usageTemplate, "COLUMNS", strconv.Itoa(columns)))
	show := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		tidy(cmd, columns)
		show(cmd, args)
	})
	var each func(*cobra.Command)
	each = func(c *cobra.Command) {
		c.SuggestionsMinimumDistance = 2
		for _, child := range c.Commands() {
			each(child)
		}
	}
	each(root)
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil {
		toolbox.OnlyVerbs(completion)
	}
	root.InitDefaultHelpCmd()
	if help, _, err := root.Find([]string{"help"}); err == nil {
		help.Args = knownTopic
	}
}

// tidy prepares a command for its help: flags in the order in which they were thought of, lines that fit. It is done late, since
// few runs show any help.
func tidy(cmd *cobra.Command, columns int) {
	cmd.Long = wrapped(cmd.Long, columns)
	cmd.Flags().SortFlags = false
	cmd.InheritedFlags().SortFlags = false
}

// wrapped fills the lines of each paragraph; one with a line that is set in by hand stays as it is.
func wrapped(text string, columns int) string {
	paragraphs := strings.Split(text, "\n\n")
	for i, p := range paragraphs {
		if strings.HasPrefix(p, " ") || strings.Contains(p, "\n ") {
			continue
		}
		var b strings.Builder
		left := columns
		for n, word := range strings.Fields(p) {
			length := utf8.RuneCountInString(word)
			switch {
			case n == 0:
			case length+1 > left:
				b.WriteByte('\n')
				left = columns
			default:
				b.WriteByte(' ')
				left--
			}
			b.WriteString(word)
			left -= length
		}
		paragraphs[i] = b.String()
	}
	return strings.Join(paragraphs, "\n\n")
}

// knownTopic refuses help about a word that is nothing; cobra on its own would show the first page and call it done.
func knownTopic(help *cobra.Command, args []string) error {
	if _, rest, err := help.Root().Find(args); err != nil || len(rest) > 0 {
		return toolbox.Usage(fmt.Sprintf("there is no help about %q", strings.Join(args, " ")), "type: rvmctl help")
	}
	return nil
}
