package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

func console(in string, tty bool) (*terminal.Console, *bytes.Buffer) {
	var out bytes.Buffer
	return terminal.New(terminal.Options{In: strings.NewReader(in), Out: &out, Err: &bytes.Buffer{}, OutTTY: tty}), &out
}

func TestWhatIsTypedBecomesACall(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "body.json")
	if err := os.WriteFile(file, []byte(`{"a":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name        string
		o           Options
		body, query string
		refused     string
	}{
		{"nothing", Options{Method: "get"}, "", "", ""},
		{"a text that looks like a number", Options{Method: "POST", Fields: []string{"code=007"}}, `{"code":"007"}`, "", ""},
		{"a number, digit for digit", Options{Method: "POST", Fields: []string{"weight:=0.2500"}}, `{"weight":0.2500}`, "", ""},
		{"all kinds, in order", Options{Method: "PUT", Fields: []string{"b:=true", "a:=null", "l:=[1]", `t:="1"`}}, `{"b":true,"a":null,"l":[1],"t":"1"}`, "", ""},
		{"a text with signs in it", Options{Method: "POST", Fields: []string{"note=a=b:=c, d"}}, `{"note":"a=b:=c, d"}`, "", ""},
		{"an empty text", Options{Method: "POST", Fields: []string{"note="}}, `{"note":""}`, "", ""},
		{"a query", Options{Method: "GET", Fields: []string{"status=a&b", "n:=0.50", `t:="x"`}}, "", "n=0.50&status=a%26b&t=x", ""},
		{"a list in a query", Options{Method: "GET", Fields: []string{"id[]=1", "id[]=2"}}, "", "id%5B%5D=1&id%5B%5D=2", ""},
		{"the query of a deletion beside its body", Options{Method: "DELETE", Fields: []string{"force=1"}, Input: file}, `{"a":1}`, "force=1", ""},
		{"a body of a file", Options{Method: "POST", Input: file}, `{"a":1}`, "", ""},
		{"a body of standard input", Options{Method: "POST", Input: "-"}, `{"stdin":1}`, "", ""},
		{"no sign", Options{Method: "POST", Fields: []string{"weight"}}, "", "", "no ="},
		{"no name", Options{Method: "POST", Fields: []string{"=1"}}, "", "", "no name"},
		{"a number with a comma", Options{Method: "POST", Fields: []string{"weight:=0,5"}}, "", "", "no JSON"},
		{"a field twice", Options{Method: "POST", Fields: []string{"a=1", "a=2"}}, "", "", "twice"},
		{"an object in a query", Options{Method: "GET", Fields: []string{`a:= {"b":1}`}}, "", "", "list or an object"},
		{"a secret where all can see it", Options{Method: "POST", Fields: []string{"password=hunter22"}}, "", "", "secret"},
		{"a secret in brackets", Options{Method: "GET", Fields: []string{"user[password]=hunter22"}}, "", "", "secret"},
		{"a list of secrets", Options{Method: "GET", Fields: []string{"pins[]=hunter22"}}, "", "", "secret"},
		{"a secret inside an object", Options{Method: "POST", Fields: []string{`user:={"password":"hunter22"}`}}, "", "", "secret"},
		{"a secret inside a text", Options{Method: "POST", Fields: []string{`user={"password":"hunter22"}`}}, "", "", "secret"},
		{"a secret by its shape", Options{Method: "POST", Fields: []string{"note=Bearer hunter22"}}, "", "", "secret"},
		{"a secret in the path", Options{Method: "GET", Path: "/x?a=1&token=hunter22"}, "", "", "secret"},
		{"a secret in brackets in the path", Options{Method: "POST", Path: "/x?a%5Bpin%5D=hunter22"}, "", "", "secret"},
		{"a session's token, which is none", Options{Method: "GET", Path: "/x?session_token=a"}, "", "", ""},
		{"two bodies", Options{Method: "POST", Fields: []string{"a=1"}, Input: file}, "", "", "both"},
		{"a body with GET", Options{Method: "GET", Input: file}, "", "", "does not go with GET"},
		{"pages of a change", Options{Method: "POST", Paginate: true}, "", "", "only goes with GET"},
		{"a folder", Options{Method: "POST", Input: filepath.Dir(file)}, "", "", "no regular file"},
		{"a device", Options{Method: "POST", Input: os.DevNull}, "", "", "no regular file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.o.Path = cmp.Or(tt.o.Path, "/x")
			tt.o.Console, _ = console(`{"stdin":1}`, false)
			c, err := tt.o.call()
			var usage *toolbox.UsageError
			if tt.refused != "" {
				if !errors.As(err, &usage) || !strings.Contains(err.Error(), tt.refused) || strings.Contains(err.Error()+usage.Hint, "hunter22") {
					t.Errorf("got %v, want %q", err, tt.refused)
				}
				return
			}
			if err != nil || string(c.Body) != tt.body || c.Query.Encode() != tt.query {
				t.Errorf("got body %s, query %s, %v", c.Body, c.Query.Encode(), err)
			}
		})
	}
}

func TestInputIsBounded(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"", " \n", `"` + strings.Repeat("a", maxInput)} {
		o := Options{Method: "POST", Input: "-"}
		o.Console, _ = console(in, false)
		var usage *toolbox.UsageError
		if _, err := o.call(); !errors.As(err, &usage) {
			t.Errorf("%d bytes: got %v", len(in), err)
		}
	}
}

func TestAnAnswerIsOneLineForProgramsAndHarmlessForPeople(t *testing.T) {
	t.Parallel()
	body := json.RawMessage("{\"a\":\"x\u009b31m\u202e\u0085\",\"b\":[1]}")
	c, out := console("", false)
	if err := c.Emit(Answer{Status: 200, Body: body}); err != nil || out.String() != string(body)+"\n" {
		t.Errorf("got %q, %v", out, err)
	}
	c, out = console("", true)
	if err := c.Emit(Answer{Status: 200, Body: body}); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out.String(), "\u009b\u202e\u0085") || !strings.Contains(out.String(), "{\n  \"a\": ") {
		t.Errorf("got %q", out)
	}
	var back map[string]any
	if err := json.Unmarshal(out.Bytes(), &back); err != nil || back["a"] != "x\u009b31m\u202e\u0085" {
		t.Errorf("what people copy is not what was sent: %v, %v", back, err)
	}
}

func FuzzParseField(f *testing.F) {
	for _, seed := range []string{"a=b", "weight:=0.50", "a:=[1", "=", "a[b]:=\"\\u0000\""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, word string) {
		one, err := parseField(word)
		var usage *toolbox.UsageError
		if err != nil && !errors.As(err, &usage) {
			t.Fatalf("an error of another kind: %v", err)
		}
		if err != nil {
			return
		}
		body, err := object([]field{one})
		if err != nil || !json.Valid(body) {
			t.Fatalf("%q became %q, %v", word, body, err)
		}
		if _, err := query([]field{one}); err != nil && !errors.As(err, &usage) {
			t.Fatalf("an error of another kind: %v", err)
		}
	})
}
