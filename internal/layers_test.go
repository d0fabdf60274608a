// Package internal holds no code: this test reads the source of every package and keeps the rules about who may know what.
package internal

import (
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const ours = "github.com/myrvm/rvmctl/"

// source is one Go file. Its path is relative to the repository, with slashes.
type source struct {
	path string
	file *ast.File
}

func (s source) dir() string { return path.Dir(s.path) }

func (s source) test() bool { return strings.HasSuffix(s.path, "_test.go") }

// under says whether the file lies in one of the folders or below.
func (s source) under(folders ...string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return s.path == f || strings.HasPrefix(s.path, f+"/") })
}

// imports gives the first import that lies in one of the folders or below: module paths, or folders of ours.
func (s source) imports(folders ...string) string {
	for _, spec := range s.file.Imports {
		name := strings.TrimPrefix(strings.Trim(spec.Path.Value, "`\""), ours)
		if slices.ContainsFunc(folders, func(f string) bool { return name == f || strings.HasPrefix(name, f+"/") }) {
			return name
		}
	}
	return ""
}

// uses gives the first use of one of the names of a package of the standard library, however it was named in the import.
func (s source) uses(pkg string, names ...string) (found string) {
	local := ""
	for _, spec := range s.file.Imports {
		if spec.Path.Value != `"`+pkg+`"` {
			continue
		}
		if local = path.Base(pkg); spec.Name != nil {
			local = spec.Name.Name
		}
	}
	if local == "." {
		return "a dot import of " + pkg
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && local != "" && x.Name == local && slices.Contains(names, sel.Sel.Name) {
			found = pkg + "." + sel.Sel.Name
		}
		return true
	})
	return found
}

// needsTag says whether the file is left out of a build without the tag.
func (s source) needsTag(tag string) bool {
	for _, group := range s.file.Comments {
		for _, c := range group.List {
			if expr, err := constraint.Parse(c.Text); err == nil && c.Pos() < s.file.Package {
				return !expr.Eval(func(t string) bool { return t != tag })
			}
		}
	}
	return false
}

// rule is one sentence of the design. Folders that it names must exist, or it would keep nothing.
type rule struct {
	name    string
	folders []string
	// inTests is true for a rule that tests keep too.
	inTests bool
	// broken gives what in the file breaks the rule, or "".
	broken func(source) string
}

func rules() []rule {
	return []rule{
		{"noun packages import no other noun package", []string{"internal/commands", "internal/commands/toolbox"}, true, otherNoun},
		{"nothing points back up to commands", []string{"internal/commands"}, false, func(s source) string {
			return unless(s.under("cmd", "internal/commands"), s.imports("internal/commands"))
		}},
		{"the command line stays in cmd and commands", []string{"internal/commands"}, true, func(s source) string {
			return unless(s.under("cmd", "internal/commands"), s.imports("github.com/spf13/cobra", "github.com/spf13/pflag"))
		}},
		{"viper stays in cmd, commands and config", []string{"internal/config"}, true, func(s source) string {
			return unless(s.under("cmd", "internal/commands", "internal/config"), s.imports("github.com/spf13/viper"))
		}},
		{"platform never imports vision", []string{"internal/platform", "internal/vision"}, true, func(s source) string {
			return unless(!s.under("internal/platform"), s.imports("internal/vision"))
		}},
		{"vision never imports platform", []string{"internal/platform", "internal/vision"}, true, func(s source) string {
			return unless(!s.under("internal/vision"), s.imports("internal/platform"))
		}},
		{"outbox knows no HTTP", []string{"internal/outbox"}, true, func(s source) string {
			return unless(!s.under("internal/outbox"), s.imports("net/http", "internal/platform"))
		}},
		{"delivery joins outbox and platform, and nothing below it does", []string{"internal/delivery"}, false, func(s source) string {
			return unless(!s.under("internal/outbox", "internal/platform", "internal/network", "internal/vision"), s.imports("internal/delivery", "internal/outbox"))
		}},
		{"sandbox imports nothing of ours", []string{"internal/sandbox"}, true, foreignWitness},
		{"recorded exchanges are for tests", []string{"internal/exchanges"}, false, func(s source) string {
			return unless(s.under("internal/exchanges"), s.imports("internal/exchanges"))
		}},
		{"cgo stays in vision/onnx", []string{"internal/vision/onnx"}, true, func(s source) string {
			return unless(s.under("internal/vision/onnx"), s.imports("C", "github.com/yalue/onnxruntime_go"))
		}},
		{"OpenCV stays in vision/source behind the tag gocv", []string{"internal/vision/source"}, true, func(s source) string {
			return unless(s.under("internal/vision/source") && s.needsTag("gocv"), s.imports("gocv.io/x/gocv"))
		}},
		{"the process belongs to cmd, config, terminal and the toolbox",
			[]string{"cmd/rvmctl", "internal/config", "internal/terminal", "internal/commands/toolbox"}, false, process},
		{"only terminal speaks to people", []string{"internal/terminal"}, false, func(s source) string {
			return unless(s.under("internal/terminal"), s.uses("fmt", "Print", "Printf", "Println"))
		}},
		{"the program carries no test support", []string{"internal/vision/onnx/onnxtest"}, false, testSupport},
	}
}

