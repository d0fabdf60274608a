package schema

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

func documents() []toolbox.Document {
	of := terminal.DocumentOf(struct {
		ID int `json:"id" doc:"a number"`
	}{})
	return []toolbox.Document{{Name: "error", Summary: "failures", Type: of}, {Name: "deposit list", Summary: "List them", Type: of},
		{Name: "deposit show", Summary: "Show one", Type: of}, {Name: "version", Summary: "Which", Type: of}}
}

func TestASchemaIsFoundByTheWordsOfItsCommand(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, words, out, fact, hint string
	}{
		{"nothing lists everything", "", "error\tfailures\ndeposit list\tList them\ndeposit show\tShow one\nversion\tWhich\n", "", ""},
		{"a command", "deposit list", `"title": "rvmctl deposit list"`, "", ""},
		{"with the program's name", "rvmctl version", `"title": "rvmctl version"`, "", ""},
		{"the error", "error", `"title": "an error of rvmctl"`, "", ""},
		{"a noun", "deposit", "", `"deposit" is several commands`, "one of: deposit list, deposit show"},
		{"half a word", "dep", "", `there is no command "dep"`, "type: rvmctl schema"},
		{"a command with more", "version now", "", `there is no command "version now"`, "type: rvmctl schema"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			o := &Options{Console: terminal.New(terminal.Options{In: strings.NewReader(""), Out: &out, Err: &bytes.Buffer{}}),
				Documents: documents, Words: strings.Fields(test.words)}
			err := run(t.Context(), o)
			var usage *toolbox.UsageError
			if errors.As(err, &usage) != (test.fact != "") || usage != nil && (usage.Fact != test.fact || usage.Hint != test.hint) {
				t.Errorf("got %#v", err)
			}
			if !strings.Contains(out.String(), test.out) || (out.Len() > 0) != (test.out != "") {
				t.Errorf("got %q, want %q", out.String(), test.out)
			}
		})
	}
}

func TestTheNextWordIsOffered(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string][]string{
		"":             {"error\tfailures", "deposit", "version\tWhich"},
		"deposit":      {"list\tList them", "show\tShow one"},
		"deposit list": nil,
		"nothing":      nil,
	} {
		if got := next(documents(), strings.Fields(typed)); !slices.Equal(got, want) {
			t.Errorf("after %q: got %q, want %q", typed, got, want)
		}
	}
}
