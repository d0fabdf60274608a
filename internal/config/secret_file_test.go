package config

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestReadSecretFile(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, content string
		mode          os.FileMode
		want, reason  string
	}{
		{"a line", "key-1\n", 0o600, "key-1", ""},
		{"a line of another system, and more", " key-1 \r\nnotes\n", 0o400, "key-1", ""},
		{"others can read it", "key-1\n", 0o640, "", "has mode 0640, others can read it"},
		{"empty", "", 0o600, "", "begins with an empty line"},
		{"blank", "\nkey-1\n", 0o600, "", "begins with an empty line"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "f")
			if err := errors.Join(os.WriteFile(file, []byte(tt.content), 0o600), os.Chmod(file, tt.mode)); err != nil {
				t.Fatal(err)
			}
			got, err := ReadSecretFile("api key", file)
			var bad *SecretFileError
			if got != tt.want || errors.As(err, &bad) != (tt.reason != "") || bad != nil && bad.Reason != tt.reason {
				t.Errorf("got %q, %v, want %q, %q", got, err, tt.want, tt.reason)
			}
		})
	}
	var bad *SecretFileError
	if _, err := ReadSecretFile("api key", filepath.Join(t.TempDir(), "none")); !errors.As(err, &bad) || !bad.Missing {
		t.Errorf("got %v, want a file that is missing", err)
	}
	if _, err := ReadSecretFile("api key", t.TempDir()); !errors.As(err, &bad) {
		t.Errorf("got %v, want a folder refused", err)
	}
}
