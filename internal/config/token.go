package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Token is a sign-in and where it came from. Its value never appears when a Token is printed.
type Token struct {
	value string
	// Source names the place in words for people: a path or a variable.
	Source string
	// URL is the platform that gave the token, or empty when the place does not say.
	URL string
	// Email is whose token it is, or empty.
	Email string
	// SavedAt is when it was stored, or zero.
	SavedAt time.Time
}

// NewToken makes a token for SaveToken.
func NewToken(value, address, email string, at time.Time) Token {
	return Token{value: value, URL: address, Email: email, SavedAt: at}
}

// Reveal gives the secret itself, for the one header that needs it.
func (t Token) Reveal() string { return t.value }

// String hides the secret.
func (t Token) String() string { return "token from " + t.Source }

// GoString hides the secret from %#v.
func (t Token) GoString() string { return t.String() }

// NoTokenError says that nobody is signed in under this profile.
type NoTokenError struct{ Profile string }

func (e *NoTokenError) Error() string { return fmt.Sprintf("not signed in (profile %s)", e.Profile) }

// TokenFileError says that a token file cannot be trusted or read.
type TokenFileError struct {
	Path, Reason string
	// Wide is true when others may read the file or its folder; Mode is then what should be narrowed, by chmod on Fix.
	Wide bool
	Fix  string
}

func (e *TokenFileError) Error() string { return fmt.Sprintf("token file %s %s", e.Path, e.Reason) }

// OtherPlatformError says that the stored token belongs to another platform than the one in use.
type OtherPlatformError struct{ Profile, TokenURL, URL string }

func (e *OtherPlatformError) Error() string {
	if e.URL == "" {
		return fmt.Sprintf("the token of profile %s was given by %s, and the profile has no address any more", e.Profile, e.TokenURL)
	}
	return fmt.Sprintf("the token of profile %s was given by %s, it is not sent to %s", e.Profile, e.TokenURL, e.URL)
}

// stored is the token file.
type stored struct {
	URL     string    `json:"url"`
	Email   string    `json:"email,omitempty"`
	Token   string    `json:"token"`
	SavedAt time.Time `json:"saved_at"`
}

// FindToken looks for a token: RVMCTL_TOKEN_FILE, a systemd credential named rvmctl-token, RVMCTL_TOKEN, then the profile's own
// file. The first that exists wins, and is refused rather than skipped when it cannot be trusted.
// Its errors are *NoTokenError, *TokenFileError and *OtherPlatformError.
func (c *Config) FindToken(p Paths) (Token, error) {
	if file := os.Getenv("RVMCTL_TOKEN_FILE"); file != "" {
		return tokenFromFile(file, "RVMCTL_TOKEN_FILE ("+file+")", true)
	}
	if file := systemdToken(); file != "" {
		// systemd owns the folder and its modes; it is readable by the service alone.
		return tokenFromFile(file, "systemd credential "+file, false)
	}
	if v := strings.TrimSpace(os.Getenv("RVMCTL_TOKEN")); v != "" {
		return Token{value: v, Source: "RVMCTL_TOKEN"}, nil
	}
	return c.storedToken(p.TokenFile(c.Profile))
}

// systemdToken is the file of the credential that systemd gave this service, or empty.
func systemdToken() string {
	dir := os.Getenv("CREDENTIALS_DIRECTORY")
	if dir == "" {
		return ""
	}
	file := filepath.Join(dir, "rvmctl-token")
	if _, err := os.Stat(file); err != nil {
		return ""
	}
	return file
}

func tokenFromFile(path, source string, strict bool) (Token, error) {
	raw, err := readSecret(path, strict)
	if errors.Is(err, fs.ErrNotExist) {
		return Token{}, &TokenFileError{Path: path, Reason: "does not exist"}
	}
	if err != nil {
		return Token{}, err
	}
	value := strings.TrimSpace(string(raw))
	if value == "" {
		return Token{}, &TokenFileError{Path: path, Reason: "is empty"}
	}
	return Token{value: value, Source: source}, nil
}

// StoredToken is the token of the profile's own file, whatever the environment holds. Its errors are those of FindToken.
func (c *Config) StoredToken(p Paths) (Token, error) { return c.storedToken(p.TokenFile(c.Profile)) }

func (c *Config) storedToken(path string) (Token, error) {
	raw, err := readSecret(path, true)
	if errors.Is(err, fs.ErrNotExist) {
		return Token{}, &NoTokenError{Profile: c.Profile}
	}
	if err != nil {
		return Token{}, err
	}
	var s stored
	if json.Unmarshal(raw, &s) != nil || s.Token == "" {
		return Token{}, &TokenFileError{Path: path, Reason: "is damaged"}
	}
	if !sameOrigin(s.URL, c.URL) {
		return Token{}, &OtherPlatformError{Profile: c.Profile, TokenURL: s.URL, URL: c.URL}
	}
	return Token{value: s.Token, Source: path, URL: s.URL, Email: s.Email, SavedAt: s.SavedAt}, nil
}

