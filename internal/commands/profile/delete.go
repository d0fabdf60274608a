package profile

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// DeleteOptions is what delete needs.
type DeleteOptions struct {
	Console *terminal.Console
	Paths   config.Paths

	Name string
	Yes  bool
}

// Deleted is the result of delete.
type Deleted struct {
	Profile string   `json:"profile" doc:"profile that is gone"`
	Files   []string `json:"files" doc:"files that were removed"`
	Token   bool     `json:"token_forgotten" doc:"true when a stored token was removed; the platform was not told"`
}

// Text is one line; in a pipe: name, then the files.
func (d Deleted) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(append([]string{d.Profile}, d.Files...)...)
		return
	}
	p.Text(p.Good("deleted"), " profile ", p.Strong(d.Profile), p.Dim(": "+strings.Join(d.Files, ", ")))
}

// NewDelete makes the command; runF replaces the run in tests.
func NewDelete(box *toolbox.Box, runF func(context.Context, *DeleteOptions) error) *cobra.Command {
	opts := &DeleteOptions{Console: box.Console}
	if runF == nil {
		runF = deleteRun
	}
	cmd := &cobra.Command{
		Use:   "delete <name>",
		Short: "Remove a profile's settings and its token",
		Long: `Remove the file of settings and the token of a profile from this machine, after a question.

The platform is not told: a token that is only forgotten here stays good for whoever has a copy. To void it, type
rvmctl logout --profile NAME first. The profile that rvmctl profile use or RVMCTL_PROFILE has chosen is not deleted;
choose another before.

Exit status: 0 deleted, 2 not confirmed, or the profile is in use, 10 there is no such profile, or a file cannot be
removed.`,
		Example: `  $ rvmctl logout --profile site-a
  $ rvmctl profile delete site-a --yes`,
		Args:              toolbox.Exactly("the name of the profile"),
		ValidArgsFunction: completeNames(box),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Paths, opts.Name = box.Paths(), args[0]
			return runF(cmd.Context(), opts)
		},
	}
	toolbox.Yes(cmd, &opts.Yes, "delete it")
	return box.Returns(cmd, Deleted{})
}

func deleteRun(_ context.Context, o *DeleteOptions) error {
	if err := config.CheckProfile(o.Name); err != nil {
		return err
	}
	if !o.Paths.HasProfile(o.Name) {
		return &config.NoProfileError{Name: o.Name, Known: o.Paths.Profiles()}
	}
	if err := o.notInUse(); err != nil {
		return err
	}
	token := o.Paths.HasToken(o.Name)
	if token {
		o.Console.Warn("the token of profile %s stays good on the platform; to void it, type: rvmctl logout --profile %s", o.Name, o.Name)
	}
	if err := toolbox.Agree(o.Console, o.Yes, fmt.Sprintf("Delete profile %s from this machine?", o.Name)); err != nil {
		return err
	}
	files, err := o.Paths.RemoveProfile(o.Name)
	if err != nil {
		return err
	}
	return o.Console.Emit(Deleted{Profile: o.Name, Files: files, Token: token})
}

// notInUse refuses the profile that was chosen for every command: all of them would fail afterwards. The default one is in use
// when nothing was chosen, and may go. What --profile says is no choice for later.
func (o *DeleteOptions) notInUse() error {
	name, by, err := config.Choose(config.Request{Paths: o.Paths, Create: true})
	var broken *config.Error
	if errors.As(err, &broken) {
		return err
	}
	if name != o.Name || by.Kind == config.FromDefault || name == config.DefaultProfile {
		return nil
	}
	if by.Kind == config.FromVariable {
		return toolbox.Usage(fmt.Sprintf("profile %s is in use: %s names it", name, by.Where), "unset "+by.Where+" first")
	}
	return toolbox.Usage(fmt.Sprintf("profile %s is in use: %s chooses it", name, by.Where), "choose another first: rvmctl profile use default")
}
