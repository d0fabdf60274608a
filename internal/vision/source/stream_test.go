package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/vision"
)

// quick is a pace for tests: a dead stream is noticed and opened again soon.
func quick() pace {
	return pace{stall: time.Second, open: 5 * time.Second, wait: 10 * time.Millisecond, longest: 50 * time.Millisecond,
		patience: 20 * time.Second, farewell: 1500 * time.Millisecond}
}

// numbered is a JPEG whose four bars say n in 16 levels each, most significant first.
func numbered(t testing.TB, n int) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 64, 48))
	for y := range 48 {
		for x := range 64 {
			img.SetGray(x, y, color.Gray{uint8(n>>(12-4*(x/16))&15)*16 + 8})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// numberOf reads the bars of numbered.
func numberOf(f *vision.Frame) (n int) {
	for bar := range 4 {
		n = n<<4 | int(pixel(f, 16*bar+8, f.Height/2).G)/16
	}
	return n
}

// notices collects what a stream says.
type notices struct {
	mu   sync.Mutex
	said []string
}

func (n *notices) add(s string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.said = append(n.said, s)
}

func (n *notices) all() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.said...)
}

// web serves with h and gives the item of its address.
func web(t testing.TB, h http.HandlerFunc) (Item, *httptest.Server) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return Item{Name: server.URL, Path: server.URL, Stream: true}, server
}

// part writes one picture of a stream.
func part(w io.Writer, data []byte) error {
	_, err := fmt.Fprintf(w, "--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n", len(data), data)
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
	return err
}

func multipart(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary=frame")
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
}

func openTest(t testing.TB, item Item, o StreamOptions) Stream {
	t.Helper()
	s, err := OpenStream(t.Context(), item, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func next(t testing.TB, s Stream) *vision.Frame {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	f, err := s.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestMotionJPEGGivesItsPictures(t *testing.T) {
	t.Parallel()
	item, _ := web(t, func(w http.ResponseWriter, r *http.Request) {
		multipart(w)
		for n := 0; r.Context().Err() == nil; n++ {
			if part(w, numbered(t, n)) != nil {
				return
			}
		}
	})
	if NeedsCamera(t.Context(), item) {
		t.Error("motion JPEG needs no camera build")
	}
	s := openTest(t, item, StreamOptions{})
	last := int64(-1)
	for range 20 {
		f := next(t, s)
		if f.Number <= last {
			t.Fatalf("frame %d came after %d", f.Number, last)
		}
		last = f.Number
		if got := numberOf(f); got != int(f.Number) {
			t.Errorf("frame %d shows %d", f.Number, got)
		}
		if want := fmt.Sprintf("%s#%d", item.Name, f.Number); f.Name != want || f.Taken.IsZero() {
			t.Errorf("got name %s, want %s; taken %v", f.Name, want, f.Taken)
		}
		s.Recycle(f)
	}
	facts := s.Facts()
	if !facts.Live || facts.Backend != "mjpeg" || facts.Codec != "MJPG" || facts.Width != 64 || facts.Height != 48 || facts.Given != 20 || facts.Opened.IsZero() {
		t.Errorf("got %+v", facts)
	}
	if facts.Dropped < last+1-20 {
		t.Errorf("dropped %d of %d", facts.Dropped, last+1)
	}
}

// TestTheNewestPictureWins sends pictures while nobody takes any: the first to be taken is the last that was sent, and the others
// are counted.
func TestTheNewestPictureWins(t *testing.T) {
	t.Parallel()
	batch, sent := make(chan int), make(chan struct{})
	item, _ := web(t, func(w http.ResponseWriter, r *http.Request) {
		multipart(w)
		n := 0
		for {
			select {
			case count := <-batch:
				for range count {
					if part(w, numbered(t, n)) != nil {
						return
					}
					n++
				}
				sent <- struct{}{}
			case <-r.Context().Done():
				return
			}
		}
	})
	s := openTest(t, item, StreamOptions{})
	total := 0
	for _, count := range []int{1, 40, 7} {
		batch <- count
		<-sent
		total += count
		// Written is not yet read: wait until all but one are counted.
		given := s.Facts().Given
		until(t, func() bool { f := s.(*live); f.slot.Lock(); defer f.slot.Unlock(); return f.count == int64(total) })
		f := next(t, s)
		if numberOf(f) != total-1 || f.Number != int64(total-1) {
			t.Errorf("after %d pictures: got number %d, which shows %d", total, f.Number, numberOf(f))
		}
		if facts := s.Facts(); facts.Given != given+1 || facts.Given+facts.Dropped != int64(total) {
			t.Errorf("after %d pictures: %+v", total, facts)
		}
	}
}

func until(t testing.TB, done func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it did not come")
		}
	}
}

func TestADeadStreamIsOpenedAgain(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	visits := 0
	item, _ := web(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		visits++
		visit := visits
		mu.Unlock()
		switch visit {
		case 1: // dies in the middle of a picture
			multipart(w)
			_ = part(w, numbered(t, 1))
			_, _ = fmt.Fprintf(w, "--frame\r\nContent-Length: 5000\r\n\r\nhalf")
			panic(http.ErrAbortHandler)
		case 2, 3:
			http.Error(w, "starting", http.StatusBadGateway)
		default:
			multipart(w)
			for r.Context().Err() == nil && part(w, numbered(t, visit)) == nil {
			}
		}
	})
	var said notices
	s := openTest(t, item, StreamOptions{Reconnect: true, Notice: said.add, pace: quick()})
	if got := numberOf(next(t, s)); got != 1 {
		t.Errorf("got %d first", got)
	}
	f := next(t, s)
	if got := numberOf(f); got != 4 || f.Number < 1 {
		t.Errorf("after the death: got %d, number %d", got, f.Number)
	}
	until(t, func() bool { return s.Facts().Reconnects == 1 })
	if all := said.all(); len(all) != 2 || !strings.Contains(all[0], "opening it again") || !strings.Contains(all[0], "within a picture") || !strings.Contains(all[1], "back after") {
		t.Errorf("said %q", all)
	}
}

