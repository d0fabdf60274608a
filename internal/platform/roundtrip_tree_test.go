package platform

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// How an answer and what the client keeps of it can differ without a mistake in the client.
const (
	// unread is a key that no field reads, empty is one that was null in every answer besides.
	unread = "unread"
	empty  = "empty"
	// nulled is a null that is kept as an empty text, a zero or false.
	nulled = "null"
	// added is a field that has a value although the answer has no such key.
	added = "added"
	// hidden is a text of an error that was redacted.
	hidden = "hidden"
)

// trip compares answers with the values that were decoded from them.
type trip struct {
	// noted are the differences, "unread Deposit.cv_weight", with the name of the answer that showed each first.
	noted map[string]string
	// fields are the modelled fields that an answer had, "Deposit.weight"; values is how often any of them was compared.
	fields map[string]bool
	values int
	// wrong are the mistakes.
	wrong []string
	// answer names the answer in work.
	answer string
}

func newTrip() *trip { return &trip{noted: map[string]string{}, fields: map[string]bool{}} }

func (t *trip) note(kind, what string) {
	if key := kind + " " + what; t.noted[key] == "" {
		t.noted[key] = t.answer
	}
}

func (t *trip) mistake(path string, original any, kept reflect.Value) {
	t.wrong = append(t.wrong, fmt.Sprintf("%s: %s: the answer has %.80s, the client keeps %.80s", t.answer, path, fmt.Sprint(original), fmt.Sprint(kept)))
}

// value compares one value of an answer with what was decoded from it. owner is the field it belongs to, "Deposit.weight".
func (t *trip) value(owner string, original any, kept reflect.Value) {
	if original == nil {
		t.null(owner, kept)
		return
	}
	switch kept.Kind() {
	case reflect.Pointer, reflect.Interface:
		if kept.IsNil() {
			t.mistake(owner, original, kept)
			return
		}
		t.value(owner, original, kept.Elem())
		return
	}
	if again, isLeaf := leaf(kept); isLeaf {
		t.values++
		if !sameLeaf(original, again) {
			t.mistake(owner, original, kept)
		}
		return
	}
	switch kept.Kind() {
	case reflect.Struct:
		t.object(owner, original, kept)
	case reflect.Slice, reflect.Array:
		t.list(owner, original, kept)
	case reflect.Map:
		t.keyed(owner, original, kept)
	default:
		t.mistake(owner, original, kept)
	}
}

// null is kept whole by what can be nil; the rest turns it into something that could be a value.
func (t *trip) null(owner string, kept reflect.Value) {
	switch kept.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map:
		if !kept.IsNil() {
			t.mistake(owner, nil, kept)
		}
		return
	}
	again, _ := leaf(kept)
	if !kept.IsZero() {
		t.mistake(owner, nil, kept)
	} else if _, isTime := again.(time.Time); !isTime {
		t.note(nulled, owner)
	}
}

// leaf encodes a value that is no object and no list, as the model's own JSON has it, a secret in clear.
func leaf(v reflect.Value) (again any, isLeaf bool) {
	switch own := v.Interface().(type) {
	case Secret:
		return own.Reveal(), true
	case time.Time:
		return own, true
	case Decimal:
		return own, true
	}
	switch v.Kind() {
	case reflect.Struct, reflect.Slice, reflect.Array, reflect.Map, reflect.Invalid:
		return nil, false
	}
	raw, err := json.Marshal(v.Interface())
	if err != nil {
		return err, true
	}
	again, err = parseJSON(raw)
	if err != nil {
		return err, true
	}
	return again, true
}

// sameLeaf is equality of texts and truths, of numbers in either spelling, and of instants.
func sameLeaf(original, again any) bool {
	switch again := again.(type) {
	case time.Time:
		text, _ := original.(string)
		at, err := ParseTime(text)
		return err == nil && at.Equal(again)
	case Decimal:
		text, err := wireString(original)
		d, failed := ParseDecimal(text)
		return err == nil && failed == nil && d.Equal(again)
	case bool:
		yes, err := wireBool(original)
		return err == nil && yes == again
	case json.Number:
		text, err := wireString(original)
		return err == nil && text == again.String()
	}
	return original == again
}

func (t *trip) object(owner string, original any, kept reflect.Value) {
	object, ok := unpack(original).(map[string]any)
	if !ok {
		t.mistake(owner, original, kept)
		return
	}
	name, read := kept.Type().Name(), map[string]bool{}
	for _, f := range fieldsOf(kept) {
		field := f.of + "." + f.keys[0]
		present := slices.ContainsFunc(f.keys, func(key string) bool { _, ok := object[key]; return ok })
		if !present && !f.value.IsZero() {
			t.note(added, field)
		}
		for _, key := range f.keys {
			if original, ok := object[key]; ok {
				read[key], t.fields[field] = true, true
				t.value(field, original, f.value)
			}
		}
	}
	for key, value := range object {
		if read[key] {
			continue
		}
		t.note(empty, name+"."+key)
		if value != nil {
			t.note(unread, name+"."+key)
		}
	}
}

// modelled is one field of a model, the type that declares it, and the keys that it is read from.
type modelled struct {
	of    string
	keys  []string
	value reflect.Value
}

// fieldsOf lists the fields of a struct, those of embedded structs among them.
func fieldsOf(v reflect.Value) []modelled {
	var list []modelled
	for i := range v.NumField() {
		if v.Type().Field(i).Anonymous {
			list = append(list, fieldsOf(v.Field(i))...)
		} else if keys := wireKeys(v.Type().Field(i)); keys != nil {
			list = append(list, modelled{v.Type().Name(), keys, v.Field(i)})
		}
	}
	return list
}

func (t *trip) list(owner string, original any, kept reflect.Value) {
	list, ok := listOf(unpack(original))
	if !ok || len(list) != kept.Len() {
		t.mistake(owner, original, kept)
		return
	}
	for i, item := range list {
		t.value(owner, item, kept.Index(i))
	}
}

// keyed compares a map; PHP writes an empty one as a list.
func (t *trip) keyed(owner string, original any, kept reflect.Value) {
	object, ok := unpack(original).(map[string]any)
	if list, isList := original.([]any); !ok && (!isList || len(list) > 0) || len(object) != kept.Len() {
		t.mistake(owner, original, kept)
		return
	}
	for key, value := range object {
		if item := kept.MapIndex(reflect.ValueOf(key)); item.IsValid() {
			t.value(owner, value, item)
		} else {
			t.mistake(owner+" "+strconv.Quote(key), value, item)
		}
	}
}

// lines are the differences of a kind, sorted.
func (t *trip) lines() []string {
	lines := make([]string, 0, len(t.noted))
	for line := range t.noted {
		if what, isEmpty := strings.CutPrefix(line, empty+" "); !isEmpty || t.noted[unread+" "+what] == "" {
			lines = append(lines, line)
		}
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a, b) })
	return lines
}
