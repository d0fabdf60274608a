package platform

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// jpegOf is n bytes that begin like a JPEG.
func jpegOf(n int) []byte {
	picture := bytes.Repeat([]byte{0x5a}, n)
	copy(picture, "\xff\xd8\xff\xe0\x00\x10JFIF")
	return picture
}

func uploadOf(picture []byte) Upload {
	return Upload{RVMID: 3, Name: "photo.jpg", Size: int64(len(picture)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(picture)), nil }}
}

func TestAnUploadIsReadByTheServerAsSent(t *testing.T) {
	t.Parallel()
	picture := jpegOf(300_000)
	server := newStage(t, says(200, `{"success":true,"data":{"path":"detection-images/f.jpg","size":300000,"mime_type":"image\/jpeg","rvm_id":3}}`))
	u := uploadOf(picture)
	u.Name = `C:\photos\Bötle "1".php.JPEG`
	u.Metadata = map[string]string{"session_token": "tok", "timestamp": "2026-01-02"}
	var seen []int64
	u.Progress = func(n int64) { seen = append(seen, n) }
	got, err := newTestClient(t, server.URL).Uploads.Create(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	if got.Path != "detection-images/f.jpg" || got.Size != 300_000 {
		t.Errorf("got %+v", got)
	}
	request, body := server.last(t)
	if request.ContentLength != int64(len(body)) || request.TransferEncoding != nil {
		t.Errorf("content length %d for %d bytes, transfer encoding %v", request.ContentLength, len(body), request.TransferEncoding)
	}
	_, params, _ := mime.ParseMediaType(request.Header.Get("Content-Type"))
	read, err := multipart.NewReader(strings.NewReader(body), params["boundary"]).ReadForm(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{"rvm_id": {"3"}, "metadata[session_token]": {"tok"}, "metadata[timestamp]": {"2026-01-02"}}
	if diff := cmp.Diff(want, read.Value); diff != "" {
		t.Errorf("fields (-want +got)\n%s", diff)
	}
	part := read.File["image"][0]
	if part.Filename != "B_tle__1__php.jpg" || part.Header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("part %q of type %s", part.Filename, part.Header.Get("Content-Type"))
	}
	file, _ := part.Open()
	if content, _ := io.ReadAll(file); !bytes.Equal(content, picture) {
		t.Error("the picture arrived changed")
	}
	if len(seen) == 0 || seen[len(seen)-1] != 300_000 {
		t.Errorf("progress ended at %v, want 300000", seen)
	}
}

func TestAnUploadIsDoneOnlyWhenTheAnswerNamesIt(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, data, want string }{
		{"path and size", `{"path":"p","size":1000}`, "done"},
		{"the documents' keys", `{"file_path":"p","file_size":"1000"}`, "done"},
		{"size 0, as PHP does with what is too big", `{"path":"p","size":0}`, "uncertain"},
		{"no size", `{"path":"p"}`, "uncertain"},
		{"no path", `{"size":1000}`, "uncertain"},
		{"another machine", `{"path":"p","size":1000,"rvm_id":4}`, "uncertain"},
		{"nothing", `null`, "uncertain"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := newStage(t, says(200, `{"success":true,"data":`+tt.data+`}`))
			_, err := newTestClient(t, server.URL).Uploads.Create(t.Context(), uploadOf(jpegOf(1000)))
			if got := verdictOf(err); got != tt.want {
				t.Errorf("got %s (%v), want %s", got, err, tt.want)
			}
		})
	}
}

func TestAnUploadIsRefusedBeforeItIsSent(t *testing.T) {
	t.Parallel()
	png, gif := []byte("\x89PNG\r\n\x1a\n0000"), []byte("GIF89a000000")
	tests := []struct {
		name   string
		upload func() Upload
		want   string
	}{
		{"a png", func() Upload { return uploadOf(png) }, "uncertain"}, // accepted; the answer of this stage is not
		{"a gif", func() Upload { return uploadOf(gif) }, "uncertain"},
		{"a text named .jpg", func() Upload { return uploadOf([]byte("hello, this is text")) }, "limit"},
		{"a bmp", func() Upload { return uploadOf([]byte("BM0000000000000")) }, "limit"},
		{"an empty file", func() Upload { return uploadOf(nil) }, "limit"},
		{"a file one byte too large", func() Upload { u := uploadOf(png); u.Size = MaxUpload + 1; return u }, "limit"},
		{"no machine", func() Upload { u := uploadOf(png); u.RVMID = 0; return u }, "limit"},
		{"a bad metadata key", func() Upload { u := uploadOf(png); u.Metadata = map[string]string{"": "x"}; return u }, "limit"},
		{"too much metadata", func() Upload {
			u := uploadOf(png)
			u.Metadata = map[string]string{"a": strings.Repeat("x", 1001)}
			return u
		}, "limit"},
		{"a file that cannot be opened", func() Upload {
			u := uploadOf(png)
			u.Open = func() (io.ReadCloser, error) { return nil, os.ErrNotExist }
			return u
		}, "cannot read photo.jpg: file does not exist"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := newStage(t, says(200, `{"success":true}`))
			_, err := newTestClient(t, server.URL).Uploads.Create(t.Context(), tt.upload())
			if got := verdictOf(err); got != tt.want {
				t.Errorf("got %s (%v), want %s", got, err, tt.want)
			}
			if sent := server.count() > 0; sent != (tt.want == "uncertain") {
				t.Errorf("sent: %t", sent)
			}
		})
	}
}