// A camera that ends every connection after a picture must not fill the journal.
func TestDeathsInARowAreToldTogether(t *testing.T) {
	t.Parallel()
	item, _ := web(t, func(w http.ResponseWriter, _ *http.Request) {
		multipart(w)
		_ = part(w, numbered(t, 1))
	})
	for quiet, told := range map[time.Duration]func([]string) bool{
		time.Hour: func(all []string) bool { return len(all) == 2 && strings.Contains(all[1], "back after") },
		50 * time.Millisecond: func(all []string) bool {
			return slices.ContainsFunc(all, func(s string) bool { return strings.Contains(s, "times more in the last") })
		},
	} {
		p := quick()
		p.wait, p.longest, p.quiet = time.Millisecond, time.Millisecond, quiet
		var said notices
		s := openTest(t, item, StreamOptions{Reconnect: true, Notice: said.add, pace: p})
		for s.Facts().Reconnects < 20 || quiet < time.Second && !told(said.all()) {
			next(t, s)
		}
		if !told(said.all()) {
			t.Errorf("in %d deaths with %v of quiet was said %q", s.Facts().Reconnects, quiet, said.all())
		}
	}
}

// TestReconnectingLeavesNothingBehind is not parallel: it counts the goroutines and open files of the whole process.
func TestReconnectingLeavesNothingBehind(t *testing.T) {
	item, server := web(t, func(w http.ResponseWriter, _ *http.Request) {
		multipart(w)
		_ = part(w, numbered(t, 1))
	})
	p := quick()
	p.wait, p.longest = time.Microsecond, time.Microsecond
	goroutines, files := runtime.NumGoroutine(), openFiles()
	s := openTest(t, item, StreamOptions{Reconnect: true, pace: p})
	for s.Facts().Reconnects < 100 {
		next(t, s)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	server.CloseClientConnections()
	until(t, func() bool { return runtime.NumGoroutine() <= goroutines && openFiles() <= files })
}

// openFiles counts the open files of this process, 0 where the system does not say.
func openFiles() int {
	entries, _ := os.ReadDir("/proc/self/fd")
	return len(entries)
}

func TestADeadStreamIsGivenUp(t *testing.T) {
	t.Parallel()
	item, server := web(t, func(w http.ResponseWriter, _ *http.Request) {
		multipart(w)
		_ = part(w, numbered(t, 1))
		_, _ = io.WriteString(w, "--frame--\r\n")
	})
	p := quick()
	p.patience = 100 * time.Millisecond
	s := openTest(t, item, StreamOptions{Reconnect: true, pace: p})
	next(t, s)
	server.CloseClientConnections()
	server.Close()
	var gone *VideoError
	for err := error(nil); err == nil; {
		_, err = s.Next(t.Context())
		if err != nil && (!errors.As(err, &gone) || !strings.Contains(gone.Reason, "given up")) {
			t.Fatalf("got %v", err)
		}
	}
	if gone.Frames < 1 || gone.Source != item.Name {
		t.Errorf("got %+v", gone)
	}
	if _, err := s.Next(t.Context()); !errors.As(err, &gone) {
		t.Errorf("and again: got %v", err)
	}
}

// TestAStreamThatDies looks at the reasons, without opening anything again. What never gave a picture is not tried again anyway.
func TestAStreamThatDies(t *testing.T) {
	t.Parallel()
	endless := strings.Repeat("X-Line: again\r\n", 100)
	tests := map[string]struct {
		body, reason string
	}{
		"stall":               {"--frame\r\n", "gave no picture for 1s"},
		"garbage, and a stop": {strings.Repeat("--frame\r\n\r\nnot a picture\r\n", 50), "gave no picture for 1s"},
		"endless header":      {"--frame\r\n" + endless, "does not end"},
		"endless line":        {"--frame\r\nX: " + strings.Repeat("a", 10_000), "line that does not end"},
		"a length too large":  {"--frame\r\nContent-Length: 30000000\r\n\r\n", "20 MiB are allowed"},
		"no number":           {"--frame\r\nContent-Length: -1\r\n\r\n", "the length of a picture is"},
		"packed":              {"--frame\r\nContent-Encoding: gzip\r\n\r\n", "packs its pictures"},
		"a picture too large": {"--frame\r\n\r\n" + strings.Repeat("0123456789abcde\n", 21<<16), "more than 20 MiB"},
		"no boundary at all":  {strings.Repeat("0123456789abcde\n", 21<<16), "no boundary within 20 MiB"},
		"the end":             {"--frame--\r\n", "ended"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			item, _ := web(t, func(w http.ResponseWriter, r *http.Request) {
				multipart(w)
				_, _ = io.WriteString(w, tt.body)
				w.(http.Flusher).Flush()
				<-r.Context().Done()
			})
			p := quick()
			if !strings.Contains(tt.reason, p.stall.String()) {
				p.stall = time.Minute
			}
			s := openTest(t, item, StreamOptions{Reconnect: true, pace: p})
			_, err := s.Next(t.Context())
			var dead *VideoError
			if !errors.As(err, &dead) || !strings.Contains(dead.Reason, tt.reason) {
				t.Errorf("got %v, want: %s", err, tt.reason)
			}
		})
	}
}

