package platform

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"time"
)

// DevicesService gives machines identities of their own: API keys and machine tokens. It never uses the client's own
// token, and a 401 of it says nothing about that token: see Error.MachineRefused.
type DevicesService struct{ c *Client }

// identity is a credential of a machine: the header that carries it, and all that the header holds.
type identity struct{ header, value string }

// MachineToken is a token that the platform has just made for a machine. The platform keeps only its hash.
type MachineToken struct {
	RVMID   int64  `json:"rvm_id"`
	RVMName string `json:"rvm_name"`
	Token   Secret `json:"api_token"`
	// ExpiresAt is thirty days from now on the platforms known so far.
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	ServerURL string    `json:"server_url"`
}

// MachineIdentity is whose machine token it is.
type MachineIdentity struct {
	RVMID      int64     `json:"rvm_id" wire:"id"`
	RVMName    string    `json:"rvm_name" wire:"name"`
	ExpiresAt  time.Time `json:"expires_at,omitzero" wire:"api_token_expires_at"`
	LastAccess time.Time `json:"last_access,omitzero" wire:"last_api_access"`
}

// Claim is what a machine says about itself when it proves its API key. Empty fields are not sent and leave the platform's
// values as they are.
type Claim struct {
	RVMID int64 `json:"rvm_id"`
	// DeviceName renames the machine on the platform.
	DeviceName      string `json:"device_name,omitempty"`
	SoftwareVersion string `json:"software_version,omitempty"`
	// Timezone is a name such as Asia/Jakarta. The platform takes any text and gives an unknown one the offset +00:00.
	Timezone string `json:"timezone,omitempty"`
}

// Claimed is the machine as the platform holds it after a claim.
type Claimed struct {
	RVMID    int64  `json:"rvm_id"`
	Name     string `json:"name"`
	Timezone string `json:"timezone"`
	// TimezoneOffset is such as "+07:00", empty when no time zone was ever set.
	TimezoneOffset string `json:"timezone_offset"`
}

// SelfUpdate is what a machine changes about itself. Zero fields are not sent.
type SelfUpdate struct {
	IPAddress string `json:"ip_address,omitempty"`
	Port      int    `json:"port,omitempty"`
	Timezone  string `json:"timezone,omitempty"`
	// Latitude and Longitude are degrees, north and east positive.
	Latitude  *float64 `json:"latitude,omitempty"`
	Longitude *float64 `json:"longitude,omitempty"`
}

// SelfUpdated is the machine as it answers to a SelfUpdate. A platform may leave out what was not sent.
type SelfUpdated struct {
	RVMID     int64    `json:"rvm_id"`
	IPAddress string   `json:"ip_address"`
	Port      int      `json:"port"`
	Timezone  string   `json:"timezone"`
	Latitude  *Decimal `json:"latitude"`
	Longitude *Decimal `json:"longitude"`
}

// noMachine is an address of the range that is reserved for documentation (RFC 5737). The platform insists on an address and
// looks a machine up by number OR address; an address that no machine can have leaves the number to decide.
const noMachine = "192.0.2.1"

// CreateToken makes a token for a machine. The endpoint takes no authentication at all: anybody who reaches the platform gets
// such a token. A machine has one: the one that it had is void afterwards, so a lost answer is an *UncertainError. ip may be
// empty.
func (s *DevicesService) CreateToken(ctx context.Context, rvm int64, ip string) (MachineToken, error) {
	if ip == "" {
		ip = noMachine
	}
	if err := firstError(checkID("rvm_id", rvm), checkIP("ip_address", ip), s.c.checkPlaintext(s.c.base)); err != nil {
		return MachineToken{}, err
	}
	k := call{method: http.MethodPost, path: "/api/rvm/generate-token", anonymous: true, machine: true, changes: true,
		body: map[string]string{"rvm_id": strconv.FormatInt(rvm, 10), "ip_address": ip}}
	return fetch(ctx, s.c, k, func(t MachineToken) string {
		if t.Token.IsZero() || checkToken(t.Token.Reveal()) != nil {
			return "it holds no usable token"
		}
		return same("rvm", t.RVMID, rvm)
	})
}

// CheckToken tells whose machine token it is. One that is wrong, expired or revoked is an *Error that is MachineRefused.
func (s *DevicesService) CheckToken(ctx context.Context, token Secret) (MachineIdentity, error) {
	k, err := s.withToken("/api/rvm/validate-token", token)
	if err != nil {
		return MachineIdentity{}, err
	}
	return fetch(ctx, s.c, k, func(m MachineIdentity) string { return named("rvm", m.RVMID) })
}

