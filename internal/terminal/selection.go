package terminal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Selection is which fields of a document are written. A name with nothing below it stands for the whole value.
type Selection struct{ below map[string]*Selection }

// FieldError says that a document has no such field.
type FieldError struct {
	// Field is what was asked for; it is empty where a name is missing between two commas.
	Field string
	// Known are the fields that there are, the most similar first.
	Known []string
}

func (e *FieldError) Error() string {
	if e.Field == "" {
		return "a field without a name"
	}
	return fmt.Sprintf("there is no field %q", e.Field)
}

// Select reads names of fields, separated by commas: total,deposits.id. A name below a list stands for that field of each of its
// items; deposits[].id is the same. What lies below a map or below foreign JSON is not checked. The version is always selected.
// The error is a *FieldError.
func (t Type) Select(list string) (*Selection, error) {
	s := &Selection{}
	s.add([]string{versionName})
	for path := range strings.SplitSeq(list, ",") {
		path = strings.TrimSpace(path)
		names, known := t.resolve(path)
		if !known {
			return nil, &FieldError{Field: path, Known: t.nearest(path)}
		}
		s.add(names)
	}
	return s, nil
}

// resolve takes a path apart and says whether it leads to something.
func (t Type) resolve(path string) (names []string, known bool) {
	for word := range strings.SplitSeq(path, ".") {
		t = t.item()
		name := strings.TrimRight(word, "[]")
		if name == "" || len(names) == maxDepth {
			return nil, false
		}
		names = append(names, name)
		switch t.Kind {
		case Map:
			t = *t.Of
		case Object:
			f, found := t.field(name)
			if !found || word != name && (f.Kind != List || !strings.HasPrefix(word[len(name):], "[]")) {
				return nil, false
			}
			t = f.Type
		case Anything:
		default:
			return nil, false
		}
	}
	return names, true
}

// maxDepth bounds a path, so that nobody can make the program recurse at will.
const maxDepth = 64

// item is the type below all lists.
func (t Type) item() Type {
	for t.Kind == List {
		t = *t.Of
	}
	return t
}

func (s *Selection) add(names []string) {
	for i, name := range names {
		next, chosen := s.below[name]
		switch {
		case chosen && next.below == nil:
			return // the whole of it is selected already
		case !chosen:
			next = &Selection{}
			if s.below == nil {
				s.below = map[string]*Selection{}
			}
			s.below[name] = next
		}
		if i == len(names)-1 {
			next.below = nil
		}
		s = next
	}
}

// Of is the type of a document of which only this is written. A nil Selection takes everything.
func (s *Selection) Of(t Type) Type {
	if s == nil || s.below == nil {
		return t
	}
	if t.Of != nil && t.Kind == List {
		of := s.Of(*t.Of)
		t.Of = &of
		return t
	}
	var fields []Field
	for _, f := range t.Fields {
		if below, chosen := s.below[f.Name]; chosen {
			f.Type = below.Of(f.Type)
			fields = append(fields, f)
		}
	}
	t.Fields = fields
	return t
}

// Pick leaves of a JSON document what is selected, in the document's order. A nil Selection takes everything.
func (s *Selection) Pick(doc []byte) ([]byte, error) {
	if s == nil || s.below == nil || len(doc) == 0 || doc[0] != '{' && doc[0] != '[' {
		return doc, nil
	}
	in := json.NewDecoder(bytes.NewReader(doc))
	start, err := in.Token()
	if err != nil {
		return nil, fmt.Errorf("cannot read the result: %w", err)
	}
	pick, end := s.items, byte(']')
	if start == json.Delim('{') {
		pick, end = s.fields, '}'
	}
	out, err := pick(in, doc[:1:1])
	if err != nil {
		return nil, fmt.Errorf("cannot read the result: %w", err)
	}
	return append(out, end), nil
}

func (s *Selection) fields(in *json.Decoder, out []byte) ([]byte, error) {
	for in.More() {
		key, err := in.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			return nil, err
		}
		name, _ := key.(string)
		below, chosen := s.below[name]
		if !chosen {
			continue
		}
		quoted, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		picked, err := below.Pick(value)
		if err != nil {
			return nil, err
		}
		out = append(comma(out), append(append(quoted, ':'), picked...)...)
	}
	return out, nil
}

func (s *Selection) items(in *json.Decoder, out []byte) ([]byte, error) {
	for in.More() {
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			return nil, err
		}
		picked, err := s.Pick(value)
		if err != nil {
			return nil, err
		}
		out = append(comma(out), picked...)
	}
	return out, nil
}

// comma separates what follows from what is there, unless only the bracket is.
func comma(out []byte) []byte {
	if len(out) == 1 {
		return out
	}
	return append(out, ',')
}

// nearest lists all fields, those that are most like the word first: the same name further down, a word that was not
// typed to its end, few letters apart.
func (t Type) nearest(word string) []string {
	var names []string
	for _, p := range t.Paths() {
		names = append(names, strings.ReplaceAll(p.Path, "[]", ""))
	}
	if word == "" {
		return names
	}
	far := func(name string) int {
		if strings.HasSuffix(name, "."+word) {
			return 0
		}
		if strings.HasPrefix(name, word) {
			return 1
		}
		return min(distance(name, word), distance(name[strings.LastIndexByte(name, '.')+1:], word)+1, similar)
	}
	slices.SortStableFunc(names, func(a, b string) int { return far(a) - far(b) })
	return names
}

// similar is the number of wrong letters from which on two words have nothing to do with each other.
const similar = 4

// distance is that of Levenshtein, in bytes, and similar for words of very different length.
func distance(a, b string) int {
	if len(a) > len(b)+similar || len(b) > len(a)+similar {
		return similar
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		left := row[0]
		row[0] = i + 1
		for j := range len(b) {
			changed := left
			if a[i] != b[j] {
				changed++
			}
			left = row[j+1]
			row[j+1] = min(changed, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
