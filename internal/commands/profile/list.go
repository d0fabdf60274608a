package profile

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// ListOptions is what list needs.
type ListOptions struct {
	Console *terminal.Console
	// Choose names the profile in use.
	Choose func() (string, config.Source, error)
	Paths  config.Paths
}

// Profile is one profile as it is shown.
type Profile struct {
	Name    string `json:"name" doc:"name of the profile"`
	Current bool   `json:"current" doc:"true for the one in use"`
	URL     string `json:"url" doc:"address of its platform, empty when none is set"`
	RVMID   int64  `json:"rvm_id" doc:"number of its machine, 0 when none is set"`
	SignIn  string `json:"sign_in" doc:"stored (a token is stored for this platform), none, other-platform or unusable"`
	Email   string `json:"email" doc:"whose token is stored, empty when that is not known"`
	Problem string `json:"problem" doc:"why it cannot be used, empty when it can"`
}

// Listing is the result of list.
type Listing struct {
	Current  string    `json:"current" doc:"profile in use"`
	ChosenBy string    `json:"chosen_by" doc:"what chose it: --profile, RVMCTL_PROFILE, FILE:LINE of profile use, or default"`
	Profiles []Profile `json:"profiles" doc:"the profiles on this machine, by name"`

	by config.Source
}

// Text is a table; in a pipe: name, * for the one in use, address, rvm, sign-in, e-mail, problem.
func (l Listing) Text(p *terminal.Page) {
	rows := make([][]string, 0, len(l.Profiles))
	for _, each := range l.Profiles {
		current, rvm := "", ""
		if each.Current {
			current = "*"
		}
		if each.RVMID != 0 {
			rvm = toolbox.Number(each.RVMID)
		}
		rows = append(rows, []string{each.Name, current, each.URL, rvm, each.SignIn, each.Email, each.Problem})
	}
	p.Table([]string{"PROFILE", "IN USE", "PLATFORM", "RVM", "SIGN-IN", "ACCOUNT", "PROBLEM"}, rows)
	if p.ForPeople() {
		p.Text(p.Dim("in use: " + l.Current + ", " + chosenBy(l.by)))
	}
}

// NewList makes the command; runF replaces the run in tests.
func NewList(box *toolbox.Box, runF func(context.Context, *ListOptions) error) *cobra.Command {
	opts := &ListOptions{Console: box.Console, Choose: box.ChooseProfile}
	if runF == nil {
		runF = listRun
	}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the profiles on this machine",
		Long: `List the profiles on this machine with their platforms, which one is in use and what chose it. The platform is not asked:
whether a stored token is still good is told by rvmctl whoami --profile NAME.

In a pipe the columns are: name, * for the one in use, address, rvm, sign-in (stored, none, other-platform, unusable),
account, problem.

Exit status: 0 listed, 10 the profile in use does not exist, or a file of settings for all profiles is broken.`,
		Example: `  $ rvmctl profile list
  $ rvmctl profile list --json`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			opts.Paths = box.Paths()
			return runF(cmd.Context(), opts)
		},
	}
	return box.Returns(cmd, Listing{})
}

// listRun also lists when the profile in use is not there: then the list is what helps, and the error follows it.
func listRun(_ context.Context, o *ListOptions) error {
	name, by, err := o.Choose()
	var missing *config.NoProfileError
	if errors.As(err, &missing) {
		name, by = missing.Name, missing.By
	} else if err != nil {
		return err
	}
	l := Listing{Current: name, ChosenBy: toolbox.Or(by.Where, config.FromDefault), Profiles: []Profile{}, by: by}
	names := o.Paths.Profiles()
	if name == config.DefaultProfile && err == nil && !slices.Contains(names, name) && o.Paths.HasProfile(name) {
		names = append(names, name)
		slices.Sort(names)
	}
	for _, each := range names {
		l.Profiles = append(l.Profiles, describe(o.Paths, each, each == name))
	}
	if len(l.Profiles) == 0 {
		o.Console.Note("no profiles yet; type: rvmctl login --url http://HOST:PORT --email NAME@EXAMPLE.COM")
	}
	return errors.Join(o.Console.Emit(l), err)
}

// describe reads one profile as it would be used.
func describe(paths config.Paths, name string, current bool) Profile {
	p := Profile{Name: name, Current: current, SignIn: "none"}
	c, err := config.Load(config.Request{Paths: paths, Profile: name, Create: true})
	if err != nil {
		p.SignIn, p.Problem = "unusable", err.Error()
		return p
	}
	p.URL, p.RVMID = c.URL, c.RVM
	token, err := c.StoredToken(paths)
	var none *config.NoTokenError
	var other *config.OtherPlatformError
	switch {
	case err == nil:
		p.SignIn, p.Email = "stored", token.Email
	case errors.As(err, &none):
	case errors.As(err, &other):
		p.SignIn, p.Problem = "other-platform", err.Error()
	default:
		p.SignIn, p.Problem = "unusable", err.Error()
	}
	return p
}
