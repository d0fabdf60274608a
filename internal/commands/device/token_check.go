package device

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// TokenCheckOptions is what token check needs.
type TokenCheckOptions struct {
	Console *terminal.Console
	Connect connect
	Token   secret
}

// TokenHolder is the result of token check and token revoke.
type TokenHolder struct {
	RVMID     int64     `json:"rvm_id" doc:"number of the machine whose token it is"`
	RVMName   string    `json:"rvm_name" doc:"name of that machine"`
	State     string    `json:"state" doc:"valid or revoked"`
	ExpiresAt time.Time `json:"expires_at,omitzero" doc:"when the token expires, or would have"`

	now time.Time
}

// The states of a token.
const (
	valid   = "valid"
	revoked = "revoked"
)

// Text is one line; in a pipe: rvm, name, state, end.
func (h TokenHolder) Text(p *terminal.Page) {
	switch {
	case !p.ForPeople():
		p.Row(toolbox.Number(h.RVMID), h.RVMName, h.State, p.Time(h.ExpiresAt))
	case h.State == revoked:
		p.Text(p.Good(revoked), " the token of rvm ", p.Strong(toolbox.Number(h.RVMID)), " (", terminal.Clean(h.RVMName), ")")
	default:
		p.Text(p.Good(valid), ": the token of rvm ", p.Strong(toolbox.Number(h.RVMID)), " (", terminal.Clean(h.RVMName), "), until ", until(h.now, h.ExpiresAt))
	}
}

func holder(who platform.MachineIdentity, state string, now time.Time) TokenHolder {
	return TokenHolder{RVMID: who.RVMID, RVMName: who.RVMName, State: state, ExpiresAt: who.ExpiresAt, now: now}
}

// NewTokenCheck makes the command; runF replaces the run in tests.
func NewTokenCheck(box *toolbox.Box, runF func(context.Context, *TokenCheckOptions) error) *cobra.Command {
	source := tokenSource()
	opts := &TokenCheckOptions{Console: box.Console, Connect: box.Connect, Token: read(box, source)}
	if runF == nil {
		runF = tokenCheckRun
	}
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Say whose machine token this is and how long it is good",
		Long: `Ask the platform whose machine token this is and how long it is good.

The token comes from the first line of a file that only you can read, from standard input, from the file that
RVMCTL_MACHINE_TOKEN_FILE names, or from a prompt without echo.

Exit status: 0 valid, 2 usage, 4 wrong, expired or revoked, 5 platform away, 7 the file or the endpoint is missing, 10 others
can read the file.`,
		Example: `  $ rvmctl device token create --rvm 1 --save machine.token
  $ rvmctl device token check --token-file machine.token
  $ rvmctl device token check --token-stdin < machine.token`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return runF(cmd.Context(), opts) },
	}
	source.Flags(cmd)
	return box.Returns(cmd, TokenHolder{})
}

func tokenCheckRun(ctx context.Context, o *TokenCheckOptions) error {
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
	return o.Console.Emit(holder(who, valid, o.Console.Now()))
}
