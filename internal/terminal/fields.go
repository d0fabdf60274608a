package terminal

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Kind is what JSON makes of a Go type, in the words of the documents.
type Kind string

// The kinds. Map is an object whose names are not known beforehand; Anything is what somebody else wrote.
const (
	Text     Kind = "text"
	Integer  Kind = "integer"
	Number   Kind = "number"
	Truth    Kind = "true or false"
	Moment   Kind = "time"
	Object   Kind = "object"
	List     Kind = "list"
	Map      Kind = "map"
	Anything Kind = "anything"
)

// Type is a Go type as JSON shows it. The documents, the fields of --json, their check and the JSON Schemas are all made of it.
type Type struct {
	Kind Kind
	// Null says that null may stand in its place.
	Null bool
	// Of is the type of the items of a List and of the values of a Map.
	Of *Type
	// Length is the number of items of a List that always has as many, otherwise 0.
	Length int
	// Fields are those of an Object in their order.
	Fields []Field
}

// Field is one field of an object.
type Field struct {
	Type
	// Name is its key, Doc its meaning from the tag doc.
	Name, Doc string
	// Optional says that it may be absent.
	Optional bool
}

// Path is a field with the way to it from the top, such as deposits[].id.
type Path struct{ Path, Kind, Doc string }

// TypeOf is the type of a result. It looks at the Go type alone, never at values.
func TypeOf(v any) Type { return typeOf(reflect.TypeOf(v), nil) }

// version is the field that every document begins with.
func version() Field {
	return Field{Type: Type{Kind: Integer}, Name: versionName, Doc: "version of the fields; within one they are only added"}
}

// endpoint is the field of a document that names the address that answered.
func endpoint() Field {
	return Field{Type: Type{Kind: Text}, Name: endpointName, Optional: true,
		Doc: "address of the platform that answered last, where two are set"}
}

const (
	versionName  = "schema_version"
	endpointName = "endpoint"
)

// DocumentOf is the type of a whole document: that of a result behind the version of its fields and the address that answered.
func DocumentOf(v any) Type {
	t := TypeOf(v)
	t.Fields = append([]Field{version(), endpoint()}, t.Fields...)
	return t
}

func typeOf(t reflect.Type, above []reflect.Type) Type {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return Type{Kind: Moment}
	case t.Kind() == reflect.Pointer:
		inner := typeOf(t.Elem(), above)
		inner.Null = true
		return inner
	case writesItself[encoding.TextMarshaler](t):
		return Type{Kind: Text}
	case writesItself[json.Marshaler](t), t.Kind() == reflect.Interface, slices.Contains(above, t):
		return Type{Kind: Anything}
	}
	return plainType(t, append(slices.Clip(above), t))
}

func writesItself[M any](t reflect.Type) bool { return t.Implements(reflect.TypeFor[M]()) }

func plainType(t reflect.Type, above []reflect.Type) Type {
	switch t.Kind() {
	case reflect.Struct:
		return Type{Kind: Object, Fields: fieldsOf(t, above)}
	case reflect.Map:
		of := typeOf(t.Elem(), above)
		return Type{Kind: Map, Of: &of}
	case reflect.Slice, reflect.Array:
		if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 {
			return Type{Kind: Text}
		}
		of := typeOf(t.Elem(), above)
		list := Type{Kind: List, Of: &of}
		if t.Kind() == reflect.Array {
			list.Length = t.Len()
		}
		return list
	case reflect.String:
		return Type{Kind: Text}
	case reflect.Bool:
		return Type{Kind: Truth}
	case reflect.Float32, reflect.Float64:
		return Type{Kind: Number}
	}
	return Type{Kind: Integer}
}

// fieldsOf follows encoding/json: an embedded struct without a name lends its fields, and a field of its own hides them.
func fieldsOf(t reflect.Type, above []reflect.Type) (list []Field) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		switch {
		case name == "-":
		case f.Anonymous && name == "" && inner.Kind() == reflect.Struct:
			list = append(list, fieldsOf(inner, append(slices.Clip(above), inner))...)
		case f.IsExported():
			list = slices.DeleteFunc(list, func(lent Field) bool { return lent.Name == name })
			list = append(list, newField(f, name, options, above))
		}
	}
	return list
}

func newField(f reflect.StructField, name, options string, above []reflect.Type) Field {
	field := Field{Type: typeOf(f.Type, above), Name: name, Doc: f.Tag.Get("doc"), Optional: strings.Contains(options, "omit")}
	if field.Optional {
		field.Null = false // what would be null is left out
	}
	return field
}

// Words name the type for people.
func (t Type) Words() string {
	words := string(t.Kind)
	switch t.Kind {
	case Integer:
		words = string(Number)
	case Map:
		words = string(Object)
	case List:
		words = "list of " + t.Of.Words()
	}
	if t.Null {
		words += " or null"
	}
	return words
}

// Paths lists every field with those below it.
func (t Type) Paths() []Path { return t.paths("", nil) }

func (t Type) paths(prefix string, list []Path) []Path {
	for _, f := range t.Fields {
		words, name := f.Words(), prefix+f.Name
		if f.Optional {
			words += ", may be absent"
		}
		list = append(list, Path{name, words, f.Doc})
		inner := f.Type
		for inner.Kind == List {
			inner, name = *inner.Of, name+"[]"
		}
		list = inner.paths(name+".", list)
	}
	return list
}

// field finds a field of an object by its name.
func (t Type) field(name string) (Field, bool) {
	i := slices.IndexFunc(t.Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return t.Fields[i], true
}
