package network

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"time"
)

// ZeroTierService is where the ZeroTier service of this machine listens.
const ZeroTierService = "http://127.0.0.1:9993"

const (
	// zeroTierWait bounds one question to the service on the same machine, zeroTierBytes its answer.
	zeroTierWait  = 2 * time.Second
	zeroTierBytes = 4 << 20
)

// ZeroTierClient asks the ZeroTier service of this machine, through the local interface that zerotier-cli uses.
type ZeroTierClient struct {
	// URL is the service's address, ZeroTierService unless in a test.
	URL string
	// TokenFiles are the places of its secret, in the order in which they are tried.
	TokenFiles []string
}

// ZeroTier is how the service is.
type ZeroTier struct {
	// Address is the node's, ten hex digits.
	Address, Version string
	// Online says that the node reaches any of ZeroTier's roots; Fallback that it does so over slow TCP.
	Online, Fallback bool
	Networks         []ZeroTierNetwork
	// Peers are the ordinary nodes that this one speaks to; ZeroTier's own roots are left out.
	Peers []ZeroTierPeer
}

// ZeroTierNetwork is a network that the node has joined.
type ZeroTierNetwork struct {
	// ID is sixteen hex digits.
	ID, Name string
	// Status is OK, REQUESTING_CONFIGURATION, ACCESS_DENIED, NOT_FOUND, PORT_ERROR, CLIENT_TOO_OLD or AUTHENTICATION_REQUIRED.
	Status string
	// Addresses are this node's in the network, with their prefix lengths.
	Addresses []string
}

// Holds says whether an address lies in the network, by the addresses that this node has there.
func (n ZeroTierNetwork) Holds(addr netip.Addr) bool {
	for _, text := range n.Addresses {
		if p, err := netip.ParsePrefix(text); err == nil && p.Masked().Contains(addr.Unmap()) {
			return true
		}
	}
	return false
}

// ZeroTierPeer is another node.
type ZeroTierPeer struct {
	Address string
	// Direct says that packets take a path of their own; otherwise ZeroTier's roots relay them.
	Direct bool
	// Path is the physical address of the preferred path, or empty. Latency is 0 when unknown.
	Path    string
	Latency time.Duration
}

// ZeroTierTokenError says that the service's secret could not be read. Denied is true when there is a file that this user may
// not read, which is how the service leaves it.
type ZeroTierTokenError struct {
	Files  []string
	Denied bool
}

func (e *ZeroTierTokenError) Error() string {
	if e.Denied {
		return "the ZeroTier service's token may be read by root only: " + e.Files[0]
	}
	return "no token of a ZeroTier service is there: " + strings.Join(e.Files, ", ")
}

// ZeroTierError says that the service could not be asked. Absent is true when nothing listens.
type ZeroTierError struct {
	Absent bool
	Reason string
}

func (e *ZeroTierError) Error() string { return "the ZeroTier service " + e.Reason }

// Status asks how the service is. Its errors are *ZeroTierTokenError and *ZeroTierError.
func (z ZeroTierClient) Status(ctx context.Context) (ZeroTier, error) {
	token, err := z.token()
	if err != nil {
		if !z.listens(ctx) {
			return ZeroTier{}, &ZeroTierError{Absent: true, Reason: "does not run on this machine"}
		}
		return ZeroTier{}, err
	}
	var status zeroTierStatus
	var networks []zeroTierNetwork
	var peers []zeroTierPeer
	for path, into := range map[string]any{"/status": &status, "/network": &networks, "/peer": &peers} {
		if err := z.ask(ctx, path, token, into); err != nil {
			return ZeroTier{}, err
		}
	}
	return status.with(networks, peers), nil
}

// secretShape is what the service's token looks like; anything else could not be a header.
var secretShape = regexp.MustCompile(`^[!-~]{8,128}$`)

func (z ZeroTierClient) token() (string, error) {
	missing := &ZeroTierTokenError{Files: z.TokenFiles}
	for _, name := range z.TokenFiles {
		raw, err := readSecret(name)
		switch {
		case errors.Is(err, fs.ErrPermission):
			missing.Denied = true
		case err == nil && secretShape.MatchString(raw):
			return raw, nil
		}
	}
	return "", missing
}

func readSecret(name string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	raw, err := io.ReadAll(io.LimitReader(file, 256))
	return strings.TrimSpace(string(raw)), err
}

