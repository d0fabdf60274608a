// Package config shows, changes, checks and imports settings. It refuses to know what a setting is used for.
package config

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// New makes the noun.
func New(box *toolbox.Box) *cobra.Command {
	return toolbox.Group("config", "Show, change, check and import settings",
		`Settings come from flags, variables, the profile's file, your file, the system's file and defaults, in this order.
What each of them means is told by rvmctl help environment.`,
		NewList(box, nil), NewGet(box, nil), NewSet(box, nil), NewValidate(box, nil), NewImport(box, nil))
}

// Setting is one setting as it is shown.
type Setting struct {
	Key    string `json:"key" doc:"dotted name of the setting"`
	Value  string `json:"value" doc:"its value as text, empty when there is none"`
	Origin string `json:"origin" doc:"what said so: flag, variable, profile, user, system or default"`
	Where  string `json:"where" doc:"the flag, the variable or FILE:LINE; empty for a default"`
}

func newSetting(c *config.Config, key string) Setting {
	from := c.Source(key)
	return Setting{Key: key, Value: c.Value(key), Origin: from.Kind, Where: from.Where}
}

// Text is the value; people also learn where it comes from.
func (s Setting) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(s.Value)
		return
	}
	p.Text(p.Strong(toolbox.Or(s.Value, "(none)")), p.Dim("  "+s.from()))
}

// from is the origin in one word for people.
func (s Setting) from() string { return toolbox.Or(s.Where, s.Origin) }

// find refuses a name that is no setting, and says which may be meant.
func find(name string) (config.Key, error) {
	k, known := config.Find(name)
	if known {
		return k, nil
	}
	hint := "type: rvmctl config list"
	if near := config.Near(name); len(near) > 0 {
		hint = "did you mean: " + strings.Join(near, ", ")
	}
	return k, toolbox.Usage(fmt.Sprintf("there is no setting %q", terminal.Shorten(name, 60)), hint)
}

// completeKeys offers the names of settings, with what they mean.
func completeKeys(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, k := range config.Keys() {
		names = append(names, k.Name+"\t"+k.Help)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
