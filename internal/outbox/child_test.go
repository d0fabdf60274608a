package outbox

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The test binary runs itself as another process, which can be killed.
const childVar, dirVar = "OUTBOX_CHILD", "OUTBOX_DIR"

func TestMain(m *testing.M) {
	if job := os.Getenv(childVar); job != "" {
		if err := children[job](context.Background(), os.Getenv(dirVar)); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var children = map[string]func(context.Context, string) error{}

func child(t *testing.T, binary, job, dir string, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary)
	cmd.Env = append(append(os.Environ(), childVar+"="+job, dirVar+"="+dir), env...)
	cmd.Stderr = os.Stderr
	return cmd
}

func soak() bool { return os.Getenv("RVMCTL_SOAK") != "" }

// small keeps tests from writing 16 MiB each.
var small = Options{Ballast: 64 << 10}

func reopen(t *testing.T, dir string, o Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func init() {
	children["enqueue"] = func(ctx context.Context, dir string) error {
		s, err := Open(ctx, dir, small)
		if err != nil {
			return err
		}
		for i := 0; ; i++ {
			key := fmt.Sprintf("%d-%d-%d", os.Getpid(), time.Now().UnixNano(), i)
			if _, _, err := s.Add(ctx, deposit(key, strconv.Itoa(i%40), key)); err != nil {
				return err
			}
			fmt.Println("added", key)
		}
	}
}

// TestKilledEnqueuersLoseNothing kills processes that put deposits in.
func TestKilledEnqueuersLoseNothing(t *testing.T) {
	rounds := 25
	if soak() {
		rounds = 250
	}
	dir, acknowledged, kills := t.TempDir(), map[string]bool{}, 0
	began := time.Now()
	for round := range rounds {
		const writers = 4
		heard := make(chan []string, writers)
		for w := range writers {
			cmd := child(t, os.Args[0], "enqueue", dir)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.AfterFunc(time.Duration(60+(round*53+w*97)%250)*time.Millisecond, func() { _ = cmd.Process.Kill() })
			go func() {
				var keys []string
				for scan := bufio.NewScanner(out); scan.Scan(); {
					keys = append(keys, scan.Text())
				}
				_ = cmd.Wait()
				heard <- keys
			}()
		}
		for range writers {
			kills++
			for _, line := range <-heard {
				key, ok := strings.CutPrefix(line, "added ")
				if !ok {
					t.Fatalf("a child said %q", line)
				}
				acknowledged[key] = true
			}
		}
	}
	s := reopen(t, dir, small)
	defer func() { _ = s.Close() }()
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	there, more := map[string]bool{}, 0
	for e, err := range s.Export(t.Context()) {
		if err != nil || there[e.Key] {
			t.Fatalf("%s twice, or %v", e.Key, err)
		}
		if there[e.Key] = true; !acknowledged[e.Key] {
			more++
		}
	}
	for key := range acknowledged {
		if !there[key] {
			t.Errorf("%s was acknowledged and is lost", key)
		}
	}
	t.Logf("%d kills, %d acknowledged, %d more were stored, in %s", kills, len(acknowledged), more, time.Since(began).Round(time.Second))
}

func copyTree(t *testing.T, from, to string, names ...string) {
	t.Helper()
	for _, name := range names {
		// Another process copies: this one would drop its locks by closing a file that it uses.
		if _, err := os.Stat(filepath.Join(from, name)); err == nil {
			if out, err := exec.CommandContext(t.Context(), "cp", "-a", filepath.Join(from, name), to).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		}
	}
}
