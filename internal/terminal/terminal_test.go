package terminal

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

type row struct {
	Name string    `json:"name"`
	At   time.Time `json:"at"`
}

func (r row) Text(p *Page) {
	p.Table([]string{"NAME", "AT"}, [][]string{{r.Name, p.Time(r.At)}})
	p.Fields("name", r.Name)
	p.Text(p.Good("fine"), " ", p.Bad("bad"))
}

func newTest(o Options) (*Console, *bytes.Buffer, *bytes.Buffer) {
	var out, err bytes.Buffer
	o.Out, o.Err = &out, &err
	if o.In == nil {
		o.In = strings.NewReader("")
	}
	return New(o), &out, &err
}

func TestCleanMakesForeignTextHarmless(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain":                   "plain",
		"naïve 🥤":                 "naïve 🥤",
		"a\x1b[31mred":            `a\x1b[31mred`,
		"a\rb\x07c\x7f":           `a b\x07c\x7f`,
		"c1 \u009b31m":            `c1 \x9b31m`,
		"bidi \u202egnp.exe":      `bidi \u202egnp.exe`,
		"zero\u200bwidth\ufeff":   `zero\u200bwidth\ufeff`,
		"line\nbreak\tand tab":    "line break and tab",
		"broken \xff\xfe utf8":    "broken \uFFFD utf8",
		"separators \u2028\u2029": `separators \u2028\u2029`,
	} {
		if got := Clean(in); got != want {
			t.Errorf("Clean(%q)\n got %q\nwant %q", in, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x1b[31m\xff\u202e")
	f.Fuzz(func(t *testing.T, in string) {
		got := Clean(in)
		if !utf8.ValidString(got) {
			t.Fatalf("not UTF-8: %q", got)
		}
		for _, r := range got {
			if dangerous(r) {
				t.Fatalf("%q still holds %U", got, r)
			}
		}
		if again := Clean(got); again != got {
			t.Fatalf("not stable: %q became %q", got, again)
		}
	})
}

func TestAPipeGetsNoEscapeByteAndWholeValues(t *testing.T) {
	t.Parallel()
	c, out, stderr := newTest(Options{})
	at := time.Date(2026, 11, 23, 16, 0, 0, 0, time.FixedZone("WIB", 7*3600))
	if err := c.Emit(row{strings.Repeat("long", 50) + "\x1b[2J", at}); err != nil {
		t.Fatal(err)
	}
	c.Note("a %s", "note\x1b")
	c.Warn("careful")
	all := out.String() + stderr.String()
	if strings.ContainsRune(all, 0x1b) {
		t.Errorf("an escape byte in a pipe: %q", all)
	}
	first, _, _ := strings.Cut(out.String(), "\n")
	if want := strings.Repeat("long", 50) + `\x1b[2J` + "\t2026-11-23T09:00:00Z"; first != want {
		t.Errorf("got %q, want %q", first, want)
	}
}

func TestATerminalGetsHeaderColourAndAge(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC)
	c, out, _ := newTest(Options{OutTTY: true, Now: func() time.Time { return now }})
	if err := c.Emit(row{"x", now.Add(-3 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"NAME", "3 h ago", "\x1b["} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in %q", want, out.String())
		}
	}
}

func TestColourFollowsTheWishThenTheEnvironmentThenTheStream(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, flag string
		env        map[string]string
		tty, want  bool
	}{
		{"a terminal has colour", "auto", nil, true, true},
		{"a pipe has none", "auto", nil, false, false},
		{"NO_COLOR wins over the terminal", "auto", map[string]string{"NO_COLOR": "1"}, true, false},
		{"the flag wins over NO_COLOR", "always", map[string]string{"NO_COLOR": "1"}, false, true},
		{"CLICOLOR_FORCE colours a pipe", "auto", map[string]string{"CLICOLOR_FORCE": "1"}, false, true},
		{"a dumb terminal has none", "auto", map[string]string{"TERM": "dumb"}, true, false},
		{"CLICOLOR=0 has none", "auto", map[string]string{"CLICOLOR": "0"}, true, false},
		{"never is never", "never", map[string]string{"CLICOLOR_FORCE": "1"}, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, _, _ := newTest(Options{OutTTY: tt.tty, Getenv: func(k string) string { return tt.env[k] }})
			c.Wish(Wishes{Color: tt.flag})
			if c.outColor != tt.want {
				t.Errorf("got %t, want %t", c.outColor, tt.want)
			}
		})
	}
}

