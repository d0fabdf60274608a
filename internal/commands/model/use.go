package model

import (
	"context"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// UseOptions is what use needs.
type UseOptions struct {
	VerifyOptions
	choice
	// Labels is the file that was named with the model, empty for none.
	Labels string
}

// choice is where the model of the settings is written.
type choice struct {
	Config func() (*config.Config, error)
	// Choose names the profile in use.
	Choose func() (string, config.Source, error)
	Store  func() toolbox.ModelStore
	Paths  config.Paths

	User bool
}

func newChoice(box *toolbox.Box) choice {
	return choice{Config: box.Config, Choose: box.ChooseProfile, Store: box.ModelStore}
}

// Used is the result of use and of default.
type Used struct {
	Outcome string `json:"outcome" doc:"chosen or unchanged"`
	Name    string `json:"name" doc:"model that is used from now on"`
	Model   string `json:"file,omitempty" doc:"path of the model, absent for the one inside rvmctl"`
	SHA256  string `json:"sha256" doc:"sum that the file must have from now on"`
	Before  string `json:"before" doc:"path that the file of settings named before, empty when it named none"`
	File    string `json:"settings_file" doc:"the file that keeps the choice"`
	Wins    string `json:"overruled_by,omitempty" doc:"what names another model and wins, absent when nothing does"`
}

// Text is one line; in a pipe: outcome, name, sha256, path, path before.
func (u Used) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(u.Outcome, u.Name, u.SHA256, u.Model, u.Before)
		return
	}
	p.Text(p.Good(u.Outcome), " ", p.Strong(u.Name), p.Dim(" in "+u.File))
	if u.Model != "" {
		p.Line("  %s", u.Model)
	}
	p.Line("  before: %s", toolbox.Or(u.Before, "the model inside rvmctl"))
}

// NewUse makes the command; runF replaces the run in tests.
func NewUse(box *toolbox.Box, runF func(context.Context, *UseOptions) error) *cobra.Command {
	opts := &UseOptions{VerifyOptions: newVerifyOptions(box), choice: newChoice(box)}
	if runF == nil {
		runF = useRun
	}
	cmd := &cobra.Command{
		Use:   "use <file>|<name>",
		Short: "Verify a model and look with it from now on",
		Long: `Verify a model as rvmctl model verify does, copy it into your folder (~/.local/share/rvmctl/models), and choose it: its path and
its sum go into the file of the profile in use, or with --user into your file for all profiles. From then on a file with another
sum is refused. A model of the machine's folder is chosen where it lies, and the name of the model inside rvmctl goes back to
that one.

A file of labels that is given with --labels is chosen too. In a pipe the columns are: chosen or unchanged, name, sha256, path,
path before.

Exit status: 0 chosen, 1 it cannot be copied, 8 it cannot be used and nothing was changed, 10 the settings cannot be written.`,
		Example: `  $ rvmctl model use best.onnx
  $ rvmctl model use beverage-nano --user`,
		Args: toolbox.Exactly("the file or name of the model"), ValidArgsFunction: completeModel(box),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Paths, opts.Word = box.Paths(), args[0]
			if cmd.Flags().Changed("labels") {
				opts.Labels = cmd.Flags().Lookup("labels").Value.String()
			}
			if err := opts.check(); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	opts.flags(cmd)
	cmd.Flags().BoolVar(&opts.User, "user", false, "write into your file, which counts for all your profiles")
	return box.Returns(cmd, Used{})
}

func useRun(ctx context.Context, o *UseOptions) error {
	j, v, err := o.verify(ctx)
	if err != nil {
		return err
	}
	if j.Shipped() {
		return o.goBack(o.Console)
	}
	store := o.Store()
	file := j.File
	if filepath.Dir(file) != store.System {
		file, err = store.Keep(j.Picked, toolbox.KeptModel{SHA256: j.Model.SHA256, From: j.File, Added: o.Console.Now().UTC(),
			Runtime: v.Device.Runtime, Provider: v.Device.Provider})
		if err != nil {
			return err
		}
	}
	changes := []config.Change{{Key: config.KeyModel, Value: file}, {Key: config.KeyModelSHA256, Value: j.Model.SHA256}}
	if o.Labels != "" {
		labels, err := filepath.Abs(o.Labels)
		if err != nil {
			return err
		}
		changes = append(changes, config.Change{Key: config.KeyLabels, Value: labels})
	}
	return o.write(o.Console, Used{Name: filepath.Base(file), Model: file, SHA256: j.Model.SHA256}, changes)
}

// write puts the choice into one file, in one step.
func (o *choice) write(c *terminal.Console, u Used, changes []config.Change) error {
	layer, profile := config.InUser, ""
	if !o.User {
		var err error
		if profile, _, err = o.Choose(); err != nil {
			return err
		}
		layer = config.InProfile
	}
	saved, err := o.Paths.Save(layer, profile, changes...)
	if err != nil {
		return err
	}
	u.Outcome, u.File, u.Before = "unchanged", saved.File, saved.Before[config.KeyModel]
	if saved.Written {
		u.Outcome = "chosen"
	}
	if u.Wins = o.wins(u.Model, profile); u.Wins != "" {
		c.Warn("%s names another model, and that wins", u.Wins)
	}
	return c.Emit(u)
}

// wins is what names another model than the one that was just chosen. The settings are read again, without the flags of this
// command, which are about this command alone.
func (o *choice) wins(chosen, profile string) string {
	if profile == "" {
		profile, _, _ = o.Choose()
	}
	now, err := config.Load(config.Request{Paths: o.Paths, Profile: profile, Create: true})
	if err != nil || now.Vision.Model == chosen {
		return ""
	}
	return now.Source(config.KeyModel).Where
}
