package upload

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/delivery"
	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision/source"
)

// shelf is a platform that names pictures by their sums, so that they need not be a second apart.
type shelf struct {
	mu       sync.Mutex
	requests int
	stored   map[string]int
	// refuse, when set, may answer in place of the shelf.
	refuse func(w http.ResponseWriter, n int) bool
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, _, err := r.FormFile("image")
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	h := sha256.New()
	size, err := io.Copy(h, file)
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	if s.refuse != nil && s.refuse(w, s.requests) {
		return
	}
	sum := hex.EncodeToString(h.Sum(nil))
	s.stored[sum]++
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"success":true,"data":{"path":"detection-images/%s.png","size":%d,"mime_type":"image/png","rvm_id":1}}`, sum, size)
}

// place is a folder of pictures, a platform and an outbox.
type place struct {
	shelf *shelf
	url   string
	dir   string
	state string
	queue string
}

func newPlace(t *testing.T, pictures int) *place {
	t.Helper()
	p := &place{shelf: &shelf{stored: map[string]int{}}, dir: t.TempDir(), state: t.TempDir(), queue: toolbox.QueueAuto}
	server := httptest.NewServer(p.shelf)
	t.Cleanup(server.Close)
	p.url = server.URL
	for n := range pictures {
		p.write(t, fmt.Sprintf("%05d.png", n), fmt.Sprint("picture ", n))
	}
	return p
}

func (p *place) write(t *testing.T, name, what string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte("\x89PNG\r\n\x1a\n"+what), 0o600); err != nil {
		t.Fatal(err)
	}
}

// upload is one run over the folder, and how often each outcome came.
func (p *place) upload(ctx context.Context, t *testing.T) (map[string]int, []Uploaded, error) {
	t.Helper()
	var out bytes.Buffer
	o := p.options(p.open(t), &out)
	err := run(ctx, o)
	outcomes, all := map[string]int{}, []Uploaded(nil)
	for line := range strings.Lines(out.String()) {
		var u Uploaded
		if err := json.Unmarshal([]byte(line), &u); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		outcomes[u.Outcome]++
		all = append(all, u)
	}
	return outcomes, all, err
}

// open opens the outbox as another process would.
func (p *place) open(t *testing.T) *outbox.Store {
	t.Helper()
	store, err := outbox.Open(t.Context(), p.state, outbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

func (p *place) options(store *outbox.Store, out io.Writer) *Options {
	c := &config.Config{Profile: "p", URL: p.url}
	c.Outbox.Queue = p.queue
	console := terminal.New(terminal.Options{In: strings.NewReader(""), Out: out, Err: io.Discard})
	console.Wish(terminal.Wishes{JSON: true})
	return &Options{
		Console: console, RVM: func() (int64, error) { return 1, nil }, Files: []string{p.dir}, Report: func(error) {},
		Problem: func(err error) *toolbox.Problem {
			if err == nil {
				return nil
			}
			return &toolbox.Problem{Message: err.Error()}
		},
		Out: &toolbox.Outgoing{
			Config: func() (*config.Config, error) { return c, nil }, Target: func() (string, string, error) { return "p", p.url, nil },
			Store: func(context.Context) (*outbox.Store, error) { return store, nil }, Courier: p.couriers(store),
			Warn: func(string, ...any) {}, Explain: error.Error,
		},
	}
}

func (p *place) couriers(store *outbox.Store) func(context.Context, func(delivery.Event)) (*delivery.Courier, error) {
	client, err := platform.New(platform.Options{URL: p.url, Token: "1|" + strings.Repeat("a", 40)})
	return func(context.Context, func(delivery.Event)) (*delivery.Courier, error) {
		return delivery.New(delivery.Options{Store: store, Profile: "p", Targets: []string{p.url}, Spacing: &platform.UploadSpacing{Gap: time.Nanosecond},
			Connect: func(context.Context) (*platform.Client, string, error) { return client, "sum", err }}), nil
	}
}

// TestAFolderIsSentOnce sends 40 pictures, with RVMCTL_SOAK=1 10,000, and then none.
func TestAFolderIsSentOnce(t *testing.T) {
	n := 40
	if os.Getenv("RVMCTL_SOAK") == "1" {
		n = 10_000
	}
	p := newPlace(t, n)
	began := time.Now()
	outcomes, _, err := p.upload(t.Context(), t)
	if err != nil || outcomes[uploaded] != n || p.shelf.requests != n || len(p.shelf.stored) != n {
		t.Fatalf("%v, %v; %d requests, %d stored", outcomes, err, p.shelf.requests, len(p.shelf.stored))
	}
	first := time.Since(began)
	began = time.Now()
	outcomes, all, err := p.upload(t.Context(), t)
	if err != nil || outcomes[already] != n || p.shelf.requests != n {
		t.Fatalf("%v, %v; %d requests", outcomes, err, p.shelf.requests)
	}
	t.Logf("%d pictures: %s, again %s", n, first, time.Since(began))
	for _, u := range all {
		if want := "detection-images/" + u.SHA256 + ".png"; u.Path != want || u.Delivery != toolbox.Sent {
			t.Fatalf("%+v", u)
		}
	}
}

func TestARunThatEndsInTheMiddleIsGoneOnWith(t *testing.T) {
	const n = 20
	p := newPlace(t, n)
	ctx, cancel := context.WithCancel(t.Context())
	p.shelf.refuse = func(_ http.ResponseWriter, n int) bool {
		if n == 7 {
			cancel()
		}
		return false
	}
	if _, _, err := p.upload(ctx, t); err == nil {
		t.Fatal("the run did not end")
	}
	outcomes, _, err := p.upload(t.Context(), t)
	if err != nil || outcomes[already] < 6 || outcomes[already]+outcomes[uploaded] != n {
		t.Fatalf("%v, %v", outcomes, err)
	}
	if len(p.shelf.stored) != n || p.shelf.requests > n+1 {
		t.Errorf("%d stored by %d requests", len(p.shelf.stored), p.shelf.requests)
	}
}

// TestAPlatformThatFailsLeavesCopies takes the files away after a run in which nothing was stored, and flushes.
func TestAPlatformThatFailsLeavesCopies(t *testing.T) {
	const n = 8
	p := newPlace(t, n)
	p.shelf.refuse = func(w http.ResponseWriter, _ int) bool { w.WriteHeader(http.StatusServiceUnavailable); return true }
	outcomes, _, err := p.upload(t.Context(), t)
	if err != nil || outcomes[queued] != n || p.shelf.requests > awayAfter {
		t.Fatalf("%v, %v; %d requests", outcomes, err, p.shelf.requests)
	}
	p.shelf.refuse = nil
	if err := os.RemoveAll(p.dir); err != nil {
		t.Fatal(err)
	}
	store := p.open(t)
	courier, _ := p.couriers(store)(t.Context(), nil)
	sum, err := courier.Flush(t.Context(), delivery.FlushOptions{Now: true})
	if err != nil || sum.Delivered != n || len(p.shelf.stored) != n {
		t.Fatalf("%+v, %v; %d stored", sum, err, len(p.shelf.stored))
	}
}

// TestARefusedPictureIsTriedAgain by a later run, since whoever runs it asks for that.
func TestARefusedPictureIsTriedAgain(t *testing.T) {
	p := newPlace(t, 3)
	p.shelf.refuse = func(w http.ResponseWriter, n int) bool {
		if n != 2 {
			return false
		}
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return true
	}
	outcomes, _, err := p.upload(t.Context(), t)
	if err == nil || outcomes[uploaded] != 2 || outcomes[failed] != 1 {
		t.Fatalf("%v, %v", outcomes, err)
	}
	outcomes, _, err = p.upload(t.Context(), t)
	if err != nil || outcomes[already] != 2 || outcomes[uploaded] != 1 {
		t.Fatalf("%v, %v", outcomes, err)
	}
}

func TestWhatThePlatformWouldRefuseIsNeverSent(t *testing.T) {
	p := newPlace(t, 1)
	p.write(t, "large.png", strings.Repeat("x", platform.MaxUpload))
	if err := os.WriteFile(filepath.Join(p.dir, "letter.png"), []byte("Dear platform,"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(p.dir, "empty.png"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	outcomes, all, err := p.upload(t.Context(), t)
	if err == nil || outcomes[failed] != 3 || outcomes[uploaded] != 1 || p.shelf.requests != 1 {
		t.Fatalf("%v, %v; %d requests", outcomes, err, p.shelf.requests)
	}
	for _, u := range all {
		if u.Outcome == failed && (u.Error == nil || !strings.Contains(u.Error.Message, filepath.Base(u.File)) || u.Key != "") {
			t.Errorf("%+v: %+v", u, u.Error)
		}
	}
}

func TestFilesOfAnyNameAreSent(t *testing.T) {
	p := newPlace(t, 0)
	names := []string{"CON.png", "-rf.png", "a b;$(id).png", "\xff\xfe.png", "line\nfeed.png", "\x1b[31mred.png", "\u202egnp.png", strings.Repeat("n", 250) + ".png"}
	for _, name := range names {
		p.write(t, name, name)
	}
	outcomes, _, err := p.upload(t.Context(), t)
	if err != nil || outcomes[uploaded] != len(names) || len(p.shelf.stored) != len(names) {
		t.Fatalf("%v, %v", outcomes, err)
	}
	if outcomes, _, err = p.upload(t.Context(), t); err != nil || outcomes[already] != len(names) {
		t.Fatalf("%v, %v", outcomes, err)
	}
}

// TestAHostilePathIsOnlyShown lets the server name a place outside of everything, with bytes that a terminal would obey.
func TestAHostilePathIsOnlyShown(t *testing.T) {
	p := newPlace(t, 1)
	p.shelf.refuse = func(w http.ResponseWriter, _ int) bool {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"success":true,"data":{"path":"../../../etc/cron.d/x\u001b[31m\u202e\n","url":"file:///etc/passwd","size":17,"rvm_id":1}}`)
		return true
	}
	var out bytes.Buffer
	o := p.options(p.open(t), &out)
	o.Console = terminal.New(terminal.Options{In: strings.NewReader(""), Out: &out, Err: io.Discard})
	if err := run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out.String(), "\x1b\u202e") || strings.Count(out.String(), "\n") != 1 || !strings.HasSuffix(out.String(), "\tuploaded\n") {
		t.Errorf("shown: %q", out.String())
	}
	if left, err := os.ReadDir(p.dir); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
}

