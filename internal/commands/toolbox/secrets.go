package toolbox

import (
	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/platform"
)

// ShowSecrets adds the flag that unmasks API keys, PINs and tokens in a command's result.
func ShowSecrets(cmd *cobra.Command, show *bool) {
	cmd.Flags().BoolVar(show, "show-secrets", false, "show API keys, PINs and tokens instead of ********")
}

// Shown is a secret as a result carries it: a mask, or the value itself when the operator asked for it.
func Shown(s platform.Secret, show bool) string {
	if show {
		return s.Reveal()
	}
	return s.String()
}

// ShownObject is what the platform keeps under names that rvmctl does not know, with the same choice.
func ShownObject(object map[string]any, show bool) map[string]any {
	if show {
		return object
	}
	return platform.MaskObject(object)
}
