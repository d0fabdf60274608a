package profile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/config"
)

func TestEveryStateOfAProfileIsTold(t *testing.T) {
	dir := t.TempDir()
	paths := config.Paths{User: filepath.Join(dir, "user"), System: filepath.Join(dir, "system")}
	for _, k := range config.Keys() {
		t.Setenv(k.Variable(), "")
	}
	put := func(path, text string, mode os.FileMode) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	const here = "platform: {url: 'http://127.0.0.1:8001'}\n"
	token := func(profile, url string) {
		t.Helper()
		if _, err := paths.SaveToken(profile, config.NewToken("7|hunter22", url, "a@b.c", time.Now())); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"stored", "none", "moved", "damaged"} {
		put(paths.ProfileFile(name), here, 0o600)
	}
	put(paths.ProfileFile("broken"), "colour: red\n", 0o600)
	token("stored", "http://127.0.0.1:8001")
	token("moved", "http://127.0.0.1:9999")
	put(paths.TokenFile("damaged"), "{", 0o600)
	for name, want := range map[string][3]string{
		"stored":  {"stored", "a@b.c", ""},
		"none":    {"none", "", ""},
		"moved":   {"other-platform", "", "is not sent to"},
		"damaged": {"unusable", "", "is damaged"},
		"broken":  {"unusable", "", "colour is not a setting"},
	} {
		p := describe(paths, name, false)
		if p.Name != name || p.SignIn != want[0] || p.Email != want[1] || !strings.Contains(p.Problem, want[2]) || (p.Problem == "") != (want[2] == "") {
			t.Errorf("%s: got %+v", name, p)
		}
		if strings.Contains(p.Problem, "hunter22") {
			t.Errorf("%s: a secret is told", name)
		}
	}
}
