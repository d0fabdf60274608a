package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// settingsFile is one YAML file, read strictly: every key must be a setting, spelled as documented, said once, with a single
// value. What is silently ignored is worse than what is refused.
type settingsFile struct {
	path string
	// values holds what was said as it was written, by dotted key. A key without a value says nothing.
	values map[string]string
}

func parseSettings(path string, raw []byte) (settingsFile, error) {
	s := settingsFile{path: path, values: map[string]string{}}
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	var doc, more yaml.Node
	err := decoder.Decode(&doc)
	if errors.Is(err, io.EOF) {
		return s, nil
	}
	if err == nil {
		if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
			return s, &Error{Where: path, Reason: "holds more than one YAML document"}
		}
	}
	if err != nil {
		return s, &Error{Where: path, Reason: "is not valid YAML: " + strings.TrimPrefix(firstLine(err.Error()), "yaml: ")}
	}
	if empty(doc.Content[0]) {
		return s, nil
	}
	return s, s.section("", doc.Content[0])
}

// section reads the keys of one mapping; prefix is the dotted place of the mapping with a dot at its end.
func (s settingsFile) section(prefix string, m *yaml.Node) error {
	if m.Kind != yaml.MappingNode {
		return s.refuse(m, strings.TrimSuffix(prefix, "."), "must hold settings, one \"key: value\" a line")
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(m.Content); i += 2 {
		key, value := m.Content[i], m.Content[i+1]
		if seen[key.Value] {
			return s.refuse(key, prefix+key.Value, "is said twice")
		}
		seen[key.Value] = true
		if err := s.entry(prefix+key.Value, key, value); err != nil {
			return err
		}
	}
	return nil
}

func (s settingsFile) entry(name string, key, value *yaml.Node) error {
	if value.Kind == yaml.AliasNode {
		value = value.Alias
	}
	_, known := keyNamed(name)
	switch {
	case strings.Contains(key.Value, ".") || !known && !isSection(name):
		return s.refuse(key, name, "is not a setting of rvmctl")
	case empty(value):
		return nil
	case !known:
		return s.section(name+".", value)
	case value.Kind != yaml.ScalarNode:
		return s.refuse(key, name, "must be a single value")
	}
	s.values[name] = value.Value
	return nil
}

func (s settingsFile) refuse(at *yaml.Node, key, why string) error {
	return &Error{Where: fmt.Sprintf("%s:%d", s.path, at.Line), Key: key, Reason: why}
}

// tree is values in the shape that viper merges.
func (s settingsFile) tree() map[string]any {
	top := map[string]any{}
	for name, value := range s.values {
		section, key, nested := strings.Cut(name, ".")
		if !nested {
			top[name] = value
			continue
		}
		if top[section] == nil {
			top[section] = map[string]any{}
		}
		top[section].(map[string]any)[key] = value
	}
	return top
}

func empty(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

func isSection(name string) bool {
	for _, k := range Keys() {
		if strings.HasPrefix(k.Name, name+".") {
			return true
		}
	}
	return false
}
