// Package balance shows what deposits have paid. It refuses to change anything.
package balance

import (
	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
)

// New makes the noun.
func New(_ *toolbox.Box) *cobra.Command {
	return toolbox.Group("balance", "Show what deposits have paid",
		`The balance is what completed deposits have credited to an account.`)
}
