package config

import (
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/viper"
)

// Config is what rvmctl is set to, checked. Paths are as the operator gave them.
type Config struct {
	// Profile is the name of the platform and identity in use.
	Profile string
	// URL is the platform's address, or empty when none is set.
	URL string
	// AllowPlaintext permits the token over plain http to a public address.
	AllowPlaintext bool
	// Tunnel is the second address of the platform and how the two are used.
	Tunnel Tunnel
	// Retry says how calls that change nothing are repeated.
	Retry Retry
	// Outbox says how what must not be lost is kept and delivered.
	Outbox Outbox
	// Login is the account to sign in with again; empty when the operator stored none.
	Login Login
	// RVM is the machine's number on the platform, or 0.
	RVM int64
	// Timeout limits the whole run; 0 is no limit.
	Timeout time.Duration
	// Vision says how pictures are looked at.
	Vision Vision
	// Camera says what is asked of a camera.
	Camera Camera
	// MinConfidence is the smallest confidence of a detection that becomes a deposit, 0–1.
	MinConfidence float64
	// MinArea is the smallest part of a picture that an item covers to become a deposit, 0–1.
	MinArea float64
	// SettleFrames is in how many frames an item must be seen before it becomes a deposit.
	SettleFrames int
	// WasteTable is the file of the site's own table, or empty.
	WasteTable string

	settings *viper.Viper
	// files says which file set a key last.
	files map[string]Source
	flags map[string]string
}

// Tunnel is the part of the settings about a second address of the same platform.
type Tunnel struct {
	// URL is the address through the tunnel, or empty.
	URL string
	// Use puts it before Config.URL; Fallback allows the second choice at all.
	Use, Fallback bool
	// Type is zerotier, tailscale, cloudflare or ngrok.
	Type string
}

// Retry is the part of the settings about repeated calls.
type Retry struct {
	// Attempts is how often a call is tried, the first included.
	Attempts int
	// Delay bounds the wait before the second try.
	Delay time.Duration
}

// Outbox is the part of the settings about what waits for the platform.
type Outbox struct {
	// Queue is auto, always or never.
	Queue string
	// Policy is reconcile, hold or idempotent.
	Policy string
	// Settle is how long after a lost answer a deposit may still come to be; Keep how long delivered entries stay;
	// LockWait how long to wait for another rvmctl.
	Settle, Keep, LockWait time.Duration
	// MaxBytes is the room for everything but deposits.
	MaxBytes int64
}

// Login is the part of the settings about signing in again without a person.
type Login struct{ Email, PasswordFile string }

// Vision is the part of the settings about models and pictures.
type Vision struct {
	Model, Labels, Device, Runtime string
	// ModelSHA256 is the sum that the model file must have, in hexadecimal, or empty.
	ModelSHA256 string
	// GPU is the number of the GPU; WorkspaceBytes what building a TensorRT engine may take.
	GPU            int
	WorkspaceBytes int64
	// Precision is auto, fp32 or fp16; Spin is auto, on or off.
	Precision, Spin string
	// Width and Height are the input of a dynamic model in pixels, 0 for its own.
	Width, Height   int
	Threads         int
	Confidence, IoU float64
	// MaxPixels is the largest picture that is decoded.
	MaxPixels int64
	// SAMEncoder and SAMDecoder are the files of a SAM2 model, or empty.
	SAMEncoder, SAMDecoder string
}

// Camera is the part of the settings about what a camera is asked for; 0 is no wish. Width and Height are in pixels, FPS in
// pictures a second.
type Camera struct{ Width, Height, FPS int }

// Request says what one invocation knows before anything is read.
type Request struct {
	Paths Paths
	// Profile is the name given by flag, or empty.
	Profile string
	// Flags holds the settings given on the command line, by Key.Flag.
	Flags map[string]string
	// Create allows a profile that has no file yet, as login does.
	Create bool
}

// Error says that the settings cannot be used.
type Error struct {
	// Where is the file, flag or variable that is wrong.
	Where string
	// Key is the setting, or empty when the whole place is wrong.
	Key string
	// Reason is what is wrong with it.
	Reason string
	// Root is true when the machine's file could not be written for want of rights.
	Root bool

	err error
}

// Unwrap gives the cause, nil where there is none.
func (e *Error) Unwrap() error { return e.err }

func (e *Error) Error() string {
	if e.Key == "" {
		return e.Where + ": " + e.Reason
	}
	return fmt.Sprintf("%s: %s %s", e.Where, e.Key, e.Reason)
}

// FlagError says that a value given on the command line is not possible.
type FlagError struct{ Flag, Value, Reason string }

func (e *FlagError) Error() string { return fmt.Sprintf("--%s %q: %s", e.Flag, e.Value, e.Reason) }

// NoProfileError says that a profile was named that does not exist.
type NoProfileError struct {
	Name string
	// Known are the profiles that exist.
	Known []string
	// By is what named it.
	By Source
}

