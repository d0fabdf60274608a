// Package metrics pushes and shows the measurements of a machine. It refuses to know how they are measured.
package metrics

import (
	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
)

// New makes the noun.
func New(_ *toolbox.Box) *cobra.Command {
	return toolbox.Group("metrics", "Push and show the measurements of a machine",
		`Metrics are load, temperature and counters of a machine. Figures that the platform invented are never shown.`)
}