func TestSpoiltPicturesAreDroppedAndCounted(t *testing.T) {
	t.Parallel()
	whole := numbered(t, 7)
	noise := bytes.Clone(whole)
	for i := len(noise) / 2; i < len(noise)-2; i++ {
		noise[i] = 0xff
	}
	parts := [][]byte{whole[:len(whole)/2], []byte("text"), {}, claimPNG(60_000, 60_000, 8, 6, 0), noise, whole}
	item, _ := web(t, func(w http.ResponseWriter, r *http.Request) {
		multipart(w)
		for _, data := range parts {
			_ = part(w, data)
		}
		<-r.Context().Done()
	})
	var said notices
	s := openTest(t, item, StreamOptions{Notice: said.add, pace: quick()})
	f := next(t, s)
	if numberOf(f) != 7 || f.Number != int64(len(parts)-1) {
		t.Errorf("got number %d, which shows %d", f.Number, numberOf(f))
	}
	if facts := s.Facts(); facts.Dropped != int64(len(parts)-1) || facts.Given != 1 {
		t.Errorf("got %+v", facts)
	}
	if all := said.all(); len(all) != 1 || !strings.Contains(all[0], "truncated") {
		t.Errorf("said %q", all)
	}
}

func TestOnlyDamagedPicturesAreTheEnd(t *testing.T) {
	t.Parallel()
	// The head and the end are right, so that only decoding tells.
	bad := bytes.Clone(numbered(t, 7))
	for i := len(bad) - 40; i < len(bad)-2; i++ {
		bad[i] = 0xff
	}
	if _, err := Decode(t.Context(), "bad", bad, Limits{}); err == nil {
		t.Fatal("this is decoded")
	}
	item, _ := web(t, func(w http.ResponseWriter, r *http.Request) {
		multipart(w)
		for r.Context().Err() == nil && part(w, bad) == nil {
		}
	})
	_, err := openTest(t, item, StreamOptions{Reconnect: true}).Next(t.Context())
	var dead *VideoError
	if !errors.As(err, &dead) || !strings.Contains(dead.Reason, "100 damaged pictures in a row") {
		t.Errorf("got %v", err)
	}
}

