package platform

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestARawCallStaysOnItsPlatform(t *testing.T) {
	t.Parallel()
	server := newStage(t, says(200, `{"success":true}`))
	c := newTestClient(t, server.URL+"/prefix")
	for _, path := range []string{"", "x", "http://127.0.0.1:1/x", "//127.0.0.1:1/x", "/a//b", "/../x", "/a/..", "/./x", "/%2e%2e/x", "/a%2fb", "/a%5Cb",
		`/a\b`, "/a\nb", "/a%0ab", "/a%00b", "/a%zzb", "/a#b", "/a?%zz", "/" + strings.Repeat("a", 3000), "/a%ff"} {
		_, err := c.Raw.Do(t.Context(), RawCall{Method: "GET", Path: path})
		var refused *CallError
		if !errors.As(err, &refused) {
			t.Errorf("%.40q: got %v", path, err)
		}
	}
	if n := server.count(); n != 0 {
		t.Fatalf("%d requests left", n)
	}
	for path, want := range map[string]string{
		"/api/v2/x": "/prefix/api/v2/x", "/a b": "/prefix/a%20b", "/a?b=1&b=2": "/prefix/a?b=1&b=2", "/a%20b?c=%26": "/prefix/a%20b?c=%26",
		"/a/@127.0.0.1:1/": "/prefix/a/@127.0.0.1:1/", "/a?x=//y/..": "/prefix/a?x=%2F%2Fy%2F..",
	} {
		if _, err := c.Raw.Do(t.Context(), RawCall{Method: "get", Path: path}); err != nil {
			t.Errorf("%q: %v", path, err)
			continue
		}
		if r, _ := server.last(t); r.RequestURI != want || r.Header.Get("Authorization") != "Bearer "+canary {
			t.Errorf("%q: asked for %s, want %s", path, r.RequestURI, want)
		}
	}
}

func TestARawBodyKeepsItsDigits(t *testing.T) {
	t.Parallel()
	server := newStage(t, says(201, `{"success":true,"data":{"id":1}}`))
	c := newTestClient(t, server.URL)
	body := `{"weight": 0.2500, "n": 12345678901234567890, "text": "<é>"}`
	a, err := c.Raw.Do(t.Context(), RawCall{Method: "post", Path: "/x", Body: json.RawMessage(body), Query: url.Values{"a": {"b"}}})
	if err != nil || a.Status != 201 || string(a.Body) != `{"success":true,"data":{"id":1}}` {
		t.Fatalf("got %+v, %v", a, err)
	}
	r, sent := server.last(t)
	if !strings.Contains(sent, "0.2500") || !strings.Contains(sent, "12345678901234567890") || r.Method != "POST" || r.URL.RawQuery != "a=b" {
		t.Errorf("sent %s %s: %s", r.Method, r.URL, sent)
	}
	for name, call := range map[string]RawCall{
		"a body with GET":           {Method: "GET", Path: "/x", Body: json.RawMessage("{}")},
		"a method that is none":     {Method: "HEAD", Path: "/x"},
		"half a body":               {Method: "POST", Path: "/x", Body: json.RawMessage(`{"a":`)},
		"two bodies":                {Method: "POST", Path: "/x", Body: json.RawMessage(`{} {}`)},
		"an empty body":             {Method: "POST", Path: "/x", Body: json.RawMessage("")},
		"a body that is too large":  {Method: "POST", Path: "/x", Body: json.RawMessage(`"` + strings.Repeat("a", maxRequest) + `"`)},
		"a body that is too nested": {Method: "POST", Path: "/x", Body: json.RawMessage(strings.Repeat("[", 99) + strings.Repeat("]", 99))},
	} {
		var refused *CallError
		if err := call.Validate(); !errors.As(err, &refused) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestARawChangeIsSentOnceAndARawReadAgain(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		method  string
		handler http.HandlerFunc
		asked   int
		unknown bool
	}{
		{"a lost answer to a change", "POST", dies, 1, true},
		{"a lost answer to a deletion", "DELETE", dies, 1, true},
		{"a server error after a change", "PUT", says(500, `{"message":"Server Error"}`), 1, true},
		{"no content", "DELETE", answers(204, "", ""), 1, true},
		{"a page for browsers", "PATCH", answers(200, "text/html", "<p>"), 1, true},
		{"a success that says it is none", "POST", says(200, `{"success":false,"message":"no"}`), 1, true},
		{"a success that says in a text that it is none", "POST", says(200, `"{\"success\":false}"`), 1, true},
		{"a success that says null", "POST", says(200, `null`), 1, true},
		{"a success in a text", "PUT", says(200, `"{\"success\":true}"`), 1, true},
		{"a read that says in a text that it failed", "GET", says(200, `"{\"success\":false}"`), 1, false},
		{"a redirect", "POST", answers(302, "text/html", "", "Location", "/login"), 1, false},
		{"a lost answer to a read", "GET", dies, DefaultReadAttempts, false},
		{"a read that says it failed", "GET", says(200, `{"success":false,"message":"no"}`), 1, false},
		{"an empty answer to a read", "GET", answers(200, "application/json", ""), 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := newStage(t, tt.handler)
			_, err := newTestClient(t, server.URL).Raw.Do(t.Context(), RawCall{Method: tt.method, Path: "/x"})
			var unknown *UncertainError
			if err == nil || errors.As(err, &unknown) != tt.unknown || server.count() != tt.asked {
				t.Errorf("got %v after %d requests", err, server.count())
			}
		})
	}
}

