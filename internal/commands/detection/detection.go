// Package detection lists, shows and uploads detection results that are already there, as files or on the platform. It
// refuses to know models and pictures: looking is the noun detect.
package detection

import (
	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
)

// New makes the noun.
func New(_ *toolbox.Box) *cobra.Command {
	return toolbox.Group("detection", "List, show and upload what engines saw",
		`A detection result is what an engine saw in one picture, as the platform keeps it.`)
}
