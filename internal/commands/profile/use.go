package profile

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// UseOptions is what use needs.
type UseOptions struct {
	Console *terminal.Console
	// Choose names the profile in use.
	Choose func() (string, config.Source, error)
	Paths  config.Paths

	Name string
}

// Used is the result of use.
type Used struct {
	Profile string `json:"profile" doc:"profile that was chosen"`
	Before  string `json:"before" doc:"profile that the file chose before, empty when it chose none"`
	Outcome string `json:"outcome" doc:"chosen or unchanged"`
	File    string `json:"file" doc:"the user's file, which keeps the choice"`
}

// Text is one line; in a pipe: outcome, profile, file.
func (u Used) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(u.Outcome, u.Profile, u.File)
		return
	}
	p.Text(p.Good(u.Outcome), " profile ", p.Strong(u.Profile), p.Dim(" in "+u.File))
}

// NewUse makes the command; runF replaces the run in tests.
func NewUse(box *toolbox.Box, runF func(context.Context, *UseOptions) error) *cobra.Command {
	opts := &UseOptions{Console: box.Console, Choose: box.ChooseProfile}
	if runF == nil {
		runF = useRun
	}
	cmd := &cobra.Command{
		Use:   "use <name>",
		Short: "Choose the profile for everything from now on",
		Long: `Choose the profile that is used when neither --profile nor RVMCTL_PROFILE names one. The choice is the line
"profile: NAME" in your file. rvmctl profile use default takes it back.

When the chosen profile is deleted by hand later, every command says so and does nothing.

Exit status: 0 chosen, 10 there is no such profile, or the file cannot be written.`,
		Example: `  $ rvmctl profile use site-a
  $ rvmctl profile use default`,
		Args:              toolbox.Exactly("the name of the profile"),
		ValidArgsFunction: completeNames(box),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Paths, opts.Name = box.Paths(), args[0]
			return runF(cmd.Context(), opts)
		},
	}
	return box.Returns(cmd, Used{})
}

func useRun(_ context.Context, o *UseOptions) error {
	if err := config.CheckProfile(o.Name); err != nil {
		return err
	}
	if o.Name != config.DefaultProfile && !o.Paths.HasProfile(o.Name) {
		return &config.NoProfileError{Name: o.Name, Known: o.Paths.Profiles()}
	}
	saved, err := o.Paths.Save(config.InUser, "", config.Change{Key: config.KeyProfile, Value: o.Name})
	if err != nil {
		return err
	}
	u := Used{Profile: o.Name, Before: saved.Before[config.KeyProfile], Outcome: "unchanged", File: saved.File}
	if saved.Written {
		u.Outcome = "chosen"
	}
	if name, by, err := o.Choose(); err == nil && name != o.Name {
		o.Console.Warn("%s names %s, and that wins", by.Where, name)
	}
	return o.Console.Emit(u)
}
