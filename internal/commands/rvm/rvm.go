// Package rvm lists, shows, creates, changes and deletes the machines of the platform. It refuses to know how a machine is
// looked after: maintenance and remote access are nouns of their own.
package rvm

import (
	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
)

// New makes the noun.
func New(_ *toolbox.Box) *cobra.Command {
	return toolbox.Group("rvm", "Manage the machines of the platform",
		`An rvm is a reverse vending machine as the platform knows it. Its commands need a role; its API key and PIN are shown only
with --show-secrets.`)
}
