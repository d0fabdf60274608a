package maintenance

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const here = "http://127.0.0.1:8001"

func book(t *testing.T) notebook {
	t.Helper()
	return notebook{file: filepath.Join(t.TempDir(), "maintenance", "default.json"), url: here}
}

func TestANoteIsKeptReplacedAndForgotten(t *testing.T) {
	t.Parallel()
	b := book(t)
	if n, err := b.find(1); n != nil || err != nil {
		t.Errorf("before anything: %v, %v", n, err)
	}
	if err := b.put(1, nil); err != nil {
		t.Errorf("forgetting nothing: %v", err)
	}
	since := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for _, n := range []note{{Previous: "full", Since: since, By: "a", Reason: "belt"}, {Previous: "active", Since: since}} {
		if err := b.put(1, &n); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.put(2, &note{Previous: "error"}); err != nil {
		t.Fatal(err)
	}
	got, err := b.find(1)
	if diff := cmp.Diff(&note{URL: here, RVMID: 1, Previous: "active", Since: since}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	if st, err := os.Stat(b.file); err != nil || runtime.GOOS != "windows" && st.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", st, err)
	}
	if err := b.put(1, nil); err != nil {
		t.Fatal(err)
	}
	if all, err := b.all(); err != nil || len(all) != 1 || all[2].Previous != "error" {
		t.Errorf("afterwards: %v, %v", all, err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(b.file), ".notes-*")); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

func TestTheSameNumberOnAnotherPlatformIsAnotherMachine(t *testing.T) {
	t.Parallel()
	b := book(t)
	for url, previous := range map[string]string{here: "full", "http://127.0.0.1:8002": "active", here + "/site": "error"} {
		if err := (notebook{b.file, url}).put(1, &note{Previous: previous}); err != nil {
			t.Fatal(err)
		}
	}
	for url, want := range map[string]string{here: "full", "HTTP://127.0.0.1:8001/": "full", "http://127.0.0.1:8002": "active", here + "/site": "error",
		"https://127.0.0.1:8001": "", "": "", "http://%": ""} {
		n, err := notebook{b.file, url}.find(1)
		if err != nil || want == "" && n != nil || want != "" && (n == nil || n.Previous != want) {
			t.Errorf("%q: got %+v, %v, want %q", url, n, err, want)
		}
	}
}

func TestNotesThatCannotBeUsedAreNotGuessedAt(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(file string) error{
		"half a file":    func(f string) error { return os.WriteFile(f, []byte(`{"machines":[`), 0o600) },
		"nothing":        func(f string) error { return os.WriteFile(f, nil, 0o600) },
		"another shape":  func(f string) error { return os.WriteFile(f, []byte(`[]`), 0o600) },
		"a text":         func(f string) error { return os.WriteFile(f, []byte(`{"machines":"x"}`), 0o600) },
		"two megabytes":  func(f string) error { return os.WriteFile(f, []byte(strings.Repeat(" ", 2<<20)+"{}"), 0o600) },
		"a folder":       func(f string) error { return os.Mkdir(f, 0o700) },
		"a broken entry": func(f string) error { return os.WriteFile(f, []byte(`{"machines":[{"rvm_id":"x"}]}`), 0o600) },
	} {
		b := book(t)
		if err := os.MkdirAll(filepath.Dir(b.file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := spoil(b.file); err != nil {
			t.Fatal(err)
		}
		var bad *NotebookError
		if _, err := b.find(1); !errors.As(err, &bad) || strings.Contains(bad.Reason, b.file) {
			t.Errorf("%s: find gives %v", name, err)
		}
		if err := b.put(1, &note{}); !errors.As(err, &bad) {
			t.Errorf("%s: put gives %v", name, err)
		}
	}
	blocked := notebook{file: filepath.Join(book(t).file), url: here}
	if err := os.WriteFile(filepath.Dir(blocked.file), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var bad *NotebookError
	if err := blocked.put(1, &note{}); !errors.As(err, &bad) {
		t.Errorf("a file in place of the folder: %v", err)
	}
}

// TestManyProcessesWriteOneNotebook stands in for them with goroutines, each with a lock of its own on the file.
func TestManyProcessesWriteOneNotebook(t *testing.T) {
	t.Parallel()
	b := book(t)
	var all sync.WaitGroup
	for id := range int64(20) {
		all.Go(func() {
			if err := b.put(id+1, &note{Previous: "full"}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if notes, err := b.all(); err != nil || len(notes) != 20 {
		t.Errorf("got %d notes, %v", len(notes), err)
	}
}

func FuzzNotes(f *testing.F) {
	for _, seed := range []string{"", "{}", `{"machines":[{"url":"http://a","rvm_id":1,"previous_status":"full","since":"2026-11-23T09:00:00Z"}]}`,
		`{"machines":null}`, `{"machines":[null]}`, "[", "\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		b := notebook{file: "f", url: here}
		notes, err := b.parse(raw)
		var bad *NotebookError
		if err != nil && (!errors.As(err, &bad) || notes != nil) {
			t.Errorf("got %v and %v", notes, err)
		}
	})
}
