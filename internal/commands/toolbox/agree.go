package toolbox

import (
	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/terminal"
)

// Yes adds the flag that answers a command's question beforehand; what it agrees to is said in help.
func Yes(cmd *cobra.Command, yes *bool, what string) {
	cmd.Flags().BoolVarP(yes, "yes", "y", false, what+" without asking")
}

// Agree asks before something that cannot be taken back. It returns a usage error when the answer is no, and the console's own
// when nobody can be asked.
func Agree(c *terminal.Console, yes bool, question string) error {
	if yes {
		return nil
	}
	agreed, err := c.Confirm(question, "--yes")
	if err == nil && !agreed {
		err = Usage("not confirmed, nothing was changed", "add --yes to answer beforehand")
	}
	return err
}
