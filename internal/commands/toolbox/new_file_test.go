package toolbox

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/myrvm/rvmctl/internal/platform"
)

func TestANewFileHoldsASecretOrIsNotThere(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "secret")
	file, err := MakeNewFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := MakeNewFile(path); err == nil {
		t.Error("a file that is there was opened again")
	}
	if err := file.Keep(platform.NewSecret("rvm_x")); err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat(path)
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v, want mode 0600", st, err)
	}
	other, err := MakeNewFile(path + "2")
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Discard(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + "2"); !os.IsNotExist(err) {
		t.Errorf("the discarded file is there: %v", err)
	}
}

func TestASecretThatCannotBeKeptIsToldOf(t *testing.T) {
	t.Parallel()
	f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full here")
	}
	if err := (NewFile{f}).Keep(platform.NewSecret("rvm_x")); err == nil {
		t.Error("a full disk went unnoticed")
	}
}
