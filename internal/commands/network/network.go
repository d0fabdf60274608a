// Package network shows and steers by which address the platform is reached. It refuses to know how addresses are judged.
package network

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/network"
	"github.com/myrvm/rvmctl/internal/platform"
)

// New makes the noun.
func New(box *toolbox.Box) *cobra.Command {
	cmd := toolbox.Group("network", "See and steer by which address the platform is reached",
		`A platform can have two addresses: its own (platform.url, called local) and one through a tunnel (platform.tunnel_url). With
platform.use_tunnel the tunnel is asked first, otherwise it is the second choice. rvmctl leaves an address that fails, comes back
to the preferred one when that is steady again, and sends neither a token nor a change to the other one before it was shown to be
the same platform.`,
		NewStatus(box, nil), NewTest(box, nil), NewWatch(box, nil), NewSwitch(box, nil))
	toolbox.PersistentSettings(cmd, config.KeyTunnelURL, config.KeyUseTunnel, config.KeyFallback, config.KeyTunnelType)
	return cmd
}

// connect gives everything about the addresses in use.
type connect func() (*toolbox.Network, error)

// Finding is one fact about an address.
type Finding struct {
	State  string `json:"state" doc:"ok, failed or unknown"`
	Detail string `json:"detail" doc:"why, in one line"`
}

func found(f platform.Finding) Finding { return Finding{string(f.State), f.Detail} }

// Tried is what was found at one address.
type Tried struct {
	Role        string  `json:"role" doc:"tunnel or local"`
	Address     string  `json:"address" doc:"the address"`
	Next        bool    `json:"next" doc:"true for the address that the next call asks first"`
	Well        bool    `json:"well" doc:"true when calls can be made there"`
	TCP         Finding `json:"tcp" doc:"whether a connection came about"`
	HTTP        Finding `json:"http" doc:"whether anything answered in HTTP, whatever it said"`
	Application Finding `json:"application" doc:"whether the platform itself says that it works; an absent health path is no proof of it"`
	Latency     int64   `json:"latency_ms" doc:"how long it took to find out, milliseconds"`
	Version     string  `json:"version" doc:"the platform's own version, empty when it does not say"`
	Identity    string  `json:"identity" doc:"preferred, same, different, or not shown: whether it is the preferred address's platform"`
	Reason      string  `json:"identity_reason" doc:"why, in one line"`
}

func tried(looks []network.Look, next network.Candidate) []Tried {
	list := make([]Tried, 0, len(looks))
	for _, l := range looks {
		list = append(list, Tried{Role: string(l.Role), Address: l.Base, Next: l.Base == next.Base, Well: l.Well(),
			TCP: found(l.Health.TCP), HTTP: found(l.Health.HTTP), Application: found(l.Health.Application),
			Latency: l.Elapsed.Round(time.Millisecond).Milliseconds(), Version: l.Health.Version, Identity: string(l.Sameness), Reason: l.Detail})
	}
	return list
}

func (t Tried) cells() []string {
	next := ""
	if t.Next {
		next = "*"
	}
	return []string{t.Role, t.Address, next, t.TCP.State, t.HTTP.State, t.Application.State, toolbox.Number(t.Latency), t.Identity}
}

// notes are the sentences behind the words that are no ok.
func (t Tried) notes() (list []string) {
	for _, f := range []Finding{t.TCP, t.HTTP, t.Application} {
		if f.State != string(platform.StateOK) && f.Detail != "no connection" && f.Detail != "no answer" {
			list = append(list, t.Role+": "+f.Detail)
		}
	}
	if t.Identity == string(network.Different) || t.Identity == string(network.Unshown) {
		list = append(list, t.Role+": identity "+t.Identity+": "+t.Reason)
	}
	return list
}
