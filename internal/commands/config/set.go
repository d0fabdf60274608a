package config

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// SetOptions is what set needs.
type SetOptions struct {
	Console *terminal.Console
	// Choose names the profile in use without looking at the other settings, one of which may be what is to be mended.
	Choose func() (string, config.Source, error)
	// Config reads all settings, to say what wins over the one that was written.
	Config func() (*config.Config, error)
	Paths  config.Paths

	Key, Value           string
	System, User, Remove bool
}

// Changed is the result of set.
type Changed struct {
	Outcome string  `json:"outcome" doc:"set, removed or unchanged"`
	Key     string  `json:"key" doc:"dotted name of the setting"`
	Value   string  `json:"value" doc:"what the file says now, empty when it was removed"`
	Before  *string `json:"before" doc:"what the file said before, null when it did not mention the setting"`
	File    string  `json:"file" doc:"the file"`
}

// Text is one line; in a pipe: outcome, setting, value, file.
func (c Changed) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(c.Outcome, c.Key, c.Value, c.File)
		return
	}
	what := c.Key
	if c.Value != "" {
		what += " = " + c.Value
	}
	p.Text(p.Good(c.Outcome), " ", p.Strong(what), p.Dim(" in "+c.File))
}

// NewSet makes the command; runF replaces the run in tests.
func NewSet(box *toolbox.Box, runF func(context.Context, *SetOptions) error) *cobra.Command {
	opts := &SetOptions{Console: box.Console, Choose: box.ChooseProfile, Config: box.Config}
	if runF == nil {
		runF = setRun
	}
	cmd := &cobra.Command{
		Use:   "set <setting> <value>",
		Short: "Write a setting into a file",
		Long: `Write a setting into the file of the profile in use, with --user into your file for all profiles, with --system into the
machine's file for all users. The other settings of the file, its comments and its order stay. The value is checked as a
flag would be. With --remove the setting is taken out of the file, so that the next place that says something counts.

When something else still wins over the file, a warning says so.

Exit status: 0 written, or the file said it before, 2 no such setting or value, 10 the file cannot be read or written.`,
		Example: `  $ rvmctl config set rvm_id 7
  $ rvmctl config set vision.confidence 0.4 --user
  $ rvmctl config set vision.confidence --remove --user`,
		ValidArgsFunction: completeKeys,
		Args: func(cmd *cobra.Command, args []string) error {
			if opts.Remove {
				return toolbox.Exactly("the name of the setting")(cmd, args)
			}
			return toolbox.Exactly("the name of the setting", "the value")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Paths, opts.Key = box.Paths(), args[0]
			if !opts.Remove {
				opts.Value = args[1]
			}
			return runF(cmd.Context(), opts)
		},
	}
	cmd.Flags().BoolVar(&opts.User, "user", false, "write into your file, which counts for all your profiles")
	cmd.Flags().BoolVar(&opts.System, "system", false, "write into the machine's file, which counts for all users")
	cmd.Flags().BoolVar(&opts.Remove, "remove", false, "take the setting out of the file")
	return box.Returns(cmd, Changed{})
}

func setRun(_ context.Context, o *SetOptions) error {
	change, err := o.change()
	if err != nil {
		return err
	}
	layer, profile, err := o.target(change.Key)
	if err != nil {
		return err
	}
	saved, err := o.Paths.Save(layer, profile, change)
	if err != nil {
		return err
	}
	k, _ := config.Find(change.Key)
	r := Changed{Outcome: "unchanged", Key: k.Name, Value: k.Show(change.Value), File: saved.File}
	if before, said := saved.Before[k.Name]; said {
		before = k.Show(before)
		r.Before = &before
	}
	switch {
	case saved.Written && change.Remove:
		r.Outcome = "removed"
	case saved.Written:
		r.Outcome = "set"
	}
	o.tell(k, change, layer)
	return o.Console.Emit(r)
}

// change checks what was typed, before anything is looked at.
func (o *SetOptions) change() (config.Change, error) {
	k, err := find(o.Key)
	if err != nil {
		return config.Change{}, err
	}
	if o.User && o.System {
		return config.Change{}, toolbox.Usage("--user and --system name two files", "give one of them")
	}
	if o.Remove {
		return config.Change{Key: k.Name, Remove: true}, nil
	}
	if o.Value == "" {
		return config.Change{}, toolbox.Usage("the value of "+k.Name+" is empty", "to take it out of the file, type: rvmctl config set "+k.Name+" --remove")
	}
	value, err := k.Accept(o.Value)
	if err != nil {
		return config.Change{}, toolbox.Usage(fmt.Sprintf("%s %v, not %q", k.Name, err, k.Show(o.Value)), "type: rvmctl help environment")
	}
	return config.Change{Key: k.Name, Value: value}, nil
}

// target is the file to write. The choice of the profile cannot lie in a profile.
func (o *SetOptions) target(key string) (config.Layer, string, error) {
	switch {
	case o.System:
		return config.InSystem, "", nil
	case o.User || key == config.KeyProfile:
		return config.InUser, "", nil
	}
	profile, _, err := o.Choose()
	return config.InProfile, profile, err
}

// tell warns when the file was written and something else counts. Settings that cannot be read are told by whoever needs them.
func (o *SetOptions) tell(k config.Key, change config.Change, layer config.Layer) {
	c, err := o.Config()
	if err != nil {
		o.Console.Warn("the settings cannot be used yet: %v", err)
		return
	}
	if from := c.Source(k.Name); !change.Remove && from.Kind != string(layer) {
		o.Console.Warn("%s says %s, and that wins", from.Where, toolbox.Or(c.Value(k.Name), "nothing"))
	}
}