func (z ZeroTierClient) listens(ctx context.Context) bool {
	limited, stop := context.WithTimeout(ctx, zeroTierWait)
	defer stop()
	conn, err := (&net.Dialer{}).DialContext(limited, "tcp", strings.TrimPrefix(z.URL, "http://"))
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

func (z ZeroTierClient) ask(ctx context.Context, path, token string, into any) error {
	limited, stop := context.WithTimeout(ctx, zeroTierWait)
	defer stop()
	request, err := http.NewRequestWithContext(limited, http.MethodGet, z.URL+path, nil)
	if err != nil {
		return &ZeroTierError{Reason: "cannot be asked: " + err.Error()}
	}
	request.Header.Set("X-ZT1-Auth", token)
	// The bare transport follows no redirect, uses no proxy, and keeps no connection.
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	var refused *net.OpError
	switch {
	case errors.As(err, &refused) && refused.Op == "dial":
		return &ZeroTierError{Absent: true, Reason: "does not run on this machine"}
	case err != nil:
		return &ZeroTierError{Reason: "does not answer: " + err.Error()}
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode == http.StatusUnauthorized || response.StatusCode == http.StatusForbidden {
		return &ZeroTierError{Reason: "does not accept its token; was the service installed anew since the token was copied?"}
	}
	raw, err := io.ReadAll(io.LimitReader(response.Body, zeroTierBytes))
	if err != nil || response.StatusCode != http.StatusOK || json.Unmarshal(raw, into) != nil {
		return &ZeroTierError{Reason: fmt.Sprintf("answered %d to %s with something else than expected", response.StatusCode, path)}
	}
	return nil
}

// The three documents of the service, in its own names (its service/README.md).
type (
	zeroTierStatus struct {
		Address  string `json:"address"`
		Version  string `json:"version"`
		Online   bool   `json:"online"`
		Fallback bool   `json:"tcpFallbackActive"`
	}
	zeroTierNetwork struct {
		ID        string   `json:"id"`
		Name      string   `json:"name"`
		Status    string   `json:"status"`
		Addresses []string `json:"assignedAddresses"`
	}
	zeroTierPeer struct {
		Address string `json:"address"`
		Role    string `json:"role"`
		// Latency is in milliseconds, −1 when unknown.
		Latency  int64          `json:"latency"`
		Tunneled bool           `json:"tunneled"`
		Paths    []zeroTierPath `json:"paths"`
	}
	zeroTierPath struct {
		Address   string `json:"address"`
		Expired   bool   `json:"expired"`
		Preferred bool   `json:"preferred"`
	}
)

const (
	// most bounds the lists that are shown.
	most = 256
	// words bounds a text of the service.
	words = 128
)

var networkID = regexp.MustCompile(`^[0-9a-f]{16}$`)

func (s zeroTierStatus) with(networks []zeroTierNetwork, peers []zeroTierPeer) ZeroTier {
	z := ZeroTier{Address: short(s.Address), Version: short(s.Version), Online: s.Online, Fallback: s.Fallback}
	for _, n := range networks[:min(len(networks), most)] {
		if !networkID.MatchString(n.ID) {
			continue
		}
		one := ZeroTierNetwork{ID: n.ID, Name: short(n.Name), Status: short(n.Status)}
		for _, address := range n.Addresses[:min(len(n.Addresses), 16)] {
			one.Addresses = append(one.Addresses, short(address))
		}
		z.Networks = append(z.Networks, one)
	}
	for _, p := range peers {
		if p.Role == "LEAF" && len(z.Peers) < most {
			z.Peers = append(z.Peers, p.peer())
		}
	}
	return z
}

// peer follows zerotier-cli: a peer without a preferred path that is alive is reached through a relay.
func (p zeroTierPeer) peer() ZeroTierPeer {
	peer := ZeroTierPeer{Address: short(p.Address), Latency: time.Duration(max(0, min(p.Latency, 60_000))) * time.Millisecond}
	for _, path := range p.Paths {
		if path.Preferred && !path.Expired && !p.Tunneled {
			peer.Direct, peer.Path = true, short(path.Address)
		}
	}
	return peer
}

func short(text string) string {
	text = strings.ToValidUTF8(text, "")
	if len(text) > words {
		return strings.ToValidUTF8(text[:words], "")
	}
	return text
}
