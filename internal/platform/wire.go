package platform

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"time"
)

// PHP says "1" and 1 for the same integer, 0 and false for the same truth, [] for an empty map, an object for a list
// with holes, and JSON inside a string where a column was encoded twice. decode reads all of them into plain Go types,
// in one place, so that the public structs need no special field types.
//
// A struct field is read from the key of its json tag, and from the keys of its wire tag when that one is absent or
// null.

// wireValue is a type that reads its own forms from a value of parseJSON.
type wireValue interface{ fromWire(v any) error }

// shapeError says where an answer is not what the contract describes.
type shapeError struct{ path, reason string }

func (e *shapeError) Error() string {
	if e.path == "" {
		return e.reason
	}
	return e.path + ": " + e.reason
}

// decode fills dst, a pointer, from a value made by parseJSON. Missing keys leave fields as they are.
func decode(v any, dst any) error { return assign("", v, reflect.ValueOf(dst).Elem()) }

var timeType = reflect.TypeFor[time.Time]()

func assign(path string, v any, dst reflect.Value) error {
	if own, ok := dst.Addr().Interface().(wireValue); ok {
		return located(path, own.fromWire(v))
	}
	if dst.Type() == timeType {
		t, err := wireTime(v)
		dst.Set(reflect.ValueOf(t))
		return located(path, err)
	}
	if v == nil {
		dst.SetZero()
		return nil
	}
	switch dst.Kind() {
	case reflect.Pointer:
		dst.Set(reflect.New(dst.Type().Elem()))
		return assign(path, v, dst.Elem())
	case reflect.Struct:
		return assignStruct(path, v, dst)
	case reflect.Slice, reflect.Array:
		return assignList(path, v, dst)
	case reflect.Map:
		return assignMap(path, v, dst)
	}
	return located(path, assignScalar(v, dst))
}

func assignScalar(v any, dst reflect.Value) error {
	switch dst.Kind() {
	case reflect.String:
		s, err := wireString(v)
		dst.SetString(s)
		return err
	case reflect.Bool:
		b, err := wireBool(v)
		dst.SetBool(b)
		return err
	case reflect.Float64:
		f, err := wireFloat(v)
		dst.SetFloat(f)
		return err
	case reflect.Int, reflect.Int64:
		n, err := wireInt(v)
		dst.SetInt(n)
		return err
	case reflect.Interface:
		dst.Set(reflect.ValueOf(v))
		return nil
	}
	return fmt.Errorf("no rule for %s", dst.Type())
}

func assignStruct(path string, v any, dst reflect.Value) error {
	v = unpack(v)
	object, ok := v.(map[string]any)
	if !ok {
		if list, isList := v.([]any); isList && len(list) == 0 {
			return nil
		}
		return &shapeError{path, kindOf(v) + " where an object belongs"}
	}
	for i := range dst.NumField() {
		field := dst.Type().Field(i)
		for _, key := range wireKeys(field) {
			value, present := object[key]
			if !present || value == nil {
				continue
			}
			if err := assign(join(path, key), value, dst.Field(i)); err != nil {
				return err
			}
			break
		}
	}
	return nil
}

// wireKeys lists the JSON keys of a field, the preferred one first.
func wireKeys(field reflect.StructField) []string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	if name == "" || name == "-" || !field.IsExported() {
		return nil
	}
	keys := []string{name}
	if more := field.Tag.Get("wire"); more != "" {
		keys = append(keys, strings.Split(more, ",")...)
	}
	return keys
}

func assignList(path string, v any, dst reflect.Value) error {
	list, ok := listOf(unpack(v))
	if !ok {
		return &shapeError{path, kindOf(v) + " where a list belongs"}
	}
	if dst.Kind() == reflect.Array {
		if len(list) != dst.Len() {
			return &shapeError{path, fmt.Sprintf("%d values where %d belong", len(list), dst.Len())}
		}
	} else {
		dst.Set(reflect.MakeSlice(dst.Type(), len(list), len(list)))
	}
	for i, item := range list {
		if err := assign(join(path, strconv.Itoa(i)), item, dst.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

// listOf returns the elements of a list, or those of an object in the order of its numeric keys.
func listOf(v any) ([]any, bool) {
	switch v := v.(type) {
	case []any:
		return v, true
	case map[string]any:
		return holed(v)
	}
	return nil, false
}

func holed(object map[string]any) ([]any, bool) {
	keys := make([]int, 0, len(object))
	for key := range object {
		n, err := strconv.Atoi(key)
		if err != nil {
			return nil, false
		}
		keys = append(keys, n)
	}
	sort.Ints(keys)
	list := make([]any, 0, len(keys))
	for _, n := range keys {
		list = append(list, object[strconv.Itoa(n)])
	}
	return list, true
}

func assignMap(path string, v any, dst reflect.Value) error {
	object, ok := unpack(v).(map[string]any)
	if !ok {
		if list, isList := unpack(v).([]any); !isList || len(list) > 0 {
			return &shapeError{path, kindOf(v) + " where an object belongs"}
		}
	}
	dst.Set(reflect.MakeMapWithSize(dst.Type(), len(object)))
	for key, value := range object {
		item := reflect.New(dst.Type().Elem()).Elem()
		if err := assign(join(path, key), value, item); err != nil {
			return err
		}
		dst.SetMapIndex(reflect.ValueOf(key), item)
	}
	return nil
}

// unpack returns what a twice-encoded value holds, or v itself.
func unpack(v any) any {
	text, ok := v.(string)
	if !ok || text == "" || text[0] != '[' && text[0] != '{' {
		return v
	}
	inner, err := parseJSON([]byte(text))
	if err != nil {
		return v
	}
	return inner
}

func wireString(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case bool:
		return strconv.FormatBool(v), nil
	}
	return "", fmt.Errorf("%s where a text belongs", kindOf(v))
}

func wireInt(v any) (int64, error) {
	var text string
	switch v := v.(type) {
	case json.Number:
		text = v.String()
	case string:
		text = strings.TrimSpace(v)
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, nil
	}
	// 3.0 and 1e1 are integers too, as far as PHP is concerned.
	d, err := ParseDecimal(text)
	if err != nil || !d.d.IsInteger() || !d.d.BigInt().IsInt64() {
		return 0, fmt.Errorf("%s where a whole number belongs", kindOf(v))
	}
	return d.d.IntPart(), nil
}

func wireFloat(v any) (float64, error) {
	var d Decimal
	if err := d.fromWire(v); err != nil {
		return 0, err
	}
	return d.Float64(), nil
}

func wireBool(v any) (bool, error) {
	text, err := wireString(v)
	if err != nil {
		return false, fmt.Errorf("%s where true or false belongs", kindOf(v))
	}
	switch strings.ToLower(text) {
	case "1", "true":
		return true, nil
	case "", "0", "false":
		return false, nil
	}
	return false, fmt.Errorf("%s where true or false belongs", kindOf(v))
}

func located(path string, err error) error {
	if err == nil {
		return nil
	}
	return &shapeError{path, err.Error()}
}

func join(path, key string) string {
	if path == "" {
		return bound(key, 64)
	}
	if key == "" {
		return path
	}
	return bound(path, 128) + "." + bound(key, 64)
}

// kindOf names the JSON kind of a value without repeating the value, which may be anything.
func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case bool:
		return "a boolean"
	case []any:
		return "a list"
	}
	return "an object"
}
