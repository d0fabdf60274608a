//go:build unix

package toolbox

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myrvm/rvmctl/internal/vision/onnx"
)

// A process that runs what somebody else wrote gets nothing that rvmctl was told.
func TestTheEnvironmentOfATrialHoldsNoSecrets(t *testing.T) {
	t.Parallel()
	got := trialEnvironment([]string{"PATH=/bin", "HOME=/root", "RVMCTL_TOKEN=1|secret", "RVMCTL_URL=http://x", "CREDENTIALS_DIRECTORY=/run/x", "AWS_SECRET=y",
		"LD_LIBRARY_PATH=/usr/local/cuda/lib64", "CUDA_VISIBLE_DEVICES=1", "SSH_AUTH_SOCK=/tmp/s"})
	want := []string{"PATH=/bin", "HOME=/root", "LD_LIBRARY_PATH=/usr/local/cuda/lib64", "CUDA_VISIBLE_DEVICES=1"}
	if diff := cmp.Diff(want, got[:len(want)]); diff != "" || strings.Contains(strings.Join(got, " "), "secret") {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Every way in which a process can end is told in words. Shells end here by real signals.
func TestEnded(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ script, said, want string }{
		{"kill -SEGV $$", "", "SIGSEGV"}, {"kill -ABRT $$", "", "SIGABRT"}, {"kill -FPE $$", "", "SIGFPE"}, {"kill -BUS $$", "", "SIGBUS"},
		{"kill -ILL $$", "", "SIGILL"}, {"kill -KILL $$", "", "memory ran out"}, {"kill -TERM $$", "", "SIGTERM"},
		{"exit 2", "SIGABRT: abort\nPC=0x1 m=0\n", "SIGABRT"}, {"exit 2", "terminate called after throwing\nSIGABRT: abort\n", "SIGABRT"},
		{"exit 2", "fatal error: out of memory\n\ngoroutine 1", "crashed (out of memory)"},
		{"exit 3", "", "ended without an answer (exit status 3)"}, {"exit 3", "some words\nmore", "(exit status 3: some words)"},
	} {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", "ulimit -c 0; "+tt.script)
		_ = cmd.Run()
		if cmd.ProcessState == nil {
			t.Skip("no shell")
		}
		if got := ended(cmd.ProcessState, tt.said); !strings.Contains(got, tt.want) {
			t.Errorf("%q %q: got %q, want %q", tt.script, tt.said, got, tt.want)
		}
	}
}

// An error keeps its type, its words and its hint on the way through the pipe.
func TestErrorsOfATrialAreThoseOfOpening(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		&onnx.ModelError{Path: "m", Found: "it is bad", Want: "a better one"},
		&onnx.DeviceError{Requested: "cuda", Reason: "there is none", Hint: "use cpu"},
		&onnx.RuntimeError{Path: "/lib/x", Found: "1.20.1", Needed: "API 24", Reason: "is too old", Tried: []string{"/lib"}},
		&onnx.BusyError{Holder: "pid 7"},
	} {
		if diff := cmp.Diff(err, newTrialFailure(err).typed("m")); diff != "" {
			t.Error(diff)
		}
	}
	var model *onnx.ModelError
	if err := newTrialFailure(errors.New("odd")).typed("m"); !errors.As(err, &model) || model.Found != "odd" {
		t.Errorf("got %v", err)
	}
}

func TestReadAnswer(t *testing.T) {
	t.Parallel()
	got := readAnswer([]byte("noise\n{\"doing\":\"one\"}\n{\"doing\":\"two\"}\n{\"result\":{\"Provider\":\"P\"}}\n{\"half"))
	if got.Doing != "two" || got.Result == nil || got.Result.Provider != "P" || got.Failure != nil {
		t.Errorf("got %+v", got)
	}
	b := &bounded{left: 4}
	if n, err := b.Write([]byte("123456")); n != 6 || err != nil || b.String() != "1234" {
		t.Errorf("got %d, %v, %q", n, err, b.String())
	}
}

func TestModelStore(t *testing.T) {
	t.Parallel()
	s := ModelStore{User: t.TempDir() + "/models", System: t.TempDir()}
	if files := s.Files(); len(files) != 0 {
		t.Errorf("got %v of folders that hold nothing", files)
	}
	keep := func(name, bytes, from string) string {
		t.Helper()
		m := onnx.NewModel(from, []byte(bytes))
		file, err := s.Keep(Picked{Model: m, Name: name, File: from}, KeptModel{SHA256: m.SHA256, From: from})
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	first := keep("a.onnx", "one", "/x/a.onnx")
	if again := keep("a.onnx", "one", "/x/a.onnx"); again != first {
		t.Errorf("the same bytes are in %s and in %s", first, again)
	}
	second := keep("a.onnx", "two", "/y/a.onnx")
	if second == first || !strings.HasPrefix(second, s.User+"/a-") {
		t.Errorf("other bytes went to %s", second)
	}
	if raw, _ := os.ReadFile(first); string(raw) != "one" {
		t.Errorf("the first file holds %q now", raw)
	}
	if err := os.WriteFile(s.System+"/b.onnx", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if files := s.Files(); !slices.Equal(files, []string{second, first, s.System + "/b.onnx"}) {
		t.Errorf("got %v", files)
	}
	for word, want := range map[string]string{"a": first, "a.onnx": first, "b": s.System + "/b.onnx", "none": "none", "../a": "../a"} {
		if got := s.find(word); got != want {
			t.Errorf("%s: got %s, want %s", word, got, want)
		}
	}
	// Names that the store has for itself are not given away.
	for i, name := range []string{modelManifest, modelLock, ".hidden.onnx"} {
		bytes := fmt.Sprint("bytes", i)
		if file := keep(name, bytes, "/x/"+name); filepath.Base(file) == name || !slices.Contains(s.Files(), file) {
			t.Errorf("%s went to %s", name, file)
		} else if raw, _ := os.ReadFile(file); string(raw) != bytes {
			t.Errorf("%s holds %q", file, raw)
		} else if k, _ := s.Kept(file); k.SHA256 != onnx.NewModel("", raw).SHA256 {
			t.Errorf("%s is promised as %q", file, k.SHA256)
		}
	}
	// A promise that cannot be read promises nothing, and the next Keep mends it.
	if err := os.WriteFile(s.User+"/"+modelManifest, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, kept := s.Kept(first); kept {
		t.Error("a broken manifest promises something")
	}
	keep("c.onnx", "three", "/x/c.onnx")
	if k, kept := s.Kept(s.User + "/c.onnx"); !kept || k.From != "/x/c.onnx" {
		t.Errorf("got %+v, %v", k, kept)
	}
}
