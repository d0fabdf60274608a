package model

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision/model"
)

// DefaultOptions is what default needs.
type DefaultOptions struct {
	Console *terminal.Console
	choice
}

// NewDefault makes the command; runF replaces the run in tests.
func NewDefault(box *toolbox.Box, runF func(context.Context, *DefaultOptions) error) *cobra.Command {
	opts := &DefaultOptions{Console: box.Console, choice: newChoice(box)}
	if runF == nil {
		runF = defaultRun
	}
	cmd := &cobra.Command{
		Use:   "default",
		Short: "Go back to the model inside rvmctl",
		Long: `Go back to the model inside rvmctl: what model use wrote is taken out of the file of the profile in use, or with --user out of
your file for all profiles. The file of the model stays where it is. When another file or a variable still names a model, a
warning says so.

In a pipe the columns are: chosen or unchanged, name, sha256, empty, path before.

Exit status: 0 done, or the file named no model before, 10 the settings cannot be written.`,
		Example: `  $ rvmctl model default
  $ rvmctl model default --user`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			opts.Paths = box.Paths()
			return runF(cmd.Context(), opts)
		},
	}
	cmd.Flags().BoolVar(&opts.User, "user", false, "write into your file, which counts for all your profiles")
	return box.Returns(cmd, Used{})
}

func defaultRun(_ context.Context, o *DefaultOptions) error { return o.goBack(o.Console) }

// goBack takes out what use wrote. The labels belong to the model that goes.
func (o *choice) goBack(c *terminal.Console) error {
	shipped := model.Default()
	return o.write(c, Used{Name: shipped.Name, SHA256: shipped.SHA256}, []config.Change{{Key: config.KeyModel, Remove: true},
		{Key: config.KeyModelSHA256, Remove: true}, {Key: config.KeyLabels, Remove: true}})
}
