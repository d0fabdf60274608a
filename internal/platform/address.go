package platform

import (
	"fmt"
	"net/netip"
	"net/url"
	"path"
	"strconv"
	"strings"
)

// OptionError says which option of New cannot work and why. It never holds a secret.
type OptionError struct {
	// Option is the field of Options in lower case: "url", "token".
	Option string
	// Reason is a fact that completes "<option> …".
	Reason string
}

func (e *OptionError) Error() string { return "platform " + e.Option + " " + e.Reason }

// PlaintextError is returned when a token or a password would travel unencrypted to a public address.
type PlaintextError struct {
	// Host is the public address that was asked for.
	Host string
}

func (e *PlaintextError) Error() string {
	return "http to the public address " + e.Host + " would show the token to everyone on the way"
}

const maxURL = 2048

// parseBase accepts http and https addresses with an optional path prefix and returns them without a trailing slash.
func parseBase(text string) (*url.URL, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return nil, &OptionError{"url", "is missing"}
	case len(text) > maxURL:
		return nil, &OptionError{"url", fmt.Sprintf("is longer than %d characters", maxURL)}
	}
	u, err := url.Parse(text)
	if err != nil {
		// url.Error repeats its input, which may hold a password.
		return nil, &OptionError{"url", "cannot be read as an address"}
	}
	if reason := unfit(u); reason != "" {
		return nil, &OptionError{"url", reason}
	}
	base := &url.URL{Scheme: u.Scheme, Host: u.Host}
	if prefix := strings.TrimSuffix(path.Clean("/"+u.Path), "/"); prefix != "" {
		base.Path = prefix
	}
	return base, nil
}

// unfit says what keeps u from being a base address, or "".
func unfit(u *url.URL) string {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return "must start with http:// or https://"
	case u.User != nil:
		return "must not hold a user name or password"
	case u.Hostname() == "":
		return "names no host"
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "must not hold a query or a fragment"
	case strings.ContainsFunc(u.Path, isControl):
		return "holds control characters"
	}
	if p := u.Port(); p != "" {
		if n, err := strconv.Atoi(p); err != nil || n < 1 || n > 65535 {
			return "names a port outside 1 to 65535"
		}
	}
	return ""
}

// checkToken refuses what cannot be an HTTP header value, without repeating it.
func checkToken(token string) error {
	if len(token) > 4096 {
		return &OptionError{"token", "is longer than 4096 bytes"}
	}
	for i := range len(token) {
		if token[i] <= ' ' || token[i] > '~' {
			return &OptionError{"token", "holds a blank, a line break or a character that is not ASCII"}
		}
	}
	return nil
}

// CleanURL is an address in the form of Client.URL. It returns *OptionError for one that cannot be a base address.
func CleanURL(text string) (string, error) {
	base, err := parseBase(text)
	if err != nil {
		return "", err
	}
	return base.String(), nil
}

// CheckPlaintext returns *PlaintextError when a secret must not be sent to an address without AllowPlaintext, and *OptionError
// for what is no address.
func CheckPlaintext(text string) error {
	base, err := parseBase(text)
	if err != nil || base.Scheme == "https" || !public(base.Hostname()) {
		return err
	}
	return &PlaintextError{Host: base.Hostname()}
}

// checkPlaintext returns *PlaintextError when a secret must not be sent to a base address.
func (c *Client) checkPlaintext(base *url.URL) error {
	if base.Scheme == "https" || c.opts.AllowPlaintext || !public(base.Hostname()) {
		return nil
	}
	return &PlaintextError{Host: base.Hostname()}
}

// sharedSpace is 100.64.0.0/10 (RFC 6598), where carrier networks and overlay VPNs live.
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// public says whether host is an address of the open internet. A name cannot be judged without asking DNS, whose
// answer may change, so a name is never called public. ZeroTier's managed ranges lie inside the private ones.
func public(host string) bool {
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	addr = addr.Unmap().WithZone("")
	return !(addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast() || addr.IsUnspecified() ||
		sharedSpace.Contains(addr))
}

func isControl(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 }