func TestARawCallKeepsSecretsAtHome(t *testing.T) {
	t.Parallel()
	server := newStage(t, says(422, `{"message":"hunter22 is no password"}`))
	c := newTestClient(t, server.URL)
	body := json.RawMessage(`{"user":{"password":"hunter22"}}`)
	_, err := c.Raw.Do(t.Context(), RawCall{Method: "POST", Path: "/x", Body: body, Anonymous: true})
	if err == nil || strings.Contains(fmt.Sprintf("%v %+v", err, err), "hunter22") {
		t.Errorf("got %v", err)
	}
	if r, _ := server.last(t); r.Header.Get("Authorization") != "" {
		t.Error("an anonymous call carried the token")
	}
	open, err := New(Options{URL: "http://203.0.113.7"})
	if err != nil {
		t.Fatal(err)
	}
	var plain *PlaintextError
	if _, err := open.Raw.Do(t.Context(), RawCall{Method: "POST", Path: "/x", Body: body}); !errors.As(err, &plain) {
		t.Errorf("a password in the open: %v", err)
	}
}

func TestMaskHidesSecretsAndNothingElse(t *testing.T) {
	t.Parallel()
	c := newTestClient(t, "http://127.0.0.1:1")
	tests := []struct{ name, body, want string }{
		{"nothing to hide", `{"b": 1, "a": [true, null, "x<>&é"], "n": 0.500, "big": 12345678901234567890}`,
			`{"b":1,"a":[true,null,"x<>&é"],"n":0.500,"big":12345678901234567890}`},
		{"keys and pins", `{"api_key":"k","admin_access_pin":"1234","pin":1234,"apiKey":"k"}`,
			`{"api_key":"********","admin_access_pin":"********","pin":"********","apiKey":"********"}`},
		{"tokens", `{"token":"t","access_token":"t","remote-token":"t","session_token":"s"}`,
			`{"token":"********","access_token":"********","remote-token":"********","session_token":"s"}`},
		{"what is no secret", `{"shipping":"x","spinning":"x","key":"x","token_file":"x","tokens_used":3}`,
			`{"shipping":"x","spinning":"x","key":"x","token_file":"x","tokens_used":3}`},
		{"empty secrets", `{"token":"","password":null,"api_key":false}`, `{"token":"","password":null,"api_key":false}`},
		{"deep below a secret", `{"token":{"a":["b",{"c":5}]}}`, `{"token":{"a":["********",{"c":"********"}]}}`},
		{"JSON in a text", `{"config":"{\"api_key\": \"k\", \"a\": 1}"}`, `{"config":"{\"api_key\":\"********\",\"a\":1}"}`},
		{"JSON in a text without secrets stays", `{"config":"{ \"a\": 1 }"}`, `{"config":"{ \"a\": 1 }"}`},
		{"JSON in JSON in a text", `["\"{\\\"pin\\\":\\\"1\\\"}\""]`, `["\"{\\\"pin\\\":\\\"********\\\"}\""]`},
		{"a token by its shape", `["Bearer abcdefgh", "12|abcdefghijklmnopqrstuvwxyz", "rvm_abcdefghijklmnop1"]`, `["********","********","********"]`},
		{"several of them", `{"tokens":["a","b"],"pins":[1],"api_keys":{"x":"y"},"address":"Main St"}`,
			`{"tokens":["********","********"],"pins":["********"],"api_keys":{"x":"********"},"address":"Main St"}`},
		{"inside an address", `["http://h/x?a=1&token=t&session_token=s","http://bob:pw@h/","http://h/remote/abcdefghijklmnopq"]`,
			`["http://h/x?a=1&token=********&session_token=s","http://********@h/","http://h/remote/********"]`},
		{"a piece of JSON in a text", `["log: {\"a\":1,\"api_key\":\"k\\\"k\"","{\"a\":{\"pin\": 12"]`,
			`["log: {\"a\":1,\"api_key\":********","{\"a\":{\"pin\":********"]`},
		{"our own token", `{"echo":"it was ` + canary + `!"}`, `{"echo":"it was ********!"}`},
		{"in a name", `{"rvm_abcdefghijklmnop1":1,"12|abcdefghijklmnopqrstuvwxyz":{"a":2}}`, `{"********":1,"********":{"a":2}}`},
		{"an older key by its shape", `{"message":"key RVM_001_ABCDEFGH, code RVM_001"}`, `{"message":"key ********, code RVM_001"}`},
		{"pins in other spellings", `{"rvm.pin":"1","rvmPin":2,"access-pins":[3],"spin":4,"Pin":5}`,
			`{"rvm.pin":"********","rvmPin":"********","access-pins":["********"],"spin":4,"Pin":"********"}`},
		{"the same key twice", `{"pin":1,"pin":2}`, `{"pin":"********","pin":"********"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := c.Raw.Mask(json.RawMessage(tt.body))
			if err != nil || string(got) != tt.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, tt.want)
			}
		})
	}
	if _, err := c.Raw.Mask(json.RawMessage(`{"a"`)); err == nil {
		t.Error("half of a body was masked")
	}
	packed := `"secret"`
	for range maxPacked + 2 {
		raw, _ := json.Marshal(`{"a":` + packed + `,"token":"deep-secret"}`)
		packed = string(raw)
	}
	if got, err := c.Raw.Mask(json.RawMessage(packed)); err != nil || bytes.Contains(got, []byte("deep-secret")) {
		t.Errorf("packed too often: %s, %v", got, err)
	}
}

func TestMaskObjectKeepsTheRest(t *testing.T) {
	t.Parallel()
	in := map[string]any{"pos_key": "x", "api_key": "k", "n": json.Number("0.500"), "deep": []any{map[string]any{"pin": json.Number("1234")}}}
	if got := fmt.Sprint(MaskObject(in)); got != "map[api_key:******** deep:[map[pin:********]] n:0.500 pos_key:x]" {
		t.Errorf("got %s", got)
	}
	if MaskObject(nil) != nil || in["api_key"] != "k" {
		t.Error("nothing became something, or the original was changed")
	}
}

func TestRawRowsOfEveryShape(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		rows       []string
	}{
		{"a paginator", `{"success":true,"data":{"current_page":1,"data":[{"id":1},{"id":2}],"last_page":1,"total":2}}`, []string{`{"id":1}`, `{"id":2}`}},
		{"a list beside its figures", `{"success":true,"data":[{"id":"1"}],"pagination":{"current_page":1,"last_page":1,"total":1}}`, []string{`{"id":"1"}`}},
		{"a named list", `{"success":true,"data":{"sessions":[{"id":1}],"pagination":{"current_page":1,"last_page":1,"total":1}}}`, []string{`{"id":1}`}},
		{"a plain list", `{"success":true,"data":[3,3,"x",null]}`, []string{"3", "3", `"x"`, "null"}},
		{"a bare list", `[{"b":1,"a":0.50}]`, []string{`{"a":0.50,"b":1}`}},
		{"nothing", `{"success":true,"data":[]}`, []string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := newStage(t, says(200, tt.body))
			all, err := newTestClient(t, server.URL).Raw.All(t.Context(), RawCall{Method: "GET", Path: "/x?a=b"})
			if err != nil || all.Status != 200 || all.Pages != 1 {
				t.Fatalf("got %+v, %v", all, err)
			}
			if got, want := fmt.Sprintf("%s", all.Rows), fmt.Sprintf("%s", tt.rows); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			if r, _ := server.last(t); r.URL.RawQuery != "a=b&page=1&per_page=100" {
				t.Errorf("asked %s", r.URL)
			}
		})
	}
}

func TestRawRowsAreWholeOrAnError(t *testing.T) {
	t.Parallel()
	inOrder := func(_, _, place int) int { return place }
	get := RawCall{Method: "GET", Path: "/x"}
	server := newStage(t, shelf(250, 250, inOrder))
	if all, err := newTestClient(t, server.URL).Raw.All(t.Context(), get); err != nil || len(all.Rows) != 250 || all.Pages != 3 {
		t.Errorf("got %d rows, %v", len(all.Rows), err)
	}
	missing := newStage(t, shelf(250, 249, inOrder))
	var incomplete *IncompleteListError
	if _, err := newTestClient(t, missing.URL).Raw.All(t.Context(), get); !errors.As(err, &incomplete) {
		t.Errorf("got %v", err)
	}
	endless := newStage(t, func(w http.ResponseWriter, r *http.Request) {
		says(200, fmt.Sprintf(`{"data":[{"id":%d}],"pagination":{"last_page":999999999,"total":9,"current_page":1}}`, number(r, "page", 1)))(w, r)
	})
	var long *LongListError
	if _, err := newTestClient(t, endless.URL).Raw.All(t.Context(), get); !errors.As(err, &long) || endless.count() != maxRawPages {
		t.Errorf("got %v after %d pages", err, endless.count())
	}
	unnumbered := newStage(t, func(w http.ResponseWriter, r *http.Request) {
		page, next := number(r, "page", 1), `"http://127.0.0.1:1/x"`
		if page == 3 {
			next = "null"
		}
		says(200, fmt.Sprintf(`{"success":true,"data":{"current_page":%d,"data":[{"id":%d}],"next_page_url":%s}}`, page, page, next))(w, r)
	})
	if all, err := newTestClient(t, unnumbered.URL).Raw.All(t.Context(), get); err != nil || len(all.Rows) != 3 || unnumbered.count() != 3 {
		t.Errorf("pages without a last one: got %d rows of %d pages, %v", len(all.Rows), unnumbered.count(), err)
	}
	var none *NoListError
	for _, beside := range []string{`"links":{"next":"http://127.0.0.1:1/x"}`, `"meta":{"next_cursor":"abc"}`, `"next_page_url":"/x"`} {
		odd := newStage(t, says(200, `{"success":true,"data":[{"id":1}],`+beside+`}`))
		if _, err := newTestClient(t, odd.URL).Raw.All(t.Context(), get); !errors.As(err, &none) || !none.Odd {
			t.Errorf("%s: got %v", beside, err)
		}
	}
	single := newStage(t, says(200, `{"success":true,"data":{"id":1}}`))
	if _, err := newTestClient(t, single.URL).Raw.All(t.Context(), get); !errors.As(err, &none) {
		t.Errorf("got %v", err)
	}
	var refused *CallError
	for _, call := range []RawCall{{Method: "POST", Path: "/x"}, {Method: "GET", Path: "/x?page=2"}} {
		if _, err := newTestClient(t, single.URL).Raw.All(t.Context(), call); !errors.As(err, &refused) {
			t.Errorf("%+v: got %v", call, err)
		}
	}
}

func FuzzMask(f *testing.F) {
	for _, seed := range []string{`{"token":"hunter22","a":[1,{"b":"{\"pin\":1}"}]}`, `"x"`, `[1e999,-0.0]`, `{"a":"\ud800"}`} {
		f.Add([]byte(seed))
	}
	c, err := New(Options{URL: "http://127.0.0.1:1"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		masked, err := c.Raw.Mask(body)
		if err != nil {
			return
		}
		if !json.Valid(masked) || bytes.ContainsAny(masked, "\n\t") {
			t.Fatalf("%q became %q", body, masked)
		}
		again, err := c.Raw.Mask(masked)
		if err != nil || !bytes.Equal(again, masked) {
			t.Fatalf("%q became %q and then %q", body, masked, again)
		}
	})
}

func FuzzRawPath(f *testing.F) {
	for _, seed := range []string{"/api/v2/x?a=b", "//x", "/%2e%2e/x", "/a%2f..%2fb", `/\x`} {
		f.Add(seed)
	}
	base, _ := url.Parse("http://127.0.0.1:1/prefix")
	f.Fuzz(func(t *testing.T, text string) {
		path, query, err := splitPath(text)
		if err != nil {
			return
		}
		target := *base
		target.Path, target.RawQuery = base.Path+path, query.Encode()
		back, err := url.Parse(target.String())
		if err != nil || back.Host != base.Host || back.User != nil || !strings.HasPrefix(back.JoinPath().Path, "/prefix") {
			t.Fatalf("%q leads to %v, %v", text, back, err)
		}
	})
}
