package device

import (
	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
)

// newToken makes the group of token commands.
func newToken(box *toolbox.Box) *cobra.Command {
	return toolbox.Group("token", "Make, check and revoke the token of a machine",
		`A machine has at most one token of its own, good for thirty days. It is no person's token: the platform's other endpoints do
not take it.

The platform gives one to anybody who reaches it and names a machine, without a sign-in, and the machine's earlier token is void
then. Do not take such a token for a proof of who somebody is.`,
		NewTokenCreate(box, nil), NewTokenCheck(box, nil), NewTokenRevoke(box, nil))
}

// tokenSource is where check and revoke find the token.
func tokenSource() *toolbox.MachineSecret {
	return &toolbox.MachineSecret{What: "machine token", Flag: "token", Variable: "RVMCTL_MACHINE_TOKEN_FILE"}
}
