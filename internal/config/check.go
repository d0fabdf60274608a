package config

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// Said is what a file says, as it is written there, by the names of settings. Its error is the first problem of the file's form.
func (f File) Said() (map[string]string, error) {
	read, problems := f.read()
	if len(problems) > 0 {
		return nil, problems[0]
	}
	values := map[string]string{}
	for key, s := range read.values {
		values[key] = s.text
	}
	return values, nil
}

// Check gives everything that is wrong with a file: its form, its keys and its values, in the order of the file.
func (f File) Check() []*Error {
	if _, err := os.Stat(f.Path); errors.Is(err, fs.ErrNotExist) {
		return []*Error{{Where: f.Path, Reason: "does not exist"}}
	}
	read, problems := f.read()
	for _, k := range Keys() {
		s, given := read.values[k.Name]
		if !given {
			continue
		}
		if _, err := k.Accept(s.text); err != nil {
			problems = append(problems, &Error{Where: s.where(f.Path), Key: k.Name, Reason: notPossible(k, s.text, err)})
		}
	}
	slices.SortStableFunc(problems, func(a, b *Error) int { return line(a.Where) - line(b.Where) })
	return problems
}

// line is the number behind the last colon of file:line, 0 without one.
func line(where string) int {
	n := 0
	for _, r := range where[strings.LastIndexByte(where, ':')+1:] {
		if r < '0' || r > '9' {
			return 0
		}
		n = n*10 + int(r-'0')
	}
	return n
}

// CheckVariables gives every setting whose variable holds what is not possible.
func CheckVariables() []*Error {
	var problems []*Error
	for _, k := range Keys() {
		value := os.Getenv(k.Variable())
		if value == "" {
			continue
		}
		if _, err := k.Accept(value); err != nil {
			problems = append(problems, &Error{Where: k.Variable(), Reason: notPossible(k, value, err)})
		}
	}
	return problems
}

// otherVariables are read by rvmctl and are no settings; the last two belong to completion.
var otherVariables = []string{"RVMCTL_TOKEN", "RVMCTL_TOKEN_FILE", "RVMCTL_CONFIG_DIR", "RVMCTL_SYSTEM_DIR", "RVMCTL_CACHE_DIR", "RVMCTL_STATE_DIR", "RVMCTL_DATA_DIR",
	"RVMCTL_API_KEY_FILE", "RVMCTL_MACHINE_TOKEN_FILE", "RVMCTL_ACTIVE_HELP", "RVMCTL_COMPLETION_DESCRIPTIONS"}

// UnknownVariables lists the variables that look like settings and are none, which a slip in typing makes.
func UnknownVariables() []string {
	var names []string
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		if value == "" || !strings.HasPrefix(name, "RVMCTL_") || slices.Contains(otherVariables, name) ||
			slices.ContainsFunc(Keys(), func(k Key) bool { return k.Variable() == name }) {
			continue
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// InvalidError says that settings were looked through and cannot all be used. What is wrong was shown already.
type InvalidError struct {
	// What is one line: "2 problems in the settings".
	What string
	// Hint is the next move.
	Hint string
}

func (e *InvalidError) Error() string { return e.What }
