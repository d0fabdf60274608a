package commands

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

var update = flag.Bool("update", false, "write the generated files instead of comparing them")

const root = "../.."

// newTree is the whole tree of commands on streams that go nowhere.
func newTree() (*toolbox.Box, *cobra.Command) {
	console := terminal.New(terminal.Options{In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: &bytes.Buffer{}})
	box := toolbox.New(console, toolbox.Version{}, toolbox.System{}, context.CancelCauseFunc(func(error) {}))
	tree := NewRoot(box)
	tree.InitDefaultHelpCmd()
	tree.InitDefaultCompletionCmd()
	return box, tree
}

// TestGenerated keeps completions and documents equal to the commands. Run it with -update after a change.
func TestGenerated(t *testing.T) {
	box, tree := newTree()
	files := map[string]string{
		"docs/exit-codes.md": exitCodesPage(),
		"docs/json.md":       jsonPage(box, tree),
	}
	completions(t, tree, files)
	for _, cmd := range toolbox.Runnable(tree) {
		files["docs/commands/"+pageName(cmd)] = commandPage(cmd)
	}
	for name, want := range files {
		compare(t, name, want)
	}
	forgetOldPages(t, files)
}

func completions(t *testing.T, tree *cobra.Command, files map[string]string) {
	t.Helper()
	for name, generate := range map[string]func(*bytes.Buffer) error{
		"rvmctl.bash": func(b *bytes.Buffer) error { return tree.GenBashCompletionV2(b, true) },
		"_rvmctl":     func(b *bytes.Buffer) error { return tree.GenZshCompletion(b) },
		"rvmctl.fish": func(b *bytes.Buffer) error { return tree.GenFishCompletion(b, true) },
		"rvmctl.ps1":  func(b *bytes.Buffer) error { return tree.GenPowerShellCompletionWithDesc(b) },
	} {
		var b bytes.Buffer
		if err := generate(&b); err != nil {
			t.Fatal(err)
		}
		files["completions/"+name] = b.String()
	}
}

func compare(t *testing.T, name, want string) {
	t.Helper()
	path := filepath.Join(root, filepath.FromSlash(name))
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("%s is not what the commands say (%v): type make docs", name, err)
	}
}

// forgetOldPages finds pages of commands that are gone.
func forgetOldPages(t *testing.T, files map[string]string) {
	t.Helper()
	pages, _ := filepath.Glob(filepath.Join(root, "docs", "commands", "*"))
	for _, page := range pages {
		if _, known := files["docs/commands/"+filepath.Base(page)]; known {
			continue
		}
		if *update {
			_ = os.Remove(page)
			continue
		}
		t.Errorf("%s describes a command that does not exist: type make docs", page)
	}
}

func pageName(cmd *cobra.Command) string {
	return strings.ReplaceAll(cmd.CommandPath(), " ", "_") + ".md"
}

func commandPage(cmd *cobra.Command) string {
	tidy(cmd, 100)
	return fmt.Sprintf("# %s\n\n%s.\n\n%s\n\n```\n%s```\n\nThe fields of `--json` are in [json.md](../json.md#%s).\n",
		cmd.CommandPath(), cmd.Short, cmd.Long, cmd.UsageString(), anchor(cmd))
}

func anchor(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

func exitCodesPage() string {
	var b strings.Builder
	b.WriteString("# Exit codes\n\nThe same with and without `--json`; `category` is the word in JSON errors. Codes may be added:\n" +
		"treat one that you do not know as a failure.\n\n| code | category | meaning | typical causes |\n|---|---|---|---|\n")
	for _, e := range ExitCodes() {
		fmt.Fprintf(&b, "| %d | `%s` | %s | %s |\n", e.Code, e.Category, e.Meaning, e.Causes)
	}
	return b.String()
}

func jsonPage(box *toolbox.Box, tree *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# JSON output

Every command takes `+"`--json`"+`. The result is one JSON object on stdout; commands that work through several items write one
object a line (NDJSON). In a terminal the object is indented, in a pipe it is one line. Money, weights and percentages are
decimals as text, so that no digit is lost. Times are RFC 3339 in UTC.

`+"`--json=FIELD,FIELD`"+` writes only these fields; a field below another one is written with a dot, through lists too:
`+"`--json=total,deposits.id`"+`. `+"`--json=`"+` alone lists the fields of a command and runs nothing. `+"`--jq`"+` and `+"`--template`"+`
work on the same document: `+"`rvmctl help formatting`"+`. The same as JSON Schemas: `+"`rvmctl schema COMMAND`"+`, or [schemas](schemas).

Each object begins with `+"`schema_version`"+`, now %d. Within a version fields are only added, and words may be added to those that a
field can hold. Where a platform has two addresses (`+"`platform.tunnel_url`"+`), `+"`endpoint`"+` behind it names the one that answered last; it is
absent where there is one address, and where nothing was asked.

## Errors

An error is one object on stderr, `+"`{\"error\": {…}}`"+`, and stdout stays as it is:

`, terminal.SchemaVersion)
	fieldTable(&b, terminal.Failure{})
	for _, cmd := range toolbox.Runnable(tree) {
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n\n", cmd.CommandPath(), cmd.Short)
		if result := box.Result(cmd); result != nil { // without one TestEveryCommandIsDescribed fails
			fieldTable(&b, result)
		}
	}
	return b.String()
}

func fieldTable(b *strings.Builder, result any) {
	b.WriteString("| field | type | meaning |\n|---|---|---|\n")
	for _, f := range terminal.TypeOf(result).Paths() {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", f.Path, f.Kind, f.Doc)
	}
}

// TestEveryCommandIsDescribed keeps the promises that every command makes to people and programs.
func TestEveryCommandIsDescribed(t *testing.T) {
	box, tree := newTree()
	for _, cmd := range toolbox.Runnable(tree) {
		t.Run(cmd.CommandPath(), func(t *testing.T) {
			result := box.Result(cmd)
			if result == nil {
				t.Fatal("no result type: use box.Returns")
			}
			for _, f := range terminal.TypeOf(result).Paths() {
				if f.Path == "" || strings.HasSuffix(f.Path, ".") || f.Doc == "" {
					t.Errorf("field %q has no JSON name or no doc tag", f.Path)
				}
			}
			if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") || !strings.Contains(cmd.Long, "Exit status:") ||
				!strings.Contains(cmd.Example, "  $ rvmctl ") {
				t.Error("needs a Short without full stop, a Long with the exit status, and an Example to copy")
			}
		})
	}
}

// TestExitCodesAreOneTable compares the constants, which code uses, with the table, which people read.
func TestExitCodesAreOneTable(t *testing.T) {
	seen := map[int]bool{}
	words := map[string]bool{}
	for _, e := range ExitCodes() {
		if seen[e.Code] || words[e.Category] || e.Meaning == "" || e.Causes == "" {
			t.Errorf("%+v is there twice or says nothing", e)
		}
		seen[e.Code], words[e.Category] = true, true
	}
	for _, code := range []int{exitOK, exitFailure, exitUsage, exitPartial, exitSignIn, exitUnreachable, exitRefused, exitNotFound,
		exitVision, exitLocked, exitConfig, exitInterrupted, exitTerminated} {
		if !seen[code] {
			t.Errorf("exit code %d is not documented", code)
		}
	}
}