// TestAFileThatChangesIsNeverStored sends to a handler that would store whatever arrives whole.
func TestAFileThatChangesIsNeverStored(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk gone")
	tests := []struct {
		name string
		file io.Reader
		size int64
		want string
	}{
		{"shorter", bytes.NewReader(jpegOf(100_000)), 200_000, "it ended after 100000 of 200000 bytes"},
		{"longer", bytes.NewReader(jpegOf(200_001)), 200_000, "it grew beyond 200000 bytes"},
		{"longer, in one read", bytes.NewReader(jpegOf(101)), 100, "it grew beyond 100 bytes"},
		{"broken", io.MultiReader(bytes.NewReader(jpegOf(100_000)), failing{broken}), 200_000, "disk gone"},
		{"broken at once", failing{broken}, 200_000, "disk gone"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var whole atomic.Int64
			server := newStage(t, func(_ http.ResponseWriter, r *http.Request) {
				if n, _ := io.Copy(io.Discard, r.Body); n == r.ContentLength {
					whole.Add(1)
				}
			})
			u := uploadOf(nil)
			u.Size, u.Open = tt.size, func() (io.ReadCloser, error) { return io.NopCloser(tt.file), nil }
			_, err := newTestClient(t, server.URL).Uploads.Create(t.Context(), u)
			var source *SourceError
			if !errors.As(err, &source) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want a source error that says %q", err, tt.want)
			}
			if whole.Load() != 0 {
				t.Error("a whole request arrived")
			}
		})
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestAnUploadThatStallsEndsAndOneThatCrawlsDoesNot(t *testing.T) {
	t.Parallel()
	t.Run("stalls", func(t *testing.T) {
		t.Parallel()
		release := make(chan struct{})
		server := newStage(t, func(http.ResponseWriter, *http.Request) { <-release })
		t.Cleanup(func() { close(release) })
		client := newTestClient(t, server.URL)
		client.stall = 100 * time.Millisecond
		_, err := client.Uploads.Create(t.Context(), uploadOf(jpegOf(1000)))
		if verdictOf(err) != "uncertain" || !strings.Contains(err.Error(), "no byte moved within 100ms") {
			t.Errorf("got %v, want uncertain after a stall", err)
		}
	})
	t.Run("answers for ever", func(t *testing.T) {
		t.Parallel()
		server := newStage(t, dripping)
		client := newTestClient(t, server.URL, func(o *Options) { o.Timeout = 300 * time.Millisecond })
		client.stall = 300 * time.Millisecond
		_, err := client.Uploads.Create(t.Context(), uploadOf(jpegOf(1000)))
		if verdictOf(err) != "uncertain" || !strings.Contains(err.Error(), "no whole answer within 300ms") {
			t.Errorf("got %v, want uncertain after a time", err)
		}
	})
	t.Run("crawls", func(t *testing.T) {
		t.Parallel()
		server := newStage(t, says(200, `{"success":true,"data":{"path":"p","size":20}}`))
		client := newTestClient(t, server.URL, func(o *Options) { o.Timeout = time.Millisecond })
		client.stall = 2 * time.Second
		u := uploadOf(jpegOf(20))
		u.Open = func() (io.ReadCloser, error) { return io.NopCloser(&crawler{left: jpegOf(20)}), nil }
		if _, err := client.Uploads.Create(t.Context(), u); err != nil {
			t.Errorf("got %v, want done: uploads have no total time", err)
		}
	})
}

// dripping sends a blank now and then until the caller goes away.
func dripping(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := io.WriteString(w, " "); err != nil || http.NewResponseController(w).Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
		}
	}
}

// crawler yields one byte at a time.
type crawler struct{ left []byte }

func (c *crawler) Read(p []byte) (int, error) {
	if len(c.left) == 0 {
		return 0, io.EOF
	}
	p[0], c.left = c.left[0], c.left[1:]
	return 1, nil
}

func TestTheFileIsClosed(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{"done": says(200, `{"success":true,"data":{"path":"p","size":600}}`), "lost": dies} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newStage(t, handler)
			closed := make(chan struct{})
			u := uploadOf(jpegOf(600))
			u.Open = func() (io.ReadCloser, error) {
				return struct {
					io.Reader
					io.Closer
				}{bytes.NewReader(jpegOf(600)), closer(func() { close(closed) })}, nil
			}
			_, _ = newTestClient(t, server.URL).Uploads.Create(t.Context(), u)
			select {
			case <-closed:
			case <-time.After(5 * time.Second):
				t.Error("the file was left open")
			}
		})
	}
}

type closer func()

func (c closer) Close() error { c(); return nil }

func TestFileName(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, want string }{
		{"photo.jpg", "photo.jpg"}, {"/a/b/photo.jpeg", "photo.jpg"}, {`C:\x\photo.png`, "photo.jpg"},
		{"shell.php.jpg", "shell_php.jpg"}, {"a\"\r\nX: y.jpg", "a___X__y.jpg"}, {"..", "image.jpg"}, {"", "image.jpg"},
		{".jpg", "image.jpg"}, {"-", "image.jpg"}, {strings.Repeat("a", 5000), strings.Repeat("a", 100) + ".jpg"},
	}
	for _, tt := range tests {
		if got := fileName(tt.name, ".jpg"); got != tt.want {
			t.Errorf("%.40q: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func FuzzFileName(f *testing.F) {
	f.Add("photo.jpg")
	f.Add("\"; filename=\"x.php")
	f.Fuzz(func(t *testing.T, name string) {
		got := fileName(name, ".png")
		if len(got) > 104 || strings.ContainsAny(got, "\"\\/\r\n\x00 ;") || strings.Count(got, ".") != 1 {
			t.Fatalf("%q became %q", name, got)
		}
	})
}
