package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// clock is a clock that a test turns by hand.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.at.Store(time.Date(2026, 3, 4, 10, 0, 0, 123456000, time.UTC).UnixNano())
	return c
}

func (c *clock) now() time.Time          { return time.Unix(0, c.at.Load()) }
func (c *clock) advance(d time.Duration) { c.at.Add(int64(d)) }

// platform is a sandbox behind a real socket.
type platform struct {
	*Server
	t     *testing.T
	url   string
	clock *clock
}

func open(t *testing.T) *platform {
	t.Helper()
	c := newClock()
	s, err := Open(Options{Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		web.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &platform{Server: s, t: t, url: web.URL, clock: c}
}

// answer is what came back, with its JSON decoded where there was any.
type answer struct {
	status int
	header http.Header
	raw    string
	json   any
}

// get follows a dotted path into the JSON, with numbers for positions in lists.
func (a answer) get(path string) any {
	value := a.json
	for part := range strings.SplitSeq(path, ".") {
		switch inner := value.(type) {
		case map[string]any:
			value = inner[part]
		case []any:
			var i int
			if _, err := fmt.Sscan(part, &i); err != nil || i >= len(inner) {
				return nil
			}
			value = inner[i]
		default:
			return nil
		}
	}
	return value
}

func (p *platform) send(method, path, body string, headers ...string) answer {
	p.t.Helper()
	req, err := http.NewRequest(method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return p.do(req)
}

func (p *platform) do(req *http.Request) answer {
	p.t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	a := answer{status: res.StatusCode, header: res.Header, raw: string(raw)}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	_ = dec.Decode(&a.json)
	return a
}

// call sends JSON as an API client does; token may be empty.
func (p *platform) call(token, method, path, body string) answer {
	p.t.Helper()
	headers := []string{"Accept", "application/json", "Content-Type", "application/json"}
	if token != "" {
		headers = append(headers, "Authorization", "Bearer "+token)
	}
	return p.send(method, path, body, headers...)
}

func (p *platform) login(email string) string {
	p.t.Helper()
	a := p.call("", "POST", "/api/v2/auth/login", fmt.Sprintf(`{"email":%q,"password":%q}`, email, DemoPassword))
	token, _ := a.get("data.token").(string)
	if a.status != http.StatusOK || token == "" {
		p.t.Fatalf("login as %s: %d %s", email, a.status, a.raw)
	}
	return token
}

func (p *platform) admin() string { return p.login("admin@myrvm.com") }
func (p *platform) user() string  { return p.login("john.doe@example.com") }

// want fails the test when status or a value on a path differs. Values are compared as they print.
func (a answer) want(t *testing.T, status int, pairs ...any) {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.raw)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if got := a.get(pairs[i].(string)); fmt.Sprint(got) != fmt.Sprint(pairs[i+1]) {
			t.Errorf("%s = %v, want %v", pairs[i], got, pairs[i+1])
		}
	}
}

func TestFirstDay(t *testing.T) {
	t.Parallel()
	p := open(t)
	a := p.call("", "POST", "/api/v2/auth/login", `{"email":"admin@myrvm.com","password":"`+DemoPassword+`"}`)
	a.want(t, 200, "message", "Login successful", "data.user.role", "Super Admin", "data.token_type", "Bearer")
	token := a.get("data.token").(string)
	if !strings.HasPrefix(token, "2|") || len(token) != 50 {
		t.Errorf("first token is %q, want 2| and 48 characters", token)
	}
	p.call(token, "POST", "/api/v2/deposits", `{"rvm_id":1,"waste_type":"plastic","weight":0.5,"quantity":3}`).
		want(t, 201, "data.reward_amount", "1937.50", "data.deposit_id", 1, "data.status", "processing")
}
