// Package maintenance takes a machine out of service and back, and remembers the status in between. It refuses to know what is
// done to the machine.
package maintenance

import (
	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
)

// New makes the noun.
func New(_ *toolbox.Box) *cobra.Command {
	return toolbox.Group("maintenance", "Take a machine out of service, and back",
		`A machine in maintenance says so on the platform. The platform itself does not refuse sessions or deposits meanwhile.`)
}
