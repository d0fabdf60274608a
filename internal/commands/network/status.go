package network

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/network"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// StatusOptions is what status needs.
type StatusOptions struct {
	Console  *terminal.Console
	Network  connect
	ZeroTier func() network.ZeroTierClient
}

// Status is the result of status.
type Status struct {
	Mode      string    `json:"mode" doc:"auto, or tunnel or local where network switch has chosen"`
	Fallback  bool      `json:"fallback" doc:"whether the second choice is used at all"`
	Endpoints []Known   `json:"endpoints" doc:"the addresses, the preferred one first"`
	ZeroTier  *ZeroTier `json:"zerotier,omitempty" doc:"the ZeroTier service of this machine, where a tunnel of that type is set"`
	Notes     []string  `json:"notes" doc:"what looks like a mistake, one line each"`
}

// Known is what is known about one address, without asking.
type Known struct {
	Role        string    `json:"role" doc:"tunnel or local"`
	Address     string    `json:"address" doc:"the address"`
	Preferred   bool      `json:"preferred" doc:"true for the address that the settings put first"`
	Next        bool      `json:"next" doc:"true for the address that the next call asks first"`
	State       string    `json:"state" doc:"ok, failing or away by the last minute's calls, otherwise unknown"`
	LastOK      time.Time `json:"last_ok,omitzero" doc:"last answer, absent when none is known"`
	LastFailure time.Time `json:"last_failure,omitzero" doc:"last failure, absent when none is known"`
	Failures    int       `json:"failures" doc:"failures since the last answer"`
	LeftAlone   time.Time `json:"left_alone_until,omitzero" doc:"until when it is asked last, absent when it is not"`
	GoodLooks   int       `json:"good_looks" doc:"looks in a row that went well on the way back to it"`
}

// Text is the addresses; in a pipe: role, address, * for the next one, state, last answer, last failure.
func (s Status) Text(p *terminal.Page) {
	rows := make([][]string, 0, len(s.Endpoints))
	for _, e := range s.Endpoints {
		next := ""
		if e.Next {
			next = "*"
		}
		rows = append(rows, []string{e.Role, e.Address, next, e.State, p.Time(e.LastOK), p.Time(e.LastFailure)})
	}
	p.Table([]string{"ROLE", "ADDRESS", "NEXT", "STATE", "LAST ANSWER", "LAST FAILURE"}, rows)
	if !p.ForPeople() {
		return
	}
	if s.Mode != string(network.Auto) {
		p.Text(p.Warning("chosen by hand: " + s.Mode + "; back to the rules with: rvmctl network switch auto"))
	}
	if s.ZeroTier != nil {
		s.ZeroTier.text(p)
	}
	for _, note := range s.Notes {
		p.Text(p.Warning(note))
	}
}

// NewStatus makes the command; runF replaces the run in tests.
func NewStatus(box *toolbox.Box, runF func(context.Context, *StatusOptions) error) *cobra.Command {
	opts := &StatusOptions{Console: box.Console, Network: box.Network, ZeroTier: box.ZeroTier}
	if runF == nil {
		runF = statusRun
	}
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the addresses of the platform and what is known of them",
		Long: `Show the addresses of the platform, what earlier calls have found out about each, and which one the next call asks first. The
platform is not asked; rvmctl network test does that. Where a tunnel of type zerotier is set, the ZeroTier service of this machine
is asked how it is; its token can be read by root only, unless you gave yourself a copy in ~/.zeroTierOneAuthToken.

In a pipe the columns are: role, address, * for the one that the next call asks first, state, last answer, last failure.

Exit status: 0 shown, 10 no platform is set.`,
		Example: `  $ rvmctl network status
  $ rvmctl network status --json=mode,endpoints`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return runF(cmd.Context(), opts) },
	}
	return box.Returns(cmd, Status{})
}

func statusRun(ctx context.Context, o *StatusOptions) error {
	n, err := o.Network()
	if err != nil {
		return err
	}
	state, now := n.State(), o.Console.Now()
	s := Status{Mode: toolbox.Or(string(state.Pin), string(network.Auto)), Fallback: n.Settings.Fallback, Notes: []string{}}
	s.Notes = append(s.Notes, n.Settings.Doubts()...)
	next := n.Next()
	for i, c := range n.Candidates() {
		l := state.Links[c.Base]
		s.Endpoints = append(s.Endpoints, Known{Role: string(c.Role), Address: c.Base, Preferred: i == 0, Next: c.Base == next.Base,
			State: l.Word(now), LastOK: l.LastOK, LastFailure: l.LastFailure, Failures: l.Failures, GoodLooks: l.Good})
		if e := &s.Endpoints[i]; l.Open(now) {
			e.LeftAlone = l.OpenUntil
		}
		if c.Unfit != nil {
			s.Notes = append(s.Notes, c.Base+" is left out for everything that needs a token: "+c.Unfit.Error())
		}
	}
	switch {
	case len(s.Endpoints) == 1 && n.Settings.UseTunnel:
		s.Notes = append(s.Notes, "platform.use_tunnel is true, and no platform.tunnel_url belongs to this address")
	case len(s.Endpoints) == 2 && n.Settings.TunnelType == "zerotier":
		s.addZeroTier(ctx, o.ZeroTier())
	}
	return o.Console.Emit(s)
}

func (s *Status) addZeroTier(ctx context.Context, client network.ZeroTierClient) {
	state, err := client.Status(ctx)
	if err == nil {
		s.ZeroTier = newZeroTier(state, s.Endpoints)
		s.Notes = append(s.Notes, s.ZeroTier.doubts()...)
		return
	}
	var token *network.ZeroTierTokenError
	var service *network.ZeroTierError
	switch {
	case errors.As(err, &token) && token.Denied:
		s.Notes = append(s.Notes, err.Error()+"; run this as root, or type: sudo install -m 600 -o \"$USER\" "+token.Files[0]+" ~/.zeroTierOneAuthToken")
	case errors.As(err, &service) && service.Absent:
		s.Notes = append(s.Notes, err.Error()+"; is the tunnel of another type? rvmctl config set platform.tunnel_type TYPE")
	default:
		s.Notes = append(s.Notes, fmt.Sprint(err))
	}
}