// RevokeToken voids a machine token. The platform says yes to tokens that it never gave as well: ask CheckToken first. One
// whose answer was lost may be repeated without harm and comes back as *UnreachableError.
func (s *DevicesService) RevokeToken(ctx context.Context, token Secret) error {
	k, err := s.withToken("/api/rvm/revoke-token", token)
	if err != nil {
		return err
	}
	return s.c.done(ctx, k)
}

// Claim proves with its API key that this machine is the one of a number. A wrong key and an unknown machine are the same
// *Error, which is MachineRefused; a number that no machine has may also be refused as a field.
func (s *DevicesService) Claim(ctx context.Context, key Secret, claim Claim) (Claimed, error) {
	if err := claim.Validate(); err != nil {
		return Claimed{}, err
	}
	k, err := s.withKey(http.MethodPost, "/api/v2/rvm/self/claim", key)
	if err != nil {
		return Claimed{}, err
	}
	k.body = claim
	return fetch(ctx, s.c, k, func(c Claimed) string { return same("rvm", c.RVMID, claim.RVMID) })
}

// Update changes what the platform holds about the machine whose API key it is.
func (s *DevicesService) Update(ctx context.Context, key Secret, update SelfUpdate) (SelfUpdated, error) {
	if err := update.Validate(); err != nil {
		return SelfUpdated{}, err
	}
	k, err := s.withKey(http.MethodPatch, "/api/v2/rvm/self/update", key)
	if err != nil {
		return SelfUpdated{}, err
	}
	k.body = update
	return fetch(ctx, s.c, k, update.stored)
}

// stored says which of the sent values the answer does not name.
func (u SelfUpdate) stored(got SelfUpdated) string {
	switch {
	case u.IPAddress != "" && got.IPAddress != u.IPAddress:
		return "it does not name the ip address that was sent"
	case u.Port != 0 && got.Port != u.Port:
		return "it does not name the port that was sent"
	case u.Timezone != "" && got.Timezone != u.Timezone:
		return "it does not name the time zone that was sent"
	case u.Latitude != nil && got.Latitude == nil, u.Longitude != nil && got.Longitude == nil:
		return "it does not name the place that was sent"
	}
	return ""
}

func (s *DevicesService) withToken(path string, token Secret) (call, error) {
	if err := firstError(checkCredential("machine token", token), s.c.checkPlaintext(s.c.base)); err != nil {
		return call{}, err
	}
	return call{method: http.MethodPost, path: path, machine: true, secret: token.Reveal(),
		identity: identity{"Authorization", "Bearer " + token.Reveal()}}, nil
}

func (s *DevicesService) withKey(method, path string, key Secret) (call, error) {
	if err := firstError(checkCredential("api_key", key), s.c.checkPlaintext(s.c.base)); err != nil {
		return call{}, err
	}
	return call{method: method, path: path, machine: true, changes: true, secret: key.Reveal(),
		identity: identity{"X-API-Key", key.Reveal()}}, nil
}

// Validate returns the first *LimitError that the platform would answer with 422, or nil.
func (c Claim) Validate() error {
	return firstError(
		checkID("rvm_id", c.RVMID),
		checkOptionalText("device_name", c.DeviceName, maxName),
		checkOptionalText("software_version", c.SoftwareVersion, maxName),
		checkOptionalText("timezone", c.Timezone, maxTimezone),
	)
}

// Validate returns the first *LimitError that the platform would answer with 422, or nil. To change nothing is one of them.
func (u SelfUpdate) Validate() error {
	if u == (SelfUpdate{}) {
		return &LimitError{"update", "at least one value", "nothing"}
	}
	if u.IPAddress != "" {
		if err := checkIP("ip_address", u.IPAddress); err != nil {
			return err
		}
	}
	if u.Port != 0 {
		if err := checkRange("port", u.Port, 1, 65535); err != nil {
			return err
		}
	}
	return firstError(
		checkOptionalText("timezone", u.Timezone, maxTimezone),
		checkFloat("latitude", u.Latitude, -90, 90),
		checkFloat("longitude", u.Longitude, -180, 180),
	)
}

const (
	maxTimezone   = 100
	maxCredential = 255
)

// checkCredential refuses what cannot be a header value, or a key of the platform, without repeating it.
func checkCredential(field string, secret Secret) error {
	switch n := len(secret.Reveal()); {
	case n == 0:
		return &LimitError{field, fmt.Sprintf("1 to %d characters", maxCredential), "nothing"}
	case n > maxCredential:
		return &LimitError{field, fmt.Sprintf("1 to %d characters", maxCredential), fmt.Sprintf("%d bytes", n)}
	case checkToken(secret.Reveal()) != nil:
		return &LimitError{field, "ASCII without blanks and line breaks", "something else"}
	}
	return nil
}

// checkIP wants an IP address; the platform refuses names, ports and zones.
func checkIP(field, text string) error {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		return nil
	}
	return &LimitError{field, "an IP address without a port", strconv.Quote(bound(text, 80))}
}
