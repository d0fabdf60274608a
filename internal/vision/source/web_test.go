package source

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestOnePictureOfAWebServer(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"image/jpeg", "image/JPEG; charset=binary", "image/png"} {
		data := numbered(t, 300)
		if kind == "image/png" {
			data = encodePNG(t, quadrants(64, 48))
		}
		item, _ := web(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			_, _ = w.Write(data)
		})
		s := openTest(t, item, StreamOptions{})
		f := next(t, s)
		if kind != "image/png" && numberOf(f) != 300 || f.Width != 64 || f.Number != 0 {
			t.Errorf("%s: got %d, %d wide", kind, numberOf(f), f.Width)
		}
		if _, err := s.Next(t.Context()); !errors.Is(err, io.EOF) {
			t.Errorf("%s: then got %v", kind, err)
		}
		if facts := s.Facts(); facts.Live || facts.Backend != "http" || facts.Given != 1 {
			t.Errorf("%s: got %+v", kind, facts)
		}
	}
}

func TestWhatAWebServerMayAnswer(t *testing.T) {
	t.Parallel()
	head := func(kind string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", kind) }
	}
	tests := map[string]struct {
		answer http.HandlerFunc
		reason string
	}{
		"a page":         {head("text/html"), "neither a picture nor a video"},
		"another kind":   {head("image/svg+xml"), "neither a picture nor a video"},
		"no boundary":    {head("multipart/x-mixed-replace"), "names no boundary"},
		"empty boundary": {head(`multipart/x-mixed-replace; boundary=""`), "names no boundary"},
		"long boundary":  {head("multipart/x-mixed-replace; boundary=" + strings.Repeat("a", 73)), "cannot be one"},
		"only dashes":    {head("multipart/x-mixed-replace; boundary=--"), "cannot be one"},
		"packed": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "image/jpeg")
			w.Header().Set("Content-Encoding", "gzip")
		}, "packs its answer"},
		"absent": {http.NotFound, "answers 404 Not Found"},
		"busy":   {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, "one viewer at a time"},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:9/", http.StatusFound)
		}, "sends us to another server: http://127.0.0.1:9"},
		"nowhere": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://me:secret@[bad?token=secret")
			w.WriteHeader(http.StatusFound)
		}, "sends us to an address that is none"},
		"to a file": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "file:///etc/passwd?secret")
			w.WriteHeader(http.StatusFound)
		}, "sends us to another server: file://"},
		"elsewhere with a password": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://me:secret@127.0.0.1:9/?token=secret", http.StatusFound)
		}, "sends us to another server: http://127.0.0.1:9"},
		"in circles": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/again", http.StatusFound) }, "again and again"},
		"without password": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", "Basic x")
			w.WriteHeader(401)
		}, "wants a user and a password"},
		"digest": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", "Digest x")
			w.WriteHeader(401)
		}, "in another way"},
		"huge": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "image/jpeg")
			w.Header().Set("Content-Length", "30000000")
		}, "larger than the limit of 20 MiB"},
		"endless header": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("a", 100<<10)) }, "header"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			item, _ := web(t, tt.answer)
			_, err := OpenStream(t.Context(), item, StreamOptions{})
			var bad *VideoError
			if !errors.As(err, &bad) || !strings.Contains(bad.Reason, tt.reason) || bad.Source != item.Name {
				t.Errorf("got %v, want: %s", err, tt.reason)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("it shows what is secret: %v", err)
			}
			if NeedsCamera(t.Context(), item) {
				t.Error("this does not need the camera build")
			}
		})
	}
}

func TestWhatNeedsTheCameraBuildIsSaidSo(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"video/mp4", "application/vnd.apple.mpegurl", "application/octet-stream"} {
		item, _ := web(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(http.StatusOK)
		})
		_, err := OpenStream(t.Context(), item, StreamOptions{})
		if CameraBuild() {
			var video *VideoError // there is no video in it
			if !errors.As(err, &video) {
				t.Errorf("%s: got %v", kind, err)
			}
			continue
		}
		var needs *NeedsCameraBuildError
		if !errors.As(err, &needs) || !NeedsCamera(t.Context(), item) {
			t.Errorf("%s: got %v", kind, err)
		}
	}
	if NeedsCamera(t.Context(), Item{Name: "a.jpg", Path: "a.jpg"}) {
		t.Error("a picture needs no camera build")
	}
}

