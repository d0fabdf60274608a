package commands

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/myrvm/rvmctl/internal/terminal"
)

// schemaFolder holds what was promised to programs: the schema of each document, as it was when it was last checked in.
const schemaFolder = "docs/schemas"

// TestGeneratedSchemas keeps the checked-in schemas equal to the commands. With -update it writes them, but never one that takes
// something away from programs which rely on it: that needs another SchemaVersion.
func TestGeneratedSchemas(t *testing.T) {
	box, tree := newTree()
	written := map[string]bool{}
	for _, d := range box.Documents(tree) {
		name := schemaFolder + "/" + strings.ReplaceAll(d.Name, " ", "_") + ".json"
		written[filepath.Base(name)] = true
		raw, err := json.Marshal(d.Schema())
		if err != nil {
			t.Fatal(err)
		}
		var pretty bytes.Buffer
		_ = json.Indent(&pretty, raw, "", "  ")
		if taken := takenAway(t, name, raw); len(taken) > 0 {
			t.Errorf("rvmctl %s breaks programs that rely on its JSON; add fields instead, or raise terminal.SchemaVersion:\n  %s",
				d.Name, strings.Join(taken, "\n  "))
			continue
		}
		compare(t, name, pretty.String()+"\n")
	}
	promised, _ := filepath.Glob(filepath.Join(root, schemaFolder, "*.json"))
	for _, file := range promised {
		if !written[filepath.Base(file)] {
			t.Errorf("%s is promised, but no command writes it any more: remove the file if the command is really meant to go", file)
		}
	}
}

// takenAway lists what the checked-in schema promises and the new one does not.
func takenAway(t *testing.T, name string, raw []byte) []string {
	t.Helper()
	promised, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		return nil // compare tells
	}
	var before, now map[string]any
	if json.Unmarshal(promised, &before) != nil || json.Unmarshal(raw, &now) != nil {
		t.Fatalf("%s is no JSON", name)
	}
	return broken("", before, now)
}

// broken compares two schemas: fields may be added and described in other words, and nothing else.
func broken(path string, before, now map[string]any) (list []string) {
	was, is := before["properties"], now["properties"]
	if versionOf(before) != versionOf(now) {
		return nil
	}
	for _, key := range []string{"type", "format", "minItems", "maxItems"} {
		if !reflect.DeepEqual(before[key], now[key]) {
			list = append(list, fmt.Sprintf("%s: %s was %v, is %v", path, key, before[key], now[key]))
		}
	}
	for _, name := range names(before["required"]) {
		if !slices.Contains(names(now["required"]), name) && object(is)[name] != nil {
			list = append(list, path+"."+name+": was always there, may be absent now")
		}
	}
	for name, field := range object(was) {
		if object(is)[name] == nil {
			list = append(list, path+"."+name+": is gone")
			continue
		}
		list = append(list, broken(path+"."+name, object(field), object(object(is)[name]))...)
	}
	for _, key := range []string{"items", "additionalProperties"} {
		if below := object(before[key]); below != nil {
			list = append(list, broken(path+"[]", below, object(now[key]))...)
		}
	}
	slices.Sort(list)
	return list
}

func object(v any) map[string]any {
	o, _ := v.(map[string]any)
	return o
}

func names(v any) (list []string) {
	all, _ := v.([]any)
	for _, name := range all {
		list = append(list, fmt.Sprint(name))
	}
	return list
}

// versionOf is that of the documents which a schema describes, nil for a part of one.
func versionOf(schema map[string]any) any {
	return object(object(schema["properties"])["schema_version"])["const"]
}

// TestOnlyAddingIsNoBreak tries the rule itself.
func TestOnlyAddingIsNoBreak(t *testing.T) {
	t.Parallel()
	type item struct {
		ID int `json:"id"`
	}
	type longer struct {
		ID   int    `json:"id" doc:"other words"`
		Name string `json:"name"`
	}
	before := struct {
		Total int            `json:"total"`
		Items []item         `json:"items"`
		Words map[string]int `json:"words"`
	}{}
	for _, test := range []struct {
		name string
		now  any
		want string
	}{
		{"a new field is welcome, also below a list", struct {
			New   bool           `json:"new"`
			Total int            `json:"total"`
			Items []longer       `json:"items"`
			Words map[string]int `json:"words"`
		}{}, ""},
		{"a field that is gone is told", struct {
			Items []item         `json:"items"`
			Words map[string]int `json:"words"`
		}{}, ".total: is gone"},
		{"another type is told, in a map too", struct {
			Total string            `json:"total"`
			Items []item            `json:"items"`
			Words map[string]string `json:"words"`
		}{}, ".total: type was integer, is string; .words[]: type was integer, is string"},
		{"null where there was none is told", struct {
			Total *int           `json:"total"`
			Items []item         `json:"items"`
			Words map[string]int `json:"words"`
		}{}, ".total: type was integer, is [integer null]"},
		{"a field that may be absent now is told", struct {
			Total int            `json:"total,omitempty"`
			Items []item         `json:"items"`
			Words map[string]int `json:"words"`
		}{}, ".total: was always there, may be absent now"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := strings.Join(broken("", schemaOf(t, before), schemaOf(t, test.now)), "; "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func schemaOf(t *testing.T, result any) (schema map[string]any) {
	t.Helper()
	raw, err := json.Marshal(terminal.SchemaOf(terminal.DocumentOf(result), "", ""))
	if err == nil {
		err = json.Unmarshal(raw, &schema)
	}
	if err != nil {
		t.Fatal(err)
	}
	return schema
}