func TestAStreamStopsWithItsContextAndCloses(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{})
	item, _ := web(t, func(w http.ResponseWriter, r *http.Request) {
		multipart(w)
		<-r.Context().Done()
		close(gone)
	})
	s := openTest(t, item, StreamOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() { _, err := s.Next(ctx); failed <- err }()
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	<-gone
	if _, err := s.Next(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("after Close: got %v", err)
	}
}

// hung is a source whose read does not return before it is let go.
type hung struct{ release chan struct{} }

func (h hung) grab() (shot, error) { <-h.release; return shot{}, io.EOF }
func (h hung) facts() grabFacts    { return grabFacts{Live: true} }
func (h hung) close()              { close(h.release) }

func TestCloseDoesNotWaitForAReadThatHangs(t *testing.T) {
	t.Parallel()
	for name, live := range map[string]bool{"live": true, "file": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := StreamOptions{pace: quick()}.orDefault()
			o.pace.stall = time.Hour
			h := hung{make(chan struct{}, 1)}
			open := func(context.Context) (grabber, error) { return h, nil }
			conn, err := dial(t.Context(), open, time.Minute, "x")
			if err != nil {
				t.Fatal(err)
			}
			var s Stream = &recorded{feed: newFeed("x", o), conn: conn}
			if live {
				s = newLive(newFeed("x", o), open, conn)
			}
			start := time.Now()
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			// A busy machine may sleep in between, so that the promise is only held where there is time for it.
			if took := time.Since(start); os.Getenv("RVMCTL_SOAK") == "1" && took > 2*time.Second {
				t.Errorf("took %v", took)
			}
			h.release <- struct{}{}
			<-conn.ended
		})
	}
}

func TestOpeningThatHangsIsGivenUp(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	open := func(context.Context) (grabber, error) { <-release; return hung{make(chan struct{})}, nil }
	var late *VideoError
	if _, err := dial(t.Context(), open, time.Millisecond, "x"); !errors.As(err, &late) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := dial(ctx, open, time.Hour, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(release)
}

func TestJitterStaysNear(t *testing.T) {
	t.Parallel()
	for range 100 {
		if d := jitter(time.Second); d < 750*time.Millisecond || d > 1250*time.Millisecond {
			t.Fatalf("got %v", d)
		}
	}
}

func TestBuffersAreUsedAgain(t *testing.T) {
	t.Parallel()
	s := newShelf()
	a := s.get(1000)
	s.put(a)
	if b := s.get(900); &b[0] != &a[0] || len(b) != 900 {
		t.Error("not the same")
	}
	s.put(make([]byte, 1<<20))
	if b := s.get(10); cap(b) > 1000 {
		t.Errorf("got %d bytes for 10", cap(b))
	}
	for range 3 * shelfSize {
		s.put(make([]byte, 5))
	}
	if len(s.free) != shelfSize {
		t.Errorf("keeps %d", len(s.free))
	}
	s.put(nil)
}