func TestAFileThatChangesMeanwhileIsSaidSo(t *testing.T) {
	p := newPlace(t, 2)
	store := p.open(t)
	for _, queue := range []string{toolbox.QueueAuto, toolbox.QueueAlways, toolbox.QueueNever} {
		p.queue = queue
		s, err := p.options(store, io.Discard).sender(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		p.write(t, "00000.png", "as it was")
		p.write(t, "00001.png", "soon gone")
		items, err := source.Find(t.Context(), []string{p.dir})
		if err != nil {
			t.Fatal(err)
		}
		var seen []ready
		for r := range s.options.prepare(t.Context(), items) {
			seen = append(seen, r)
		}
		p.write(t, "00000.png", "changed!!")
		if err := os.Remove(filepath.Join(p.dir, "00001.png")); err != nil {
			t.Fatal(err)
		}
		for _, r := range seen {
			u, err := s.send(t.Context(), r)
			t.Log(queue, err)
			if err == nil || u.Outcome != failed || !strings.Contains(err.Error(), filepath.Base(u.File)) {
				t.Errorf("%s: %+v, %v", queue, u, err)
			}
		}
	}
	if p.shelf.requests != 0 && len(p.shelf.stored) != 0 {
		t.Errorf("%d were stored", len(p.shelf.stored))
	}
}
