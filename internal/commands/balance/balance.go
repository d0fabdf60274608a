// Package balance shows what deposits have paid. It refuses to change anything, and to call a deposit paid or unpaid on half a
// list of transactions.
package balance

import (
	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
)

// New makes the noun.
func New(box *toolbox.Box) *cobra.Command {
	return toolbox.Group("balance", "Show what deposits have paid",
		`The balance is what completed deposits have credited to an account, less what was spent.`,
		NewShow(box, nil))
}
