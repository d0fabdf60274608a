package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func newPaths(t *testing.T) Paths {
	t.Helper()
	for _, k := range Keys() {
		t.Setenv(k.Variable(), "")
	}
	for _, name := range []string{"RVMCTL_PROFILE", "RVMCTL_TOKEN", "RVMCTL_TOKEN_FILE", "CREDENTIALS_DIRECTORY"} {
		t.Setenv(name, "")
	}
	dir := t.TempDir()
	return Paths{User: filepath.Join(dir, "user"), System: filepath.Join(dir, "etc")}
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func TestPrecedenceIsFlagVariableProfileUserSystemDefault(t *testing.T) {
	p := newPaths(t)
	layers := []struct {
		name   string
		add    func(r *Request)
		want   float64
		origin string
	}{
		{"default", func(*Request) {}, 0.25, "default"},
		{"system", func(*Request) { write(t, p.SystemFile(), "vision: {confidence: 0.31}", 0o644) }, 0.31, p.SystemFile()},
		{"user", func(*Request) { write(t, p.UserFile(), "vision:\n  confidence: 0.32\n", 0o600) }, 0.32, p.UserFile()},
		{"profile", func(*Request) { write(t, p.ProfileFile("default"), "vision: {confidence: 0.33}", 0o600) }, 0.33, p.ProfileFile("default")},
		{"variable", func(*Request) { t.Setenv("RVMCTL_CONF", "0.34") }, 0.34, "RVMCTL_CONF"},
		{"flag", func(r *Request) { r.Flags = map[string]string{"conf": "0.35"} }, 0.35, "--conf"},
	}
	r := Request{Paths: p}
	for _, l := range layers {
		l.add(&r)
		c, err := Load(r)
		if err != nil {
			t.Fatalf("%s: %v", l.name, err)
		}
		if c.Vision.Confidence != l.want || c.Origin(KeyConfidence) != l.origin {
			t.Errorf("%s: got %v from %s, want %v from %s", l.name, c.Vision.Confidence, c.Origin(KeyConfidence), l.want, l.origin)
		}
	}
}

func TestEverySettingHasAPossibleDefault(t *testing.T) {
	c, err := Load(Request{Paths: newPaths(t)})
	if err != nil {
		t.Fatal(err)
	}
	if c.Profile != "default" || c.Vision.IoU != 0.7 || c.MinConfidence != 0.5 || c.Vision.MaxPixels != 40_000_000 || c.Timeout != 0 {
		t.Errorf("unexpected defaults: %+v", c)
	}
}

func TestLoadRefusesInWords(t *testing.T) {
	tests := []struct {
		name, file, text, want string
	}{
		{"an unknown key", "user", "colour: red", "colour is not a setting"},
		{"no YAML", "user", "a: [", "is not valid YAML"},
		{"a confidence of two", "user", "vision: {confidence: 2}", "must be a number from 0 to 1"},
		{"a machine name where a number belongs", "system", "rvm_id: jetson_orin_nano_001", "must be a whole number"},
		{"a password in the address", "profile", "platform: {url: 'http://a:b@c'}", "must not hold a user name"},
		{"no address", "profile", "platform: {url: 'platform'}", "must be an address"},
		{"a device nobody has", "user", "vision: {device: tpu}", "must be one of"},
		{"a negative limit", "user", "timeout: -5s", "must be a duration"},
		{"a list where a value belongs", "user", "platform: {url: [http://x]}", "platform.url must be a single value"},
		{"a section where a value belongs", "user", "vision: {model: {a: b}}", "vision.model must be a single value"},
		{"a value where a section belongs", "user", "platform: http://x", "platform must hold settings"},
		{"a key in one piece", "user", "platform.url: http://x", "platform.url is not a setting"},
		{"a key in capitals", "user", "platform: {URL: http://x}", "platform.URL is not a setting"},
		{"the same key twice, with its line", "user", "rvm_id: 1\nrvm_id: 2", ":2: rvm_id is said twice"},
		{"an unknown section without a key", "user", "nested: {}", "nested is not a setting"},
		{"a list", "user", "- a", "must hold settings"},
		{"two documents", "user", "rvm_id: 1\n---\nrvm_id: 2", "more than one YAML document"},
		{"bytes that are no text", "user", "rvm_id: \xc3(", "is not valid YAML"},
		{"an octal number", "user", "rvm_id: 0o17", "must be a whole number"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPaths(t)
			path := map[string]string{"user": p.UserFile(), "system": p.SystemFile(), "profile": p.ProfileFile("default")}[tt.file]
			write(t, path, tt.text, 0o600)
			_, err := Load(Request{Paths: p})
			var refused *Error
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want %q about %s", err, tt.want, path)
			}
		})
	}
}

