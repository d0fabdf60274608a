// Package profile lists, chooses and deletes profiles. It refuses to know the platform.
package profile

import (
	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
)

// New makes the noun.
func New(box *toolbox.Box) *cobra.Command {
	return toolbox.Group("profile", "Choose between platforms and identities",
		`A profile is one platform and one identity: an address, a machine, a sign-in. rvmctl login --profile NAME makes one.
The profile in use is the one of --profile, of RVMCTL_PROFILE, of rvmctl profile use, or the one named default.`,
		NewList(box, nil), NewUse(box, nil), NewDelete(box, nil))
}

// completeNames offers the profiles on this machine.
func completeNames(box *toolbox.Box) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return box.Paths().Profiles(), cobra.ShellCompDirectiveNoFileComp
	}
}

// chosenBy says in words what chose a profile.
func chosenBy(by config.Source) string {
	switch by.Kind {
	case config.FromDefault:
		return "nobody chose another"
	case config.FromUser, config.FromSystem:
		return "chosen by profile use in " + by.Where
	}
	return "named by " + by.Where
}
