//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
)

// matchesSchema holds every line of a file against the schema that rvmctl itself prints for a command, as a program of somebody
// else would: matches-schema deposit list stdout. A document without a line is no match.
func matchesSchema(ts *testscript.TestScript, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: matches-schema COMMAND... file")
	}
	command, file := args[:len(args)-1], args[len(args)-1]
	written := ts.ReadFile(file)
	ts.Check(ts.Exec("rvmctl", append([]string{"schema"}, command...)...))
	var schema map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &schema))
	documents := json.NewDecoder(strings.NewReader(written))
	count := 0
	for ; documents.More(); count++ {
		var document any
		ts.Check(documents.Decode(&document))
		if wrong := against(schema, document, ""); len(wrong) > 0 {
			ts.Fatalf("rvmctl %s does not write what its schema says:\n  %s", strings.Join(command, " "), strings.Join(wrong, "\n  "))
		}
	}
	if count == 0 {
		ts.Fatalf("%s holds no document", file)
	}
}

// against lists what a value has that its schema does not allow. It knows the words of JSON Schema that rvmctl uses, and refuses
// any other, so that none is overlooked.
func against(schema map[string]any, v any, path string) (wrong []string) {
	for _, word := range slices.Sorted(maps.Keys(schema)) {
		want := schema[word]
		switch word {
		case "$schema", "title", "description":
		case "type":
			kinds, _ := want.([]any)
			kinds = append(kinds, want)
			whole := kindOf(v) == "integer" && slices.Contains(kinds, any("number"))
			if !whole && !slices.Contains(kinds, any(kindOf(v))) {
				wrong = append(wrong, fmt.Sprintf("%s is %s, not %v", path, kindOf(v), want))
			}
		case "const":
			if !reflect.DeepEqual(v, want) {
				wrong = append(wrong, fmt.Sprintf("%s is %v, not %v", path, v, want))
			}
		case "format":
			if text, isText := v.(string); isText && !moment(text) {
				wrong = append(wrong, fmt.Sprintf("%s is %q, no time in UTC", path, text))
			}
		case "minItems", "maxItems":
			if items, isList := v.([]any); isList && float64(len(items)) != want {
				wrong = append(wrong, fmt.Sprintf("%s has %d items, not %v", path, len(items), want))
			}
		case "items", "properties", "required", "additionalProperties":
			wrong = append(wrong, within(word, schema, v, path)...)
		default:
			wrong = append(wrong, fmt.Sprintf("the schema of %s says %s", path, word))
		}
	}
	return wrong
}

// within looks at the parts of an object or a list.
func within(word string, schema map[string]any, v any, path string) (wrong []string) {
	object, _ := v.(map[string]any)
	items, _ := v.([]any)
	properties, _ := schema["properties"].(map[string]any)
	below, _ := schema[word].(map[string]any)
	names, _ := schema[word].([]any)
	switch word {
	case "items":
		for i, item := range items {
			wrong = append(wrong, against(below, item, fmt.Sprintf("%s[%d]", path, i))...)
		}
	case "required":
		for _, name := range names {
			if _, there := object[name.(string)]; object != nil && !there {
				wrong = append(wrong, fmt.Sprintf("%s.%s is missing", path, name))
			}
		}
	case "properties", "additionalProperties":
		for name, value := range object {
			part, known := properties[name].(map[string]any)
			if word == "additionalProperties" && below != nil && !known {
				part, known = below, true
			}
			switch {
			case known:
				wrong = append(wrong, against(part, value, path+"."+name)...)
			case word == "properties":
				wrong = append(wrong, path+"."+name+" is in no document")
			}
		}
	}
	return wrong
}

func moment(text string) bool {
	t, err := time.Parse(time.RFC3339, text)
	_, offset := t.Zone()
	return err == nil && offset == 0
}

func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case float64:
		if v == math.Trunc(v) {
			return "integer"
		}
		return "number"
	}
	return "object"
}

// TestEveryCommandWritesWhatItsSchemaSays types one example of each command with --json, after those that stand before it, and
// holds what it writes against its schema.
func TestEveryCommandWritesWhatItsSchemaSays(t *testing.T) {
	dir := t.TempDir()
	each(tree(), func(cmd *cobra.Command) {
		before, line := plainExample(cmd)
		if line == "" {
			return
		}
		lines := []string{"platform friendly", "world"}
		for _, earlier := range before {
			lines = append(lines, "example "+quoted(earlier))
		}
		verb := "documents "
		if needsEyes(line) {
			verb = "[onnx] documents "
		}
		lines = append(lines, verb+quoted(line)+" "+cmd.CommandPath(), "")
		name := strings.ReplaceAll(cmd.CommandPath(), " ", "_") + ".txtar"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Join(lines, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	})
	p := scripts(t)
	p.Dir, p.UpdateScripts = dir, false
	p.Cmds["documents"] = positive(documents)
	testscript.RunT(swept{t}, p)
}

func quoted(line string) string { return "'" + strings.ReplaceAll(line, "'", "''") + "'" }

// plainExample is the first example of a command that is nothing but this command, and ends with 0; it is empty when there is none.
// The lines before it may have prepared it.
func plainExample(cmd *cobra.Command) (before []string, line string) {
	if cmd.HasSubCommands() {
		return nil, ""
	}
	for line := range strings.Lines(cmd.Example) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "$ ")
		_, never := elsewhere[line]
		plain := strings.HasPrefix(line, cmd.CommandPath()) && !strings.ContainsAny(line, "|<>&;$`") && !strings.Contains(line, "--jq")
		switch {
		case never, strings.HasPrefix(line, served):
		case plain:
			return before, line
		default:
			before = append(before, line)
		}
	}
	return nil, ""
}

// documents types an example with --json: documents 'rvmctl deposit list' rvmctl deposit list.
func documents(ts *testscript.TestScript, args []string) {
	example(ts, []string{args[0] + " --json"})
	matchesSchema(ts, append(args[2:], "stdout"))
}
