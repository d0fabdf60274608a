// Package profile lists, chooses and deletes profiles. It refuses to know the platform.
package profile

import (
	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
)

// New makes the noun.
func New(_ *toolbox.Box) *cobra.Command {
	return toolbox.Group("profile", "Choose between platforms and identities",
		`A profile is one platform and one identity: an address, a machine, a sign-in.`)
}