// readSecret opens once and judges the opened file, so that what was checked is what is read.
func readSecret(path string, strict bool) ([]byte, error) {
	f, err := openRegular(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if errors.Is(err, errNotRegular) {
		return nil, &TokenFileError{Path: path, Reason: errNotRegular.Error()}
	}
	if err != nil {
		return nil, &TokenFileError{Path: path, Reason: "cannot be read: " + reason(err)}
	}
	defer func() { _ = f.Close() }()
	if strict {
		if err := private(f, path); err != nil {
			return nil, err
		}
	}
	raw, err := readRegular(f)
	if err != nil {
		return nil, &TokenFileError{Path: path, Reason: reason(err)}
	}
	return raw, nil
}

// private refuses a file that others may read, and a folder in which others may exchange it. Windows keeps such rights
// elsewhere and reports modes that mean nothing.
func private(f *os.File, path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	st, err := f.Stat()
	if err != nil {
		return &TokenFileError{Path: path, Reason: reason(err)}
	}
	if st.Mode().Perm()&0o077 != 0 {
		return &TokenFileError{Path: path, Wide: true, Fix: "chmod 600 " + path,
			Reason: fmt.Sprintf("has mode %04o, others can read it", st.Mode().Perm())}
	}
	if !owned(st) {
		return &TokenFileError{Path: path, Reason: "belongs to another user"}
	}
	dir := filepath.Dir(path)
	ds, err := os.Stat(dir)
	if err != nil {
		return &TokenFileError{Path: path, Reason: reason(err)}
	}
	if ds.Mode().Perm()&0o022 != 0 && ds.Mode()&os.ModeSticky == 0 {
		return &TokenFileError{Path: path, Wide: true, Fix: "chmod 700 " + dir,
			Reason: fmt.Sprintf("lies in a folder of mode %04o, others can exchange it", ds.Mode().Perm())}
	}
	return nil
}

// ProbeTokenStore makes sure that a token can be stored, before a sign-in that would otherwise be lost.
func (p Paths) ProbeTokenStore(profile string) error {
	dir := filepath.Dir(p.TokenFile(profile))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return &TokenFileError{Path: dir, Reason: "cannot be made: " + reason(err)}
	}
	if st, err := os.Stat(dir); err == nil && runtime.GOOS != "windows" && st.Mode().Perm()&0o077 != 0 {
		return &TokenFileError{Path: dir, Wide: true, Fix: "chmod 700 " + dir,
			Reason: fmt.Sprintf("is a folder of mode %04o, others can look into it", st.Mode().Perm())}
	}
	probe, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return &TokenFileError{Path: dir, Reason: "cannot be written: " + reason(err)}
	}
	_ = probe.Close()
	return os.Remove(probe.Name())
}

// SaveToken stores the token of a profile: a 0600 file in a 0700 folder, replaced in one step.
func (p Paths) SaveToken(profile string, t Token) (path string, err error) {
	path = p.TokenFile(profile)
	unlock, err := lock(path, 0o700)
	if err != nil {
		return "", err
	}
	defer unlock()
	raw, err := json.MarshalIndent(stored{URL: t.URL, Email: t.Email, Token: t.value, SavedAt: t.SavedAt.UTC()}, "", "  ")
	if err != nil {
		return "", err
	}
	return path, writeFile(path, append(raw, '\n'), 0o600)
}

// RemoveToken forgets the token of a profile; that there was none is no error.
func (p Paths) RemoveToken(profile string) error {
	err := os.Remove(p.TokenFile(profile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &TokenFileError{Path: p.TokenFile(profile), Reason: "cannot be removed: " + reason(err)}
	}
	return nil
}

// sameOrigin compares scheme, host and port.
func sameOrigin(a, b string) bool {
	ua, errA := url.Parse(a)
	ub, errB := url.Parse(b)
	return errA == nil && errB == nil && strings.EqualFold(ua.Scheme, ub.Scheme) && strings.EqualFold(ua.Host, ub.Host)
}

// Overridden says whether a variable or systemd gives a token, so that the stored one is not in use.
func (c *Config) Overridden() bool {
	return os.Getenv("RVMCTL_TOKEN_FILE") != "" || strings.TrimSpace(os.Getenv("RVMCTL_TOKEN")) != "" || systemdToken() != ""
}
