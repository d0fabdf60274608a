package toolbox

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/myrvm/rvmctl/internal/terminal"
)

// ReadDocument reads a text file of at most most bytes whole; "-" is standard input. It returns *DocumentError.
func ReadDocument(c *terminal.Console, name string, most int64) ([]byte, error) {
	in := c.In()
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, documentError(name, err)
		}
		defer func() { _ = file.Close() }()
		in = file
	}
	raw, err := io.ReadAll(io.LimitReader(in, most+1))
	switch {
	case err != nil:
		return nil, documentError(name, err)
	case int64(len(raw)) > most:
		return nil, &DocumentError{Name: name, Reason: fmt.Sprintf("is larger than %d MiB", most>>20)}
	}
	return raw, nil
}

// DocumentError says that a file could not be read at all.
type DocumentError struct {
	// Name is the file as it was named, Reason what is wrong with it.
	Name, Reason string
	// Missing is true when there is no such file.
	Missing bool
	// Err is the system's error, or nil.
	Err error
}

func (e *DocumentError) Error() string {
	if e.Name == "-" {
		return "standard input " + e.Reason
	}
	return e.Name + " " + e.Reason
}

// Unwrap gives the system's error.
func (e *DocumentError) Unwrap() error { return e.Err }

// documentError says it without the name of the system call and a second name of the file.
func documentError(name string, err error) error {
	e := &DocumentError{Name: name, Reason: "cannot be read", Err: err}
	var path *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Reason, e.Missing = "does not exist", true
	case errors.As(err, &path):
		e.Reason += ": " + path.Err.Error()
	}
	return e
}
