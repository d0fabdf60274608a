package yolo

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseLabels(t *testing.T) {
	t.Parallel()
	ab := []string{"a", "b"}
	tests := []struct {
		name, text string
		want       []string
	}{
		{"one a line", "a\nb\n", ab},
		{"lines as windows writes them, with a mark in front", "\ufeffa\r\nb\r\n\r\n", ab},
		{"lines with spaces and colons", "wine glass\ncup: large\n", []string{"wine glass", "cup: large"}},
		{"a single line", "bottle", []string{"bottle"}},
		{"lines that yaml would take for something else", "no\n1\n~\n", []string{"no", "1", "~"}},
		{"yaml with a list", "path: ../data\nnames:\n  - a\n  - b\n", ab},
		{"yaml with ids", "# data\ntrain: x\nnames:\n  0: a\n  1: b\nnc: 2\n", ab},
		{"yaml with a list in one line", "nc: 2\nnames: ['a', \"b\"]\n", ab},
		{"yaml that is only a list", "- a\n- b\n", ab},
		{"yaml that is only ids", "0: a\n1: b\n", ab},
		{"yaml keeps texts", "names:\n  - no\n  - 1.0\n  - ~\n", []string{"no", "1.0", "class 2"}},
		{"json with names", `{"names": ["a", "b"], "other": {"x": 1}}`, ab},
		{"json with ids", `{"names": {"0": "a", "1": "b"}}`, ab},
		{"json that is only ids", `{"1": "b", "0": "a"}`, ab},
		{"json that is only a list", `["a", "b"]`, ab},
		{"python", `{0: 'a', 1: 'b'}`, ab},
		{"a flow of yaml", `{names: [a, b]}`, ab},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseLabels([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseLabelsRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"nothing", " \n", "the file is empty"},
		{"a picture", "\x89PNG\r\n\x1a\n\x00\x00", "not text"},
		{"bytes that are no text", "a\xff\n", "not text"},
		{"a gap between lines", "a\n\nb\n", "line 2: the line is empty"},
		{"a long line", "a\n" + strings.Repeat("b", 257), "line 2: the name is longer than 256 bytes"},
		{"too many lines", strings.Repeat("a\n", maxLabels+1), "more than 10000 names"},
		{"more than a mebibyte", strings.Repeat("a", 1<<20+1), "larger than 1 MiB"},
		{"names that are a text", "names: bottle\n", "line 1: neither a list nor a dictionary"},
		{"names that are lists", "names:\n  - [a]\n", "line 2: a name is no text"},
		{"names under an alias", "x: &x [a]\nnames: *x\n", "line 2: neither a list nor a dictionary"},
		{"an id twice", "names: {0: a, 00: b}\n", "id 0 is named twice"},
		{"broken yaml", "names: [a\n", "not YAML"},
		{"ids that are none", "names: {a: b}\n", `the id "a" is no number`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseLabels([]byte(tt.text))
			var refused *LabelsError
			if !errors.As(err, &refused) {
				t.Fatalf("got %v, want a LabelsError", err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %q, want %q in it", err, tt.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("got %q, want one line", err)
			}
		})
	}
}

func FuzzParseLabels(f *testing.F) {
	for _, seed := range []string{"a\nb\n", "names:\n  - a\n", "names: {0: a}", `["a"]`, "- a\n", "0: a\n", "x: &x a\nnames: [*x]", "{a: {b: [c"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		labels, err := ParseLabels(data)
		var refused *LabelsError
		if err != nil && !errors.As(err, &refused) {
			t.Fatalf("got %T, want a LabelsError", err)
		}
		if err == nil && (len(labels) == 0 || len(labels) > maxLabels) {
			t.Errorf("got %d labels", len(labels))
		}
		for _, label := range labels {
			if label == "" || len(label) > maxLabelBytes {
				t.Errorf("got the label %q", label)
			}
		}
	})
}
