package rvm

import (
	"errors"
	"io/fs"
	"os"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
)

// keyFile is a new file for one key. The zero value stands for "no file is wanted".
type keyFile struct{ f *os.File }

// newKeyFile makes the file empty and readable by its owner alone. It never opens one that is there.
func newKeyFile(path string) (keyFile, error) {
	if path == "" {
		return keyFile{}, nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return keyFile{}, toolbox.Usage(path+" exists already, nothing was changed", "name a new file with --save")
	case err != nil:
		return keyFile{}, toolbox.Usage("cannot make the key file, nothing was changed: "+err.Error(), "name another place with --save")
	}
	return keyFile{f}, nil
}

// keep writes the key, so that it lasts.
func (k keyFile) keep(key platform.Secret) error {
	if k.f == nil {
		return nil
	}
	_, err := k.f.WriteString(key.Reveal() + "\n")
	return errors.Join(err, k.f.Sync(), k.f.Close())
}

// discard removes a file that got no key.
func (k keyFile) discard() error {
	if k.f == nil {
		return nil
	}
	return errors.Join(k.f.Close(), os.Remove(k.f.Name()))
}
