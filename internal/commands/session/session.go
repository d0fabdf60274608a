// Package session creates and follows the sessions of people at a machine. It refuses to know deposits, which only carry a
// session's token.
package session

import (
	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
)

// New makes the noun.
func New(_ *toolbox.Box) *cobra.Command {
	return toolbox.Group("session", "Create and follow the sessions of people at a machine",
		`A session ties a person to a machine for ten minutes. It is known by its token; the number that the platform also gives is
no number of anything.`)
}
