package device

import (
	"errors"
	"io/fs"
	"os"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

// tokenFile is a new file for one token. The zero value stands for "no file is wanted".
type tokenFile struct{ f *os.File }

// newTokenFile makes the file empty and readable by its owner alone. It never opens one that is there.
func newTokenFile(path string) (tokenFile, error) {
	if path == "" {
		return tokenFile{}, nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return tokenFile{}, toolbox.Usage(path+" exists already, nothing was changed", "name a new file with --save")
	case err != nil:
		return tokenFile{}, toolbox.Usage("cannot make the token file, nothing was changed: "+err.Error(), "name another place with --save")
	}
	return tokenFile{f}, nil
}

// keep writes the token, so that it lasts.
func (t tokenFile) keep(token platform.Secret) error {
	if t.f == nil {
		return nil
	}
	_, err := t.f.WriteString(token.Reveal() + "\n")
	return errors.Join(err, t.f.Sync(), t.f.Close())
}

// discard removes a file that got no token.
func (t tokenFile) discard() error {
	if t.f == nil {
		return nil
	}
	return errors.Join(t.f.Close(), os.Remove(t.f.Name()))
}
