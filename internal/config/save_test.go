package config

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestSaveKeepsWhatItDoesNotChange(t *testing.T) {
	tests := []struct {
		name, before string
		change       Change
		want         string
	}{
		{"a new file", "", Change{Key: KeyURL, Value: "http://a:1"}, "platform:\n  url: http://a:1\n"},
		{"a number stands as a number", "", Change{Key: KeyRVM, Value: "7"}, "rvm_id: 7\n"},
		{"a text that YAML would take for a number is quoted for people, and read the same", "", Change{Key: KeyModel, Value: "null"}, "vision:\n  model: \"null\"\n"},
		{"the comment of a line stays", "rvm_id: 7 # blue\n", Change{Key: KeyRVM, Value: "8"}, "rvm_id: 8 # blue\n"},
		{"the order stays", "timeout: 5s\nrvm_id: 7\n", Change{Key: KeyTimeout, Value: "6s"}, "timeout: 6s\nrvm_id: 7\n"},
		{"a section in braces stays in braces", "vision: {iou: 0.5}\n", Change{Key: KeyConfidence, Value: "0.3"}, "vision: {iou: 0.5, confidence: 0.3}\n"},
		{"a section without keys", "vision:\nrvm_id: 7\n", Change{Key: KeyIoU, Value: "0.5"}, "vision:\n  iou: 0.5\nrvm_id: 7\n"},
		{"capitals where small letters are meant", "", Change{Key: KeyDevice, Value: "CUDA"}, "vision:\n  device: cuda\n"},
		{"taking out", "rvm_id: 7\ntimeout: 5s\n", Change{Key: KeyRVM, Remove: true}, "timeout: 5s\n"},
		{"taking out the last of a section", "rvm_id: 7\nvision:\n  iou: 0.5\n", Change{Key: KeyIoU, Remove: true}, "rvm_id: 7\n"},
		{"taking out everything", "# ours\nrvm_id: 7\n", Change{Key: KeyRVM, Remove: true}, "# ours\n"},
		{"taking out what is not there", "rvm_id: 7\n", Change{Key: KeyIoU, Remove: true}, "rvm_id: 7\n"},
		{"mending a wrong value", "rvm_id: seven\n", Change{Key: KeyRVM, Value: "7"}, "rvm_id: 7\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPaths(t)
			if tt.before != "" {
				write(t, p.UserFile(), tt.before, 0o600)
			}
			saved, err := p.Save(InUser, "", tt.change)
			if err != nil {
				t.Fatal(err)
			}
			got, _ := os.ReadFile(p.UserFile())
			if string(got) != tt.want || saved.Written != (tt.before != tt.want) {
				t.Errorf("got %q (written %v), want %q", got, saved.Written, tt.want)
			}
			if again, err := p.Save(InUser, "", tt.change); err != nil || again.Written {
				t.Errorf("the second time: %+v, %v", again, err)
			}
		})
	}
}

func TestSaveRefusesAndLeavesTheFileAlone(t *testing.T) {
	tests := []struct {
		name, before string
		layer        Layer
		change       Change
		want         string
	}{
		{"no setting", "", InUser, Change{Key: "colour", Value: "red"}, "colour: is not a setting"},
		{"no possible value", "", InUser, Change{Key: KeyIoU, Value: "2"}, "must be a number from 0 to 1"},
		{"an address with a password", "", InUser, Change{Key: KeyURL, Value: "http://a:hunter22@b"}, "must not hold a user name"},
		{"the choice of a profile in a profile", "", InProfile, Change{Key: KeyProfile, Value: "a"}, "chooses the profile"},
		{"a file that is not understood", "colour: red\n", InUser, Change{Key: KeyRVM, Value: "7"}, ":1: colour is not a setting"},
		{"a key that is there twice", "rvm_id: 1\nrvm_id: 2\n", InUser, Change{Key: KeyRVM, Value: "7"}, ":2: rvm_id is said twice"},
		{"two documents, of which one would be lost", "rvm_id: 1\n---\nrvm_id: 2\n", InUser, Change{Key: KeyRVM, Value: "7"}, "more than one YAML document"},
		{"a value that stands for others too", "vision: {iou: &x 0.5, confidence: *x}\n", InUser, Change{Key: KeyIoU, Value: "0.6"}, "alias"},
		{"no YAML, with its line", "rvm_id: 1\nvision: [\n", InUser, Change{Key: KeyIoU, Value: "0.6"}, "is not valid YAML"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPaths(t)
			file := p.File(tt.layer, "default").Path
			write(t, file, tt.before, 0o600)
			_, err := p.Save(tt.layer, "default", tt.change)
			var refused *Error
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter22") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if got, _ := os.ReadFile(file); string(got) != tt.before {
				t.Errorf("the file holds %q", got)
			}
		})
	}
}

