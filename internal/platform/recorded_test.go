package platform

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/myrvm/rvmctl/internal/exchanges"
)

// record is one exchange with the real platform.
type record struct {
	Name    string
	Request struct {
		Method, Path string
		Body         string
	}
	Response struct {
		Status  int
		Headers map[string]string
		Body    string
	}
}

// mustRecords gives what the real platform was asked and answered, in that order.
func mustRecords(t *testing.T) []record {
	t.Helper()
	all, err := exchanges.All()
	if err != nil {
		t.Fatal(err)
	}
	records := make([]record, len(all))
	for i, x := range all {
		r := &records[i]
		r.Name, r.Request.Method, r.Request.Path, r.Request.Body = x.Name, x.Request.Method, x.Request.Path, string(x.Request.Body)
		r.Response.Status, r.Response.Headers, r.Response.Body = x.Response.Status, x.Response.Headers, string(x.Response.Body)
	}
	return records
}

// replay is a transport that answers every request with one recorded answer.
type replay struct {
	status  int
	headers map[string]string
	body    string
}

func (p replay) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
	header := http.Header{}
	for name, value := range p.headers {
		header.Set(name, value)
	}
	return &http.Response{StatusCode: p.status, Header: header, Body: io.NopCloser(strings.NewReader(p.body)), Request: r}, nil
}

// play sends the record's request through the matching service call, or raw where no service makes it.
func (r record) play(t *testing.T, routes []route, p replay) (err error, typed bool) {
	t.Helper()
	got := r.through(t, routes, p)
	return got.err, got.typed
}

// heard is what a call made of a recorded answer.
type heard struct {
	// model is the answer's body as the typed values keep it, nil without one.
	model any
	err   error
	typed bool
}

func (r record) through(t *testing.T, routes []route, p replay) heard {
	t.Helper()
	client, err := New(Options{URL: "http://127.0.0.1:1", Token: canary, Transport: p, ReadAttempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	path, _, _ := strings.Cut(r.Request.Path, "?")
	for _, candidate := range routes {
		if found := candidate.pattern.FindStringSubmatch(r.Request.Method + " " + path); found != nil {
			model, err := candidate.run(t.Context(), client, r.asked(found[len(found)-1]))
			return heard{model, err, true}
		}
	}
	raw := RawCall{Method: r.Request.Method, Path: r.Request.Path}
	if raw.Validate() == nil {
		answer, err := client.Raw.Do(t.Context(), raw)
		return heard{answer.Body, err, false}
	}
	_, err = client.send(t.Context(), call{method: r.Request.Method, path: path, changes: true})
	return heard{nil, err, false}
}

// want is the verdict that the contract gives to an answer of the real platform.
func (r record) want() string {
	status, body := r.Response.Status, r.Response.Body
	isHTML := strings.HasPrefix(r.Response.Headers["content-type"], "text/html")
	create := r.Request.Method == http.MethodPost && strings.HasPrefix(r.Request.Path, "/api/v2/deposits") && !strings.Contains(r.Request.Path, "/process")
	switch {
	case status >= 300 && status < 400:
		return "foreign"
	case isHTML && status >= 400 && status != 413 && status < 500:
		return "foreign"
	case status < 300 && (isHTML || body == ""):
		if r.Request.Method == http.MethodGet {
			return "foreign"
		}
		return "uncertain"
	case status < 300:
		return "done"
	case status == 401 && strings.Contains(r.Request.Path, "/remote-access"):
		return "refused"
	case status == 401:
		return "unauthenticated"
	case status == 405, strings.Contains(body, "The route "):
		return "route missing"
	case status == 404, !create && strings.Contains(body, "No query results for model"):
		return "not found"
	case status >= 500 && (r.Request.Method == http.MethodGet || strings.HasSuffix(r.Request.Path, "/login")):
		return "temporary"
	case status >= 500:
		return "uncertain"
	}
	return "refused"
}

func TestEveryRecordedAnswer(t *testing.T) {
	t.Parallel()
	records, routes, typed := mustRecords(t), typedRoutes(t), 0
	for _, r := range records {
		t.Run(r.Name, func(t *testing.T) {
			err, known := r.play(t, routes, replay{r.Response.Status, r.Response.Headers, r.Response.Body})
			if known {
				typed++
			}
			if got, want := verdictOf(err), r.want(); got != want {
				t.Errorf("got %s (%v), want %s", got, err, want)
			}
			if err != nil {
				checkWords(t, err)
				// The recordings have rows of one letter where tokens and keys were.
				for _, leak := range []string{"SQL:", "/platform/", strings.Repeat("x", 12), strings.Repeat("X", 8)} {
					if strings.Contains(everything(err), leak) {
						t.Errorf("%s shows in %s", leak, everything(err))
					}
				}
			}
		})
	}
	t.Logf("%d recorded answers judged, %d of them through a typed service call", len(records), typed)
}

// TestEveryRecordedAnswerDamaged breaks each answer in several ways: no panic, and nothing broken passes for done.
func TestEveryRecordedAnswerDamaged(t *testing.T) {
	t.Parallel()
	records, routes, damaged := mustRecords(t), typedRoutes(t), 0
	digits, seen := regexp.MustCompile(`[\d?].*`), map[string]bool{}
	for _, r := range records {
		// One answer of each kind is enough: the rest differ in figures.
		kind := fmt.Sprint(r.Request.Method, digits.ReplaceAllString(strings.TrimPrefix(r.Request.Path, "/api/v2"), ""), r.Response.Status)
		if seen[kind] {
			continue
		}
		seen[kind] = true
		body, headers := r.Response.Body, r.Response.Headers
		broken := []replay{
			{r.Response.Status, map[string]string{"Content-Type": "text/plain"}, body},
			{r.Response.Status, headers, ""},
			{200, map[string]string{"Content-Type": "application/json"}, `{"success":true,"data":"x"}`},
			{200, map[string]string{"Content-Type": "application/json"}, `{"success":"perhaps"}`},
		}
		for _, cut := range []int{1, len(body) / 3, len(body) / 2, len(body) - 1} {
			if cut > 0 && cut < len(body) {
				broken = append(broken, replay{r.Response.Status, headers, body[:cut]})
			}
		}
		for i, p := range broken {
			err, typed := r.play(t, routes, p)
			damaged++
			// Some answers have no payload that could be missing, and a raw call wants none.
			empty := strings.HasSuffix(r.Request.Path, "/logout") || r.Request.Method == http.MethodDelete
			if err == nil && typed && (i != 2 || !empty) {
				t.Errorf("%s, damage %d: %.80q passes for done", r.Name, i, p.body)
			}
			if err != nil {
				checkWords(t, err)
			}
		}
		// Wrong types: every digit string becomes a list, every quoted value a number.
		for _, swap := range [][2]string{{`"id":`, `"id":[[]],"x":`}, {`:"`, `:1,"y":"`}, {`{`, `[{`}, {`null`, `{}`}, {`[]`, `0`}} {
			err, _ := r.play(t, routes, replay{r.Response.Status, headers, strings.Replace(body, swap[0], swap[1], 3)})
			damaged++
			var foreign *NotPlatformError
			if errors.As(err, &foreign) && len(foreign.Reason) > 1000 {
				t.Errorf("%s: a reason of %d bytes", r.Name, len(foreign.Reason))
			}
		}
	}
	t.Logf("%d damaged answers", damaged)
}
