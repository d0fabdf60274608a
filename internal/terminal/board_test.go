package terminal

import (
	"bytes"
	"strings"
	"testing"
)

type lines []string

func (l lines) Text(p *Page) {
	for _, line := range l {
		p.Line("%s", line)
	}
}

func TestABoardIsDrawnInPlace(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	c := New(Options{In: strings.NewReader(""), Out: &out, Err: &out, OutTTY: true, Size: func() (int, int) { return 6, 4 }})
	c.Wish(Wishes{Color: "never"})
	l := c.Board()
	for _, v := range []lines{{"one"}, {"two", "wider than that"}, {"a", "b", "c", "d", "e"}, {"less"}} {
		if err := l.Draw(v); err != nil {
			t.Fatal(err)
		}
	}
	c.Warn("by the way")
	_ = l.Draw(lines{"last"})
	l.Close()
	if err := c.Emit(lines{"result"}); err != nil {
		t.Fatal(err)
	}
	want := "one\n" + "\x1b[1A\r\x1b[Ktwo\n\x1b[Kwider…\n" + "\x1b[2A\r\x1b[Ka\n\x1b[Kb\n\x1b[Kc\n" +
		"\x1b[3A\r\x1b[Kless\n\x1b[J" + "\x1b[1A\r\x1b[J" + "rvmctl: warning: by the way\n" + "last\n" + "result\n"
	if out.String() != want {
		t.Errorf("got\n%q\nwant\n%q", out.String(), want)
	}
}

func TestABoardIsOnlyForATerminalThatCanMoveItsCursor(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	dumb := func(name string) string { return map[string]string{"TERM": "dumb"}[name] }
	for name, c := range map[string]*Console{
		"pipe":  New(Options{In: strings.NewReader(""), Out: &out, Err: &out}),
		"dumb":  New(Options{In: strings.NewReader(""), Out: &out, Err: &out, OutTTY: true, Getenv: dumb}),
		"JSON":  New(Options{In: strings.NewReader(""), Out: &out, Err: &out, OutTTY: true}),
		"quiet": New(Options{In: strings.NewReader(""), Out: &out, Err: &out, OutTTY: true}),
	} {
		c.Wish(Wishes{JSON: name == "JSON", Quiet: name == "quiet"})
		l := c.Board()
		if l != nil || l.Due() || l.Draw(lines{"a"}) != nil {
			t.Errorf("%s: got a board", name)
		}
		l.Close()
	}
	if out.Len() > 0 {
		t.Errorf("got %q", &out)
	}
}
