package commands

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
)

func TestParagraphsAreFilledAndWhatIsSetInStays(t *testing.T) {
	t.Parallel()
	const text = "one two three\nfour five\n\n  a table   stays\n  as it is\n\nas does:\n  this\n\nänder"
	const want = "one two\nthree four\nfive\n\n  a table   stays\n  as it is\n\nas does:\n  this\n\nänder"
	if got := wrapped(text, 10); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if again := wrapped(want, 10); again != want {
		t.Errorf("not stable:\n%s", again)
	}
}

// TestHelpFitsATerminal keeps help within 100 columns, but for lines that are there to be copied.
func TestHelpFitsATerminal(t *testing.T) {
	_, tree := newTree()
	for _, cmd := range toolbox.Runnable(tree) {
		tidy(cmd, 100)
		for line := range strings.Lines(cmd.Long + "\n" + cmd.UsageString()) {
			line = strings.TrimSuffix(line, "\n")
			if columns := utf8.RuneCountInString(line); columns > 100 && !strings.HasPrefix(line, "  $ ") {
				t.Errorf("%s: %d columns: %s", cmd.CommandPath(), columns, line)
			}
		}
	}
}

func TestTheFlagsOfEveryCommandBeginWithTheOutput(t *testing.T) {
	_, tree := newTree()
	cmd, _, err := tree.Find([]string{"deposit", "list"})
	if err != nil {
		t.Fatal(err)
	}
	tidy(cmd, 100)
	_, flags, _ := strings.Cut(cmd.UsageString(), "Flags of every command:\n")
	at := -1
	for _, want := range []string{"--json[=FIELDS] ", "--jq EXPR ", "--template TEXT ", "--profile NAME ", "-q, --quiet "} {
		next := strings.Index(flags, want)
		if next <= at {
			t.Errorf("%s is not where it belongs:\n%s", want, flags)
		}
		at = next
	}
}