func unless(allowed bool, found string) string {
	if allowed {
		return ""
	}
	return found
}

// noun is the folder of a noun package, or "".
func noun(dir string) string {
	rest, below := strings.CutPrefix(dir, "internal/commands/")
	name, _, _ := strings.Cut(rest, "/")
	if !below || name == "toolbox" {
		return ""
	}
	return name
}

// otherNoun also holds for the toolbox, which serves the nouns and knows none.
func otherNoun(s source) string {
	if !s.under("internal/commands") || s.dir() == "internal/commands" {
		return ""
	}
	for _, spec := range s.file.Imports {
		name := strings.TrimPrefix(strings.Trim(spec.Path.Value, `"`), ours)
		if other := noun(name); name == "internal/commands" || other != "" && other != noun(s.dir()) {
			return name
		}
	}
	return ""
}

// foreignWitness lets the sandbox's tests read what the real platform answered: that is nobody's opinion.
func foreignWitness(s source) string {
	if !s.under("internal/sandbox") {
		return ""
	}
	for _, spec := range s.file.Imports {
		if name := strings.Trim(spec.Path.Value, `"`); strings.HasPrefix(name, ours) && name != ours+"internal/sandbox" &&
			(!s.test() || name != ours+"internal/exchanges") {
			return name
		}
	}
	return ""
}

// process lets the one signal handler end the process: a second Ctrl-C waits for nobody.
func process(s source) string {
	names := []string{"Exit", "Args", "Stdin", "Stdout", "Stderr", "Getenv", "LookupEnv", "Environ", "ExpandEnv"}
	if s.path == "internal/commands/main.go" {
		names = names[1:]
	}
	// A build that is made to be killed is told where by a variable.
	return unless(s.under("cmd", "internal/config", "internal/terminal", "internal/commands/toolbox") || s.needsTag("crashpoints"), s.uses("os", names...))
}

// testSupport knows packages that support tests by their name, as the standard library names its own.
func testSupport(s source) string {
	for _, spec := range s.file.Imports {
		name := strings.Trim(spec.Path.Value, `"`)
		if !strings.HasSuffix(s.dir(), "test") && (strings.HasSuffix(name, "test") || name == "testing" || strings.Contains(name, "testscript")) {
			return name
		}
	}
	return ""
}

func (r rule) fault(s source) string {
	if s.test() && !r.inTests {
		return ""
	}
	return r.broken(s)
}

