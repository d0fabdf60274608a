package toolbox

import (
	"errors"
	"io/fs"
	"os"

	"github.com/myrvm/rvmctl/internal/platform"
)

// NewFile is a new file for a secret that the platform shows once. It is made before the platform is asked, so that a secret is
// never made that has no place. The zero value stands for "no file is wanted".
type NewFile struct{ f *os.File }

// MakeNewFile makes the file that --save names, empty and readable by its owner alone. It never opens one that is there, and
// returns a usage error then; an empty path wants no file.
func MakeNewFile(path string) (NewFile, error) {
	if path == "" {
		return NewFile{}, nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return NewFile{}, Usage(path+" exists already, nothing was changed", "name a new file with --save")
	case err != nil:
		return NewFile{}, Usage("cannot make the file, nothing was changed: "+err.Error(), "name another place with --save")
	}
	return NewFile{f}, nil
}

// Keep writes the secret, so that it lasts.
func (n NewFile) Keep(secret platform.Secret) error {
	if n.f == nil {
		return nil
	}
	_, err := n.f.WriteString(secret.Reveal() + "\n")
	return errors.Join(err, n.f.Sync(), n.f.Close())
}

// Discard removes a file that got no secret.
func (n NewFile) Discard() error {
	if n.f == nil {
		return nil
	}
	return errors.Join(n.f.Close(), os.Remove(n.f.Name()))
}
