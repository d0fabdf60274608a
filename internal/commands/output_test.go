package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// invoke runs one command line on a machine that has nothing: no settings, no platform, no terminal.
func invoke(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	console := terminal.New(terminal.Options{In: strings.NewReader(""), Out: &out, Err: &err})
	ctx, stop := context.WithCancelCause(t.Context())
	defer stop(nil)
	box := toolbox.New(console, toolbox.Version{}, toolbox.System{ConfigDir: t.TempDir(), SystemDir: t.TempDir(), CacheDir: t.TempDir(),
		Executable: func() (string, error) { return "", nil }}, stop)
	code = Run(ctx, box, args)
	return code, out.String(), err.String()
}

// TestEveryCommandListsItsFields keeps three promises for each command there is: --json= lists the fields without arguments and
// without a platform, each of them can be selected, and a wrong one is refused before anything is done.
func TestEveryCommandListsItsFields(t *testing.T) {
	box, tree := newTree()
	for _, cmd := range toolbox.Runnable(tree) {
		t.Run(cmd.CommandPath(), func(t *testing.T) {
			t.Parallel()
			if box.Result(cmd) == nil {
				t.Skip("has no result: see TestEveryCommandIsDescribed")
			}
			words := strings.Fields(cmd.CommandPath())[1:]
			code, stdout, stderr := invoke(t, append(words, "--json=")...)
			if code != exitOK || stderr != "" {
				t.Fatalf("--json= ended with %d: %s", code, stderr)
			}
			var fields []string
			for line := range strings.Lines(stdout) {
				cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
				if len(cells) != 3 || slices.Contains(cells, "") {
					t.Errorf("not three words in a line: %q", line)
				}
				fields = append(fields, cells[0])
			}
			if _, err := terminal.DocumentOf(box.Result(cmd)).Select(strings.Join(fields, ",")); err != nil {
				t.Errorf("cannot select what is listed: %v", err)
			}
		})
	}
}

func TestTheCommandLineOfTheOutputIsCheckedFirst(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		args string
		want string // a part of the message and of the hint
	}{
		{"a field that is misspelt", "deposit show 1 --json=stauts", `has no field \"stauts\"","hint":"one of: status, `},
		{"a field of another level", "deposit list --json=waste_type", `"one of: deposits.waste_type, `},
		{"a comma too many", "deposit show 1 --json=id,,status", `a field without a name`},
		{"a field behind a space", "deposit list --json total", `"fields follow an equals sign: --json=total"`},
		{"jq with a hole", "deposit list --jq .deposits[", `--jq: unexpected EOF at character 11`},
		{"jq with a wrong word", "deposit list --jq '.|}|.'", `--jq: unexpected token \"}\" at character 3`},
		{"jq with a function that is not", "deposit list --jq total", `--jq: function not defined: total/0`},
		{"jq that reads a module", `deposit list --jq 'import "a" as a; .'`, `--jq: cannot load module: \"a\"`},
		{"jq that reads input", "deposit list --jq input", `--jq: input(s)/0 is not allowed`},
		{"jq without an end", "deposit list --jq '" + strings.Repeat("(", 70_000) + "'", `--jq: longer than 64 KiB`},
		{"a template with a hole", "deposit list --template {{.total", `--template: line 1: unclosed action`},
		{"a template with a function that is not", "deposit list --template {{env}}", `function \"env\" not defined`},
		{"both", "deposit list --jq . --template a", `--jq and --template are both given`},
		{"a list of fields and a query", "deposit list --json= --jq .", `--json= lists the fields and runs nothing`},
		{"an empty query", "deposit list --jq=", `--jq is empty`},
		{"a noun has no result", "deposit --json=total", `rvmctl deposit has no JSON result`},
		{"a flag that is not", "deposit list --nonsense --jq .", `unknown flag: --nonsense`},
		{"a flag that is not, with fields", "deposit list --nonsense --json=total", `unknown flag: --nonsense`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := invoke(t, shellWords(test.args)...)
			if code != exitUsage || stdout != "" || !strings.Contains(stderr, test.want) || !json.Valid([]byte(stderr)) {
				t.Errorf("got exit code %d, %q and %.300q, want %q", code, stdout, stderr, test.want)
			}
		})
	}
}

// shellWords splits at spaces outside of single quotes.
func shellWords(line string) (words []string) {
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			words = append(words, part)
			continue
		}
		words = append(words, strings.Fields(part)...)
	}
	return words
}

func TestResultsTakeTheShapeThatIsAskedFor(t *testing.T) {
	t.Parallel()
	estimate := "deposit estimate --waste-type plastic --weight 0.5 "
	for _, test := range []struct{ name, args, want string }{
		{"fields come in the document's order", "--json=reward_amount,grade", `{"schema_version":1,"grade":"B","reward_amount":"1912.50"}` + "\n"},
		{"the last --json counts", "--json=grade --json=quantity", `{"schema_version":1,"quantity":1}` + "\n"},
		{"--json=false is none", "--json=false --jq .grade", "B\n"},
		{"jq writes text as it is and the rest as JSON", "--jq .grade,.quantity,[.grade]", "B\n1\n[\"B\"]\n"},
		{"jq sees the fields that were selected", "--json=grade --jq keys", `["grade","schema_version"]` + "\n"},
		{"jq sees no environment", "--jq env,$ENV", "{}\n{}\n"},
		{"jq may end early", "--jq '.grade,halt,.grade'", "B\n"},
		{"a template ends its line", "--template '{{.grade}} {{.reward_amount}}'", "B 1912.50\n"},
		{"quiet drops no JSON", "-q --jq .grade", "B\n"},
		{"quiet drops no list of fields", "-q --json=", "schema_version\tnumber\tversion of the fields; within one they are only added\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := invoke(t, shellWords(estimate+test.args)...)
			if code != exitOK || !strings.HasPrefix(stdout, test.want) || stderr != "" {
				t.Errorf("got exit code %d, %q and %q, want %q", code, stdout, stderr, test.want)
			}
		})
	}
}

func TestAnExpressionThatFailsIsNoWorkThatFailed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, args, want string }{
		{"jq", "--jq .grade,.grade.x", "the work is done, but its result was not written: --jq: expected an object but got: string"},
		{"halt_error", "--jq halt_error", "the work is done, but its result was not written: --jq: halt error"},
		{"a template", "--template {{.garde}}", `its result was not written: --template: line 1:2: at \u003c.garde\u003e: there is no field \"garde\"`},
		{"jq without an end, under --timeout", "--timeout 50ms --jq range(infinite)|select(.<0)", "--jq: stopped after 50ms, the limit of this run"},
		{"a template without an end, under --timeout", "--timeout 50ms --template '{{range 999999999999999999}}{{end}}'", "--template: stopped after 50ms"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			code, _, stderr := invoke(t, shellWords("deposit estimate --waste-type plastic --weight 0.5 "+test.args)...)
			if code != exitFailure || !strings.Contains(stderr, test.want) {
				t.Errorf("got exit code %d and %q, want %q", code, stderr, test.want)
			}
		})
	}
}
