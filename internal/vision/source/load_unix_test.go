//go:build unix

package source

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"
)

// TestPipesAreRefusedUnopened would hang if the pipe were opened, for nobody writes to it.
func TestPipesAreRefusedUnopened(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "p.jpg")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	_, found := Find(t.Context(), []string{path})
	_, loaded := Loader{}.Load(t.Context(), Item{Name: path, Path: path})
	for _, err := range []error{found, loaded} {
		var odd *NotRegularError
		if !errors.As(err, &odd) || odd.Thing != "a pipe" {
			t.Errorf("got %v, want a refusal of a pipe", err)
		}
	}
}
