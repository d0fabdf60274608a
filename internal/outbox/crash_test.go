package outbox

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// platformFile stands for the platform of the crash tests: a line for each deposit that it took.
const platformFile = "platform.txt"

func init() { children["steps"] = steps }

// steps goes once through all that a process does with the outbox.
func steps(ctx context.Context, dir string) error {
	s, err := Open(ctx, dir, Options{Ballast: -1})
	if err != nil {
		return err
	}
	for i := range 3 {
		key := fmt.Sprintf("%d-%d", os.Getpid(), i)
		if _, _, err := s.Add(ctx, deposit(key, "o", key)); err != nil {
			return err
		}
		fmt.Println("added", key)
	}
	e, ok, err := s.Claim(ctx, Want{Profile: "p", Targets: []string{"http://a"}, Classes: []Class{Deposit}})
	if err != nil || !ok {
		return errors.Join(err, errors.New("nothing to claim"))
	}
	if err := s.Doubt(ctx, e, Failure{Reason: "lost"}); err != nil {
		return err
	}
	if err := drain(ctx, s, dir); err != nil {
		return err
	}
	for i := range 2 {
		sum, size, err := s.Spool(ctx, strings.NewReader(fmt.Sprint("picture ", i)), 1000)
		if err != nil {
			return err
		}
		n := New{Class: Picture, Kind: "picture", Key: fmt.Sprintf("p%d-%d", os.Getpid(), i), Profile: "p", Target: "http://a", Blob: sum, BlobSize: size}
		if _, _, err := s.Add(ctx, n); err != nil {
			return err
		}
		if e, err := s.Get(ctx, n.Key); err != nil {
			return err
		} else if _, err := s.dropPicture(ctx, e); err != nil {
			return err
		}
	}
	return s.Close()
}

// drain sends everything to the platform of the test, which does not honour keys, and looks up there what is uncertain.
func drain(ctx context.Context, s *Store, dir string) error {
	path := filepath.Join(dir, platformFile)
	for {
		doubts, err := s.List(ctx, Query{Class: Deposit, State: Uncertain})
		if err != nil {
			return err
		}
		for _, e := range doubts {
			book, _ := os.ReadFile(path)
			if bytes.Contains(book, []byte(e.Key+"\n")) {
				err = s.Deliver(ctx, e, e.Key, nil)
			} else {
				err = s.Later(ctx, e, s.Now().Wall, Failure{})
			}
			if err != nil {
				return err
			}
		}
		e, ok, err := s.Claim(ctx, Want{Profile: "p", Targets: []string{"http://a"}, Classes: []Class{Deposit}, Now: true})
		if err != nil || !ok {
			return err
		}
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = f.WriteString(e.Key + "\n")
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
		if err := s.Deliver(ctx, e, e.Key, nil); err != nil {
			return err
		}
	}
}

// TestCrashPoints kills a process at each named point, and sees that the next one goes on without a person.
func TestCrashPoints(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a binary with the crash points in it")
	}
	binary := filepath.Join(t.TempDir(), "crash.test")
	if out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-tags", "crashpoints", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, point := range []string{"before-journal", "after-journal", "before-commit", "after-enqueue", "after-claim", "before-settle-uncertain",
		"after-settle-uncertain", "before-settle-pending", "after-settle-pending", "before-settle-done", "after-settle-done", "before-inherit",
		"after-set-aside", "before-spool", "after-spool", "after-drop-picture"} {
		t.Run(point, func(t *testing.T) {
			dir, added := t.TempDir(), []string{}
			switch point {
			case "before-inherit":
				added = crash(t, binary, dir, "after-claim")
			case "after-set-aside":
				added = crash(t, binary, dir, "after-enqueue")
				if err := reopen(t, dir, small).Close(); err != nil {
					t.Fatal(err)
				}
				if err := os.Truncate(filepath.Join(dir, moneyFile), 5000); err != nil {
					t.Fatal(err)
				}
			}
			added = append(added, crash(t, binary, dir, point)...)
			s := reopen(t, dir, small)
			defer func() { _ = s.Close() }()
			if err := drain(t.Context(), s, dir); err != nil {
				t.Fatal(err)
			}
			sentOnce(t, s, dir, added)
			if files, err := os.ReadDir(filepath.Join(dir, picturesDir)); err == nil && len(files) > 1 {
				t.Errorf("%d pictures stay", len(files))
			}
		})
	}
}

func crash(t *testing.T, binary, dir, point string) (added []string) {
	t.Helper()
	cmd := child(t, binary, "steps", dir, "RVMCTL_CRASH="+point)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Exited() {
		t.Fatalf("it was not killed at %s: %v %s", point, err, out)
	}
	for scan := bufio.NewScanner(bytes.NewReader(out)); scan.Scan(); {
		if key, ok := strings.CutPrefix(scan.Text(), "added "); ok {
			added = append(added, key)
		}
	}
	return added
}

func sentOnce(t *testing.T, s *Store, dir string, added []string) {
	t.Helper()
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	book, _ := os.ReadFile(filepath.Join(dir, platformFile))
	for _, key := range added {
		if n := bytes.Count(book, []byte(key+"\n")); n != 1 {
			t.Errorf("%s was sent %d times", key, n)
		}
		if e, err := s.Get(t.Context(), key); err != nil || e.State != Done {
			t.Errorf("%s is %s: %v", key, e.State, err)
		}
	}
	for e, err := range s.Export(t.Context()) {
		if err != nil || e.Class == Deposit && bytes.Count(book, []byte(e.Key+"\n")) != 1 {
			t.Errorf("%s was not sent once: %v", e.Key, err)
		}
	}
}
