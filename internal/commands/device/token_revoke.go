package device

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// TokenRevokeOptions is what token revoke needs.
type TokenRevokeOptions struct {
	Console *terminal.Console
	Connect connect
	Token   secret

	Yes bool
}

// NewTokenRevoke makes the command; runF replaces the run in tests.
func NewTokenRevoke(box *toolbox.Box, runF func(context.Context, *TokenRevokeOptions) error) *cobra.Command {
	source := tokenSource()
	opts := &TokenRevokeOptions{Console: box.Console, Connect: box.Connect, Token: read(box, source)}
	if runF == nil {
		runF = tokenRevokeRun
	}
	cmd := &cobra.Command{
		Use:   "revoke",
		Short: "Make a machine token void",
		Long: `Make a machine token void. rvmctl asks the platform first whose it is, says so and asks; --yes answers beforehand. Some
platform builds say yes to tokens that they never gave, so a token that is not valid is refused here.

The token comes from the first line of a file that only you can read, from standard input, from the file that
RVMCTL_MACHINE_TOKEN_FILE names, or from a prompt without echo.

Exit status: 0 void now, 2 usage or not confirmed, 4 wrong, expired or revoked already, 5 platform away, 7 the file or the
endpoint is missing, 10 others can read the file.`,
		Example: `  $ rvmctl device token create --rvm 1 --save machine.token
  $ rvmctl device token revoke --token-file machine.token --yes`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return runF(cmd.Context(), opts) },
	}
	source.Flags(cmd)
	toolbox.Yes(cmd, &opts.Yes, "make it void")
	toolbox.SentAtOnce(cmd, "a token that must go must not stay good until the platform is back")
	return box.Returns(cmd, TokenHolder{})
}

func tokenRevokeRun(ctx context.Context, o *TokenRevokeOptions) error {
	client, err := o.Connect("")
	if err != nil {
		return err
	}
	token, err := o.Token()
	if err != nil {
		return err
	}
	who, err := client.Devices.CheckToken(ctx, token)
	if err != nil {
		return err
	}
	if err := toolbox.Agree(o.Console, o.Yes, fmt.Sprintf("Make the token of rvm %d (%s) void?", who.RVMID, who.RVMName)); err != nil {
		return err
	}
	if err := client.Devices.RevokeToken(ctx, token); err != nil {
		return err
	}
	return toolbox.Unwritten(o.Console.Emit(holder(who, revoked, o.Console.Now())), fmt.Sprintf("the token of rvm %d is void", who.RVMID),
		"rvmctl device token check --token-file FILE")
}
