package config

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// put sets a dotted key in a tree of YAML. What is there keeps its place and its comments.
func put(m *yaml.Node, key, value string) {
	section, rest, nested := strings.Cut(key, ".")
	node := child(m, section)
	if node == nil {
		node = &yaml.Node{Kind: yaml.MappingNode}
		m.Content = append(m.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: section}, node)
	}
	if nested {
		if node.Kind != yaml.MappingNode {
			*node = yaml.Node{Kind: yaml.MappingNode, HeadComment: node.HeadComment, LineComment: node.LineComment, FootComment: node.FootComment}
		}
		put(node, rest, value)
		return
	}
	// Set field by field: the comments of the node stay.
	node.Kind, node.Tag, node.Value, node.Style, node.Content = yaml.ScalarNode, tagOf(value), value, 0, nil
}

// tagOf lets numbers and truths stand as such, and has everything else quoted that YAML would take for something other than text.
func tagOf(value string) string {
	n := yaml.Node{Kind: yaml.ScalarNode, Value: value}
	switch tag := n.ShortTag(); tag {
	case "!!int", "!!float", "!!bool":
		return tag
	}
	return "!!str"
}

// take removes a dotted key, and the section that is left empty by it.
func take(m *yaml.Node, key string) {
	section, rest, nested := strings.Cut(key, ".")
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value != section {
			continue
		}
		if value := m.Content[i+1]; nested {
			take(value, rest)
			if len(value.Content) > 0 {
				return
			}
		}
		m.Content = append(m.Content[:i:i], m.Content[i+2:]...)
		return
	}
}

func child(m *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			return m.Content[i+1]
		}
	}
	return nil
}

// aliasIn finds the first alias below a node.
func aliasIn(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n
	}
	for _, below := range n.Content {
		if alias := aliasIn(below); alias != nil {
			return alias
		}
	}
	return nil
}

// indentOf is by how many blanks the file indents its sections.
func indentOf(top *yaml.Node) int {
	for i := 1; i < len(top.Content); i += 2 {
		if section := top.Content[i]; section.Kind == yaml.MappingNode && section.Style&yaml.FlowStyle == 0 && len(section.Content) > 0 {
			if n := section.Content[0].Column - 1; n >= 2 && n <= 8 {
				return n
			}
		}
	}
	return 2
}
