package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// Layer says for whom a file of settings speaks.
type Layer string

// The layers, the most important first.
const (
	InProfile Layer = FromProfile
	InUser    Layer = FromUser
	InSystem  Layer = FromSystem
)

// File is one file of settings.
type File struct {
	Path string
	// Layer is empty for a file that lies somewhere else; it may then hold every setting.
	Layer Layer
	// Profile is whose file it is, empty unless Layer is InProfile.
	Profile string
}

// settingsFile is what one YAML file says, read strictly: every key must be a setting, spelled as documented, said once, with a
// single value. What is silently ignored is worse than what is refused.
type settingsFile struct {
	file File
	// values holds what was said as it was written, by dotted key. A key without a value says nothing.
	values map[string]said
	// problems are in the order of the file.
	problems []*Error
}

// said is one value and the line on which its key stands.
type said struct {
	text string
	line int
}

func (s said) where(path string) string { return path + ":" + strconv.Itoa(s.line) }

// read reads a file; one that does not exist says nothing.
func (f File) read() (settingsFile, []*Error) {
	raw, err := readBounded(f.Path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return settingsFile{file: f}, []*Error{{Where: f.Path, Reason: reason(err)}}
	}
	return f.parse(raw)
}

func (f File) parse(raw []byte) (settingsFile, []*Error) {
	s := settingsFile{file: f, values: map[string]said{}}
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	var doc, more yaml.Node
	err := decoder.Decode(&doc)
	if errors.Is(err, io.EOF) {
		return s, nil
	}
	if err != nil {
		return s, []*Error{f.syntax(err)}
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		return s, []*Error{{Where: f.Path, Reason: "holds more than one YAML document"}}
	}
	if !empty(doc.Content[0]) {
		s.section("", doc.Content[0])
	}
	return s, s.problems
}

var yamlLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^line (\d+): `) })

// syntax is what the YAML parser says, with the line where people look for it.
func (f File) syntax(err error) *Error {
	text, where := strings.TrimPrefix(firstLine(err.Error()), "yaml: "), f.Path
	if m := yamlLine().FindStringSubmatch(text); m != nil {
		text, where = text[len(m[0]):], f.Path+":"+m[1]
	}
	return &Error{Where: where, Reason: "is not valid YAML: " + text}
}

func (f File) at(n *yaml.Node) string { return fmt.Sprintf("%s:%d", f.Path, n.Line) }

// section reads the keys of one mapping; prefix is the dotted place of the mapping with a dot at its end.
func (s *settingsFile) section(prefix string, m *yaml.Node) {
	if m.Kind != yaml.MappingNode {
		s.refuse(m, strings.TrimSuffix(prefix, "."), "must hold settings, one \"key: value\" a line")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(m.Content); i += 2 {
		key, value := m.Content[i], m.Content[i+1]
		if seen[key.Value] {
			s.refuse(key, prefix+key.Value, "is said twice")
			continue
		}
		seen[key.Value] = true
		s.entry(prefix+key.Value, key, value)
	}
}

func (s *settingsFile) entry(name string, key, value *yaml.Node) {
	if value.Kind == yaml.AliasNode {
		value = value.Alias
	}
	k, known := Find(name)
	switch {
	case strings.Contains(key.Value, ".") || !known && !isSection(name):
		s.refuse(key, name, "is not a setting of rvmctl"+meant(name))
	case known && !k.belongs(s.file.Layer):
		s.refuse(key, name, notHere)
	case empty(value):
	case !known:
		s.section(name+".", value)
	case value.Kind != yaml.ScalarNode:
		s.refuse(key, name, "must be a single value")
	default:
		s.values[name] = said{value.Value, key.Line}
	}
}

// notHere is why a profile cannot choose the profile.
const notHere = "chooses the profile and belongs into the user's file, not into a profile's own"

func (k Key) belongs(l Layer) bool { return k.Name != KeyProfile || l != InProfile }

func (s *settingsFile) refuse(at *yaml.Node, key, why string) {
	s.problems = append(s.problems, &Error{Where: s.file.at(at), Key: bounded(key), Reason: why})
}

// bounded keeps a key that is none from filling the screen.
func bounded(key string) string {
	if r := []rune(key); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return key
}

// tree is values in the shape that viper merges.
func (s settingsFile) tree() map[string]any {
	top := map[string]any{}
	for name, said := range s.values {
		section, key, nested := strings.Cut(name, ".")
		if !nested {
			top[name] = said.text
			continue
		}
		if top[section] == nil {
			top[section] = map[string]any{}
		}
		top[section].(map[string]any)[key] = said.text
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
