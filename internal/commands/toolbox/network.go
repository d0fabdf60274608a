package toolbox

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"

	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/network"
	"github.com/myrvm/rvmctl/internal/platform"
)

// Connect is a client with the given token, or without one when it is empty. Where the platform has two addresses, each call
// goes to the one that network chooses.
func (b *Box) Connect(token string) (*platform.Client, error) {
	c, err := b.configWithURL()
	if err != nil {
		return nil, err
	}
	opts := b.platformOptions(c, token)
	if b.tunnelURL(c) == "" {
		return platform.New(opts)
	}
	s, err := b.selector(c, token)
	if err != nil {
		return nil, err
	}
	opts.URL, opts.Endpoints = s.Preferred().Base, s
	client, err := platform.New(opts)
	if err == nil {
		b.Console.Endpoint(client.Served)
	}
	return client, err
}

func (b *Box) platformOptions(c *config.Config, token string) platform.Options {
	return platform.Options{
		URL: c.URL, Token: token, UserAgent: "rvmctl/" + b.Version.Number, AllowPlaintext: c.AllowPlaintext,
		ReadAttempts: c.Retry.Attempts,
		// No wait at all is the shortest one: zero would be the client's own default.
		RetryDelay: max(c.Retry.Delay, 1),
		Trace:      func(e platform.Exchange) { b.Console.Trace("%s", e) },
	}
}

// tunnelURL is the second address that belongs to the address in use, or empty. One from a file does not belong to an address
// that was named nearer to the command, by a flag or a variable or the profile: that may be quite another platform.
func (b *Box) tunnelURL(c *config.Config) string {
	if c.Tunnel.URL == "" {
		return ""
	}
	near := []string{config.FromDefault, config.FromSystem, config.FromUser, config.FromProfile, config.FromVariable, config.FromFlag}
	url, tunnel := c.Source(config.KeyURL), c.Source(config.KeyTunnelURL)
	if slices.Index(near, tunnel.Kind) < slices.Index(near, url.Kind) {
		b.Console.Step("the tunnel of %s is left out: it belongs to another address than that of %s", Or(tunnel.Where, tunnel.Kind), url.Where)
		return ""
	}
	return c.Tunnel.URL
}

// Network is everything about the addresses of the platform in use.
type Network struct {
	*network.Selector
	Settings network.Settings
	// Timeout says that the run has a limit of its own.
	Limited bool
	// Signed says that looks can ask with a token.
	Signed bool
}

// Network needs an address, and uses the token when there is one.
func (b *Box) Network() (*Network, error) {
	c, err := b.configWithURL()
	if err != nil {
		return nil, err
	}
	token, err := c.FindToken(b.Paths())
	var none *config.NoTokenError
	if err != nil && !errors.As(err, &none) {
		return nil, err
	}
	s, err := b.selector(c, token.Reveal())
	if err != nil {
		return nil, err
	}
	return &Network{Selector: s, Settings: b.networkSettings(c), Limited: c.Timeout > 0, Signed: token.Reveal() != ""}, nil
}

func (b *Box) networkSettings(c *config.Config) network.Settings {
	return network.Settings{URL: c.URL, TunnelURL: b.tunnelURL(c), UseTunnel: c.Tunnel.Use, Fallback: c.Tunnel.Fallback,
		TunnelType: c.Tunnel.Type, AllowPlaintext: c.AllowPlaintext}
}

func (b *Box) selector(c *config.Config, token string) (*network.Selector, error) {
	return network.New(network.Options{
		Settings: b.networkSettings(c), Token: token,
		Store: &network.Store{Path: filepath.Join(b.System.StateDir, "network", c.Profile+".json"), Warn: b.Console.Warn},
		Dial: func(base, token string, header http.Header) (*platform.Client, error) {
			opts := b.platformOptions(c, token)
			opts.URL, opts.Header, opts.ReadAttempts = base, header, 1
			return platform.New(opts)
		},
		Served: func(a network.Candidate) { b.Console.Step("answered by %s, the %s address", a.Base, a.Role) },
	})
}

// ZeroTier asks the service of this machine. Its token lies where the service and zerotier-cli look for it.
func (b *Box) ZeroTier() network.ZeroTierClient {
	files := []string{"/var/lib/zerotier-one/authtoken.secret"}
	if home, err := os.UserHomeDir(); err == nil {
		files = append(files, filepath.Join(home, ".zeroTierOneAuthToken"))
	}
	return network.ZeroTierClient{URL: network.ZeroTierService, TokenFiles: files}
}
