package yolo

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pythonNames is what Python prints for thirteen awkward names.
const pythonNames = `{0: 'bottle', 1: "driver's cup", 2: 'say "hi"', 3: 'both \' and "', 4: 'naïve', 5: 'tab\there', ` +
	`6: 'a: b, c}', 7: 'zero\u200bwidth', 8: 'emoji 🥤', 9: 'back\\slash', 10: 'nl\n', 11: '\x1b[31mred', 12: ''}`

func TestParseLiteral(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       any
	}{
		{"true, false and none of python", "[True, False, None]", []any{true, false, nil}},
		{"true, false and null of json", "[true,false,null]", []any{true, false, nil}},
		{"spaces anywhere", " {\n 0 :\t'a' , } ", Dict{{int64(0), "a"}}},
		{"an empty dictionary, list and tuple", "[{}, [], ()]", []any{Dict{}, []any{}, []any{}}},
		{"a tuple of one", "(1,)", []any{int64(1)}},
		{"parentheses that only group", "(1)", int64(1)},
		{"numbers", "[0, -1, 1.0, 1e-05, .5]", []any{int64(0), int64(-1), 1.0, 1e-05, .5}},
		{"arguments of an export", "{'batch': 1, 'half': False, 'opset': None, 'fraction': 1.0}",
			Dict{{"batch", int64(1)}, {"half", false}, {"opset", nil}, {"fraction", 1.0}}},
		{"every escape", `'\\\'\"\n\r\t\a\b\f\v\x41\u00e9\U0001F964\101\0'`, "\\'\"\n\r\t\a\b\f\vAé🥤A\x00"},
		{"an escape that means nothing stays", `'\d'`, `\d`},
		{"a pair of halves as json writes it", `"\ud83e\udd64"`, "🥤"},
		{"half a pair", `"\ud83ex"`, "\ufffdx"},
		{"half a pair before another character", `"\ud83e\u0041"`, "\ufffdA"},
		{"an escaped slash of json", `"a\/b"`, "a/b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseLiteral(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseLiteralRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"nothing", "", "a value is missing"},
		{"a call", "print(1)", "not a literal value"},
		{"an import", "__import__('os')", "not a literal value"},
		{"a sum", "1+1", "not a number"},
		{"a set", "{1, 2}", "a colon is missing"},
		{"a string without end", "'abc", "a string does not end"},
		{"a string that ends in a backslash", `'abc\`, "a string does not end"},
		{"a line break in a string", "'a\nb'", "a line break"},
		{"two values", "1 2", "more text after the end"},
		{"a missing comma", "[1 2]", "a comma is missing"},
		{"a list without end", "[1", "a comma is missing"},
		{"a comma first", "[,1]", "not a literal value"},
		{"a dictionary as key", "{{}: 1}", "a key must be"},
		{"a cut escape", `'\x4`, "an escape is cut short"},
		{"an escape that is no number", `'\xzz'`, "no character"},
		{"an escape beyond unicode", `'\UFFFFFFFF'`, "no character"},
		{"a named escape", `'\N{BULLET}'`, "not supported"},
		{"a number that is too large", "99999999999999999999", "not a number that can be held"},
		{"an infinite number", "1e999", "not a number that can be held"},
		{"bytes that are no text", "'\xff'", "not UTF-8"},
		{"nine levels", strings.Repeat("[", 9) + strings.Repeat("]", 9), "nested deeper than 8"},
		{"more than a mebibyte", strings.Repeat(" ", 1<<20) + "1", "longer than 1 MiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseLiteral(tt.text)
			var refused *MetadataError
			if !errors.As(err, &refused) {
				t.Fatalf("got %v, want a MetadataError", err)
			}
			if !strings.Contains(refused.Reason, tt.want) {
				t.Errorf("got %q, want %q in it", refused.Reason, tt.want)
			}
		})
	}
	if _, err := ParseLiteral(strings.Repeat("[", 8) + strings.Repeat("]", 8)); err != nil {
		t.Errorf("eight levels are refused: %v", err)
	}
}

func FuzzParseLiteral(f *testing.F) {
	for _, seed := range []string{pythonNames, `{"0":"a"}`, "[640, 640]", `'\ud83e\udd64'`, "((1,),)", "-1.5e3", "True"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, err := ParseLiteral(text)
		var refused *MetadataError
		if err != nil && !errors.As(err, &refused) {
			t.Errorf("got %T, want a MetadataError", err)
		}
		labels, err := ParseNames(text)
		if err == nil && (len(labels) == 0 || len(labels) > maxLabels) {
			t.Errorf("got %d labels", len(labels))
		}
	})
}
