package config

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// GetOptions is what get needs.
type GetOptions struct {
	Console *terminal.Console
	Config  func() (*config.Config, error)

	Key string
}

// NewGet makes the command; runF replaces the run in tests.
func NewGet(box *toolbox.Box, runF func(context.Context, *GetOptions) error) *cobra.Command {
	opts := &GetOptions{Console: box.Console, Config: box.Config}
	if runF == nil {
		runF = getRun
	}
	cmd := &cobra.Command{
		Use:   "get <setting>",
		Short: "Show the value of one setting",
		Long: `Show the value of a setting that counts, after flags, variables, files and defaults. In a pipe it is the value alone, an
empty line when there is none.

Exit status: 0 shown, 2 there is no such setting, 10 a setting cannot be used.`,
		Example: `  $ rvmctl config get platform.url
  $ rvmctl config get vision.confidence --json`,
		Args:              toolbox.Exactly("the name of the setting"),
		ValidArgsFunction: completeKeys,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Key = args[0]
			return runF(cmd.Context(), opts)
		},
	}
	return box.Returns(cmd, Setting{})
}

func getRun(_ context.Context, o *GetOptions) error {
	k, err := find(o.Key)
	if err != nil {
		return err
	}
	c, err := o.Config()
	if err != nil {
		return err
	}
	return o.Console.Emit(newSetting(c, k.Name))
}
