package network

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestWhatIsLearnedOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state", "network", "default.json")
	(&Store{Path: path}).Update(func(s State) State { return s.After(Event{tunnelURL, NoConnection}, order, noon) })
	if got := (&Store{Path: path}).Load().Order(order, noon); got[0] != localURL {
		t.Errorf("got %v", got)
	}
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700 | os.ModeDir} {
		if st, err := os.Stat(name); err != nil || st.Mode() != want {
			t.Errorf("%s: %v, %v", name, st.Mode(), err)
		}
	}
}

func TestAFileThatCannotBeReadCountsAsEmpty(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"empty": "", "half": `{"active":"http`, "a list": "[]", "other types": `{"links":7}`, "a bad time": `{"since":"soon"}`,
		"large": `{"active":"` + strings.Repeat("a", maxFile) + `"}`, "noise": "\x00\xff\x00",
	} {
		path := filepath.Join(t.TempDir(), "default.json")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		var warnings []string
		store := &Store{Path: path, Warn: func(format string, args ...any) { warnings = append(warnings, fmt.Sprintf(format, args...)) }}
		if got := store.Load(); got.Active != "" || len(got.Links) != 0 || len(warnings) != 1 {
			t.Errorf("%s: got %+v, %q", name, got, warnings)
		}
		store.Update(func(s State) State { return s.After(Event{tunnelURL, NoConnection}, order, noon) })
		if got := (&Store{Path: path}).Load(); got.Active != localURL {
			t.Errorf("%s: it was not mended: %+v", name, got)
		}
	}
}

func TestAFolderThatCannotBeWrittenIsDoneWithout(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	warnings := 0
	store := &Store{Path: filepath.Join(file, "default.json"), Warn: func(string, ...any) { warnings++ }}
	for range 3 {
		store.Update(func(s State) State { return s.After(Event{tunnelURL, Failed}, order, noon) })
	}
	if got := store.Load().Links[tunnelURL].Failures; got != 3 || warnings != 1 {
		t.Errorf("got %d failures and %d warnings", got, warnings)
	}
}

func TestManyWritersLoseNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "default.json")
	var all sync.WaitGroup
	for range 8 {
		store := &Store{Path: path}
		all.Go(func() {
			for range 5 {
				store.Update(func(s State) State { s.Flaps++; return s })
			}
		})
	}
	all.Wait()
	if got := (&Store{Path: path}).Load().Flaps; got != 40 {
		t.Errorf("got %d of 40 changes", got)
	}
}
