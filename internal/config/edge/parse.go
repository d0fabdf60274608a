package edge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

const (
	// maxBytes, maxDepth and maxKeys bound a file that may come from anywhere.
	maxBytes = 1 << 20
	maxDepth = 16
	maxKeys  = 1000
)

// FormError says that a file cannot be the old client's settings.
type FormError struct {
	// Line is where, from 1; 0 when the whole file is meant.
	Line   int
	Reason string
}

func (e *FormError) Error() string {
	if e.Line == 0 {
		return e.Reason
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Reason)
}

// member is one key of the top object with its value as it is written.
type member struct {
	key   string
	value json.RawMessage
}

// parse reads one object strictly: a key that is said twice would be read differently by everybody.
func parse(raw []byte) ([]member, error) {
	raw = bytes.TrimPrefix(raw, []byte("\uFEFF"))
	switch {
	case len(raw) > maxBytes:
		return nil, &FormError{Reason: "is larger than 1 MiB"}
	case !utf8.Valid(raw):
		return nil, &FormError{Reason: "is no text in UTF-8"}
	}
	if err := depth(raw); err != nil {
		return nil, err
	}
	var whole json.RawMessage
	if err := json.Unmarshal(raw, &whole); err != nil {
		return nil, syntax(raw, err)
	}
	r := reader{raw: raw, decoder: json.NewDecoder(bytes.NewReader(raw))}
	r.decoder.UseNumber()
	return r.top()
}

// depth counts brackets outside texts, before anything follows them.
func depth(raw []byte) error {
	open, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		switch b := raw[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '[' || b == '{':
			if open++; open > maxDepth {
				return &FormError{lineOf(raw, i), fmt.Sprintf("is nested deeper than %d", maxDepth)}
			}
		case b == ']' || b == '}':
			open--
		}
	}
	return nil
}

func syntax(raw []byte, err error) error {
	var at *json.SyntaxError
	if errors.As(err, &at) {
		return &FormError{lineOf(raw, int(at.Offset)-1), "is not valid JSON"}
	}
	return &FormError{Reason: "is not valid JSON"}
}

func lineOf(raw []byte, offset int) int {
	return 1 + bytes.Count(raw[:max(0, min(offset, len(raw)))], []byte("\n"))
}

// reader walks through JSON that is known to be valid and not deep.
type reader struct {
	raw     []byte
	decoder *json.Decoder
	keys    int
}

func (r *reader) top() ([]member, error) {
	if first, _ := r.decoder.Token(); first != json.Delim('{') {
		return nil, &FormError{1, "must be a JSON object, as the old client's config.json is"}
	}
	var members []member
	err := r.object(func(key string) error {
		begin := r.decoder.InputOffset()
		if err := r.value(); err != nil {
			return err
		}
		value := bytes.TrimSpace(r.raw[begin:r.decoder.InputOffset()])
		value = bytes.TrimSpace(bytes.TrimPrefix(value, []byte(":")))
		members = append(members, member{key, value})
		return nil
	})
	return members, err
}

// object reads the keys of an object whose brace was read, and calls one for each value.
func (r *reader) object(one func(key string) error) error {
	seen := map[string]bool{}
	for r.decoder.More() {
		token, err := r.decoder.Token()
		if err != nil {
			return syntax(r.raw, err)
		}
		key, _ := token.(string)
		line := lineOf(r.raw, int(r.decoder.InputOffset()))
		if seen[key] {
			return &FormError{line, fmt.Sprintf("says %q twice", shorten(key))}
		}
		if r.keys++; r.keys > maxKeys {
			return &FormError{line, fmt.Sprintf("has more than %d keys", maxKeys)}
		}
		seen[key] = true
		if err := one(key); err != nil {
			return err
		}
	}
	_, err := r.decoder.Token()
	return err
}

// value walks over one value and the keys in it.
func (r *reader) value() error {
	token, err := r.decoder.Token()
	if err != nil {
		return syntax(r.raw, err)
	}
	switch token {
	case json.Delim('{'):
		return r.object(func(string) error { return r.value() })
	case json.Delim('['):
		for r.decoder.More() {
			if err := r.value(); err != nil {
				return err
			}
		}
		_, err = r.decoder.Token()
	}
	return err
}
