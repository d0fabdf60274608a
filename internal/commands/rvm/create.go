package rvm

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// CreateOptions is what create needs: dependencies first, then flags.
type CreateOptions struct {
	Console  *terminal.Console
	Platform client

	Machine     platform.RVMCreate
	ShowSecrets bool
}

// Created is the result of create.
type Created struct {
	ID        int64     `json:"id" doc:"number of the machine"`
	Name      string    `json:"name" doc:"name of the machine"`
	Status    string    `json:"status" doc:"status that the platform stores"`
	Location  string    `json:"location" doc:"where the machine stands"`
	APIKey    string    `json:"api_key" doc:"key by which the machine identifies itself, ******** without --show-secrets"`
	CreatedAt time.Time `json:"created_at,omitzero" doc:"when it was entered"`
}

// Text is one line; in a pipe: id, name, status, location, api key.
func (c Created) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(toolbox.Number(c.ID), c.Name, c.Status, c.Location, c.APIKey)
		return
	}
	p.Text(p.Good("created"), " ", described(p, c.ID, c.Name, c.Status), p.Dim(" · "), "api key ", terminal.Clean(c.APIKey))
}

// NewCreate makes the command; runF replaces the run in tests.
func NewCreate(box *toolbox.Box, runF func(context.Context, *CreateOptions) error) *cobra.Command {
	opts := &CreateOptions{Console: box.Console, Platform: box.Platform}
	if runF == nil {
		runF = createRun
	}
	cmd := &cobra.Command{
		Use:   "create <name>",
		Short: "Enter a machine",
		Long: `Enter a machine. Its name must not be taken; the platform gives it a number and an API key.

The API key is masked unless --show-secrets is given; rvmctl rvm show tells it later as well.

Exit status: 0 entered, 1 the outcome is unknown, 2 usage, 4 not signed in, 5 platform away, 6 refused.`,
		Example: `  $ rvmctl rvm create RVM-042 --location "Lobby, ground floor"
  $ rvmctl rvm create RVM-043 --status inactive --show-secrets`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              toolbox.Exactly("the name of the machine"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Machine.Name = args[0]
			if err := toolbox.OneOf("status", opts.Machine.Status, platform.StoredStatuses()); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	cmd.Flags().StringVar(&opts.Machine.Status, "status", "active", strings.Join(platform.StoredStatuses(), ", "))
	cmd.Flags().StringVar(&opts.Machine.LocationDescription, "location", "", "`TEXT` that says where it stands, at most 1000 characters")
	toolbox.ShowSecrets(cmd, &opts.ShowSecrets)
	_ = cmd.RegisterFlagCompletionFunc("status", cobra.FixedCompletions(platform.StoredStatuses(), cobra.ShellCompDirectiveNoFileComp))
	toolbox.SentAtOnce(cmd, "the number and the key of the new machine are needed now")
	return box.Returns(cmd, Created{})
}

func createRun(ctx context.Context, o *CreateOptions) error {
	if err := o.Machine.Validate(); err != nil {
		return err
	}
	c, err := o.Platform()
	if err != nil {
		return err
	}
	made, err := c.RVMs.Create(ctx, o.Machine)
	if err != nil {
		return err
	}
	id := toolbox.Number(made.ID)
	if !o.ShowSecrets {
		o.Console.Note("to see its api key: rvmctl rvm show %s --show-secrets", id)
	}
	return toolbox.Unwritten(o.Console.Emit(Created{made.ID, made.Name, toolbox.Or(made.Status, toolbox.Unsaid), made.LocationDescription,
		toolbox.Shown(made.APIKey, o.ShowSecrets), made.CreatedAt}), "rvm "+id+" was created", "rvmctl rvm show "+id)
}
