package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"

	"go.yaml.in/yaml/v3"
)

// DefaultProfile is the profile in use when nobody names one.
const DefaultProfile = "default"

var profileName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)

// CheckProfile refuses a name that could not be a file name everywhere.
func CheckProfile(name string) error {
	if !profileName.MatchString(name) {
		return &Error{Where: fmt.Sprintf("profile %q", name),
			Reason: "a name has 1 to 63 lower-case letters, digits, dots, hyphens and underscores, and begins with a letter or digit"}
	}
	return nil
}

// SaveURL writes the platform's address into the profile's file and leaves its other settings, comments and order alone.
func (p Paths) SaveURL(profile, address string) error {
	if err := checkURL(address); err != nil {
		return &Error{Where: showable(address), Reason: err.Error()}
	}
	file := p.ProfileFile(profile)
	if target, err := filepath.EvalSymlinks(file); err == nil {
		// A file that somebody keeps elsewhere and links to stays there.
		file = target
	}
	unlock, err := lock(file)
	if err != nil {
		return err
	}
	defer unlock()
	raw, err := readBounded(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &Error{Where: file, Reason: reason(err)}
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		return &Error{Where: file, Reason: "is not valid YAML: " + firstLine(err.Error())}
	}
	var before []byte
	if doc.Kind == 0 || empty(doc.Content[0]) {
		// Nothing but comments: the parser forgets them.
		before = commentsOf(raw)
		doc = yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{{Kind: yaml.MappingNode}}}
	}
	put(put(doc.Content[0], "platform", nil), "url", &address)
	out, err := yaml.Marshal(&doc)
	if err != nil {
		return &Error{Where: file, Reason: err.Error()}
	}
	return writeFile(file, append(before, out...), 0o600)
}

// commentsOf keeps the comment lines of a file that says nothing else.
func commentsOf(raw []byte) []byte {
	var kept []byte
	for line := range bytes.Lines(raw) {
		if bytes.HasPrefix(bytes.TrimSpace(line), []byte("#")) {
			kept = append(append(kept, bytes.TrimRight(line, "\r\n")...), '\n')
		}
	}
	return kept
}

// put finds or adds a key of a mapping and returns its value node; with a scalar it also sets it.
func put(m *yaml.Node, key string, scalar *string) *yaml.Node {
	var value *yaml.Node
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			value = m.Content[i+1]
		}
	}
	if value == nil {
		value = &yaml.Node{Kind: yaml.MappingNode}
		m.Content = append(m.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, value)
	}
	if scalar != nil {
		// Set field by field: the comments of the node stay.
		value.Kind, value.Tag, value.Value, value.Style = yaml.ScalarNode, "!!str", *scalar, 0
		value.Content, value.Alias = nil, nil
	} else if value.Kind != yaml.MappingNode {
		*value = yaml.Node{Kind: yaml.MappingNode}
	}
	return value
}