func TestSaveGivesTheSystemsFileToEverybody(t *testing.T) {
	p := newPaths(t)
	if _, err := p.Save(InSystem, "", Change{Key: KeyRVM, Value: "7"}); err != nil {
		t.Fatal(err)
	}
	file, _ := os.Stat(p.SystemFile())
	folder, _ := os.Stat(p.System)
	if file.Mode().Perm() != 0o644 || folder.Mode().Perm() != 0o755 {
		t.Errorf("got %v in %v", file.Mode(), folder.Mode())
	}
	write(t, p.UserFile(), "rvm_id: 1\n", 0o640)
	if _, err := p.Save(InUser, "", Change{Key: KeyRVM, Value: "7"}); err != nil {
		t.Fatal(err)
	}
	if st, _ := os.Stat(p.UserFile()); st.Mode().Perm() != 0o640 {
		t.Errorf("the rights of a file were changed to %v", st.Mode())
	}
}

func TestSaversOfOneFileLoseNothingOfEachOther(t *testing.T) {
	p := newPaths(t)
	changes := []Change{{Key: KeyRVM, Value: "7"}, {Key: KeyIoU, Value: "0.5"}, {Key: KeyTimeout, Value: "5s"},
		{Key: KeyModel, Value: "a.onnx"}, {Key: KeyMinConfidence, Value: "0.6"}}
	var all sync.WaitGroup
	for _, c := range changes {
		all.Go(func() {
			if _, err := p.Save(InProfile, "default", c); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	said, err := p.File(InProfile, "default").Said()
	if err != nil || len(said) != len(changes) {
		t.Errorf("got %v, %v", said, err)
	}
}

func TestAChosenProfile(t *testing.T) {
	p := newPaths(t)
	write(t, p.ProfileFile("north"), "rvm_id: 1", 0o600)
	write(t, p.ProfileFile("south"), "rvm_id: 2", 0o600)
	write(t, p.UserFile(), "profile: south\n", 0o600)
	steps := []struct {
		name string
		do   func(r *Request)
		want string
		kind string
	}{
		{"what profile use wrote", func(*Request) {}, "south", FromUser},
		{"the variable wins", func(*Request) { t.Setenv("RVMCTL_PROFILE", "north") }, "north", FromVariable},
		{"the flag wins over it", func(r *Request) { r.Profile = "south" }, "south", FromFlag},
	}
	r := Request{Paths: p}
	for _, s := range steps {
		s.do(&r)
		name, by, err := Choose(r)
		c, loadErr := Load(r)
		if err != nil || loadErr != nil || name != s.want || by.Kind != s.kind || c.Profile != s.want {
			t.Errorf("%s: got %s by %+v, %v, %v", s.name, name, by, err, loadErr)
		}
	}
}

func TestAChosenProfileThatIsGone(t *testing.T) {
	p := newPaths(t)
	write(t, p.UserFile(), "profile: gone\n", 0o600)
	_, err := Load(Request{Paths: p})
	var missing *NoProfileError
	if !errors.As(err, &missing) || !missing.Chosen() || !strings.Contains(err.Error(), p.UserFile()+":1 chooses") {
		t.Errorf("got %v", err)
	}
	write(t, p.UserFile(), "profile: default\n", 0o600)
	if c, err := Load(Request{Paths: p}); err != nil || c.Profile != DefaultProfile {
		t.Errorf("the one that rvmctl begins with need not exist: %v", err)
	}
	write(t, p.UserFile(), "profile: ../x\n", 0o600)
	if _, err := Load(Request{Paths: p}); err == nil || !strings.Contains(err.Error(), ":1: profile is \"../x\"") {
		t.Errorf("got %v", err)
	}
}

func TestNamesThatAreDevicesElsewhereAreNoProfiles(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"con", "nul", "aux", "prn", "com1", "lpt9", "con.site", "nul.a.b"} {
		if CheckProfile(name) == nil {
			t.Errorf("%q was accepted", name)
		}
	}
	for _, name := range []string{"console", "com", "com10", "north.con", "default"} {
		if err := CheckProfile(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestRemoveProfileTakesTokenAndSettings(t *testing.T) {
	p, _ := signedIn(t)
	removed, err := p.RemoveProfile("default")
	if err != nil || len(removed) != 2 || p.HasProfile("default") {
		t.Errorf("got %v, %v", removed, err)
	}
	if removed, err := p.RemoveProfile("default"); err != nil || len(removed) != 0 {
		t.Errorf("the second time: %v, %v", removed, err)
	}
	if _, err := p.RemoveProfile("../x"); err == nil {
		t.Error("a name that leads elsewhere was accepted")
	}
}

func TestNearSettings(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"url": KeyURL, "conf": KeyConfidence, "rvm": KeyRVM, "vision.confidense": KeyConfidence, "Platform.URL": KeyURL,
		"visoin.iou": KeyIoU, "min_confidence": KeyMinConfidence,
	} {
		if got := Near(name); len(got) == 0 || got[0] != want {
			t.Errorf("%s: got %v, want %s", name, got, want)
		}
	}
	for _, name := range []string{"colour", "", "x", strings.Repeat("a", 1<<16)} {
		if got := Near(name); len(got) != 0 {
			t.Errorf("%.20q: got %v", name, got)
		}
	}
}

func TestAnyCaseForWords(t *testing.T) {
	for _, r := range []Request{{Flags: map[string]string{"device": "CPU"}}, {Flags: map[string]string{"device": "Cpu"}}} {
		r.Paths = newPaths(t)
		c, err := Load(r)
		if err != nil || c.Vision.Device != "cpu" || c.Value(KeyDevice) != "cpu" {
			t.Errorf("got %+v, %v", c, err)
		}
	}
}

func TestUnknownVariables(t *testing.T) {
	newPaths(t)
	t.Setenv("RVMCTL_CONFIDENCE", "0.5")
	t.Setenv("RVMCTL_TOKEN", "")
	t.Setenv("RVMCTL_COLOUR", "")
	t.Setenv("RVMCTL_API_KEY_FILE", "f")
	t.Setenv("RVMCTL_MACHINE_TOKEN_FILE", "f")
	found := false
	for _, name := range UnknownVariables() {
		found = found || name == "RVMCTL_CONFIDENCE"
		if slices.Contains([]string{"RVMCTL_COLOUR", "RVMCTL_CONF", "RVMCTL_API_KEY_FILE", "RVMCTL_MACHINE_TOKEN_FILE"}, name) {
			t.Errorf("%s is told", name)
		}
	}
	if !found {
		t.Error("a slip in typing is not told")
	}
}

// FuzzSave writes into any file: what was readable stays readable and says the same otherwise.
func FuzzSave(f *testing.F) {
	for _, seed := range []string{"", "rvm_id: 7", "# c\nvision: {iou: 0.5}", "platform:\n    url: http://a # b\n", "a: *b", "vision: &a\n  iou: 1\n"} {
		f.Add(seed, "0.4")
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		p := Paths{User: t.TempDir(), System: t.TempDir()}
		file := p.File(InUser, "")
		if os.WriteFile(file.Path, []byte(text), 0o600) != nil {
			t.Skip()
		}
		before, unreadable := file.Said()
		saved, err := p.Save(InUser, "", Change{Key: KeyConfidence, Value: value})
		if err != nil {
			if raw, _ := os.ReadFile(file.Path); string(raw) != text {
				t.Fatalf("refused with %v, and changed", err)
			}
			return
		}
		after, err := file.Said()
		if unreadable != nil || err != nil {
			t.Fatalf("wrote into a file that is not understood (%v), or made one (%v)", unreadable, err)
		}
		before[KeyConfidence] = after[KeyConfidence]
		if len(before) != len(after) || !saved.Written && string(mustRead(t, file.Path)) != text {
			t.Fatalf("had %v, has %v", before, after)
		}
		for key, v := range before {
			if after[key] != v {
				t.Fatalf("%s was %q and is %q", key, v, after[key])
			}
		}
	})
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestTheMachinesFileWantsItsAdministrator(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("nothing is denied to this user")
	}
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o500); err != nil {
		t.Fatal(err)
	}
	p := Paths{System: folder, User: folder}
	for layer, want := range map[Layer]bool{InSystem: true, InUser: false} {
		_, err := p.Save(layer, "", Change{Key: KeyRVM, Value: "3"})
		var denied *Error
		if !errors.As(err, &denied) || denied.Root != want {
			t.Errorf("%s: got %v", layer, err)
		}
	}
}

func TestALinkToNowhereIsNotReplaced(t *testing.T) {
	t.Parallel()
	p := Paths{User: t.TempDir()}
	if err := os.Symlink(filepath.Join(p.User, "not", "there"), p.UserFile()); err != nil {
		t.Skip("no links here:", err)
	}
	_, err := p.Save(InUser, "", Change{Key: KeyRVM, Value: "3"})
	var bad *Error
	if _, left := os.Readlink(p.UserFile()); !errors.As(err, &bad) || left != nil {
		t.Errorf("got %v, link %v", err, left)
	}
}
