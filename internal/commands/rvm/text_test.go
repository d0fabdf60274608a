package rvm

import (
	"bytes"
	"strings"
	"testing"

	"github.com/myrvm/rvmctl/internal/terminal"
)

// read is what a person or a program reads of a result.
func read(t *testing.T, v terminal.View, person bool) string {
	t.Helper()
	var out bytes.Buffer
	c := terminal.New(terminal.Options{In: strings.NewReader(""), Out: &out, Err: &bytes.Buffer{}, OutTTY: person})
	c.Wish(terminal.Wishes{Color: "never"})
	if err := c.Emit(v); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestWhatPeopleAndProgramsRead(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		v               terminal.View
		person, program string
	}{
		{Created{ID: 6, Name: "a\x1b[31m", Status: "full", Location: "hall", APIKey: "********"},
			"created rvm 6 · a\\x1b[31m · full · api key ********\n", "6\ta\\x1b[31m\tfull\thall\t********\n"},
		{Updated{Outcome: updated, Changed: []string{"name"}, ID: 6, Name: "a", Location: "hall", Status: "full"},
			"updated (name) rvm 6 · a · full\n", "updated\t6\ta\thall\tfull\n"},
		{StatusSet{Outcome: updated, ID: 6, Name: "a", OldStatus: "active", Status: "full"}, "updated rvm 6 · a · active → full\n", "updated\t6\tactive\tfull\n"},
		{StatusSet{Outcome: unchanged, ID: 6, Name: "a", OldStatus: "full", Status: "full"}, "unchanged rvm 6 · a · full\n", "unchanged\t6\tfull\tfull\n"},
		{Deleted{6, "a"}, "deleted rvm 6 (a)\n", "6\ta\n"},
		{Regenerated{ID: 6, Name: "a", APIKey: "********", KeyFile: "k"}, "regenerated the api key of rvm 6 (a): ********\nit is in k\n", "6\ta\t********\tk\n"},
		{Listing{RVMs: []Item{{1, "a", "full", "hall", 2, 3, 4}}},
			"ID  NAME  STATUS  LOCATION  DEPOSITS  SESSIONS  UNCLAIMED\n1   a     full    hall      2         3         4\n", "1\ta\tfull\thall\t2\t3\t4\n"},
		{Listing{RVMs: []Item{}}, "", ""},
	} {
		if got := read(t, tt.v, true); got != tt.person {
			t.Errorf("a person reads %q, want %q", got, tt.person)
		}
		if got := read(t, tt.v, false); got != tt.program {
			t.Errorf("a program reads %q, want %q", got, tt.program)
		}
	}
	for _, person := range []bool{true, false} {
		if got := read(t, Record{ID: 1, Name: "a"}, person); strings.Contains(got, "pin") || strings.Contains(got, "deposits") {
			t.Errorf("what this account may not see is shown: %s", got)
		}
	}
}
