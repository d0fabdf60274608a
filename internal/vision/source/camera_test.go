package source

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStreamsAndVideoFilesNeedTheCameraBuild(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		"camera:0": true, "camera:12": true, "/dev/video0": true, "rtsp://host/live": true, "RTSPS://host": true,
		"http://host/stream": true, "https://host/a.jpg": true, "gst:videotestsrc ! appsink": true,
		"a.mp4": true, "A.MKV": true, "x/y.mov": true, "y.webm": true, "z.avi": true,
		"camera:": false, "camera:x": false, "camera:-1": false, "camera:0x1": false, "camera:999": false,
		"camera:99999999999999999999": false, "/dev/videos": false, "/dev/null": false, "-": false, "": false,
		"a.jpg": false, "mp4": false, "ftp://host/a.jpg": false, "folder": false,
	}
	for arg, want := range tests {
		if got := isStream(arg) || isVideoFile(arg); got != want {
			t.Errorf("%q: got %v, want %v", arg, got, want)
		}
	}
}

func TestStreamNameHidesPasswords(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"rtsp://me:secret@host/live":      "rtsp://me:***@host/live",
		"rtsp://me:se@cr:et@host:554/a@b": "rtsp://me:***@host:554/a@b",
		"rtsp://me@host/live":             "rtsp://me@host/live",
		"rtsp://host/live?x=a:b@c":        "rtsp://host/live?x=a:b@c",
		"rtsp://me:se/cr#et@host/live":    "rtsp://me:***@host/live",
		"http://host:8080/a@b":            "http://host:8080/a@b",
		"rtsp://me:@host":                 "rtsp://me:***@host",
		"camera:0":                        "camera:0",
		"gst:rtspsrc location=rtsp://u:p@h ! decodebin ! appsink": "gst:rtspsrc location=rtsp://u:***@h ! decodebin ! appsink",
		`gst:rtspsrc user-id=u user-pw="a b" ! appsink`:           "gst:rtspsrc user-id=u user-pw=*** ! appsink",
		"http://host/video?user=me&pwd=secret&rate=5#x":           "http://host/video?user=me&pwd=***&rate=5#x",
		"http://host/video?loginPassword=secret":                  "http://host/video?loginPassword=***",
		"https://host/a?access_token=a.b-c":                       "https://host/a?access_token=***",
		"http://host/v.cgi?loginuse=me&loginpas=secret":           "http://host/v.cgi?loginuse=me&loginpas=***",
		"password=a.mp4": "password=a.mp4",
	}
	for arg, want := range tests {
		if got := streamName(arg); got != want {
			t.Errorf("%q: got %q, want %q", arg, got, want)
		}
	}
}

func TestFindCameraBinary(t *testing.T) {
	t.Parallel()
	nowhere := func(string) (string, error) { return "", exec.ErrNotFound }
	tests := []struct {
		name     string
		programs []string
		link     string
		onPath   string
		want     string
	}{
		{"beside itself comes first", []string{"bin/rvmctl-camera", "libexec/rvmctl/rvmctl-camera"}, "", "", "bin/rvmctl-camera"},
		{"then libexec", []string{"libexec/rvmctl/rvmctl-camera", "other/rvmctl-camera"}, "", "other/rvmctl-camera", "libexec/rvmctl/rvmctl-camera"},
		{"then PATH", []string{"other/rvmctl-camera"}, "", "other/rvmctl-camera", "other/rvmctl-camera"},
		{"beside what a link leads to", []string{"bin/rvmctl-camera"}, "usr/rvmctl", "", "bin/rvmctl-camera"},
		{"a camera build that is itself is no answer", nil, "bin/rvmctl-camera", "bin/rvmctl-camera", ""},
		{"nowhere", nil, "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if real, err := filepath.EvalSymlinks(dir); err == nil {
				dir = real
			}
			self := filepath.Join(dir, "bin", "rvmctl")
			for _, p := range append(tt.programs, "bin/rvmctl") {
				writeProgram(t, filepath.Join(dir, p))
			}
			if tt.link != "" {
				link := filepath.Join(dir, tt.link)
				if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(self, link); err != nil {
					t.Skip(err)
				}
				self = link
			}
			lookPath := nowhere
			if tt.onPath != "" {
				lookPath = func(string) (string, error) { return filepath.Join(dir, tt.onPath), nil }
			}
			got, err := FindCameraBinary(self, lookPath)
			var missing *CameraBinaryError
			if tt.want == "" {
				if !errors.As(err, &missing) || missing.Looked[len(missing.Looked)-1] != "PATH" {
					t.Fatalf("got %q, %v", got, err)
				}
				return
			}
			if err != nil || got != filepath.Join(dir, tt.want) {
				t.Errorf("got %q, %v, want %s", got, err, tt.want)
			}
		})
	}
}

func TestFindCameraBinaryPassesOverWhatCannotRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeProgram(t, filepath.Join(dir, "rvmctl"))
	if err := os.WriteFile(filepath.Join(dir, "rvmctl-camera"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := FindCameraBinary(filepath.Join(dir, "rvmctl"), func(string) (string, error) { return "", exec.ErrNotFound })
	want := &CameraBinaryError{}
	if !errors.As(err, &want) {
		t.Fatalf("got %v", err)
	}
	libexec := filepath.Join(filepath.Dir(dir), "libexec", "rvmctl")
	if diff := cmp.Diff([]string{dir, libexec, "PATH"}, want.Looked); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func writeProgram(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(path), 0o755); err != nil {
		t.Fatal(err)
	}
}
