// Package status pushes what a machine says of itself to where the platform can store it, and shows what the platform holds.
// It refuses to pretend: what no platform can store is shown as such.
package status

import (
	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
)

// New makes the noun.
func New(box *toolbox.Box) *cobra.Command {
	return toolbox.Group("status", "Push and show the status of a machine",
		`The platform stores one word for a machine (active, inactive, maintenance, full, error, unknown) and its measurements. It
has no place for load, capacity, health score, last maintenance, camera and remote access: rvmctl shows those locally.`,
		NewPush(box, nil), NewShow(box, nil))
}
