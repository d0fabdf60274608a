package config

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
)

// maxFile bounds a settings file, in bytes.
const maxFile = 1 << 20

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
