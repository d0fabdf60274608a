package device

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// TokenCreateOptions is what token create needs.
type TokenCreateOptions struct {
	Console *terminal.Console
	Connect connect
	RVM     func() (int64, error)

	IP, Save    string
	ShowSecrets bool
}

// TokenCreated is the result of token create.
type TokenCreated struct {
	RVMID     int64     `json:"rvm_id" doc:"number of the machine"`
	RVMName   string    `json:"rvm_name" doc:"name of the machine"`
	Token     string    `json:"token" doc:"the token, ******** without --show-secrets"`
	ExpiresAt time.Time `json:"expires_at,omitzero" doc:"when the token expires"`
	File      string    `json:"file,omitempty" doc:"file that holds the token, readable by you alone; absent without --save"`

	now time.Time
}

// Text says what was made; in a pipe: rvm, name, token, end, file.
func (c TokenCreated) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(toolbox.Number(c.RVMID), c.RVMName, c.Token, p.Time(c.ExpiresAt), c.File)
		return
	}
	p.Text(p.Good("created"), " a token for rvm ", p.Strong(toolbox.Number(c.RVMID)), " (", terminal.Clean(c.RVMName), "), good until ", until(c.now, c.ExpiresAt))
	if c.File != "" {
		p.Line("it is in %s", c.File)
		return
	}
	p.Line("%s", c.Token)
}

// NewTokenCreate makes the command; runF replaces the run in tests.
func NewTokenCreate(box *toolbox.Box, runF func(context.Context, *TokenCreateOptions) error) *cobra.Command {
	opts := &TokenCreateOptions{Console: box.Console, Connect: box.Connect, RVM: box.RVM}
	if runF == nil {
		runF = tokenCreateRun
	}
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Make a token for a machine, in place of the one it has",
		Long: `Make a token for a machine, good for thirty days. The token that the machine had is void at once.

The platform shows a token once and keeps only its hash. So say where it goes: --save writes it into a new file that only you
can read, never over an existing one; --show-secrets shows it.

The endpoint takes no authentication at all. Anybody who reaches the platform can get such a token for any machine, and thereby
void the one in use.

Exit status: 0 made, 1 the outcome is unknown and the earlier token may be void, 2 usage, 5 platform away, 6 refused, 7 no such
machine or no such endpoint.`,
		Example: `  $ rvmctl device token create --rvm 1 --save machine.token
  $ rvmctl device token create --rvm 1 --ip 172.28.93.97 --show-secrets`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if opts.Save == "" && !opts.ShowSecrets {
				return toolbox.Usage("the token would be lost: the platform shows it once", "add --save FILE, or --show-secrets")
			}
			return runF(cmd.Context(), opts)
		},
	}
	toolbox.Settings(cmd, config.KeyRVM)
	cmd.Flags().StringVar(&opts.IP, "ip", "", "`ADDRESS` of the machine; without it the number alone decides")
	cmd.Flags().StringVar(&opts.Save, "save", "", "write the token into this new `FILE`")
	toolbox.ShowSecrets(cmd, &opts.ShowSecrets)
	toolbox.SentAtOnce(cmd, "the token that it gives is needed now, and the old one is void with it")
	return box.Returns(cmd, TokenCreated{})
}

func tokenCreateRun(ctx context.Context, o *TokenCreateOptions) error {
	rvm, err := o.RVM()
	if err != nil {
		return err
	}
	client, err := o.Connect("")
	if err != nil {
		return err
	}
	// The file comes first: a token that cannot be kept would void the machine's present one for nothing.
	file, err := toolbox.MakeNewFile(o.Save)
	if err != nil {
		return err
	}
	made, err := client.Devices.CreateToken(ctx, rvm, o.IP)
	if err != nil {
		return errors.Join(err, file.Discard())
	}
	o.Console.Warn("whatever token rvm %d had is void now; anybody who reaches the platform can make another like this one", rvm)
	const look = "rvmctl device token create --rvm N --save FILE"
	done := fmt.Sprintf("rvm %d has a new token that nobody holds", rvm)
	if err := file.Keep(made.Token); err != nil {
		return toolbox.Unwritten(fmt.Errorf("cannot write %s: %w", o.Save, err), done, look)
	}
	if o.Save != "" {
		done = fmt.Sprintf("rvm %d has a new token, and it is in %s", rvm, o.Save)
	}
	return toolbox.Unwritten(o.Console.Emit(TokenCreated{RVMID: made.RVMID, RVMName: made.RVMName,
		Token: toolbox.Shown(made.Token, o.ShowSecrets), ExpiresAt: made.ExpiresAt, File: o.Save, now: o.Console.Now()}), done, look)
}
