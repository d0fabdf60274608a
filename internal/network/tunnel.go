package network

import (
	"fmt"
	"net/netip"
	"net/url"
)

// overlay is the range from which Tailscale gives addresses (RFC 6598).
var overlay = netip.MustParsePrefix("100.64.0.0/10")

// Doubts says what about a tunnel's address does not go with its type, one line each. They are no errors: a name may stand for
// any address, and private ranges can be routed elsewhere.
func (s Settings) Doubts() (doubts []string) {
	u, err := url.Parse(s.TunnelURL)
	if err != nil || s.TunnelURL == "" {
		return nil
	}
	addr, err := netip.ParseAddr(u.Hostname())
	literal := err == nil
	switch s.TunnelType {
	case "zerotier":
		if literal && !addr.IsPrivate() && !addr.IsLoopback() {
			doubts = append(doubts, fmt.Sprintf("%s is no private address, and ZeroTier's networks use private ones", addr))
		}
	case "tailscale":
		if literal && !overlay.Contains(addr) && !addr.IsPrivate() && !addr.IsLoopback() {
			doubts = append(doubts, fmt.Sprintf("%s is outside 100.64.0.0/10, from which Tailscale gives its addresses", addr))
		}
	case "cloudflare", "ngrok":
		if u.Scheme != "https" {
			doubts = append(doubts, s.TunnelType+" serves its tunnels over https, and this address is http")
		}
	}
	return doubts
}
