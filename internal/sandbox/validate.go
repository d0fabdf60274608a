package sandbox

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// maxErrors bounds the answer to a body that is wrong a million times.
const maxErrors = 1000

// errUncaught says that the platform's validator would have thrown instead of judged: the answer is a server error.
var errUncaught = errors.New("uncaught exception in validation")

// rule is one of Laravel's validation rules. Rules other than implicit ones judge only fields that are present; lookups
// (exists, unique) run only while the field has no error yet.
type rule struct {
	name     string
	implicit bool
	lookup   bool
	pass     func(v *validation, f *field) (bool, error)
	say      func(f *field) string
}

// field is one attribute under judgement, with wildcards already replaced by numbers.
type field struct {
	name    string
	value   any
	present bool
	rules   []rule
}

// spec names a field and its rules, in the platform's order.
type spec struct {
	name  string
	rules []rule
}

func must(name string, rules ...rule) spec { return spec{name: name, rules: rules} }

// validation judges one input. messages overrides texts by "<field>.<rule>".
type validation struct {
	input    input
	tx       *sql.Tx
	messages map[string]string
	errs     *fieldErrors
}

// validate returns nil errors when every field passes, and errUncaught where the platform's validator throws.
func (c *call) validate(messages map[string]string, specs ...spec) (*fieldErrors, error) {
	v := &validation{input: c.input, tx: c.tx, messages: messages, errs: &fieldErrors{texts: map[string][]string{}}}
	for _, s := range specs {
		for _, name := range v.expand(s.name) {
			if err := v.judge(name, s.rules); err != nil {
				return nil, err
			}
			if len(v.errs.names) >= maxErrors {
				return v.errs, nil
			}
		}
	}
	if len(v.errs.names) == 0 {
		return nil, nil
	}
	return v.errs, nil
}

func (v *validation) judge(name string, rules []rule) error {
	f := &field{name: name, rules: rules}
	f.value, f.present = v.lookup(name)
	if !f.present && f.has("sometimes") {
		return nil
	}
	for _, r := range rules {
		if r.pass == nil || v.skips(f, r) {
			continue
		}
		good, err := r.pass(v, f)
		if err != nil {
			return err
		}
		if good {
			continue
		}
		v.errs.add(name, v.message(f, r))
		if r.implicit {
			return nil
		}
	}
	return nil
}

func (v *validation) skips(f *field, r rule) bool {
	if r.implicit {
		return false
	}
	if !f.present || f.value == nil && f.has("nullable") {
		return true
	}
	return r.lookup && len(v.errs.texts[f.name]) > 0
}

func (v *validation) message(f *field, r rule) string {
	if own, found := v.messages[f.name+"."+r.name]; found {
		return own
	}
	return r.say(f)
}

func (f *field) has(name string) bool {
	return slices.ContainsFunc(f.rules, func(r rule) bool { return r.name == name })
}

// label is the field's name as messages show it: underscores as spaces, nested names dotted.
func (f *field) label() string { return strings.ReplaceAll(f.name, "_", " ") }

// expand replaces each "*" by the positions that the input has there.
func (v *validation) expand(name string) []string {
	before, after, found := strings.Cut(name, ".*")
	if !found {
		return []string{name}
	}
	value, _ := v.lookup(before)
	var names []string
	switch inner := value.(type) {
	case []any:
		for i := range inner {
			names = append(names, v.expand(before+"."+strconv.Itoa(i)+after)...)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(inner)) {
			names = append(names, v.expand(before+"."+key+after)...)
		}
	}
	return names
}

func (v *validation) lookup(name string) (value any, present bool) {
	value = map[string]any(v.input)
	for part := range strings.SplitSeq(name, ".") {
		switch inner := value.(type) {
		case map[string]any:
			value, present = inner[part]
		case []any:
			i, err := strconv.Atoi(part)
			if present = err == nil && i >= 0 && i < len(inner); present {
				value = inner[i]
			}
		default:
			return nil, false
		}
		if !present {
			return nil, false
		}
	}
	return value, true
}

// fieldErrors are messages by field in the order in which they were found.
type fieldErrors struct {
	names []string
	texts map[string][]string
}

func (e *fieldErrors) add(name, text string) {
	if _, known := e.texts[name]; !known {
		e.names = append(e.names, name)
	}
	e.texts[name] = append(e.texts[name], text)
}

// summary is the first message and the number of the others.
func (e *fieldErrors) summary() string {
	more := -1
	for _, texts := range e.texts {
		more += len(texts)
	}
	first := e.texts[e.names[0]][0]
	switch more {
	case 0:
		return first
	case 1:
		return first + " (and 1 more error)"
	}
	return fmt.Sprintf("%s (and %d more errors)", first, more)
}

// MarshalJSON writes an object in the order of the fields.
func (e *fieldErrors) MarshalJSON() ([]byte, error) {
	out := bytes.NewBufferString("{")
	for i, name := range e.names {
		if i > 0 {
			out.WriteByte(',')
		}
		key, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		texts, err := json.Marshal(e.texts[name])
		if err != nil {
			return nil, err
		}
		out.Write(key)
		out.WriteByte(':')
		out.Write(texts)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}
