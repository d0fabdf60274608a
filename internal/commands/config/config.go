// Package config shows, changes, checks and imports settings. It refuses to know what a setting is used for.
package config

import (
	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
)

// New makes the noun.
func New(_ *toolbox.Box) *cobra.Command {
	return toolbox.Group("config", "Show, change, check and import settings",
		`Settings come from flags, variables, the profile's file, your file, the system's file and defaults, in this order.`)
}