func TestKeysWithoutValuesSayNothing(t *testing.T) {
	p := newPaths(t)
	write(t, p.SystemFile(), "rvm_id: 7", 0o644)
	write(t, p.UserFile(), "rvm_id:\nvision:\n  # confidence: 0.3\n", 0o600)
	c, err := Load(Request{Paths: p})
	if err != nil || c.RVM != 7 || c.Origin(KeyRVM) != p.SystemFile() {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestARefusedAddressShowsNoSecret(t *testing.T) {
	for _, address := range []string{"http://bob:hunter22@host", "http://bob:hunt@er22?#@host", "http://host/?token=hunter22", "hunter22@host",
		"ftp://bob:hunter22@host", "http://host/#hunter22", "http://bob:hunter22 @host"} {
		p := newPaths(t)
		_, byFlag := Load(Request{Paths: p, Flags: map[string]string{"url": address}})
		t.Setenv("RVMCTL_URL", address)
		_, byVariable := Load(Request{Paths: p})
		for _, err := range []error{byFlag, byVariable} {
			if err == nil || strings.Contains(err.Error(), "er22") {
				t.Errorf("%s: got %v", address, err)
			}
		}
	}
}

func TestAFlagThatIsImpossibleIsTheCallersSlip(t *testing.T) {
	_, err := Load(Request{Paths: newPaths(t), Flags: map[string]string{"conf": "2"}})
	var slip *FlagError
	if !errors.As(err, &slip) || slip.Flag != "conf" {
		t.Errorf("got %v", err)
	}
}

func TestANamedProfileMustExist(t *testing.T) {
	p := newPaths(t)
	write(t, p.ProfileFile("site-a"), "rvm_id: 7", 0o600)
	c, err := Load(Request{Paths: p, Profile: "site-a"})
	if err != nil || c.RVM != 7 {
		t.Fatalf("got %+v, %v", c, err)
	}
	_, err = Load(Request{Paths: p, Profile: "site-b"})
	var missing *NoProfileError
	if !errors.As(err, &missing) || len(missing.Known) != 1 || missing.Known[0] != "site-a" {
		t.Errorf("got %v", err)
	}
	if _, err := Load(Request{Paths: p, Profile: "site-b", Create: true}); err != nil {
		t.Errorf("login must be able to name a new profile: %v", err)
	}
	for _, name := range []string{"../x", "A", "", " ", "a/b", strings.Repeat("a", 64), ".hidden"} {
		if CheckProfile(name) == nil {
			t.Errorf("%q was accepted as a profile name", name)
		}
	}
}

func TestSaveURLKeepsTheRestOfTheFile(t *testing.T) {
	p := newPaths(t)
	file := p.ProfileFile("default")
	write(t, file, "# our site\nrvm_id: 7 # the blue one\nplatform:\n  url: http://old # the tunnel\n", 0o600)
	if err := p.SaveURL("default", "http://new:8001"); err != nil {
		t.Fatal(err)
	}
	raw, _ := os.ReadFile(file)
	for _, want := range []string{"# our site", "rvm_id: 7 # the blue one", "url: http://new:8001 # the tunnel"} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("no %q in %q", want, raw)
		}
	}
	if st, _ := os.Stat(file); st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", st.Mode())
	}
	c, err := Load(Request{Paths: p})
	if err != nil || c.URL != "http://new:8001" || c.RVM != 7 {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestSaveURLKeepsCommentsOfAFileThatSaysNothingElse(t *testing.T) {
	p := newPaths(t)
	file := p.ProfileFile("default")
	for _, before := range []string{"# rvm_id: 7\n", "# rvm_id: 7\n~\n"} {
		write(t, file, before, 0o600)
		if err := p.SaveURL("default", "http://new:8001"); err != nil {
			t.Fatal(err)
		}
		raw, _ := os.ReadFile(file)
		c, err := Load(Request{Paths: p})
		if !strings.Contains(string(raw), "# rvm_id: 7\n") || err != nil || c.URL != "http://new:8001" {
			t.Errorf("got %q, %+v, %v", raw, c, err)
		}
	}
}

func TestSaveURLWritesThroughALink(t *testing.T) {
	p := newPaths(t)
	kept := filepath.Join(t.TempDir(), "dotfiles.yaml")
	write(t, kept, "rvm_id: 7\n", 0o600)
	write(t, p.UserFile(), "", 0o600)
	if err := os.MkdirAll(filepath.Dir(p.ProfileFile("default")), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(kept, p.ProfileFile("default")); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	if err := p.SaveURL("default", "http://new:8001"); err != nil {
		t.Fatal(err)
	}
	raw, _ := os.ReadFile(kept)
	if link, err := os.Readlink(p.ProfileFile("default")); err != nil || link != kept || !strings.Contains(string(raw), "http://new:8001") {
		t.Errorf("the link is %q (%v), the file behind it holds %q", link, err, raw)
	}
}

const canary = "7|canaryCANARYcanaryCANARYcanaryCANARYcanaryCANARY0"

func signedIn(t *testing.T) (Paths, *Config) {
	t.Helper()
	p := newPaths(t)
	if err := p.SaveURL("default", "http://127.0.0.1:8001"); err != nil {
		t.Fatal(err)
	}
	if err := p.ProbeTokenStore("default"); err != nil {
		t.Fatal(err)
	}
	if _, err := p.SaveToken("default", NewToken(canary, "http://127.0.0.1:8001", "a@b.c", time.Now())); err != nil {
		t.Fatal(err)
	}
	c, err := Load(Request{Paths: p})
	if err != nil {
		t.Fatal(err)
	}
	return p, c
}

func TestTheTokenFileIsPrivate(t *testing.T) {
	p, c := signedIn(t)
	file := p.TokenFile("default")
	if st, _ := os.Stat(file); st.Mode().Perm() != 0o600 {
		t.Errorf("file mode %v", st.Mode())
	}
	if st, _ := os.Stat(filepath.Dir(file)); st.Mode().Perm() != 0o700 {
		t.Errorf("folder mode %v", st.Mode())
	}
	tok, err := c.FindToken(p)
	if err != nil || tok.Reveal() != canary || tok.Source != file || tok.Email != "a@b.c" {
		t.Fatalf("got %v, %v", tok, err)
	}
	for _, text := range []string{tok.String(), tok.GoString()} {
		if strings.Contains(text, "canary") {
			t.Errorf("the secret is printed: %s", text)
		}
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o644, 0o660} {
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		_, err := c.FindToken(p)
		var wide *TokenFileError
		if !errors.As(err, &wide) || !wide.Wide || wide.Fix != "chmod 600 "+file {
			t.Errorf("mode %v: got %v", mode, err)
		}
	}
	_ = os.Chmod(file, 0o600)
	_ = os.Chmod(filepath.Dir(file), 0o777)
	if _, err := c.FindToken(p); err == nil {
		t.Error("a folder that everybody may write was trusted")
	}
	if err := p.ProbeTokenStore("default"); err == nil {
		t.Error("a folder that everybody may write was offered to a login")
	}
}

func TestTheTokenIsNotSentToAnotherPlatform(t *testing.T) {
	p, _ := signedIn(t)
	c, err := Load(Request{Paths: p, Flags: map[string]string{"url": "http://elsewhere:8001"}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.FindToken(p)
	var other *OtherPlatformError
	if !errors.As(err, &other) {
		t.Errorf("got %v", err)
	}
}

func TestTokenPlacesInOrder(t *testing.T) {
	p, c := signedIn(t)
	dir := t.TempDir()
	t.Setenv("RVMCTL_TOKEN", "3|env")
	if tok, err := c.FindToken(p); err != nil || tok.Reveal() != "3|env" || tok.Source != "RVMCTL_TOKEN" {
		t.Errorf("got %v, %v", tok, err)
	}
	write(t, filepath.Join(dir, "rvmctl-token"), "2|systemd\n", 0o440)
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
	if tok, err := c.FindToken(p); err != nil || tok.Reveal() != "2|systemd" {
		t.Errorf("got %v, %v", tok, err)
	}
	write(t, filepath.Join(dir, "mine"), "1|file\n", 0o600)
	t.Setenv("RVMCTL_TOKEN_FILE", filepath.Join(dir, "mine"))
	if tok, err := c.FindToken(p); err != nil || tok.Reveal() != "1|file" {
		t.Errorf("got %v, %v", tok, err)
	}
	_ = os.Chmod(filepath.Join(dir, "mine"), 0o644)
	if _, err := c.FindToken(p); err == nil {
		t.Error("a readable token file was skipped over instead of refused")
	}
}

func TestSignedOutAndDamaged(t *testing.T) {
	p, c := signedIn(t)
	write(t, p.TokenFile("default"), "{", 0o600)
	_, err := c.FindToken(p)
	var damaged *TokenFileError
	if !errors.As(err, &damaged) {
		t.Errorf("got %v", err)
	}
	if err := p.RemoveToken("default"); err != nil {
		t.Fatal(err)
	}
	_, err = c.FindToken(p)
	var none *NoTokenError
	if !errors.As(err, &none) {
		t.Errorf("got %v", err)
	}
	if err := p.RemoveToken("default"); err != nil {
		t.Errorf("signing out twice: %v", err)
	}
}

func TestATokenFileThatIsNoFileIsRefusedAtOnce(t *testing.T) {
	p, c := signedIn(t)
	for _, path := range []string{t.TempDir(), os.DevNull} {
		t.Setenv("RVMCTL_TOKEN_FILE", path)
		_, err := c.FindToken(p)
		var refused *TokenFileError
		if !errors.As(err, &refused) || refused.Fix != "" || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("%s: got %v", path, err)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("vision: {confidence: 0.3}")
	f.Add("platform: {url: http://x}\nrvm_id: 3")
	f.Fuzz(func(t *testing.T, text string) {
		p := Paths{User: t.TempDir(), System: t.TempDir()}
		if err := os.WriteFile(p.UserFile(), []byte(text), 0o600); err != nil {
			t.Skip()
		}
		c, err := Load(Request{Paths: p})
		var refused *Error
		if err != nil && !errors.As(err, &refused) {
			t.Fatalf("an error of another kind: %v", err)
		}
		if err == nil && !(c.Vision.Confidence >= 0 && c.Vision.Confidence <= 1) {
			t.Fatalf("accepted %v", c.Vision.Confidence)
		}
	})
}
