// Package toolbox builds what commands need, late and once: settings, a signed-in client of the platform, a detector. It is
// the only place where the pieces of rvmctl meet the real machine. It refuses to know what any command does with them.
package toolbox

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// Version says which build this is. The zero value is a build without a name.
type Version struct {
	// Number is the release, such as v0.1.0, or what git describes.
	Number string
	// Commit is the full or short hash of the source, or empty.
	Commit string
	// Date is when the source was committed, RFC 3339, or empty.
	Date string
}

// System is what the toolbox asks the machine for. Tests give other answers.
type System struct {
	// Executable is the path of the running program.
	Executable func() (string, error)
	// Replace becomes another program, with the same standard streams; it returns only when that failed.
	Replace func(path string, args, env []string) error
	// ConfigDir, CacheDir and StateDir are the user's folders for rvmctl; SystemDir is the machine's. What lies in StateDir
	// cannot be made again: the outbox.
	ConfigDir, CacheDir, StateDir, SystemDir string
	// DataDir is the user's folder for what was fetched once and is meant to stay: models. ModelDir is the machine's.
	DataDir, ModelDir string
}

// RealSystem is this machine.
func RealSystem() System {
	return System{
		Executable: os.Executable,
		Replace:    replaceProcess,
		ConfigDir:  userDir("RVMCTL_CONFIG_DIR", os.UserConfigDir),
		CacheDir:   userDir("RVMCTL_CACHE_DIR", os.UserCacheDir),
		StateDir:   userDir("RVMCTL_STATE_DIR", userStateDir),
		SystemDir:  systemDir(),
		DataDir:    userDir("RVMCTL_DATA_DIR", userDataDir),
		ModelDir:   "/usr/lib/rvmctl/models",
	}
}

// userDir follows the variable, then the system's convention (XDG on Linux). Where there is no home at all, as in some
// services, the answer is a path that does not exist rather than the working folder.
func userDir(variable string, standard func() (string, error)) string {
	if dir := os.Getenv(variable); dir != "" {
		return dir
	}
	dir, err := standard()
	if err != nil {
		return filepath.Join(string(filepath.Separator), "nonexistent", "rvmctl")
	}
	return filepath.Join(dir, "rvmctl")
}

// userStateDir is XDG_STATE_HOME on Unix; the other systems keep such files where they keep settings.
func userStateDir() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return os.UserConfigDir()
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".local", "state"), err
}

// userDataDir is XDG_DATA_HOME on Unix; the other systems keep such files where they keep settings.
func userDataDir() (string, error) {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return os.UserConfigDir()
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".local", "share"), err
}

func systemDir() string {
	if dir := os.Getenv("RVMCTL_SYSTEM_DIR"); dir != "" {
		return dir
	}
	if runtime.GOOS == "windows" {
		return filepath.Join(os.Getenv("ProgramData"), "rvmctl")
	}
	return "/etc/rvmctl"
}

// Box holds the lazy constructors. One Box serves one invocation.
type Box struct {
	Console *terminal.Console
	Version Version
	System  System
	// Profile is the value of --profile.
	Profile string
	// Explain puts an error into words and gives it a category; commands sets it, since it alone knows them all.
	Explain func(error) terminal.Failure
	// CreateProfile lets a command name a profile that does not exist yet.
	CreateProfile bool

	flags   *pflag.FlagSet
	started time.Time
	before  time.Duration
	stop    context.CancelCauseFunc
	results map[*cobra.Command]terminal.View
	// told are the errors of items that Report has shown.
	told   []error
	config func() (*config.Config, error)

	opening sync.Mutex
	// store is the outbox once it was needed.
	store *outbox.Store
}

// New makes a Box. stop ends the run with a cause when --timeout has passed.
func New(console *terminal.Console, version Version, system System, stop context.CancelCauseFunc) *Box {
	b := &Box{Console: console, Version: version, System: system, started: time.Now(), before: cpuTime(), stop: stop,
		results: map[*cobra.Command]terminal.View{}}
	b.config = sync.OnceValues(b.loadConfig)
	return b
}

// Use tells the Box which flags were given. It is called once, before the command runs.
func (b *Box) Use(flags *pflag.FlagSet) { b.flags = flags }

// Paths are the folders of settings and tokens.
func (b *Box) Paths() config.Paths {
	return config.Paths{User: b.System.ConfigDir, System: b.System.SystemDir}
}

// Config reads the settings, once. With a limit for the whole run it also starts the clock.
func (b *Box) Config() (*config.Config, error) { return b.config() }

func (b *Box) loadConfig() (*config.Config, error) {
	c, err := config.Load(b.Request())
	if err != nil {
		return nil, err
	}
	b.Console.Step("profile %s, platform %s", c.Profile, orNone(c.URL))
	if c.Timeout > 0 && b.stop != nil {
		limit := c.Timeout
		time.AfterFunc(time.Until(b.started.Add(limit)), func() { b.stop(&TimeoutError{Limit: limit}) })
	}
	return c, nil
}

// settings are the flags that were given and are settings.
func (b *Box) settings() map[string]string {
	given := map[string]string{}
	if b.flags == nil {
		return given
	}
	for _, k := range config.Keys() {
		if f := b.flags.Lookup(k.Flag); f != nil && f.Changed {
			given[k.Flag] = f.Value.String()
		}
	}
	return given
}

// RVM is the machine's number from --rvm, RVMCTL_RVM or the profile.
func (b *Box) RVM() (int64, error) {
	c, err := b.Config()
	if err != nil {
		return 0, err
	}
	if c.RVM == 0 {
		return 0, Usage("which machine is not said", "add --rvm N, or type: rvmctl config set rvm_id N")
	}
	return c.RVM, nil
}

func orNone(s string) string {
	if s == "" {
		return "(none set)"
	}
	return s
}

// TimeoutError says that the limit for the whole run has passed.
type TimeoutError struct{ Limit time.Duration }

func (e *TimeoutError) Error() string {
	return fmt.Sprintf("stopped after %s, the limit of this run", e.Limit)
}

// UsageError says that the command line cannot be carried out as it was typed.
type UsageError struct {
	// Fact is what is wrong with it; Hint what to type instead.
	Fact, Hint string
}

func (e *UsageError) Error() string { return e.Fact }

// Usage makes a UsageError.
func Usage(fact, hint string) error { return &UsageError{Fact: fact, Hint: hint} }
