package exchanges

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the fixtures again from the recordings beside the repository")

// longRun is how many equal letters in a row are written as a repetition.
const longRun = 1000

func TestAll(t *testing.T) {
	t.Parallel()
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 300 {
		t.Errorf("got %d exchanges, want 300", len(all))
	}
	byName := map[string]Exchange{}
	for _, x := range all {
		byName[x.Name] = x
	}
	if got := byName["auth_login_invalid_utf8"].Request.Body; !bytes.Contains(got, []byte{'a', 0xff, '@'}) {
		t.Errorf("got %q, want the byte 0xff in it", got)
	}
	if got := len(byName["deposit_body_9mb"].Request.Body); got != 9000086 {
		t.Errorf("got a body of %d bytes, want 9000086", got)
	}
	if got := byName["route_404"].Response.Body; !bytes.HasPrefix(got, []byte("{\n    \"message\"")) {
		t.Errorf("got %q, want it in several lines", got)
	}
}

// TestFixturesAreTheRecordings writes every fixture again from the recordings and compares byte by byte.
func TestFixturesAreTheRecordings(t *testing.T) {
	t.Parallel()
	recorded := readRecordings(t)
	for area, text := range render(recorded) {
		file := filepath.Join("testdata", area+".http")
		if *update {
			if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s differs from the recordings (%v); -update writes it again", file, err)
		}
	}
	if *update {
		return // what is embedded in this test is older than the files now
	}
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range recorded {
		if got := all[i]; !reflect.DeepEqual(got, want) {
			t.Errorf("exchange %d: got %.300v, want %.300v", i+1, got, want)
		}
	}
}

// readRecordings reads the recordings that may lie beside the repository, and skips the test when they do not.
func readRecordings(t *testing.T) []Exchange {
	t.Helper()
	file := filepath.Join("..", "..", "..", "shared", "platform", "recorded", "exchanges.jsonl")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Skipf("the recordings are not at %s", file)
	}
	var all []Exchange
	for line := range bytes.Lines(text) {
		var r struct {
			Name    string
			Request struct {
				Method, Path string
				Headers      map[string]string
				Body         *string
			}
			Response struct {
				Status  int
				Headers map[string]string
				Body    *string
			}
			Config, Trimmed, Note string
		}
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, Exchange{Number: len(all) + 1, Name: r.Name, Area: areaOf(r.Request.Path),
			Request:  Request{r.Request.Method, r.Request.Path, r.Request.Headers, asSent(r.Request.Body)},
			Response: Response{r.Response.Status, r.Response.Headers, asSent(r.Response.Body)},
			Config:   r.Config, Trimmed: r.Trimmed, Note: r.Note})
	}
	return all
}

func areaOf(path string) string {
	for _, known := range [][2]string{{"/api/v2/auth", "auth"}, {"/api/user", "auth"}, {"/api/v2/rvms", "rvms"}, {"/api/v2/rvm/", "sessions"},
		{"/api/v2/admin/rvm", "admin-rvms"}, {"/api/v2/deposits", "deposits"}, {"/api/v2/user/", "balance"}, {"/api/v2/vouchers", "console"},
		{"/api/v2/analytics", "console"}, {"/api/v2/tenants", "console"}, {"/api/v2/users", "console"}, {"/api/v2/admin/", "console"},
		{"/api/v2/gemini", "console"}} {
		if strings.HasPrefix(path, known[0]) {
			return known[1]
		}
	}
	return "routing"
}

var cutShort = regexp.MustCompile(`\.\.\.\[(\d+) bytes in all: the letter A goes on, then "}\]$`)

// asSent undoes what the recorder did to keep its lines short and readable.
func asSent(body *string) []byte {
	if body == nil {
		return nil
	}
	text := strings.ReplaceAll(*body, `\xff`, "\xff")
	if m := cutShort.FindStringSubmatchIndex(text); m != nil {
		var length int
		_, _ = fmt.Sscan(text[m[2]:m[3]], &length)
		text = text[:m[0]] + strings.Repeat("A", length-m[0]-2) + `"}`
	}
	return []byte(text)
}

// render writes one fixture an area.
func render(all []Exchange) map[string][]byte {
	out := map[string][]byte{}
	for _, x := range all {
		b := bytes.NewBuffer(out[x.Area])
		fmt.Fprintf(b, "=== %03d %s\n", x.Number, x.Name)
		for _, line := range [][2]string{{"config", x.Config}, {"trimmed", x.Trimmed}, {"note", x.Note}} {
			if line[1] != "" {
				fmt.Fprintf(b, "%s: %s\n", line[0], line[1])
			}
		}
		fmt.Fprintf(b, "> %s %s\n", x.Request.Method, x.Request.Path)
		renderPart(b, "> ", x.Request.Headers, x.Request.Body)
		fmt.Fprintf(b, "< %d\n", x.Response.Status)
		renderPart(b, "< ", x.Response.Headers, x.Response.Body)
		b.WriteString("\n")
		out[x.Area] = b.Bytes()
	}
	return out
}