func TestJSONIsOneVersionedObjectALine(t *testing.T) {
	t.Parallel()
	c, out, stderr := newTest(Options{})
	c.Wish(Wishes{JSON: true, Quiet: true})
	for range 2 {
		if err := c.Emit(row{Name: "a"}); err != nil {
			t.Fatal(err)
		}
	}
	c.Note("silent")
	c.Warn("silent too")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || stderr.Len() != 0 {
		t.Fatalf("got %q and %q", out, stderr)
	}
	var doc struct {
		Version int    `json:"schema_version"`
		Name    string `json:"name"`
	}
	if err := json.Unmarshal([]byte(lines[0]), &doc); err != nil || doc.Version != SchemaVersion || doc.Name != "a" {
		t.Errorf("got %+v, %v", doc, err)
	}
}

func TestJSONOnATerminalCannotActOnIt(t *testing.T) {
	t.Parallel()
	c, out, _ := newTest(Options{OutTTY: true})
	c.Wish(Wishes{JSON: true})
	if err := c.Emit(row{Name: "\u009b31m\u202e"}); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out.String(), "\u009b\u202e") {
		t.Errorf("got %q", out)
	}
	var doc row
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil || doc.Name != "\u009b31m\u202e" {
		t.Errorf("the value changed: %q, %v", doc.Name, err)
	}
}

func TestAJSONErrorOnATerminalCannotActOnItEither(t *testing.T) {
	t.Parallel()
	fields := map[string][]string{"a\u009b31m": {"\u202e", "\x1b[2J"}}
	c, _, stderr := newTest(Options{ErrTTY: true})
	c.Wish(Wishes{JSON: true})
	c.Fail(Failure{Fact: "x", Fields: fields})
	if strings.ContainsAny(stderr.String(), "\u009b\u202e\x1b") {
		t.Errorf("got %q", stderr)
	}
	var doc map[string]Failure
	if err := json.Unmarshal(stderr.Bytes(), &doc); err != nil || doc["error"].Fields["a\u009b31m"][0] != "\u202e" {
		t.Errorf("the values changed: %+v, %v", doc, err)
	}
}

func TestAnEndInsideAPasswordGivesTheEchoBack(t *testing.T) {
	t.Parallel()
	restored := 0
	var c *Console
	c, _, _ = newTest(Options{InTTY: true, ErrTTY: true, Restore: func() { restored++ },
		ReadPassword: func(string) (string, error) { c.Fail(Failure{Fact: "terminated"}); return "", nil }})
	c.Fail(Failure{Fact: "before"})
	if _, err := c.Password("Password", "--password-stdin"); err != nil || restored != 1 {
		t.Errorf("restored %d times, want once; %v", restored, err)
	}
}

func TestQuietSuccessWritesNothing(t *testing.T) {
	t.Parallel()
	c, out, stderr := newTest(Options{})
	c.Wish(Wishes{Quiet: true})
	_ = c.Emit(row{Name: "a"})
	c.Note("x")
	c.Warn("x")
	if out.Len()+stderr.Len() != 0 {
		t.Errorf("got %q and %q", out, stderr)
	}
}

func TestFailIsTwoLinesOrOneObject(t *testing.T) {
	t.Parallel()
	f := Failure{Category: "usage", Code: 2, Fact: "bad\x1b", Hint: "type: rvmctl"}
	c, _, stderr := newTest(Options{})
	c.Fail(f)
	if got, want := stderr.String(), "rvmctl: error: bad\\x1b\nrvmctl: hint: type: rvmctl\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	c, out, stderr := newTest(Options{})
	c.Wish(Wishes{JSON: true})
	c.Fail(f)
	var doc map[string]Failure
	if err := json.Unmarshal(stderr.Bytes(), &doc); err != nil || doc["error"].Code != 2 || out.Len() != 0 {
		t.Errorf("got %q, %v, stdout %q", stderr, err, out)
	}
}

