package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/network"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// ValidateOptions is what validate needs.
type ValidateOptions struct {
	Console *terminal.Console
	Paths   config.Paths
	// Request is what the command line says of the settings.
	Request func() config.Request

	File string
}

// Problem is one thing that is wrong with the settings, or looks like it.
type Problem struct {
	Severity string `json:"severity" doc:"error or warning"`
	Where    string `json:"where" doc:"FILE:LINE, a variable or a flag"`
	Key      string `json:"key" doc:"dotted name of the setting, empty when the whole place is meant"`
	Reason   string `json:"reason" doc:"what is wrong with it"`
}

// Findings is the result of validate.
type Findings struct {
	Valid    bool      `json:"valid" doc:"true when rvmctl can use the settings"`
	Files    []string  `json:"files" doc:"the files that were read"`
	Problems []Problem `json:"problems" doc:"everything that is wrong or suspicious, errors and warnings"`
}

// Text is a line for each problem; in a pipe: severity, place, setting, reason.
func (f Findings) Text(p *terminal.Page) {
	for _, problem := range f.Problems {
		if !p.ForPeople() {
			p.Row(problem.Severity, problem.Where, problem.Key, problem.Reason)
			continue
		}
		mark := p.Warning
		if problem.Severity == severe {
			mark = p.Bad
		}
		p.Text(mark(problem.Severity), "  ", terminal.Clean(problem.Where), ": ", terminal.Clean(words(problem.Key, problem.Reason)))
	}
	if p.ForPeople() && f.Valid {
		p.Text(p.Good("valid"), p.Dim(fmt.Sprintf("  %d files read", len(f.Files))))
	}
}

func words(key, reason string) string {
	if key == "" {
		return reason
	}
	return key + " " + reason
}

const severe = "error"