func renderPart(b *bytes.Buffer, mark string, headers map[string]string, body []byte) {
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		fmt.Fprintf(b, "%s%s: %s\n", mark, name, headers[name])
	}
	if body == nil {
		return
	}
	for line := range bytes.SplitSeq(body, []byte("\n")) {
		start, end := run(line)
		if end-start < longRun {
			fmt.Fprintf(b, "%s\n", bytes.TrimRight(append([]byte("| "), line...), emptyLine(line)))
			continue
		}
		fmt.Fprintf(b, "| %s\n* %d %c\n+ %s\n", line[:start], end-start, line[start], line[end:])
	}
}

// emptyLine lets no blank stand at the end of an empty line.
func emptyLine(line []byte) string {
	if len(line) == 0 {
		return " "
	}
	return ""
}

// run finds the longest run of one byte.
func run(line []byte) (start, end int) {
	for i := 0; i < len(line); {
		j := i
		for j < len(line) && line[j] == line[i] {
			j++
		}
		if j-i > end-start {
			start, end = i, j
		}
		i = j
	}
	return start, end
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	const good = "=== 1 a\n> GET /\n< 200\n"
	tests := []struct {
		name, text, want string
		line             int
	}{
		{"a request without a heading", "> GET /\n", "no exchange yet", 1},
		{"a heading without a name", "=== 1\n", "its number and its name", 1},
		{"a heading without a number", "=== one a\n", "its number and its name", 1},
		{"an exchange without an answer", "=== 1 a\n> GET /\n", "a has no answer", 2},
		{"an exchange without an answer before another", "=== 1 a\n> GET /\n=== 2 b\n", "a has no answer", 3},
		{"an answer without a request", "=== 1 a\n< 200\n", "before the request", 2},
		{"a request after the answer", good + "> X: y\n", "after the answer", 4},
		{"a method without a path", "=== 1 a\n> GET\n", "its method and path", 2},
		{"a status out of range", "=== 1 a\n> GET /\n< 999\n", "its status", 3},
		{"a header twice", good + "< a: b\n< a: c\n", "twice", 5},
		{"a header without a value", good + "< a\n", "a name and a value", 4},
		{"a body before the request", "=== 1 a\n| x\n", "before the request", 2},
		{"a body that goes on with nothing", good + "+ x\n", "nothing to go on", 4},
		{"a repetition of two letters", good + "| x\n* 5 AB\n", "a number and a letter", 5},
		{"a repetition beyond every body", good + "| x\n* 99999999999 A\n", "a number and a letter", 5},
		{"repetitions beyond every body", good + "| x\n* 16777216 A\n", "too long", 5},
		{"a line of another kind", good + "body: x\n", "no line of a fixture", 4},
		{"a remark twice", good + "note: x\nnote: y\n", "no line of a fixture", 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := parse("x.http", []byte(tt.text))
			var wrong *SyntaxError
			if !errors.As(err, &wrong) || !strings.Contains(wrong.Reason, tt.want) || wrong.Line != tt.line {
				t.Errorf("got %v, want line %d: …%s…", err, tt.line, tt.want)
			}
		})
	}
	if err := inOrder([]Exchange{{Number: 1, Name: "a"}, {Number: 3, Name: "b"}}); err == nil {
		t.Error("a gap went through")
	}
	if err := inOrder([]Exchange{{Number: 1, Name: "a"}, {Number: 2, Name: "a"}}); err == nil {
		t.Error("a name went through twice")
	}
}

// FuzzParse also proves that whatever can be read can be written and read again.
func FuzzParse(f *testing.F) {
	f.Add([]byte("=== 1 a\nnote: n\n> POST /x\n> A: b\n| {\n| \"x\": \"\xff\n* 1200 A\n+ \"}\n< 200\n|\n"))
	f.Add([]byte("# remark\n\n=== 2 b\n> GET /\n< 204\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		first, err := parse("x.http", text)
		if err != nil || len(first) == 0 {
			return
		}
		second, err := parse("x.http", render(first)["x"])
		if err != nil || !reflect.DeepEqual(first, second) {
			t.Errorf("got %.200v (%v), want %.200v", second, err, first)
		}
	})
}