func TestThePasswordIsSentAndNeverShown(t *testing.T) {
	t.Parallel()
	item, server := web(t, func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "me" || password != "se:cr@t" || strings.Contains(r.RequestURI, "me") {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/live", http.StatusFound) // within the same server it goes along
			return
		}
		w.Header().Set("Content-Type", "image/jpeg")
		_, _ = w.Write(numbered(t, 5))
	})
	item.Path = strings.Replace(server.URL, "://", "://me:se%3Acr%40t@", 1)
	item.Name = streamName(item.Path)
	s := openTest(t, item, StreamOptions{})
	f := next(t, s)
	if numberOf(f) != 5 || strings.Contains(f.Name+s.Facts().Name, "se%3A") {
		t.Errorf("got %s", f.Name)
	}
	item.Path = strings.Replace(server.URL, "://", "://me:secret@", 1)
	_, err := OpenStream(t.Context(), item, StreamOptions{})
	var bad *VideoError
	if !errors.As(err, &bad) || bad.Reason != "refuses the user or the password" || strings.Contains(bad.Error(), "secret") {
		t.Errorf("got %v", err)
	}
	item.Path = "http://me:secret@127.0.0.1:1/x?pwd=secret"
	if _, err := OpenStream(t.Context(), item, StreamOptions{}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}

func TestAServerThatDoesNotAnswerIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	item, _ := web(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	p := quick()
	p.stall = 50 * time.Millisecond
	_, err := OpenStream(t.Context(), item, StreamOptions{pace: p})
	var bad *VideoError
	if !errors.As(err, &bad) || bad.Reason != "no answer in time" {
		t.Errorf("got %v", err)
	}
}

func TestTLSIsVerified(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "image/jpeg") }))
	server.Config.ErrorLog = quiet()
	server.StartTLS()
	defer server.Close()
	_, err := OpenStream(t.Context(), Item{Name: server.URL, Path: server.URL, Stream: true}, StreamOptions{})
	var bad *VideoError
	if !errors.As(err, &bad) || !strings.Contains(bad.Reason, "certificate") {
		t.Errorf("got %v", err)
	}
}

func TestAPictureThatStopsIsNoPicture(t *testing.T) {
	t.Parallel()
	item, _ := web(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/jpeg")
		w.Header().Set("Content-Length", "5000")
		_, _ = w.Write(numbered(t, 1)[:200])
	})
	_, err := openTest(t, item, StreamOptions{}).Next(t.Context())
	var bad *VideoError
	if !errors.As(err, &bad) || !strings.Contains(bad.Reason, "within a picture") {
		t.Errorf("got %v", err)
	}
}

func TestBoundariesOfCameras(t *testing.T) {
	t.Parallel()
	data := numbered(t, 9)
	tests := map[string]struct{ head, body string }{
		"as it should be":        {"boundary=x", "--x\r\nContent-Type: image/jpeg\r\n\r\n%s\r\n--x--\r\n"},
		"in quotes":              {`boundary="a b"`, "--a b\r\n\r\n%s\r\n--a b--\r\n"},
		"dashes in the header":   {"boundary=--my", "--my\r\n\r\n%s\r\n--my\r\n"},
		"and meant so":           {"boundary=--my", "----my\r\n\r\n%s\r\n----my\r\n"},
		"a colon without quotes": {"boundary=a:b", "--a:b\r\n\r\n%s\r\n--a:b\r\n"},
		"line ends without CR":   {"boundary=x", "--x\nContent-Type: image/jpeg\n\n%s\n--x\n"},
		"words before the first": {"boundary=x", "This is MIME.\r\n\r\n--x\r\n\r\n%s\r\n--x--\r\n"},
		"blanks behind":          {"boundary=x", "--x  \r\n\r\n%s\r\n--x \r\n"},
		"in capitals":            {"BOUNDARY=x", "--x\r\nCONTENT-TYPE: IMAGE/JPEG\r\n\r\n%s\r\n--x\r\n"},
	}
	for name, tt := range tests {
		item, _ := web(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "multipart/x-mixed-replace; "+tt.head)
			_, _ = fmt.Fprintf(w, tt.body, data)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		})
		f, err := openTest(t, item, StreamOptions{}).Next(t.Context())
		if err != nil || numberOf(f) != 9 {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
