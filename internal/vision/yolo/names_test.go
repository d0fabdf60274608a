package yolo

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseNames(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       []string
	}{
		{"what python prints", pythonNames, []string{"bottle", "driver's cup", `say "hi"`, `both ' and "`, "naïve", "tab\there",
			"a: b, c}", "zero\u200bwidth", "emoji 🥤", `back\slash`, "nl\n", "\x1b[31mred", "class 12"}},
		{"a list", "['a','b']", []string{"a", "b"}},
		{"json with ids as texts", `{"0":"a","1":"b"}`, []string{"a", "b"}},
		{"ids out of order", "{1: 'b', 0: 'a'}", []string{"a", "b"}},
		{"a gap", "{0: 'a', 3: 'd'}", []string{"a", "class 1", "class 2", "d"}},
		{"names that are numbers", "{0: 0, 1: 1}", []string{"0", "1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseNames(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseNamesRefuses(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for i := range maxLabels + 1 {
		fmt.Fprintf(&many, "'%d',", i)
	}
	tests := []struct{ name, text, want string }{
		{"no names", "{}", "there are no names"},
		{"a negative id", "{-1: 'a'}", "the id -1 is outside"},
		{"an id twice", "{0: 'a', 0: 'b'}", "id 0 is named twice"},
		{"an id twice in two forms", "{0: 'a', '0': 'b'}", "id 0 is named twice"},
		{"a huge id", "{4000000000: 'a'}", "is outside 0 to 9999"},
		{"an id that is no number", "{'a': 'a'}", `the id "a" is no number`},
		{"an id that is not whole", "{0.5: 'a'}", "an id is no whole number"},
		{"a name that is no text", "{0: ['a']}", "the name of id 0 is no text"},
		{"a name of 257 bytes", "{0: '" + strings.Repeat("a", 257) + "'}", "longer than 256 bytes"},
		{"more than ten thousand names", "[" + many.String() + "]", "more than 10000 names"},
		{"a text", "'bottle'", "neither a dictionary nor a list"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseNames(tt.text)
			var refused *MetadataError
			if !errors.As(err, &refused) || refused.Key != "names" {
				t.Fatalf("got %v, want a MetadataError about names", err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %q, want %q in it", err, tt.want)
			}
		})
	}
}

// TestParseNamesOfRealFiles reads the names where they stand as text in two real exports.
func TestParseNamesOfRealFiles(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"yolo11n_int8_320.onnx", "yolov8n-seg_int8_320.onnx"} {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(sharedFile(t, "vision", "weights", name))
			if err != nil {
				t.Fatal(err)
			}
			_, after, _ := strings.Cut(string(data), "{0: 'person'")
			inner, _, found := strings.Cut(after, "}")
			if !found {
				t.Fatal("the file has no names")
			}
			labels, err := ParseNames("{0: 'person'" + inner + "}")
			if err != nil {
				t.Fatal(err)
			}
			if len(labels) != 80 || labels[39] != "bottle" || labels[79] != "toothbrush" {
				t.Errorf("got %d labels, %q", len(labels), labels)
			}
		})
	}
}
