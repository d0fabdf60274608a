package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestJSONWithEscapes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a/b": `"a\/b"`, "é": `"\u00e9"`, "你": `"\u4f60"`, "😀": `"\ud83d\ude00"`, "<&>": `"<&>"`, "\x00\n": `"\u0000\n"`,
	} {
		if got, err := phpJSON(in, false); err != nil || string(got) != want {
			t.Errorf("phpJSON(%q) = %s (%v), want %s", in, got, err, want)
		}
	}
	if got, _ := phpJSON(map[string]string{"message": "a/b"}, true); string(got) != "{\n    \"message\": \"a/b\"\n}" {
		t.Errorf("pretty form is %q", got)
	}
}

func TestBodiesAreReadAsPHPReadsThem(t *testing.T) {
	t.Parallel()
	for _, v := range []struct {
		name, media, body, query string
		want                     input
	}{
		{"json", "application/json", `{"a":" x ","b":"","n":1,"f":1.0,"password":" p "}`, "",
			input{"a": "x", "b": nil, "n": int64(1), "f": 1.0, "password": " p "}},
		{"json with more behind it", "application/json", `{"a":1} {"b":2}`, "", input{}},
		{"json list", "application/json", `[1]`, "", input{}},
		{"text", "text/plain", `{"a":1}`, "", input{}},
		{"form", "application/x-www-form-urlencoded", "a=1&m[x]=y&l[]=p&l[]=q", "",
			input{"a": "1", "m": map[string]any{"x": "y"}, "l": []any{"p", "q"}}},
		{"the body wins over the query", "application/json", `{"a":1}`, "a=2&b=3", input{"a": int64(1), "b": "3"}},
		{"multipart without a boundary", "multipart/form-data", "--x--", "", input{}},
		{"odd brackets", "application/x-www-form-urlencoded", "[a]=1&b[=2", "", input{"[a]": "1", "b[": "2"}},
	} {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest("POST", "/?"+v.query, strings.NewReader(v.body))
			r.Header.Set("Content-Type", v.media)
			got, err := readInput(r, maxBody)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(v.want, got); d != "" {
				t.Errorf("fields (-want +got):\n%s", d)
			}
		})
	}
}

// TestWhatIsTooLargeIsRefusedByWhoeverSeesItFirst sends bodies whole and in chunks, which tell nobody their length before.
func TestWhatIsTooLargeIsRefusedByWhoeverSeesItFirst(t *testing.T) {
	t.Parallel()
	p := open(t)
	for _, v := range []struct {
		name         string
		size, header int
		status       int
		media        string
	}{
		{"eight megabytes", maxBody, 0, 401, "application/json"},
		{"a byte more", maxBody + 1, 0, 413, "application/json"},
		{"what the proxy lets through", maxProxyBody, 0, 413, "application/json"},
		{"a byte more than that", maxProxyBody + 1, 0, 413, "text/html; charset=UTF-8"},
		{"a long header", 0, maxProxyHeader, 400, "text/html; charset=UTF-8"},
		{"a header that fits", 0, maxProxyHeader - len("X-Long: "), 401, "application/json"},
	} {
		for _, chunked := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, chunked %t", v.name, chunked), func(t *testing.T) {
				t.Parallel()
				r, err := http.NewRequestWithContext(t.Context(), "POST", p.url+"/api/v2/deposits",
					io.LimitReader(blanks{}, int64(v.size)))
				if err != nil {
					t.Fatal(err)
				}
				r.Header = http.Header{"Accept": {"application/json"}, "X-Long": {strings.Repeat("x", v.header)}}
				if !chunked {
					r.ContentLength = int64(v.size)
				}
				got, err := http.DefaultTransport.RoundTrip(r)
				if err != nil {
					t.Fatal(err)
				}
				_ = got.Body.Close()
				if media := got.Header.Get("Content-Type"); got.StatusCode != v.status || media != v.media {
					t.Errorf("got %d %s, want %d %s", got.StatusCode, media, v.status, v.media)
				}
			})
		}
	}
}

// blanks are blanks without end.
type blanks struct{}

// Read fills p.
func (blanks) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// FuzzReadInput reads arbitrary bodies without a database behind: what was read must be writable as JSON again, infinite
// numbers excepted, which JSON cannot hold.
func FuzzReadInput(f *testing.F) {
	f.Add("application/json", []byte(`{"a":[1,2.5,{"b":"é"}],"n":-1e5}`), "x[]=1")
	f.Add("application/x-www-form-urlencoded", []byte("a[b]=c&d=%ff"), "")
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--"), "")
	f.Fuzz(func(t *testing.T, media string, body []byte, query string) {
		r := httptest.NewRequest("POST", "/", bytes.NewReader(body))
		r.URL.RawQuery = query
		r.Header.Set("Content-Type", media)
		fields, err := readInput(r, maxBody)
		if err != nil {
			t.Fatalf("a body below its limit is refused: %v", err)
		}
		var infinite *json.UnsupportedValueError
		written, err := phpJSON(map[string]any(fields), false)
		if err != nil && !errors.As(err, &infinite) {
			t.Fatal(err)
		}
		if err == nil && !json.Valid(written) {
			t.Errorf("%q is no JSON", written)
		}
	})
}

// FuzzRequests sends arbitrary bodies to every kind of reader: the sandbox may refuse them, and must answer.
func FuzzRequests(f *testing.F) {
	for media, body := range map[string]string{
		"application/json":                  `{"rvm_id":1,"detections":[{"class":"a","confidence":0.5,"bbox":[1,2,3,4]}],"weight":1e400}`,
		"application/x-www-form-urlencoded": "email=a&metadata[x]=1&l[]=2",
		"multipart/form-data; boundary=x":   "--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\nGIF89a\r\n--x--",
	} {
		f.Add(media, []byte(body), "page=2&per_page=-1")
	}
	s, err := Open(Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	token := fuzzToken(f, s)
	paths := []string{"auth/login", "deposits", "detection-results", "processing-engines", "upload", "rvms/1/metrics",
		"rvm/session/create", "trigger-processing"}
	f.Fuzz(func(t *testing.T, media string, body []byte, query string) {
		if len(media) > maxProxyHeader/2 {
			t.Skip("the proxy answers that, in HTML")
		}
		for _, path := range paths {
			r := httptest.NewRequest("POST", "/api/v2/"+path, bytes.NewReader(body))
			r.URL.RawQuery = query
			r.Header = http.Header{"Content-Type": {media}, "Accept": {"application/json"}, "Authorization": {"Bearer " + token}}
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, r)
			if !json.Valid(w.Body.Bytes()) {
				t.Errorf("%s answers %d %q", path, w.Code, w.Body)
			}
		}
	})
}

func fuzzToken(f *testing.F, s *Server) string {
	form := url.Values{"email": {"admin@myrvm.com"}, "password": {DemoPassword}}
	r := httptest.NewRequest("POST", "/api/v2/auth/login", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	var answer struct{ Data struct{ Token string } }
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer.Data.Token == "" {
		f.Fatalf("login: %s", w.Body)
	}
	return answer.Data.Token
}
