package terminal

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/template"
	"time"
)

const (
	templateFlag = "--template"
	// maxRendered bounds what a template makes of one document, in bytes.
	maxRendered = 64 << 20
)

// Template is an expression in the language of Go's text/template.
type Template struct {
	parsed *template.Template
	// of is the type of the documents: a field that is absent in one of them is empty, any other name is a mistake.
	of Type
}

// ParseTemplate reads a template for documents of a type; now is the clock of timeago. The error is an *ExpressionError.
func ParseTemplate(source string, of Type, now func() time.Time) (*Template, error) {
	if err := tooLong(templateFlag, source); err != nil {
		return nil, err
	}
	parsed, err := template.New(templateFlag).Option("missingkey=error").Funcs(functions(now)).Parse(source)
	if err != nil {
		return nil, failedTemplate(err)
	}
	return &Template{parsed: parsed, of: of}, nil
}

// functions are few: what a template cannot do is easier with --jq.
func functions(now func() time.Time) template.FuncMap {
	return template.FuncMap{
		"json": func(v any) (string, error) {
			raw, err := json.Marshal(v)
			return string(raw), err
		},
		"join": func(separator string, list any) (string, error) { return join(separator, list) },
		"tsv": func(cells ...any) string {
			for i, cell := range cells {
				cells[i] = strings.NewReplacer("\t", " ", "\n", " ", "\r", " ").Replace(fmt.Sprint(cell))
			}
			line, _ := join("\t", cells)
			return line
		},
		"timeago": func(moment any) (string, error) {
			if _, absent := moment.(nothing); absent {
				return "", nil
			}
			t, err := time.Parse(time.RFC3339, fmt.Sprint(moment))
			return age(now().Sub(t)), err
		},
	}
}

func join(separator string, list any) (string, error) {
	items, ok := list.([]any)
	if _, absent := list.(nothing); !ok && !absent {
		return "", fmt.Errorf("join wants a list, not %T", list)
	}
	words := make([]string, len(items))
	for i, item := range items {
		words[i] = fmt.Sprint(item)
	}
	return strings.Join(words, separator), nil
}

// failedTemplate takes the names off that only the library knows.
func failedTemplate(err error) error {
	fact := strings.TrimPrefix(err.Error(), "template: "+templateFlag+":")
	fact = strings.NewReplacer("executing \""+templateFlag+"\" ", "", "map has no entry for key", "there is no field").Replace(fact)
	return &ExpressionError{Flag: templateFlag, Fact: "line " + fact}
}

// render writes the text, and ends its last line when the template has not. A template that does not end is left to itself: the
// process ends soon.
func (t *Template) render(ctx context.Context, doc []byte, people bool, out io.Writer) error {
	value, err := decode(doc)
	if err != nil {
		return err
	}
	made := &bounded{}
	done := make(chan error, 1)
	go func() { done <- t.parsed.Execute(made, prepared(value, t.of)) }()
	select {
	case <-ctx.Done():
		return stopped(ctx, templateFlag)
	case err = <-done:
	}
	if err != nil {
		return failedTemplate(err)
	}
	result := made.b.String()
	if people {
		result = cleanCells(result)
	}
	if result != "" && !strings.HasSuffix(result, "\n") {
		result += "\n"
	}
	_, err = io.WriteString(out, result)
	return err
}

type bounded struct{ b bytes.Buffer }

func (w *bounded) Write(text []byte) (int, error) {
	if w.b.Len()+len(text) > maxRendered {
		return 0, fmt.Errorf("more than %d MiB of text", maxRendered>>20)
	}
	return w.b.Write(text)
}

// nothing is null, or a field that is absent: no text, no item, not true.
type nothing []any

// String is empty, where the library would write "<no value>".
func (nothing) String() string { return "" }

// MarshalJSON is null.
func (nothing) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// prepared makes of a decoded document what templates work with: numbers that can be compared, and something in place of what
// is absent.
func prepared(v any, t Type) any {
	switch v := v.(type) {
	case nil:
		return nothing(nil)
	case json.Number:
		return number(v)
	case []any:
		for i := range v {
			v[i] = prepared(v[i], t.items())
		}
	case map[string]any:
		for name, value := range v {
			f, _ := t.field(name)
			if t.Kind == Map {
				f.Type = *t.Of
			}
			v[name] = prepared(value, f.Type)
		}
		for _, f := range t.Fields {
			if _, there := v[f.Name]; !there {
				v[f.Name] = nothing(nil)
			}
		}
	}
	return v
}

// items is the type of the items of a list, or that of something unknown.
func (t Type) items() Type {
	if t.Kind != List {
		return Type{Kind: Anything}
	}
	return *t.Of
}

func number(n json.Number) any {
	if whole, err := n.Int64(); err == nil {
		return whole
	}
	if real, err := n.Float64(); err == nil {
		return real
	}
	return n.String()
}
