package config

import (
	"os"
	"path/filepath"
	"strings"
)

// Paths are the folders of one user on one machine.
type Paths struct {
	// User is the user's folder, such as ~/.config/rvmctl.
	User string
	// System is the machine's folder, such as /etc/rvmctl.
	System string
}

// SystemFile holds what is true for every user of the machine; it is the least important.
func (p Paths) SystemFile() string { return filepath.Join(p.System, "config.yaml") }

// UserFile holds what is true for every profile of the user.
func (p Paths) UserFile() string { return filepath.Join(p.User, "config.yaml") }

// ProfileFile holds what is true for one profile.
func (p Paths) ProfileFile(name string) string {
	return filepath.Join(p.User, "profiles", name+".yaml")
}

// TokenFile holds the token of one profile.
func (p Paths) TokenFile(name string) string { return filepath.Join(p.User, "tokens", name+".json") }

// File is the file of a layer; profile matters for InProfile alone.
func (p Paths) File(layer Layer, profile string) File {
	switch layer {
	case InSystem:
		return File{Path: p.SystemFile(), Layer: layer}
	case InUser:
		return File{Path: p.UserFile(), Layer: layer}
	}
	return File{Path: p.ProfileFile(profile), Layer: InProfile, Profile: profile}
}

// Files lists the files of settings that exist: the system's, the user's, and those of all profiles.
func (p Paths) Files() []File {
	var found []File
	for _, f := range []File{p.File(InSystem, ""), p.File(InUser, "")} {
		if _, err := os.Lstat(f.Path); err == nil {
			found = append(found, f)
		}
	}
	for _, name := range p.Profiles() {
		found = append(found, p.File(InProfile, name))
	}
	return found
}

// Profiles lists the profiles that have a file, sorted by name.
func (p Paths) Profiles() []string {
	entries, _ := os.ReadDir(filepath.Join(p.User, "profiles"))
	var names []string
	for _, e := range entries {
		if name, yaml := strings.CutSuffix(e.Name(), ".yaml"); yaml && CheckProfile(name) == nil {
			names = append(names, name)
		}
	}
	return names
}
