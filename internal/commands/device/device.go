// Package device gives a machine an identity of its own on the platform. It refuses to know the sign-in of people.
package device

import (
	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
)

// New makes the noun.
func New(_ *toolbox.Box) *cobra.Command {
	return toolbox.Group("device", "Give this machine an identity of its own",
		`A machine can be known to the platform by its API key and by a token of its own, apart from any person's account.`)
}
