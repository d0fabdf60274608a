package platform

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxRequest is the largest body that the platform's web server takes, in bytes.
const maxRequest = 8 << 20

// RawService makes any call at all with the client's rules: one origin, no redirect, bounded answers, no change sent twice.
type RawService struct{ c *Client }

// RawCall is one call for which there is no method of its own.
type RawCall struct {
	// Method is GET, POST, PUT, PATCH or DELETE, in any case.
	Method string
	// Path begins with / and is appended to the client's address. It may carry a query.
	Path string
	// Query is added to that of Path.
	Query url.Values
	// Body is the JSON to send, nil for none. Numbers keep their digits.
	Body json.RawMessage
	// Anonymous keeps the token at home.
	Anonymous bool
}

// RawAnswer is a success of the platform.
type RawAnswer struct {
	// Status is the HTTP status, 200 to 299.
	Status int
	// Body is the JSON as it came, envelope and secrets included: see RawService.Mask.
	Body json.RawMessage
}

// CallError says that a raw call cannot be made as it was asked for. Nothing was sent.
type CallError struct {
	// What is the part of the call: "method", "path", "body".
	What string
	// Reason completes "<what> …".
	Reason string
}

func (e *CallError) Error() string { return e.What + " " + e.Reason }

// RawMethods are the methods of a RawCall. HEAD is none of them: an answer without a body proves nothing here.
func RawMethods() []string {
	return []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
}

// Validate returns *CallError when the call cannot be made.
func (r RawCall) Validate() error {
	_, err := r.call()
	return err
}

// Do makes the call. A GET is repeated like every read; everything else counts as a change and is sent once. The answer is a
// success only where it is one everywhere: JSON that does not say success:false. Its errors are *CallError, *PlaintextError and
// those of every other call.
func (s *RawService) Do(ctx context.Context, r RawCall) (RawAnswer, error) {
	k, err := s.prepare(r)
	if err != nil {
		return RawAnswer{}, err
	}
	a, err := s.c.send(ctx, k)
	if err != nil {
		return RawAnswer{}, err
	}
	if reason := nobodysWord(k, a); reason != "" {
		return RawAnswer{}, s.c.mistaken(k, a.from, reason)
	}
	return RawAnswer{Status: a.from.status, Body: a.from.body}, nil
}

// nobodysWord is why an answer proves nothing: a change is not done because of a null or a text, and an answer that was packed
// into a text may still say that it failed.
func nobodysWord(k call, a answer) string {
	if _, ok := openEnvelope(unpack(a.data)); !ok && a.top == nil {
		return "packed into a text, it says that it failed"
	}
	if _, list := a.data.([]any); k.changes && a.top == nil && !list {
		return kindOf(a.data) + " where an object belongs"
	}
	return ""
}

// prepare also keeps a password off an open road, since here the client cannot know what a body means.
func (s *RawService) prepare(r RawCall) (call, error) {
	k, err := r.call()
	if err != nil {
		return k, err
	}
	if k.secret = secretIn(r.Body); k.secret != "" {
		err = s.c.checkPlaintext(s.c.base)
	}
	return k, err
}

func (r RawCall) call() (call, error) {
	method := strings.ToUpper(r.Method)
	if !slices.Contains(RawMethods(), method) {
		return call{}, &CallError{"method", "must be one of " + strings.Join(RawMethods(), ", ")}
	}
	path, query, err := splitPath(r.Path)
	if err != nil {
		return call{}, err
	}
	for key, values := range r.Query {
		query[key] = append(query[key], values...)
	}
	k := call{method: method, path: path, query: query, anonymous: r.Anonymous,
		changes: method != http.MethodGet, creates: method == http.MethodPost}
	if r.Body == nil {
		return k, nil
	}
	k.body = r.Body
	return k, checkRawBody(method, r.Body)
}

func checkRawBody(method string, body json.RawMessage) error {
	switch {
	case method == http.MethodGet:
		return &CallError{"body", "does not go with GET"}
	case len(body) > maxRequest:
		return &CallError{"body", "is larger than 8 MiB, which the platform does not take"}
	}
	if _, err := parseJSON(body); err != nil {
		return &CallError{"body", "is no single JSON value: " + err.Error()}
	}
	return nil
}

// splitPath keeps a call on the client's origin and below its prefix.
func splitPath(text string) (path string, query url.Values, err error) {
	raw, rawQuery, _ := strings.Cut(text, "?")
	lower := strings.ToLower(raw)
	switch {
	case len(text) > maxURL:
		return "", nil, &CallError{"path", "is longer than 2048 characters"}
	case !strings.HasPrefix(raw, "/"):
		return "", nil, &CallError{"path", "must begin with /, such as /api/v2/deposits; the address comes from the profile"}
	case strings.Contains(text, "#"):
		return "", nil, &CallError{"path", "must not hold a fragment"}
	case strings.Contains(lower, "%2f") || strings.Contains(lower, "%5c"):
		return "", nil, &CallError{"path", "must not hold an encoded slash"}
	}
	path, err = url.PathUnescape(raw)
	if err != nil {
		return "", nil, &CallError{"path", "holds a % that encodes nothing"}
	}
	if query, err = url.ParseQuery(rawQuery); err != nil {
		return "", nil, &CallError{"path", "holds a query that cannot be read"}
	}
	return path, query, checkPath(path)
}

func checkPath(path string) error {
	switch {
	case strings.ContainsFunc(path, isControl) || !utf8.ValidString(path):
		return &CallError{"path", "holds control characters, or bytes that are no text"}
	case strings.Contains(path, `\`):
		return &CallError{"path", "must not hold a backslash"}
	case strings.Contains(path, "//"):
		return &CallError{"path", "must not hold //"}
	}
	for part := range strings.SplitSeq(path, "/") {
		if part == "." || part == ".." {
			return &CallError{"path", "must not hold . or .. as a part"}
		}
	}
	return nil
}