func TestSecretsComeFromAPipeOrWithoutEcho(t *testing.T) {
	t.Parallel()
	asked := ""
	c, _, _ := newTest(Options{In: strings.NewReader("s3cret\r\nrest")})
	if got, err := c.Secret("the password", "--password-stdin"); err != nil || got != "s3cret" {
		t.Errorf("got %q, %v", got, err)
	}
	c, _, _ = newTest(Options{InTTY: true, ErrTTY: true, ReadPassword: func(prompt string) (string, error) { asked = prompt; return "pw", nil }})
	if got, err := c.Secret("the password", "--password-stdin"); err != nil || got != "pw" || asked != "the password: " {
		t.Errorf("got %q, %v, prompt %q", got, err, asked)
	}
	c, _, _ = newTest(Options{In: strings.NewReader(strings.Repeat("x", maxSecret+1))})
	if _, err := c.Secret("the password", "--password-stdin"); err == nil {
		t.Error("a password without end was accepted")
	}
}

func TestASecretEndsWithItsLine(t *testing.T) {
	t.Parallel()
	read, write := io.Pipe()
	t.Cleanup(func() { _ = write.Close() })
	go func() { _, _ = io.WriteString(write, "pw\n") }() // and nothing more, and no end
	c, _, _ := newTest(Options{In: read})
	if got, err := c.Secret("the password", "--password-stdin"); err != nil || got != "pw" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestPromptsAreRefusedWhereNobodySits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]*Console{
		"in a pipe": func() *Console { c, _, _ := newTest(Options{}); return c }(),
		"with --no-input": func() *Console {
			c, _, _ := newTest(Options{InTTY: true, ErrTTY: true})
			c.Wish(Wishes{NoInput: true})
			return c
		}(),
	} {
		_, err := c.Answer("the e-mail", "--email")
		var refused *PromptError
		if !errors.As(err, &refused) || refused.Flag != "--email" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestProgressIsOnlyForAPersonAtATerminal(t *testing.T) {
	t.Parallel()
	c, _, stderr := newTest(Options{})
	bar := c.Progress("upload", 100, true)
	bar.Add(50)
	bar.Finish()
	if bar != nil || stderr.Len() != 0 {
		t.Errorf("a bar in a pipe: %q", stderr)
	}
	c, out, stderr := newTest(Options{ErrTTY: true})
	bar = c.Progress("upload", 100, true)
	bar.since = time.Now().Add(-time.Hour)
	bar.Add(50)
	c.Warn("in between")
	bar.Add(1000)
	bar.Finish()
	if !strings.Contains(stderr.String(), "50/100 B") || !strings.Contains(stderr.String(), "in between\n") || out.Len() != 0 {
		t.Errorf("got %q on stderr and %q on stdout", stderr, out)
	}
}

func TestASentenceInATableIsBrokenAtTheEdgeOfATerminalOnly(t *testing.T) {
	t.Parallel()
	header, rows := []string{"A", "B"}, [][]string{{"id", "a sentence that is much longer than its column"}, {"x", "short\x1b"}}
	c, _, _ := newTest(Options{OutTTY: true, Width: 34, Getenv: func(string) string { return "dumb" }})
	p := &Page{console: c}
	p.Glossary(header, rows)
	if want := "A   B\nid  a sentence that is much longer\n    than its column\nx   short\\x1b\n"; p.String() != want {
		t.Errorf("got\n%s\nwant\n%s", p, want)
	}
	c, _, _ = newTest(Options{})
	p = &Page{console: c}
	p.Glossary(header, rows)
	if want := "id\ta sentence that is much longer than its column\nx\tshort\\x1b\n"; p.String() != want {
		t.Errorf("got\n%s\nwant\n%s", p, want)
	}
}
