//go:build linux

package platform

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What sending a large file may cost: memory above what the process had before, and time beside curl's in the same run.
const (
	uploadMemory = 16 << 20
	uploadTime   = 1.1
)

// TestALargeFileCostsNoMemory sends a file through the form, the watch and the transport of every upload, from a process of its
// own, to a server that throws it away. With RVMCTL_SOAK=1 the file has 2 GiB and the time is held against curl's, in turns.
// The rule of 10 MiB is above this: no platform would take such a file.
func TestALargeFileCostsNoMemory(t *testing.T) {
	if url := os.Getenv("RVMCTL_TEST_UPLOAD"); url != "" {
		sendLarge(t, url, os.Getenv("RVMCTL_TEST_FILE"))
		return
	}
	size, rounds := int64(64<<20), 1
	if os.Getenv("RVMCTL_SOAK") == "1" {
		size, rounds = 2<<30, 3
	}
	file := sparsePicture(t, size)
	server := httptest.NewServer(http.HandlerFunc(discard))
	t.Cleanup(server.Close)
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Log("curl is not installed: the time is compared with nothing")
	}
	readOnce(t, file)
	var ours, theirs []time.Duration
	for range rounds {
		took, grown := sendFromChild(t, server.URL, file)
		ours = append(ours, took)
		if grown > uploadMemory {
			t.Errorf("memory grew by %d KiB while %d MiB were sent, and %d KiB are allowed", grown>>10, size>>20, uploadMemory>>10)
		}
		if curl != "" {
			theirs = append(theirs, sendByCurl(t, curl, server.URL, file))
		}
		t.Logf("%d MiB: memory +%d KiB, %s; curl %s", size>>20, grown>>10, took, theirs)
	}
	if rounds > 1 && curl != "" {
		ratio := median(ours).Seconds() / median(theirs).Seconds()
		t.Logf("median %s, curl %s: %.2f times its time, %.2f allowed", median(ours), median(theirs), ratio, uploadTime)
		if ratio > uploadTime {
			t.Errorf("%.2f times curl's time", ratio)
		}
	}
}

// sparsePicture is a file that begins like a JPEG and takes no room.
func sparsePicture(t *testing.T, size int64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "large.jpg")
	if err := os.WriteFile(path, jpegOf(1<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
	return path
}

// readOnce brings the file into the system's cache, so that the first to send it does not pay for that.
func readOnce(t *testing.T, path string) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if _, err := io.Copy(struct{ io.Writer }{io.Discard}, file); err != nil {
		t.Fatal(err)
	}
}

// discard throws the request away as fast as it comes, and says how long it was.
func discard(w http.ResponseWriter, r *http.Request) {
	n, err := io.Copy(io.Discard, r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"success":true,"data":{"path":"detection-images/f.jpg","size":%d}}`, n)
}

// sendFromChild runs this test again as a process of its own, and gives its time as a whole and by how much its memory grew.
func sendFromChild(t *testing.T, url, file string) (took time.Duration, grown int64) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestALargeFileCostsNoMemory$", "-test.v")
	cmd.Env = append(os.Environ(), "RVMCTL_TEST_UPLOAD="+url, "RVMCTL_TEST_FILE="+file)
	began := time.Now()
	out, err := cmd.CombinedOutput()
	took = time.Since(began)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, rest, found := strings.Cut(string(out), "grown by ")
	if !found {
		t.Fatalf("no figure in\n%s", out)
	}
	grown, err = strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return took, grown
}

func sendByCurl(t *testing.T, curl, url, file string) time.Duration {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), curl, "-sS", "--fail", "--noproxy", "*", "-F", "rvm_id=3", "-F", "image=@"+file, url+"/api/v2/upload")
	began := time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(began)
	if err != nil || !strings.Contains(string(out), `"path"`) {
		t.Fatalf("curl: %v\n%s", err, out)
	}
	return took
}

// sendLarge is the child: what Create does without the rule that bounds a picture.
func sendLarge(t *testing.T, url, path string) {
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	client, err := New(Options{URL: url, Token: "1|" + strings.Repeat("a", 40)})
	if err != nil {
		t.Fatal(err)
	}
	var shown int64
	u := Upload{RVMID: 3, Name: "large.jpg", Size: info.Size(), Open: func() (io.ReadCloser, error) { return file, nil },
		Progress: func(n int64) { shown = n }}
	before := statusKiB(t, "VmRSS")
	f := newForm(u)
	got, err := fetch(context.Background(), client, call{method: http.MethodPost, path: "/api/v2/upload", form: f, changes: true, creates: true},
		func(Uploaded) string { return "" })
	f.finish()
	if err != nil || got.Size != f.length() || shown != u.Size {
		t.Fatalf("got %+v, shown %d, %v", got, shown, err)
	}
	t.Logf("grown by %d bytes", (statusKiB(t, "VmHWM")-before)<<10)
}

// statusKiB is a figure of this process's memory.
func statusKiB(t *testing.T, name string) int64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			n, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("no %s", name)
	return 0
}

func median(all []time.Duration) time.Duration {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}
