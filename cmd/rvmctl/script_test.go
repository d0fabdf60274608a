//go:build unix

// The scripts in testdata/script are the executable manual: each tells one story with the real program, a real platform of
// internal/sandbox, and nothing of the machine they run on. A new story needs no Go; see the verbs below and in
// stage_test.go and things_test.go, and run one with: go test ./cmd/rvmctl -run 'Scripts/first_day'.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/myrvm/rvmctl/internal/commands"
	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/vision/onnx"
	"github.com/myrvm/rvmctl/internal/vision/source"
)

var update = flag.Bool("update", false, "rewrite what scripts compare with, by what they got")

// longest is how long all scripts together may take.
const longest = 8 * time.Minute

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"rvmctl": func() {
			// A shell that is killed leaves its children behind, and they would hold the test's pipes open.
			time.AfterFunc(longest+time.Minute, func() { os.Exit(98) })
			noteArguments(os.Getenv("WORK"))
			os.Exit(commands.Main(toolbox.BuildVersion("v0.0.0-test", "", ""), os.Args[1:]))
		},
		"terminal": func() { os.Exit(terminalMain(os.Args[1:])) },
	})
}

// noteArguments keeps every command line for the verb nosecret: other users of a machine can read command lines.
func noteArguments(work string) {
	if work == "" {
		// No script: a test that starts the program by itself, or what such a program started without its environment.
		return
	}
	f, err := os.OpenFile(filepath.Join(work, argumentsFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	defer func() { _ = f.Close() }()
	_, _ = fmt.Fprintf(f, "%q\n", os.Args)
}

func TestScripts(t *testing.T) { testscript.RunT(swept{t}, scripts(t)) }

// scripts is how every script is run.
func scripts(t *testing.T) testscript.Params {
	library, found := runtimeLibrary(t)
	return testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Deadline:            time.Now().Add(longest), // a script that hangs is told as such long before the test is killed
		Setup:               func(e *testscript.Env) error { return setup(e, library) },
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "onnx": // pictures can be looked at here
				return found && onnx.Built(), nil
			case "opencv": // this is the camera build, as with: go test -tags "gocv gocv_specific_modules gocv_videoio"
				return source.CameraBuild(), nil
			case "portable": // this build has no inference, whatever lies in bin
				return !onnx.Built(), nil
			case "terminal": // a person's terminal can be made here; a bare container may have no /dev/pts
				return canOpenTerminal(), nil
			}
			return false, fmt.Errorf("there is no condition %s", cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"platform": positive(platformVerb), "revoke": positive(revoke), "recorded": positive(recorded),
			"exits": positive(exits), "noescape": positive(noEscape), "nosecret": positive(noSecret),
			"filemode": positive(fileMode), "picture": positive(picture), "model": positive(writeModel), "matches-schema": positive(matchesSchema),
			"world": positive(world), "example": positive(example), "film": positive(film), "camera": positive(cameraVerb),
		},
	}
}

// positive refuses "! verb": none of ours means anything negated.
func positive(verb func(*testscript.TestScript, []string)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg {
			ts.Fatalf("this verb cannot be negated")
		}
		verb(ts, args)
	}
}

// setup makes a machine on which rvmctl has never run. The environment is named whole: nothing is inherited but PATH.
func setup(e *testscript.Env, library string) error {
	e.Values[stageKey{}] = &stage{}
	for name, value := range map[string]string{
		"HOME": e.WorkDir + "/home", "XDG_CONFIG_HOME": e.WorkDir + "/home/.config", "XDG_CACHE_HOME": e.WorkDir + "/home/.cache",
		"RVMCTL_CONFIG_DIR": e.WorkDir + "/config", "RVMCTL_SYSTEM_DIR": e.WorkDir + "/system", "RVMCTL_CACHE_DIR": e.WorkDir + "/cache",
		"RVMCTL_STATE_DIR":   e.WorkDir + "/state",
		"RVMCTL_DATA_DIR":    e.WorkDir + "/data",
		"RVMCTL_ONNXRUNTIME": library, "TZ": "UTC", "LC_ALL": "C",
		// Without this every child of a -race build sleeps for a second when it ends.
		"GORACE": "atexit_sleep_ms=0",
	} {
		e.Setenv(name, value)
	}
	return os.MkdirAll(e.WorkDir+"/home", 0o700)
}

// runtimeLibrary is the ONNX Runtime to test with: the variable's, or the one that make setup put into bin.
func runtimeLibrary(t *testing.T) (file string, found bool) {
	if file = os.Getenv("RVMCTL_ONNXRUNTIME"); file == "" {
		file = filepath.Join(repository(t), "bin", "libonnxruntime.so.1")
	}
	_, err := os.Stat(file)
	return file, err == nil
}

// repository is the folder of go.mod.
func repository(t *testing.T) string {
	dir, err := filepath.Abs(".")
	for err == nil {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			err = errors.New("no go.mod above the test's folder")
		}
		dir = filepath.Dir(dir)
	}
	t.Fatal(err)
	return ""
}

// exits runs a program that must end with one exit code: exits 4 rvmctl whoami.
func exits(ts *testscript.TestScript, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: exits code program [arguments]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("got exit code %d, want %d", got, want)
	}
}

// swept is a test whose whole log is searched for what no script may ever show. It asks for the whole log, and prints of it
// what a script prints on its own: the headings, and everything of the last phase.
type swept struct{ *testing.T }

var tokenLike = regexp.MustCompile(`\d+\|[A-Za-z0-9]{40}`)

func (s swept) Run(name string, f func(testscript.T)) {
	s.T.Run(name, func(t *testing.T) { f(swept{t}) })
}

func (s swept) Verbose() bool { return true }

func (s swept) Log(args ...any) {
	s.Helper()
	log := fmt.Sprint(args...)
	if tokenLike.MatchString(log) {
		s.Errorf("a token was shown: …%s…", around(log, tokenLike.FindStringIndex(log)[0]))
	}
	if i := strings.IndexByte(log, '\x1b'); i >= 0 && !strings.Contains(s.Name(), "/tty") {
		s.Errorf("an escape byte was written into a pipe: %q", around(log, i))
	}
	if !testing.Verbose() {
		log = lastPhase(log)
	}
	s.T.Log(log)
}

func around(text string, i int) string { return text[max(0, i-60):min(len(text), i+20)] }

func lastPhase(log string) string {
	end := strings.LastIndex(log, "\n# ")
	if end < 0 {
		return log
	}
	var headings []string
	for line := range strings.Lines(log[:end]) {
		if strings.HasPrefix(line, "# ") {
			headings = append(headings, line)
		}
	}
	return strings.Join(headings, "") + log[end:]
}
