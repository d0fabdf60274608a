package network

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/network"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// ZeroTier is how the ZeroTier service of this machine is.
type ZeroTier struct {
	Node     string            `json:"node" doc:"ZeroTier address of this node, ten hex digits"`
	Version  string            `json:"version" doc:"version of the service"`
	Online   bool              `json:"online" doc:"true when the node reaches one of ZeroTier's roots"`
	Fallback bool              `json:"tcp_fallback" doc:"true when it does so over slow TCP"`
	Networks []ZeroTierNetwork `json:"networks" doc:"networks that the node has joined"`
	Direct   int               `json:"peers_direct" doc:"peers that are reached on a path of their own"`
	Relayed  int               `json:"peers_relayed" doc:"peers that are reached through a relay, which is slow"`
	Peers    []ZeroTierPeer    `json:"peers" doc:"the peers, without ZeroTier's own roots"`
}

// ZeroTierNetwork is one network.
type ZeroTierNetwork struct {
	ID        string   `json:"id" doc:"number of the network, sixteen hex digits"`
	Name      string   `json:"name" doc:"name of the network"`
	Status    string   `json:"status" doc:"OK, or why it cannot be used, in the service's word"`
	Addresses []string `json:"addresses" doc:"addresses of this machine in it"`
	Platform  bool     `json:"platform" doc:"true when the tunnel's address lies in it"`
}

// ZeroTierPeer is one peer.
type ZeroTierPeer struct {
	Address string `json:"address" doc:"ZeroTier address of the peer"`
	Direct  bool   `json:"direct" doc:"false when its packets are relayed"`
	Latency int64  `json:"latency_ms" doc:"latency, milliseconds, 0 when unknown"`
}

func newZeroTier(s network.ZeroTier, endpoints []Known) *ZeroTier {
	z := &ZeroTier{Node: s.Address, Version: s.Version, Online: s.Online, Fallback: s.Fallback, Networks: []ZeroTierNetwork{}, Peers: []ZeroTierPeer{}}
	tunnel := tunnelAddress(endpoints)
	for _, n := range s.Networks {
		z.Networks = append(z.Networks, ZeroTierNetwork{ID: n.ID, Name: n.Name, Status: n.Status, Addresses: append([]string{}, n.Addresses...),
			Platform: tunnel.IsValid() && n.Holds(tunnel)})
	}
	for _, p := range s.Peers {
		z.Peers = append(z.Peers, ZeroTierPeer{p.Address, p.Direct, p.Latency.Milliseconds()})
		if p.Direct {
			z.Direct++
		} else {
			z.Relayed++
		}
	}
	return z
}

// tunnelAddress is the number of the tunnel's address, or the zero value for a name.
func tunnelAddress(endpoints []Known) netip.Addr {
	for _, e := range endpoints {
		if u, err := url.Parse(e.Address); err == nil && e.Role == string(network.Tunnel) {
			addr, _ := netip.ParseAddr(u.Hostname())
			return addr
		}
	}
	return netip.Addr{}
}

// doubts are what keeps the tunnel from working, as far as the service knows.
func (z *ZeroTier) doubts() (list []string) {
	if !z.Online {
		list = append(list, "ZeroTier is offline: the node reaches none of its roots")
	}
	if len(z.Networks) == 0 {
		list = append(list, "ZeroTier has joined no network; type: zerotier-cli join NETWORK")
	}
	for _, n := range z.Networks {
		if n.Status != "OK" {
			list = append(list, "ZeroTier network "+n.ID+" is "+n.Status)
		}
		if n.Status == "ACCESS_DENIED" {
			list = append(list, "node "+z.Node+" is to be authorised by whoever keeps that network")
		}
	}
	return list
}

func (z *ZeroTier) text(p *terminal.Page) {
	state := "online"
	if !z.Online {
		state = "offline"
	}
	if z.Fallback {
		state += ", over slow TCP"
	}
	fields := []string{"zerotier", fmt.Sprintf("%s, node %s, version %s", state, z.Node, z.Version)}
	for _, n := range z.Networks {
		fields = append(fields, "network", fmt.Sprintf("%s %s %s, %s", n.ID, n.Name, n.Status, toolbox.Or(strings.Join(n.Addresses, " "), "no address")))
	}
	p.Fields(append(fields, "peers", fmt.Sprintf("%d direct, %d relayed", z.Direct, z.Relayed))...)
}
