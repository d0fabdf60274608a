package platform

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

const (
	// maxDepth and maxValues bound an answer's nesting and its number of values: eight megabytes of "[[[[" or "[],[],"
	// would otherwise cost many times their size in memory.
	maxDepth  = 64
	maxValues = 500_000
)

// parseJSON reads one JSON value with numbers kept as text. It refuses trailing bytes, deep nesting and hordes of
// values.
func parseJSON(raw []byte) (any, error) {
	if err := checkJSON(raw); err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		return nil, errors.New("not valid JSON")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return v, nil
}

// checkJSON counts brackets and commas outside strings; whether the text is JSON at all is for the decoder to say.
func checkJSON(raw []byte) error {
	depth, values, quoted := 0, 0, false
	for i := 0; i < len(raw); i++ {
		switch b := raw[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '[' || b == '{':
			depth++
			values++
		case b == ']' || b == '}':
			depth--
		case b == ',':
			values++
		}
		if depth > maxDepth {
			return fmt.Errorf("JSON nested deeper than %d", maxDepth)
		}
		if values > maxValues {
			return fmt.Errorf("JSON with more than %d values", maxValues)
		}
	}
	return nil
}

// answer is a successful response, its envelope opened.
type answer struct {
	// from is the attempt that got this answer.
	from *outcome
	// data is the payload: what stands under "data", or the whole of a bare object or list.
	data any
	// top is the object around data, for the siblings that some routes put there; nil for a bare list.
	top map[string]any
	// serverTime is the Date header, zero when there was none.
	serverTime time.Time
}

// openEnvelope separates the payload from the envelope. It knows {success,message,data}, {status:"success",data} and
// bare values. The second result is false when the envelope itself says that the call failed.
func openEnvelope(v any) (answer, bool) {
	top, ok := v.(map[string]any)
	if !ok {
		return answer{data: v}, true
	}
	if flag, ok := top["success"]; ok {
		yes, err := wireBool(flag)
		return answer{data: top["data"], top: top}, err == nil && yes
	}
	if text, ok := top["status"].(string); ok && (text == "success" || text == "error") {
		return answer{data: top["data"], top: top}, text == "success"
	}
	return answer{data: v, top: top}, true
}

// saysSuccess is false for a bare value: whoever sent it has not said that it is the platform.
func (a answer) saysSuccess() bool {
	_, said := a.top["success"]
	return said || a.top["status"] == "success"
}

// Meta places a Page in its list. All figures are 0 when the platform did not say.
type Meta struct {
	CurrentPage int `json:"current_page"`
	PerPage     int `json:"per_page"`
	LastPage    int `json:"last_page"`
	// Total is the number of rows on all pages.
	Total int `json:"total"`
	// From and To are the ranks of the first and last row of this page, 0 on an empty one.
	From int `json:"from"`
	To   int `json:"to"`
	// ServerTime is the platform's clock when it answered, from the Date header; zero when it sent none.
	ServerTime time.Time `json:"-"`
	// More says that the platform named a next page and not the last one.
	More bool `json:"-"`
}

// Page is one page of a list.
type Page[T any] struct {
	Items []T
	Meta  Meta
}

// decodePage reads the list shapes in use: a paginator inside data, a list with a sibling pagination object, a named
// list and a pagination object inside data, and a plain list.
func decodePage[T any](a answer) (Page[T], error) {
	rows, figures, err := findRows(a)
	if err != nil {
		return Page[T]{}, err
	}
	page := Page[T]{Items: []T{}}
	if err := assignNamed("data", rows, &page.Items); err != nil {
		return Page[T]{}, err
	}
	page.Meta = Meta{CurrentPage: 1, LastPage: 1, Total: len(page.Items), PerPage: len(page.Items)}
	if figures != nil {
		page.Meta = Meta{}
		if err := assignNamed("pagination", figures, &page.Meta); err != nil {
			return Page[T]{}, err
		}
	}
	if object, ok := figures.(map[string]any); ok && page.Meta.LastPage == 0 {
		next, _ := object["next_page_url"].(string)
		page.Meta.More = next != ""
	}
	page.Meta.ServerTime = a.serverTime
	return page, nil
}

// findRows returns the list and the object that holds the page figures, nil for a plain list.
func findRows(a answer) (rows any, figures any, err error) {
	if list, ok := a.data.([]any); ok {
		return list, a.top["pagination"], nil
	}
	object, ok := a.data.(map[string]any)
	if !ok {
		return nil, nil, &shapeError{"data", kindOf(a.data) + " where a list belongs"}
	}
	if _, ok := object["current_page"]; ok {
		if list, ok := listOf(object["data"]); ok {
			return list, object, nil
		}
	}
	if figures, ok := object["pagination"]; ok {
		for _, name := range slices.Sorted(maps.Keys(object)) {
			if list, ok := object[name].([]any); ok {
				return list, figures, nil
			}
		}
	}
	return nil, nil, &shapeError{"data", "no list in the answer"}
}

func assignNamed[T any](name string, v any, dst *T) error {
	var shape *shapeError
	err := decode(v, dst)
	if errors.As(err, &shape) {
		return &shapeError{join(name, shape.path), shape.reason}
	}
	return err
}
