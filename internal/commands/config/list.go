package config

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// ListOptions is what list needs.
type ListOptions struct {
	Console *terminal.Console
	Config  func() (*config.Config, error)

	ShowOrigin bool
}

// Listing is the result of list.
type Listing struct {
	Profile  string    `json:"profile" doc:"profile in use"`
	Settings []Setting `json:"settings" doc:"every setting of rvmctl"`

	origins bool
}

// Text is a table; in a pipe: key, value, and with --show-origin also origin and place.
func (l Listing) Text(p *terminal.Page) {
	header := []string{"SETTING", "VALUE"}
	if l.origins {
		header = append(header, "FROM")
	}
	rows := make([][]string, 0, len(l.Settings))
	for _, s := range l.Settings {
		row := []string{s.Key, s.Value}
		switch {
		case l.origins && p.ForPeople():
			row = append(row, s.from())
		case l.origins:
			row = append(row, s.Origin, s.Where)
		}
		rows = append(rows, row)
	}
	p.Table(header, rows)
}

// NewList makes the command; runF replaces the run in tests.
func NewList(box *toolbox.Box, runF func(context.Context, *ListOptions) error) *cobra.Command {
	opts := &ListOptions{Console: box.Console, Config: box.Config}
	if runF == nil {
		runF = listRun
	}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List every setting with its value",
		Long: `List every setting with the value that counts, and with --show-origin also what said so: a flag, a variable, a line of
a file, or nobody (default). Secrets are no settings, so none appears here.

In a pipe the columns are: setting, value, and with --show-origin origin (flag, variable, profile, user, system, default)
and place.

Exit status: 0 listed, 2 a flag is impossible, 10 a setting cannot be used.`,
		Example: `  $ rvmctl config list
  $ rvmctl config list --show-origin
  $ rvmctl config list --json --profile default`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return runF(cmd.Context(), opts) },
	}
	cmd.Flags().BoolVar(&opts.ShowOrigin, "show-origin", false, "also say where each value comes from")
	return box.Returns(cmd, Listing{})
}

func listRun(_ context.Context, o *ListOptions) error {
	c, err := o.Config()
	if err != nil {
		return err
	}
	l := Listing{Profile: c.Profile, Settings: []Setting{}, origins: o.ShowOrigin}
	for _, k := range config.Keys() {
		l.Settings = append(l.Settings, newSetting(c, k.Name))
	}
	return o.Console.Emit(l)
}
