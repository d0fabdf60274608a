package yolo

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

const maxLabelsBytes = 1 << 20

// ParseLabels reads a list of labels that an operator gives for a model without names: one label a line; or YAML, JSON
// or Python with `names` (a list, or a dictionary from id to text, other keys are left alone); or such a list or
// dictionary by itself. Refusals are *LabelsError.
func ParseLabels(data []byte) ([]string, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	switch {
	case len(data) > maxLabelsBytes:
		return nil, &LabelsError{Reason: "the file is larger than 1 MiB"}
	case !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0:
		return nil, &LabelsError{Reason: "the file is not text"}
	case len(bytes.TrimSpace(data)) == 0:
		return nil, &LabelsError{Reason: "the file is empty"}
	}
	if !structured(data) {
		return labelLines(string(data))
	}
	value, err := structure(data)
	if err != nil {
		return nil, err
	}
	if d, ok := value.(Dict); ok {
		if names, ok := d.Get("names"); ok {
			value = names
		}
	}
	labels, err := labelsOf(value)
	if err != nil {
		return nil, &LabelsError{Reason: err.Error()}
	}
	return labels, nil
}

// structured tells YAML, JSON and Python from plain lines by the marks that no list of labels has: a bracket first, a
// key "names", or every line beginning like a list entry or an id.
func structured(data []byte) bool {
	first := bytes.TrimSpace(data)[0]
	if first == '{' || first == '[' || namesKey().Match(data) {
		return true
	}
	for line := range bytes.Lines(data) {
		line = bytes.TrimSpace(line)
		if len(line) > 0 && line[0] != '#' && !entryStart().Match(line) {
			return false
		}
	}
	return true
}

var (
	namesKey   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^["']?names["']?[ \t]*:`) })
	entryStart = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(- |["']?\d+["']?:\s)`) })
)

func labelLines(text string) ([]string, error) {
	lines := strings.Split(strings.TrimRight(text, " \t\r\n"), "\n")
	if len(lines) > maxLabels {
		return nil, &LabelsError{Reason: fmt.Sprintf("more than %d names", maxLabels)}
	}
	for i, line := range lines {
		line = strings.TrimSpace(line)
		if line == "" {
			// Skipping it would give every label below the wrong id.
			return nil, &LabelsError{Line: i + 1, Reason: "the line is empty"}
		}
		if len(line) > maxLabelBytes {
			return nil, &LabelsError{Line: i + 1, Reason: fmt.Sprintf("the name is longer than %d bytes", maxLabelBytes)}
		}
		lines[i] = line
	}
	return lines, nil
}

// structure reads the file as the literal that Python or JSON writes, or else as YAML.
func structure(data []byte) (any, error) {
	if first := bytes.TrimSpace(data)[0]; first == '{' || first == '[' {
		if value, err := ParseLiteral(string(data)); err == nil {
			return value, nil
		}
	}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return nil, &LabelsError{Reason: "not YAML: " + oneLine(strings.TrimPrefix(err.Error(), "yaml: "))}
	}
	if document.Kind != yaml.DocumentNode || len(document.Content) != 1 {
		return nil, &LabelsError{Reason: "the file says nothing"}
	}
	return shallow(document.Content[0])
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// shallow turns the top of a YAML document, and `names` below it, into literal values. Everything else in a data set's
// file is left alone, and an alias is never followed: that is how a small file grows without end.
func shallow(node *yaml.Node) (any, error) {
	if node.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == "names" {
				return namesNode(node.Content[i+1])
			}
		}
	}
	return namesNode(node)
}

func namesNode(node *yaml.Node) (any, error) {
	switch node.Kind {
	case yaml.SequenceNode:
		items := make([]any, 0, len(node.Content))
		for _, item := range node.Content {
			text, err := scalar(item)
			if err != nil {
				return nil, err
			}
			items = append(items, text)
		}
		return items, nil
	case yaml.MappingNode:
		pairs := make(Dict, 0, len(node.Content)/2)
		for i := 0; i+1 < len(node.Content); i += 2 {
			text, err := scalar(node.Content[i+1])
			if err != nil {
				return nil, err
			}
			pairs = append(pairs, Pair{Key: node.Content[i].Value, Value: text})
		}
		return pairs, nil
	}
	return nil, &LabelsError{Line: node.Line, Reason: "neither a list nor a dictionary of names"}
}

// scalar keeps the text as it was typed, so that a class called "no" stays "no".
func scalar(node *yaml.Node) (string, error) {
	if node.Kind != yaml.ScalarNode {
		return "", &LabelsError{Line: node.Line, Reason: "a name is no text"}
	}
	if node.Tag == "!!null" {
		return "", nil
	}
	return node.Value, nil
}
