package commands

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// typed finds commands in code blocks and code spans of a page, up to a comment, a pipe or the end of the span.
var typed = regexp.MustCompile("(?m)(?:^ {4}(?:\\$ )?|^ExecStart[a-zA-Z]*=\\S*/|^\\*/5 .*? |`)(rvmctl [a-z][^`#|<>\n]*)")

// TestCommandsOfTheManualExist reads what the pages tell people to type: every command and every flag in them must be there.
func TestCommandsOfTheManualExist(t *testing.T) {
	_, tree := newTree()
	tree.InitDefaultHelpFlag()
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, page := range append(pages, "../../README.md", "../../CHANGELOG.md", "../vision/model/CARD.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range typed.FindAllStringSubmatch(string(text), -1) {
			seen++
			checkTyped(t, tree, filepath.Base(page), found[1])
		}
	}
	if seen < 100 {
		t.Errorf("only %d commands were found", seen)
	}
}

func checkTyped(t *testing.T, tree *cobra.Command, page, line string) {
	t.Helper()
	words := strings.Fields(line)[1:]
	for i, word := range words {
		// A list of verbs, and an abbreviation, name none.
		if word == "…" {
			words = words[:i]
			break
		}
	}
	cmd, _, err := tree.Find(words)
	if err != nil || cmd == tree && len(words) > 0 && !strings.HasPrefix(words[0], "-") {
		t.Errorf("%s: there is no such command: %s", page, line)
		return
	}
	for _, word := range words {
		name, long := strings.CutPrefix(word, "--")
		name, _, _ = strings.Cut(strings.TrimRight(name, ",.;:)"), "=")
		if !long || name == "" {
			continue
		}
		if cmd.Flags().Lookup(name) == nil && cmd.InheritedFlags().Lookup(name) == nil && name != "help" {
			t.Errorf("%s: rvmctl %s has no flag --%s: %s", page, strings.TrimPrefix(cmd.CommandPath(), "rvmctl "), name, line)
		}
	}
}
