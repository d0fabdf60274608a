package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/viper"
)

// maxFile bounds a settings file, in bytes.
const maxFile = 1 << 20

// Config is what rvmctl is set to, checked. Paths are as the operator gave them.
type Config struct {
	// Profile is the name of the platform and identity in use.
	Profile string
	// URL is the platform's address, or empty when none is set.
	URL string
	// AllowPlaintext permits the token over plain http to a public address.
	AllowPlaintext bool
	// RVM is the machine's number on the platform, or 0.
	RVM int64
	// Timeout limits the whole run; 0 is no limit.
	Timeout time.Duration
	// Vision says how pictures are looked at.
	Vision Vision
	// MinConfidence is the smallest confidence of a detection that becomes a deposit, 0–1.
	MinConfidence float64
	// WasteTable is the file of the site's own table, or empty.
	WasteTable string

	settings *viper.Viper
	// files says which file set a key last.
	files map[string]string
	flags map[string]string
}

// Vision is the part of the settings about models and pictures.
type Vision struct {
	Model, Labels, Device, Runtime string
	Threads                        int
	Confidence, IoU                float64
	// MaxPixels is the largest picture that is decoded.
	MaxPixels int64
}

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
}

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
}

func (e *NoProfileError) Error() string { return fmt.Sprintf("there is no profile named %q", e.Name) }

// Load reads and checks everything. Its errors are *Error, *FlagError, *NoProfileError.
func Load(r Request) (*Config, error) {
	c := &Config{settings: viper.New(), files: map[string]string{}, flags: r.Flags}
	for _, k := range Keys() {
		c.settings.SetDefault(k.Name, k.Default)
		// Bound one by one: viper's automatic variables miss nested keys.
		if err := c.settings.BindEnv(k.Name, k.Variable()); err != nil {
			return nil, &Error{Where: k.Variable(), Reason: err.Error()}
		}
		if v, given := r.Flags[k.Flag]; given {
			c.settings.Set(k.Name, v)
		}
	}
	if err := c.readFile(r.Paths.SystemFile()); err != nil {
		return nil, err
	}
	if err := c.readFile(r.Paths.UserFile()); err != nil {
		return nil, err
	}
	if err := c.readProfile(r); err != nil {
		return nil, err
	}
	return c, c.decode()
}

// Origin says where the value of a setting came from: a flag, a variable, a file or "default".
func (c *Config) Origin(key string) string {
	k, _ := keyNamed(key)
	if _, given := c.flags[k.Flag]; given {
		return "--" + k.Flag
	}
	if os.Getenv(k.Variable()) != "" {
		return k.Variable()
	}
	if file, set := c.files[key]; set {
		return file
	}
	return "default"
}

// readProfile settles the name of the profile and reads its file. A profile that was never named need not exist.
func (c *Config) readProfile(r Request) error {
	name, named := r.Profile, r.Profile != ""
	if name == "" {
		name = os.Getenv("RVMCTL_PROFILE")
		named = name != ""
	}
	if name == "" {
		name = DefaultProfile
	}
	if err := CheckProfile(name); err != nil {
		return err
	}
	c.Profile = name
	file := r.Paths.ProfileFile(name)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) && named && !r.Create {
		return &NoProfileError{Name: name, Known: r.Paths.Profiles()}
	}
	return c.readFile(file)
}

// readFile merges one YAML file. A file that does not exist says nothing.
func (c *Config) readFile(path string) error {
	raw, err := readBounded(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return &Error{Where: path, Reason: reason(err)}
	}
	file, err := parseSettings(path, raw)
	if err != nil {
		return err
	}
	for key := range file.values {
		c.files[key] = path
	}
	if err := c.settings.MergeConfigMap(file.tree()); err != nil {
		return &Error{Where: path, Reason: err.Error()}
	}
	return nil
}

func readBounded(path string) ([]byte, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return readRegular(f)
}

// errNotRegular says that a path leads to a folder, a device or a pipe.
var errNotRegular = errors.New("is not a regular file")

// openRegular looks before it opens, since opening a pipe waits for somebody to write into it. What was opened is looked at
// again, because the path may lead elsewhere by then.
func openRegular(path string) (*os.File, error) {
	st, err := os.Stat(path)
	if err == nil && !st.Mode().IsRegular() {
		err = errNotRegular
	}
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return nil, errors.Join(errNotRegular, f.Close())
	}
	return f, nil
}

// readRegular reads what may be read whole without harm.
func readRegular(f *os.File) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(raw) > maxFile {
		return nil, errors.New("is larger than 1 MiB")
	}
	return raw, err
}

func checkURL(v string) error {
	if v == "" {
		return nil
	}
	u, err := url.Parse(v)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return errors.New("must be an address such as http://172.28.233.83:8001")
	case u.User != nil:
		return errors.New("must not hold a user name or password")
	case u.RawQuery != "" || u.Fragment != "":
		return errors.New("must not hold a query or fragment")
	}
	return nil
}

// showable is a refused address without what may be a secret in it: a password, a query, a fragment.
func showable(address string) string {
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		scheme, _, found := strings.Cut(address, "://")
		if !found {
			scheme = ""
		} else {
			scheme += "://"
		}
		address = scheme + "********" + address[at:]
	}
	if at := strings.IndexAny(address, "?#"); at >= 0 {
		address = address[:at+1] + "********"
	}
	return address
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// reason takes the path out of an error of the file system, since the message names it already.
func reason(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

// variable is the environment variable of a flag.
func variable(flag string) string {
	return "RVMCTL_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// Paths are the folders of one user on one machine.
type Paths struct {
	// User is the user's folder, such as ~/.config/rvmctl.
	User string
	// System is the machine's folder, such as /etc/rvmctl.
	System string
}

// SystemFile holds what is true for every user of the machine; it is the least important.
func (p Paths) SystemFile() string { return filepath.Join(p.System, "config.yaml") }

// UserFile holds what is true for every profile of the user.
func (p Paths) UserFile() string { return filepath.Join(p.User, "config.yaml") }

// ProfileFile holds what is true for one profile.
func (p Paths) ProfileFile(name string) string {
	return filepath.Join(p.User, "profiles", name+".yaml")
}

// TokenFile holds the token of one profile.
func (p Paths) TokenFile(name string) string { return filepath.Join(p.User, "tokens", name+".json") }

// Profiles lists the profiles that have a file, sorted by name.
func (p Paths) Profiles() []string {
	entries, _ := os.ReadDir(filepath.Join(p.User, "profiles"))
	var names []string
	for _, e := range entries {
		if name, yaml := strings.CutSuffix(e.Name(), ".yaml"); yaml && CheckProfile(name) == nil {
			names = append(names, name)
		}
	}
	return names
}
