package terminal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

type thing struct {
	ID     int      `json:"id"`
	Name   string   `json:"name"`
	Score  float32  `json:"score"`
	Nobody *string  `json:"nobody"`
	Absent string   `json:"absent,omitempty"`
	Labels []string `json:"labels"`
	Boxes  []spot   `json:"boxes"`
	Big    uint64   `json:"big"`
}

func (t thing) Text(p *Page) { p.Line("%d", t.ID) }

// hostile holds what a terminal would act on and what a query must keep.
func hostile() thing {
	return thing{ID: 7, Name: "a\x1b[31mb\tc\u202ed", Score: 0.875, Labels: []string{"x", "y"}, Boxes: []spot{{"Solo"}}, Big: 18446744073709551615}
}

func shapedConsole(t *testing.T, tty bool, e Expression, err error) (*Console, *bytes.Buffer) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	c, out, _ := newTest(Options{OutTTY: tty, Now: func() time.Time { return time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC) }})
	c.Wish(Wishes{JSON: true, Quiet: true, Color: "auto"})
	c.Shape(Shape{Expression: e, Begin: t.Context})
	return c, out
}

func TestAQueryWritesTextAsItIs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, query, pipe, tty string }{
		{"a number", ".id", "7\n", "7\n"},
		{"every digit", ".big, .score", "18446744073709551615\n0.875\n", "18446744073709551615\n0.875\n"},
		{"text, harmless for a person only", ".name", "a\x1b[31mb\tc\u202ed\n", "a\\x1b[31mb\tc\\u202ed\n"},
		{"JSON, harmless for a person only", "[.name]", "[\"a\\u001b[31mb\\tc\u202ed\"]\n", "[\n  \"a\\u001b[31mb\\tc\\u202ed\"\n]\n"},
		{"lines stay lines", `"a\nb"`, "a\nb\n", "a\nb\n"},
		{"nothing", "empty", "", ""},
		{"null is null", ".nobody, .absent", "null\nnull\n", "null\nnull\n"},
		{"the names of an object are in order", "{b: 1, a: 2}", `{"a":2,"b":1}` + "\n", "{\n  \"a\": 2,\n  \"b\": 1\n}\n"},
		{"the end by halt", ".id, halt, .id", "7\n", "7\n"},
		{"more than one piece", "range(8000)", numbers(8000), numbers(8000)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for want, tty := range map[string]bool{"pipe " + test.pipe: false, "tty " + test.tty: true} {
				q, err := ParseQuery(test.query)
				c, out := shapedConsole(t, tty, q, err)
				_, want, _ = strings.Cut(want, " ")
				if err := c.Emit(hostile()); err != nil || out.String() != want {
					t.Errorf("terminal %t: got %.80q, %v, want %.80q", tty, out, err, want)
				}
			}
		})
	}
}

func numbers(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strconv.Itoa(i) + "\n")
	}
	return b.String()
}

func TestATemplateHasLittleToKnow(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"a line is ended", "{{.id}}", "7\n"},
		{"once", "{{.id}}\n", "7\n"},
		{"nothing stays nothing", "{{if .nobody}}x{{end}}", ""},
		{"numbers can be compared and kept", "{{if gt .id 5}}{{.score}} {{.big}}{{end}}", "0.875 1.8446744073709552e+19\n"},
		{"null and what is absent are empty", "[{{.nobody}}{{.absent}}]", "[]\n"},
		{"null is no item and has none", "{{range .nobody}}x{{end}}{{len .absent}}", "0\n"},
		{"json", "{{json .boxes}}{{json .nobody}}", "[{\"city\":\"Solo\"}]null\n"},
		{"join", `{{join ", " .labels}}{{join "," .nobody}}`, "x, y\n"},
		{"tsv keeps its columns", "{{tsv .id .name .nobody}}", "7\ta\x1b[31mb c\u202ed\t\n"},
		{"timeago", `{{timeago "2026-11-23T13:00:00Z"}}{{timeago .absent}}`, "3 h ago\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, out := shapedConsole(t, false, nil, nil)
			parsed, err := ParseTemplate(test.text, DocumentOf(thing{}), c.Now)
			if err != nil {
				t.Fatal(err)
			}
			c.shape.Expression = parsed
			if err := c.Emit(hostile()); err != nil || out.String() != test.want {
				t.Errorf("got %q, %v, want %q", out, err, test.want)
			}
		})
	}
}

func TestATemplateDoesNotActOnATerminal(t *testing.T) {
	t.Parallel()
	parsed, err := ParseTemplate("{{.name}}\n{{.id}}", DocumentOf(thing{}), time.Now)
	c, out := shapedConsole(t, true, parsed, err)
	if err := c.Emit(hostile()); err != nil || out.String() != "a\\x1b[31mb\tc\\u202ed\n7\n" {
		t.Errorf("got %q, %v", out, err)
	}
}