func TestLayers(t *testing.T) {
	t.Parallel()
	all := readAll(t)
	for _, r := range rules() {
		for _, folder := range r.folders {
			if !slices.ContainsFunc(all, func(s source) bool { return s.dir() == folder }) {
				t.Errorf("%s: there is no package %s, so this keeps nothing", r.name, folder)
			}
		}
		for _, s := range all {
			if found := r.fault(s); found != "" {
				t.Errorf("%s: %s has %s", r.name, s.path, found)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	t.Parallel()
	if mute := undocumented(readAll(t)); len(mute) > 0 {
		t.Errorf("these have no package comment: %v", mute)
	}
}

// undocumented lists the folders in whose packages no file has a comment.
func undocumented(all []source) []string {
	documented := map[string]bool{}
	for _, s := range all {
		if !s.test() {
			documented[s.dir()] = documented[s.dir()] || s.file.Doc.Text() != ""
		}
	}
	maps.DeleteFunc(documented, func(_ string, known bool) bool { return known })
	return slices.Sorted(maps.Keys(documented))
}

// TestRulesCatch proves every rule by a file that breaks it and by one that only looks like it.
func TestRulesCatch(t *testing.T) {
	t.Parallel()
	const of = `package x; import _ "` + ours
	tests := []struct{ rule, path, bad, fine, code string }{
		{"noun packages import no other noun package", "internal/commands/engine/a.go", "", "internal/commands/root.go", of + `internal/commands/deposit"`},
		{"noun packages import no other noun package", "internal/commands/toolbox/a.go", "", "internal/commands/deposit/a_test.go", of + `internal/commands/deposit"`},
		{"nothing points back up to commands", "internal/platform/a.go", "", "internal/commands/deposit/a.go", of + `internal/commands/toolbox"`},
		{"the command line stays in cmd and commands", "internal/config/a.go", "", "cmd/rvmctl/main.go", `package x; import _ "github.com/spf13/pflag"`},
		{"viper stays in cmd, commands and config", "internal/waste/a.go", "", "internal/config/a.go", `package x; import _ "github.com/spf13/viper"`},
		{"platform never imports vision", "internal/platform/a.go", "", "internal/commands/detect/a.go", of + `internal/vision/source"`},
		{"vision never imports platform", "internal/vision/onnx/a.go", "", "internal/platformer/a.go", of + `internal/platform"`},
		{"outbox knows no HTTP", "internal/outbox/a.go", "", "internal/delivery/a.go", `package x; import _ "net/http"`},
		{"sandbox imports nothing of ours", "internal/sandbox/a_test.go", "", "internal/platform/a_test.go", of + `internal/platform"`},
		{"delivery joins outbox and platform, and nothing below it does", "internal/platform/a.go", "", "internal/commands/outbox/a.go", of + `internal/delivery"`},
		{"delivery joins outbox and platform, and nothing below it does", "internal/outbox/a.go", "", "internal/delivery/a.go", of + `internal/delivery"`},
		{"sandbox imports nothing of ours", "internal/sandbox/a.go", "", "internal/sandbox/a_test.go", of + `internal/exchanges"`},
		{"recorded exchanges are for tests", "internal/platform/a.go", "", "internal/platform/a_test.go", of + `internal/exchanges"`},
		{"cgo stays in vision/onnx", "internal/health/a.go", "", "internal/vision/onnx/a.go", `package x; import "C"`},
		{"OpenCV stays in vision/source behind the tag gocv", "internal/vision/overlay/a.go", "//go:build gocv\n\n", "", `package x; import _ "gocv.io/x/gocv"`},
		{"OpenCV stays in vision/source behind the tag gocv", "internal/vision/source/a.go", "//go:build linux || gocv\n\n", "", `package x; import _ "gocv.io/x/gocv"`},
		{"OpenCV stays in vision/source behind the tag gocv", "internal/vision/source/a.go", "", "", `package x; import _ "gocv.io/x/gocv"`},
		{"the process belongs to cmd, config, terminal and the toolbox", "internal/health/a.go", "", "internal/config/a.go", `package x; import system "os"; var _ = system.Getenv("A")`},
		{"the process belongs to cmd, config, terminal and the toolbox", "internal/commands/main.go", "", "internal/commands/toolbox/a.go", `package x; import "os"; var _ = os.Args`},
		{"the process belongs to cmd, config, terminal and the toolbox", "internal/health/a.go", "", "internal/health/a_test.go", `package x; import . "os"; var _ = Args`},
		{"the process belongs to cmd, config, terminal and the toolbox", "internal/commands/root.go", "", "internal/commands/main.go", `package x; import "os"; func f() { os.Exit(1) }`},
		{"only terminal speaks to people", "internal/commands/deposit/a.go", "", "internal/terminal/a.go", `package x; import "fmt"; func f() { fmt.Println() }`},
		{"the program carries no test support", "internal/vision/model/a.go", "", "internal/vision/model/a_test.go", of + `internal/vision/onnx/onnxtest"`},
		{"the program carries no test support", "internal/health/a.go", "", "internal/vision/onnx/onnxtest/a.go", `package x; import _ "testing"`},
	}
	proven := map[string]bool{}
	for _, tt := range tests {
		r := ruleNamed(t, tt.rule)
		proven[tt.rule] = true
		if r.fault(parse(t, tt.path, tt.bad+tt.code)) == "" {
			t.Errorf("%s: %s went through in %s", tt.rule, tt.code, tt.path)
		}
		if tt.fine == "" {
			continue
		}
		if found := r.fault(parse(t, tt.fine, tt.code)); found != "" {
			t.Errorf("%s: %s was refused in %s", tt.rule, found, tt.fine)
		}
	}
	for _, r := range rules() {
		if !proven[r.name] {
			t.Errorf("nothing proves the rule %q", r.name)
		}
	}
	cameras := ruleNamed(t, "OpenCV stays in vision/source behind the tag gocv")
	if found := cameras.fault(parse(t, "internal/vision/source/a.go", "//go:build gocv && linux\n\npackage x; import _ \"gocv.io/x/gocv\"")); found != "" {
		t.Errorf("%s was refused where it belongs", found)
	}
	mute := undocumented([]source{parse(t, "internal/a/a.go", "// Package a is one.\npackage a"), parse(t, "internal/a/b.go", "package a"),
		parse(t, "internal/c/c.go", "package c"), parse(t, "internal/c/c_test.go", "// Package c is another.\npackage c")})
	if !slices.Equal(mute, []string{"internal/c"}) {
		t.Errorf("got %v without a package comment, want internal/c", mute)
	}
}

func ruleNamed(t *testing.T, name string) rule {
	t.Helper()
	for _, r := range rules() {
		if r.name == name {
			return r
		}
	}
	t.Fatalf("there is no rule %q", name)
	return rule{}
}

// readAll parses every Go file of the repository, whatever its build tags.
func readAll(t *testing.T) []source {
	t.Helper()
	var all []source
	for _, top := range []string{"cmd", "internal"} {
		err := filepath.WalkDir(filepath.Join("..", top), func(file string, e fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case e.IsDir() && e.Name() == "testdata":
				return fs.SkipDir
			case e.IsDir() || !strings.HasSuffix(file, ".go"):
				return nil
			}
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			name, _ := filepath.Rel("..", file)
			all = append(all, parse(t, filepath.ToSlash(name), string(text)))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func parse(t *testing.T, name, text string) source {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return source{name, f}
}
