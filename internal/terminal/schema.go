package terminal

import (
	"bytes"
	"encoding/json"
)

// Schema is a JSON Schema, draft 2020-12, in the order in which people read one.
type Schema struct {
	Dialect     string       `json:"$schema,omitempty"`
	Title       string       `json:"title,omitempty"`
	Description string       `json:"description,omitempty"`
	Type        any          `json:"type,omitempty"`
	Const       any          `json:"const,omitempty"`
	Format      string       `json:"format,omitempty"`
	Properties  namedSchemas `json:"properties,omitempty"`
	Required    []string     `json:"required,omitempty"`
	Items       *Schema      `json:"items,omitempty"`
	MinItems    int          `json:"minItems,omitempty"`
	MaxItems    int          `json:"maxItems,omitempty"`
	// Additional is true for an object that may grow, and the schema of the values of a map.
	Additional any `json:"additionalProperties,omitempty"`
}

type namedSchema struct {
	name string
	Schema
}

// namedSchemas is an object that keeps its order.
type namedSchemas []namedSchema

// MarshalJSON writes the names in their order.
func (n namedSchemas) MarshalJSON() ([]byte, error) {
	b := bytes.NewBufferString("{")
	for i, s := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(s.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(s.Schema)
		if err != nil {
			return nil, err
		}
		b.Write(append(append(name, ':'), value...))
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// SchemaOf describes the document that a command writes with --json; title and description say which. Documents grow, so that
// every object may have more than what is described.
func SchemaOf(document Type, title, description string) Schema {
	s := document.schema()
	s.Dialect, s.Title, s.Description = "https://json-schema.org/draft/2020-12/schema", title, description
	return s
}

func (t Type) schema() (s Schema) {
	names := map[Kind]string{Text: "string", Moment: "string", Integer: "integer", Number: "number", Truth: "boolean",
		Object: "object", Map: "object", List: "array"}
	name, known := names[t.Kind]
	switch {
	case known && t.Null:
		s.Type = []string{name, "null"}
	case known:
		s.Type = name
	}
	switch t.Kind {
	case Moment:
		s.Format = "date-time"
	case List:
		of := t.Of.schema()
		s.Items, s.MinItems, s.MaxItems = &of, t.Length, t.Length
	case Map:
		s.Additional = t.Of.schema()
	case Object:
		s.Additional = true
		s.describe(t.Fields)
	}
	return s
}

func (s *Schema) describe(fields []Field) {
	for _, f := range fields {
		property := f.schema()
		property.Description = f.Doc
		if f.Name == versionName {
			property.Const = SchemaVersion
		}
		s.Properties = append(s.Properties, namedSchema{f.Name, property})
		if !f.Optional {
			s.Required = append(s.Required, f.Name)
		}
	}
}
