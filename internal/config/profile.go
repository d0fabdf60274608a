package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"sync"
)

// DefaultProfile is the profile in use when nobody names one.
const DefaultProfile = "default"

var (
	profileName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`) })
	// deviceName is what Windows takes for a device, whatever stands behind the first dot. A profile that can be made on one
	// system should be possible on all.
	deviceName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)`) })
)

const profileRule = "a name has 1 to 63 lower-case letters, digits, dots, hyphens and underscores, and begins with a letter or digit"

// CheckProfile refuses a name that could not be a file name everywhere.
func CheckProfile(name string) error {
	switch {
	case !profileName().MatchString(name):
		return &Error{Where: fmt.Sprintf("profile %q", name), Reason: profileRule}
	case deviceName().MatchString(name):
		return &Error{Where: fmt.Sprintf("profile %q", name), Reason: "is the name of a device on Windows, choose another"}
	}
	return nil
}

// HasProfile says whether a profile has a file of settings or a stored token.
func (p Paths) HasProfile(name string) bool { return p.HasToken(name) || p.hasSettings(name) }

// HasToken says whether a token is stored for a profile, good or not.
func (p Paths) HasToken(name string) bool {
	_, err := os.Lstat(p.TokenFile(name))
	return err == nil
}

// hasSettings takes a file that cannot be looked at for one that is there: reading it will tell what is wrong.
func (p Paths) hasSettings(name string) bool {
	_, err := os.Stat(p.ProfileFile(name))
	return !errors.Is(err, fs.ErrNotExist)
}

// RemoveProfile removes a profile's token and then its settings; that there were none is no error. It returns what it removed.
func (p Paths) RemoveProfile(name string) (removed []string, err error) {
	if err := CheckProfile(name); err != nil {
		return nil, err
	}
	for _, file := range []string{p.TokenFile(name), p.ProfileFile(name)} {
		if gone, err := remove(file); err != nil {
			return removed, err
		} else if gone {
			removed = append(removed, file)
		}
	}
	return removed, nil
}

// remove waits for whoever writes the file. The lock beside it stays: somebody else may be waiting for it.
func remove(file string) (gone bool, err error) {
	if _, err := os.Lstat(file); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	unlock, err := lock(file, 0o700)
	if err != nil {
		return false, err
	}
	defer unlock()
	if err := os.Remove(file); err != nil {
		return false, &Error{Where: file, Reason: "cannot be removed: " + strings.TrimPrefix(reason(err), "remove ")}
	}
	return true, nil
}

// SaveURL writes the platform's address into the profile's file and leaves its other settings, comments and order alone.
func (p Paths) SaveURL(profile, address string) error {
	_, err := p.Save(InProfile, profile, Change{Key: KeyURL, Value: address})
	return err
}
