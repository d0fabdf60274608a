// Package network chooses between the addresses of one platform: which one is asked first, when to leave one that fails, when to
// come back, and whether a second address is the same platform at all before a token or a change goes there. What it learns
// outlives the process in one small file. It also asks the ZeroTier service of this machine how it is.
//
// It refuses to know commands, settings and where files belong, and it never repeats a call itself: internal/platform does, and
// only where nothing can have been carried out.
package network

import (
	"net/http"

	"github.com/myrvm/rvmctl/internal/platform"
)

// Role says which of the two addresses one is.
type Role string

// The roles. Auto is no role: it takes back a choice of one.
const (
	Tunnel Role = "tunnel"
	Local  Role = "local"
	Auto   Role = "auto"
)

// Settings are the two addresses of a platform and how they are used.
type Settings struct {
	// URL is the platform's own address, TunnelURL the one through the tunnel or empty.
	URL, TunnelURL string
	// UseTunnel puts the tunnel first. Fallback allows the second choice at all.
	UseTunnel, Fallback bool
	// TunnelType is zerotier, tailscale, cloudflare or ngrok.
	TunnelType string
	// AllowPlaintext permits secrets over http to a public address.
	AllowPlaintext bool
}

// Candidate is one address of the platform.
type Candidate struct {
	Role Role
	// Base is the address as platform.CleanURL gives it.
	Base string
	// Unfit says why no secret may go there, or is nil.
	Unfit error
	// Header is what the tunnel's provider wants to be told, or nil.
	Header http.Header
}

// Candidates are the addresses in the order of the settings, the preferred one first: one or two. Two that are the same are one.
// It returns *platform.OptionError for what is no address.
func (s Settings) Candidates() ([]Candidate, error) {
	local, err := s.candidate(Local, s.URL)
	if err != nil || s.TunnelURL == "" {
		return []Candidate{local}, err
	}
	tunnel, err := s.candidate(Tunnel, s.TunnelURL)
	switch {
	case err != nil:
		return nil, err
	case tunnel.Base == local.Base:
		return []Candidate{local}, nil
	case s.UseTunnel:
		return []Candidate{tunnel, local}, nil
	}
	return []Candidate{local, tunnel}, nil
}

func (s Settings) candidate(role Role, url string) (Candidate, error) {
	base, err := platform.CleanURL(url)
	if err != nil {
		return Candidate{}, err
	}
	c := Candidate{Role: role, Base: base}
	if !s.AllowPlaintext {
		c.Unfit = platform.CheckPlaintext(base)
	}
	if role == Tunnel && s.TunnelType == "ngrok" {
		// Without it the free service answers with a page for browsers.
		c.Header = http.Header{"Ngrok-Skip-Browser-Warning": {"1"}}
	}
	return c, nil
}

func bases(candidates []Candidate) []string {
	list := make([]string, len(candidates))
	for i, c := range candidates {
		list[i] = c.Base
	}
	return list
}
