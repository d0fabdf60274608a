package platform

import (
	"fmt"
	"net/http"
	"sort"
	"strings"
	"time"
)

// Error is a "no" of the platform: an answer that says what is wrong. Every text in it is the platform's, redacted and
// bounded. An Error inside an *UncertainError is not a "no": look for that type first.
type Error struct {
	// Status is the HTTP status; 2xx when the body said success:false all the same.
	Status int
	// Message is the platform's own sentence, or the standard text of the status when it sent none.
	Message string
	// Detail is the second text of some answers: an exception's words.
	Detail string
	// Fields holds the validator's messages by field name.
	Fields map[string][]string
	// CurrentStatus is the state that the platform named when it refused to process a deposit, else "".
	CurrentStatus string
	// Machine says that the call was about a machine's own identity, its API key or its machine token: a 401 says nothing
	// about the token of the client.
	Machine bool
	// Anonymous says that the call carried no token: a 401 only says that it needs one.
	Anonymous bool
	// Method and Path are of the request; Path has no query.
	Method, Path string
	// Host is host:port of the address that was asked, empty where the platform has only one.
	Host string
	// Body is the beginning of the raw answer.
	Body string
	// RetryAfter is how long the platform asked to wait, 0 to 15 minutes.
	RetryAfter time.Duration
	// Attempts and Elapsed tell what was spent on the call, waits included.
	Attempts int
	Elapsed  time.Duration
}

func (e *Error) Error() string {
	text := fmt.Sprintf("platform%s answered %d to %s %s: %q", atHost(e.Host), e.Status, e.Method, e.Path, oneLine(e.Message))
	if field := e.FieldText(); field != "" {
		text += " (" + field + ")"
	}
	return text
}

// FieldText lists the validator's messages in one line, "weight: Weight is required; …", sorted by field.
func (e *Error) FieldText() string {
	names := make([]string, 0, len(e.Fields))
	for name := range e.Fields {
		names = append(names, name)
	}
	sort.Strings(names)
	for i, name := range names {
		names[i] = oneLine(name + ": " + strings.Join(e.Fields[name], ", "))
	}
	return bound(strings.Join(names, "; "), maxMessage)
}

// NotFound says that the thing asked for does not exist for this user: 404, or the 500 that many controllers answer
// for a missing row. It is false when the route itself is missing.
func (e *Error) NotFound() bool {
	if e.RouteMissing() {
		return false
	}
	return e.Status == http.StatusNotFound || e.Status == http.StatusInternalServerError && e.noRow()
}

// RouteMissing says that this build of the platform lacks the endpoint: 405, or a 404 that names the route.
func (e *Error) RouteMissing() bool {
	return e.Status == http.StatusMethodNotAllowed || e.Status == http.StatusNotFound &&
		strings.HasPrefix(e.Message, "The route ") && strings.HasSuffix(e.Message, " could not be found.")
}

// Unauthenticated says that the token is missing, unknown or revoked, or that a login was wrong. The 401 for a wrong
// remote-access PIN is not one, nor the 401 for a machine's key or token: the login is still good.
func (e *Error) Unauthenticated() bool {
	return e.Status == http.StatusUnauthorized && !e.Machine && !strings.HasSuffix(e.Path, "/remote-access")
}

// MachineRefused says that the API key or the machine token that the call carried is wrong, expired or revoked.
func (e *Error) MachineRefused() bool { return e.Machine && e.Status == http.StatusUnauthorized }

// MachineClosed says that the platform could not reach the machine's port and therefore opened no remote access. It says so with
// the status of a platform that is away, and in words of its own; nothing was changed.
func (e *Error) MachineClosed() bool {
	return e.Status == http.StatusServiceUnavailable && strings.HasSuffix(e.Path, "/remote-access/start") && e.ofController()
}

// ofController says that the application itself refused: neither the framework nor a gateway before it says success:false.
func (e *Error) ofController() bool {
	v, err := parseJSON([]byte(e.Body))
	object, _ := v.(map[string]any)
	_, says := object["success"]
	return err == nil && says
}

// Temporary says that the same request may succeed later: 408, 425, 429, 500, 502, 503, 504.
func (e *Error) Temporary() bool {
	return temporary(e.Status) && !e.NotFound() && !e.MachineClosed()
}

// Refused says that the platform understood the request and will refuse it again: everything that is neither
// NotFound, RouteMissing, Unauthenticated nor Temporary.
func (e *Error) Refused() bool {
	return !(e.NotFound() || e.RouteMissing() || e.Unauthenticated() || e.Temporary())
}

// OlderEngineAPI says that an engine was refused for fields that only the platform's first engine API had.
func (e *Error) OlderEngineAPI() bool {
	for _, field := range []string{"status", "capabilities", "ip_address"} {
		if _, named := e.Fields[field]; named && strings.Contains(e.Path, "/processing-engines") {
			return true
		}
	}
	return false
}

// noRow recognises a missing row by the words of the framework's exception.
func (e *Error) noRow() bool {
	const words = "No query results for model"
	return strings.Contains(e.Message, words) || strings.Contains(e.Detail, words)
}

func temporary(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}