// NewValidate makes the command; runF replaces the run in tests.
func NewValidate(box *toolbox.Box, runF func(context.Context, *ValidateOptions) error) *cobra.Command {
	opts := &ValidateOptions{Console: box.Console, Request: box.Request}
	if runF == nil {
		runF = validateRun
	}
	cmd := &cobra.Command{
		Use:   "validate [file]",
		Short: "Find everything that is wrong with the settings",
		Long: `Read the system's file, yours, those of all profiles and the variables, or the one file that is named, and tell
everything that is wrong with them, each with its line. Nothing is sent and nothing is changed.

Warnings are about what is possible and looks like a mistake: a token that would cross the internet in the open, a token
file that others can read, a profile without an address, a file that is named and not there, a variable that is none.

In a pipe the columns are: severity, place, setting, reason.

Exit status: 0 valid, warnings or not, 10 a setting cannot be used.`,
		Example: `  $ rvmctl config validate
  $ rvmctl config validate --json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return toolbox.Exactly("the file")(cmd, args)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Paths = box.Paths()
			if len(args) == 1 {
				opts.File = args[0]
			}
			return runF(cmd.Context(), opts)
		},
	}
	return box.Returns(cmd, Findings{})
}

func validateRun(_ context.Context, o *ValidateOptions) error {
	f := &Findings{Files: []string{}, Problems: []Problem{}}
	if o.File != "" {
		f.check(config.File{Path: o.File})
	} else {
		o.everything(f)
	}
	wrong := 0
	for _, p := range f.Problems {
		if p.Severity == severe {
			wrong++
		}
	}
	f.Valid = wrong == 0
	if err := o.Console.Emit(*f); err != nil || f.Valid {
		return err
	}
	what := "1 problem"
	if wrong > 1 {
		what = fmt.Sprintf("%d problems", wrong)
	}
	return &config.InvalidError{What: "the settings have " + what, Hint: "mend what is listed, and type: rvmctl config validate"}
}

func (o *ValidateOptions) everything(f *Findings) {
	broken := map[string]bool{}
	for _, file := range o.Paths.Files() {
		broken[file.Path] = f.check(file)
	}
	for _, e := range config.CheckVariables() {
		f.wrong(e)
	}
	for _, name := range config.UnknownVariables() {
		f.warn(name, "", "is no variable of rvmctl and means nothing")
	}
	if broken[o.Paths.SystemFile()] || broken[o.Paths.UserFile()] {
		// No profile can be used meanwhile, and each would say the same.
		return
	}
	f.refused(o.choice())
	names := o.Paths.Profiles()
	if !slices.Contains(names, config.DefaultProfile) && o.Paths.HasToken(config.DefaultProfile) {
		names = append(names, config.DefaultProfile)
	}
	for _, name := range names {
		if !broken[o.Paths.ProfileFile(name)] {
			f.suspect(o.Paths, o.load(name))
		}
	}
}

// choice is the error of the profile in use, if it cannot be used.
func (o *ValidateOptions) choice() error {
	_, _, err := config.Choose(o.Request())
	return err
}

// load reads a profile as it would be used, by itself: a flag or a variable that is wrong was told already.
func (o *ValidateOptions) load(name string) (c *config.Config) {
	c, err := config.Load(config.Request{Paths: o.Paths, Profile: name, Create: true})
	if err != nil {
		return nil
	}
	return c
}

// check tells whether the file has an error.
func (f *Findings) check(file config.File) (broken bool) {
	f.Files = append(f.Files, file.Path)
	problems := file.Check()
	for _, e := range problems {
		f.wrong(e)
	}
	return len(problems) > 0
}

func (f *Findings) wrong(e *config.Error) {
	f.Problems = append(f.Problems, Problem{Severity: severe, Where: e.Where, Key: e.Key, Reason: e.Reason})
}

func (f *Findings) warn(where, key, reason string) {
	p := Problem{Severity: "warning", Where: where, Key: key, Reason: reason}
	for _, known := range f.Problems {
		if known == p {
			// What several profiles have in common is told once.
			return
		}
	}
	f.Problems = append(f.Problems, p)
}

// refused adds an error of the choice of the profile, unless it was told as that of a file or a variable.
func (f *Findings) refused(err error) {
	var bad *config.Error
	var none *config.NoProfileError
	switch {
	case errors.As(err, &none):
		f.wrong(&config.Error{Where: none.By.Where, Reason: none.Error()})
	case errors.As(err, &bad) && len(f.Problems) == 0:
		f.wrong(bad)
	}
}

// suspect warns of what is possible in a profile and looks like a mistake.
func (f *Findings) suspect(p config.Paths, c *config.Config) {
	if c == nil {
		return
	}
	at := func(key string) string { return toolbox.Or(c.Source(key).Where, p.ProfileFile(c.Profile)) }
	var open *platform.PlaintextError
	var option *platform.OptionError
	if c.URL == "" {
		f.warn(p.ProfileFile(c.Profile), config.KeyURL, "is missing: profile "+c.Profile+" has no platform")
	} else if _, err := platform.New(platform.Options{URL: c.URL, Token: "any", AllowPlaintext: c.AllowPlaintext}); errors.As(err, &open) {
		f.warn(at(config.KeyURL), config.KeyURL, "is refused for calls with a token: "+err.Error())
	} else if errors.As(err, &option) {
		f.wrong(&config.Error{Where: at(config.KeyURL), Key: config.KeyURL, Reason: option.Reason})
	}
	f.suspectTunnel(c, at)
	var token *config.TokenFileError
	var other *config.OtherPlatformError
	if _, err := c.FindToken(p); errors.As(err, &token) || errors.As(err, &other) {
		f.warn(p.TokenFile(c.Profile), "", "cannot be used: "+err.Error())
	}
	for _, key := range []string{config.KeyModel, config.KeyLabels, config.KeyRuntime, config.KeyWasteTable} {
		file := c.Value(key)
		if _, err := os.Stat(file); file != "" && err != nil {
			f.warn(at(key), key, "names "+filepath.Clean(file)+", which is not there")
		}
	}
}

// suspectTunnel warns of a second address that is used for less than it seems, or for nothing.
func (f *Findings) suspectTunnel(c *config.Config, at func(string) string) {
	var open *platform.PlaintextError
	var option *platform.OptionError
	switch err := platform.CheckPlaintext(c.Tunnel.URL); {
	case c.Tunnel.URL == "" && c.Tunnel.Use:
		f.warn(at(config.KeyUseTunnel), config.KeyUseTunnel, "is true, and there is no "+config.KeyTunnelURL)
	case c.Tunnel.URL == "":
	case errors.As(err, &open) && !c.AllowPlaintext:
		f.warn(at(config.KeyTunnelURL), config.KeyTunnelURL, "is left out for calls with a token: "+err.Error())
	case errors.As(err, &option):
		f.wrong(&config.Error{Where: at(config.KeyTunnelURL), Key: config.KeyTunnelURL, Reason: option.Reason})
	}
	doubts := network.Settings{TunnelURL: c.Tunnel.URL, TunnelType: c.Tunnel.Type}.Doubts()
	for _, doubt := range doubts {
		f.warn(at(config.KeyTunnelURL), config.KeyTunnelURL, "looks wrong for "+config.KeyTunnelType+" "+c.Tunnel.Type+": "+doubt)
	}
}