func (e *NoProfileError) Error() string {
	text := fmt.Sprintf("there is no profile named %q", e.Name)
	if e.By.path != "" {
		text += ", which " + e.By.Where + " chooses"
	}
	return text
}

// Chosen says whether a file chose the profile, not the command line or the environment.
func (e *NoProfileError) Chosen() bool { return e.By.path != "" }

// Load reads and checks everything. Its errors are *Error, *FlagError, *NoProfileError.
func Load(r Request) (*Config, error) {
	c, err := begin(r)
	if err != nil {
		return nil, err
	}
	name, err := c.choose(r)
	if err != nil {
		return nil, err
	}
	c.Profile = name
	if err := c.readFile(File{Path: r.Paths.ProfileFile(name), Layer: InProfile, Profile: name}); err != nil {
		return nil, err
	}
	return c, c.decode()
}

// Choose says which profile is in use and what chose it. It does not look at the other settings, so that a wrong one can be
// mended. Its errors are those of Load.
func Choose(r Request) (name string, by Source, err error) {
	c, err := begin(r)
	if err != nil {
		return "", Source{}, err
	}
	name, err = c.choose(r)
	return name, c.Source(KeyProfile), err
}

// begin reads what is there before the profile is known.
func begin(r Request) (*Config, error) {
	c := &Config{settings: viper.New(), files: map[string]Source{}, flags: maps.Clone(r.Flags)}
	if r.Profile != "" {
		if c.flags == nil {
			c.flags = map[string]string{}
		}
		c.flags[KeyProfile] = r.Profile
	}
	for _, k := range Keys() {
		c.settings.SetDefault(k.Name, k.Default)
		// Bound one by one: viper's automatic variables miss nested keys.
		if err := c.settings.BindEnv(k.Name, k.Variable()); err != nil {
			return nil, &Error{Where: k.Variable(), Reason: err.Error()}
		}
		if v, given := c.flags[k.Flag]; given {
			c.settings.Set(k.Name, v)
		}
	}
	for _, file := range []File{{Path: r.Paths.SystemFile(), Layer: InSystem}, {Path: r.Paths.UserFile(), Layer: InUser}} {
		if err := c.readFile(file); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// choose settles the name of the profile. One that was never named need not exist, and neither need the one that rvmctl begins
// with, since a choice of it only takes back another.
func (c *Config) choose(r Request) (string, error) {
	name, by := c.value(KeyProfile), c.Source(KeyProfile)
	if err := CheckProfile(name); err != nil {
		if by.Kind == FromUser || by.Kind == FromSystem {
			return "", &Error{Where: by.Where, Key: KeyProfile, Reason: "is " + strconv.Quote(name) + ", and " + profileRule}
		}
		return "", err
	}
	named := by.Kind != FromDefault && (name != DefaultProfile || by.Kind == FromFlag || by.Kind == FromVariable)
	if named && !r.Create && !r.Paths.hasSettings(name) {
		return "", &NoProfileError{Name: name, Known: r.Paths.Profiles(), By: by}
	}
	return name, nil
}

// The kinds of a Source.
const (
	FromFlag     = "flag"
	FromVariable = "variable"
	FromProfile  = "profile"
	FromUser     = "user"
	FromSystem   = "system"
	FromDefault  = "default"
)

// Source says where a value came from.
type Source struct {
	// Kind is one of the From constants.
	Kind string
	// Where is the flag, the variable or file:line; empty for a default.
	Where string

	path string
}

// Source says where the value of a setting came from.
func (c *Config) Source(key string) Source {
	k, _ := Find(key)
	if _, given := c.flags[k.Flag]; given {
		return Source{Kind: FromFlag, Where: "--" + k.Flag}
	}
	if os.Getenv(k.Variable()) != "" {
		return Source{Kind: FromVariable, Where: k.Variable()}
	}
	if said, set := c.files[key]; set {
		return said
	}
	return Source{Kind: FromDefault}
}

// Origin is Source in one word: a flag, a variable, a file or "default".
func (c *Config) Origin(key string) string {
	switch s := c.Source(key); {
	case s.path != "":
		return s.path
	case s.Where != "":
		return s.Where
	}
	return FromDefault
}

// readFile merges one YAML file. A file that does not exist says nothing.
func (c *Config) readFile(f File) error {
	said, problems := f.read()
	if len(problems) > 0 {
		return problems[0]
	}
	for key, s := range said.values {
		c.files[key] = Source{Kind: string(f.Layer), Where: s.where(f.Path), path: f.Path}
	}
	if err := c.settings.MergeConfigMap(said.tree()); err != nil {
		return &Error{Where: f.Path, Reason: err.Error()}
	}
	return nil
}

// variable is the environment variable of a flag.
func variable(flag string) string {
	return "RVMCTL_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}