func TestAnExpressionThatFailsIsAFailureOfTheWriting(t *testing.T) {
	t.Parallel()
	parsed := func(text string) func() (Expression, error) {
		return func() (Expression, error) { return ParseTemplate(text, DocumentOf(thing{}), time.Now) }
	}
	query := func(text string) func() (Expression, error) {
		return func() (Expression, error) { return ParseQuery(text) }
	}
	for _, test := range []struct {
		name      string
		make      func() (Expression, error)
		out, want string
	}{
		{"a query, after it has written something", query(".id, .id.x"), "7\n", "--jq: expected an object but got: number (7)"},
		{"a query that gives up", query(`"gone" | error`), "", "--jq: error: gone"},
		{"a text that is too long", query(`"x" * 1e15`), "", "--jq: repeat string result too large"},
		{"a template with a name that is not", parsed("a{{.nam}}"), "", `--template: line 1:3: at <.nam>: there is no field "nam"`},
		{"a template with a list that is none", parsed(`{{join "," .id}}`), "", "error calling join: join wants a list, not int64"},
		{"a template with a time that is none", parsed(`{{timeago .name}}`), "", "error calling timeago: parsing time"},
		{"a template that calls itself", parsed(`{{define "a"}}{{template "a"}}{{end}}{{template "a"}}`), "", "exceeded maximum template depth"},
		{"a template that fills the memory", parsed(`{{$mega := printf "%1000000d" 1}}{{range 999}}{{$mega}}{{end}}`), "", "more than 64 MiB of text"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e, err := test.make()
			c, out := shapedConsole(t, false, e, err)
			err = c.Emit(hostile())
			var unwritten *WriteError
			var failed *ExpressionError
			if !errors.As(err, &unwritten) || !errors.As(err, &failed) || !strings.Contains(err.Error(), test.want) || out.String() != test.out {
				t.Errorf("got %v and %q, want %q and %q", err, out, test.want, test.out)
			}
		})
	}
}

func TestAnExpressionWithoutAnEndIsEndedFromOutside(t *testing.T) {
	t.Parallel()
	ended := errors.New("ended from outside")
	query, _ := ParseQuery("def f: f; f")
	endless, _ := ParseTemplate("{{range 999999999999999999}}{{end}}", DocumentOf(thing{}), time.Now)
	for name, e := range map[string]Expression{"a query": query, "a template": endless} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, stop := context.WithCancelCause(t.Context())
			time.AfterFunc(10*time.Millisecond, func() { stop(ended) })
			c, _ := shapedConsole(t, false, e, nil)
			c.shape.Begin = func() context.Context { return ctx }
			err := c.Emit(hostile())
			if !errors.Is(err, ended) || errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAnExpressionThatFillsTheMemoryIsEnded(t *testing.T) {
	t.Parallel()
	query, err := ParseQuery("[range(1e9)]")
	if err != nil {
		t.Fatal(err)
	}
	ctx, release := memoryBound(t.Context(), 16<<20)
	defer release()
	if err := query.render(ctx, []byte(`{}`), false, io.Discard); err == nil || err.Error() != "--jq: it took more than 16 MiB of memory" {
		t.Errorf("got %v", err)
	}
	if t.Context().Err() != nil {
		t.Error("what is around it was ended, too")
	}
}

func TestResultsOfSeveralGoroutinesDoNotMix(t *testing.T) {
	t.Parallel()
	query, err := ParseQuery("range(1500) as $n | (.id | tostring) * 40")
	c, out := shapedConsole(t, false, query, err)
	var all sync.WaitGroup
	for id := range 4 {
		all.Go(func() { _ = c.Emit(thing{ID: id}) })
	}
	all.Wait()
	changes, last := 0, ""
	for line := range strings.Lines(out.String()) {
		if line != last {
			changes++
		}
		last = line
	}
	if changes != 4 {
		t.Errorf("%d changes from one result to another, want 4", changes)
	}
}

func FuzzParseQuery(f *testing.F) {
	for _, seed := range []string{".id", ".boxes[] | .city", "[.labels[] | ascii_upcase] | @tsv", "try error catch .", "$ENV", ".name | test(\"a\")"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := ParseQuery(text)
		if err != nil {
			return
		}
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer stop()
		_ = q.render(ctx, []byte(`{"id":1,"name":"a","labels":["x"],"boxes":[{"city":"Solo"}]}`), true, io.Discard)
	})
}

func FuzzParseTemplate(f *testing.F) {
	for _, seed := range []string{"{{.id}}", "{{range .boxes}}{{tsv .city}}{{end}}", `{{join "," .labels}}`, "{{timeago .id}}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := ParseTemplate(text, DocumentOf(thing{}), time.Now)
		if err != nil || strings.Contains(text, "range") || strings.Contains(text, "printf") {
			return // what runs on after its time would slow the next down
		}
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer stop()
		_ = parsed.render(ctx, []byte(`{"id":1,"name":"a","labels":["x"],"boxes":[{"city":"Solo"}]}`), true, io.Discard)
	})
}

func TestADocumentNamesTheAddressThatAnswered(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	c := New(Options{In: strings.NewReader(""), Out: &out, Err: &out})
	c.Wish(Wishes{JSON: true})
	served := ""
	c.Endpoint(func() string { return served })
	for _, want := range []string{`{"schema_version":1,"id":`, `{"schema_version":1,"endpoint":"http://127.0.0.1:1","id":`} {
		out.Reset()
		if err := c.Emit(everything{}); err != nil || !strings.HasPrefix(out.String(), want) {
			t.Errorf("got %s, %v, want %s…", out.String(), err, want)
		}
		served = "http://127.0.0.1:1"
	}
}
