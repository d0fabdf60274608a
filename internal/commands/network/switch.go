package network

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/network"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// SwitchOptions is what switch needs.
type SwitchOptions struct {
	Console *terminal.Console
	Network connect

	Role network.Role
}

// Switched is the result of switch.
type Switched struct {
	Mode    string `json:"mode" doc:"auto, tunnel or local"`
	Address string `json:"address" doc:"address that the next call asks first"`
	Pinned  bool   `json:"pinned" doc:"true when no other address is asked, until: rvmctl network switch auto"`
}

// Text is one sentence; in a pipe: mode, address.
func (s Switched) Text(p *terminal.Page) {
	switch {
	case !p.ForPeople():
		p.Row(s.Mode, s.Address)
	case s.Pinned:
		p.Line("only %s is asked from now on; back to the rules with: rvmctl network switch auto", s.Address)
	default:
		p.Line("the rules choose; %s is asked next", s.Address)
	}
}

// NewSwitch makes the command; runF replaces the run in tests.
func NewSwitch(box *toolbox.Box, runF func(context.Context, *SwitchOptions) error) *cobra.Command {
	opts := &SwitchOptions{Console: box.Console, Network: box.Network}
	if runF == nil {
		runF = switchRun
	}
	modes := []string{string(network.Tunnel), string(network.Local), string(network.Auto)}
	cmd := &cobra.Command{
		Use:   "switch tunnel|local|auto",
		Short: "Use one address only, or let the rules choose again",
		Long: `Use one address of the platform only, for all commands of this profile, until auto takes that back. There is no second choice
then, also when the address is away. What was chosen is kept in the state folder, not in the settings.

An address that shows itself to be another platform than the preferred one is refused. One that cannot be asked now is taken: then
your word is the only proof that it is the same platform.

Exit status: 0 chosen, 2 usage, 6 it is another platform, 10 no such address is set.`,
		Example: `  $ rvmctl network switch local
  $ rvmctl network switch auto`,
		Args:      toolbox.Exactly("tunnel|local|auto"),
		ValidArgs: modes,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(modes, args[0]) {
				return toolbox.Usage("\""+args[0]+"\" is no choice", "one of: tunnel, local, auto")
			}
			opts.Role = network.Role(args[0])
			return runF(cmd.Context(), opts)
		},
	}
	return box.Returns(cmd, Switched{})
}

func switchRun(ctx context.Context, o *SwitchOptions) error {
	n, err := o.Network()
	if err != nil {
		return err
	}
	if o.Role != network.Auto {
		if err := o.check(ctx, n); err != nil {
			return err
		}
	}
	n.Pin(o.Role)
	return o.Console.Emit(Switched{Mode: string(o.Role), Address: n.Next().Base, Pinned: o.Role != network.Auto})
}

// check refuses an address that is not set or that is another platform, and warns of one about which nothing could be shown.
func (o *SwitchOptions) check(ctx context.Context, n *toolbox.Network) error {
	candidates := n.Candidates()
	i := slices.IndexFunc(candidates, func(c network.Candidate) bool { return c.Role == o.Role })
	if i < 0 {
		return &network.NoAddressError{Role: o.Role}
	}
	looks := n.Survey(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	l := looks[i]
	switch {
	case l.Sameness == network.Different:
		return &network.IdentityError{Base: l.Base, Preferred: candidates[0].Base, Different: true, Reason: l.Detail}
	case !l.Well():
		o.Console.Warn("%s is not well at the moment", l.Base)
	case l.Sameness == network.Unshown:
		o.Console.Warn("%s was not shown to be the same platform: %s", l.Base, l.Detail)
	}
	return nil
}
