// Package remote opens and closes remote access to a machine through the platform, and sends it commands. It refuses to take a
// simulated answer for a done one.
package remote

import (
	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
)

// New makes the noun.
func New(_ *toolbox.Box) *cobra.Command {
	return toolbox.Group("remote", "Open and close remote access, and send commands to a machine",
		`Remote access and commands go through the platform, which reaches the machine by itself. An answer that the platform made
up because it could not reach the machine counts as a failure.`)
}
