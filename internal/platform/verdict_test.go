package platform

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

const created = `{"success":true,"message":"ok","data":{"deposit_id":9,"waste_type":"plastic","quality_grade":"B",` +
	`"ai_confidence":"77.50","reward_amount":"1937.50","status":"processing","ai_analysis":{"confidence_score":77.5}}}`

// verdictOf names the type that decides what a caller does next.
func verdictOf(err error) string {
	var uncertain *UncertainError
	var unreachable *UnreachableError
	var foreign *NotPlatformError
	var limit *LimitError
	var refused *Error
	switch {
	case err == nil:
		return "done"
	case errors.As(err, &uncertain):
		return "uncertain"
	case errors.As(err, &unreachable):
		return fmt.Sprintf("unreachable sent=%t", unreachable.Sent)
	case errors.As(err, &foreign):
		return "foreign"
	case errors.As(err, &limit):
		return "limit"
	case errors.As(err, &refused):
		return refused.kind()
	}
	return err.Error()
}

func (e *Error) kind() string {
	names := []string{}
	for name, is := range map[string]bool{"not found": e.NotFound(), "route missing": e.RouteMissing(),
		"unauthenticated": e.Unauthenticated(), "temporary": e.Temporary(), "refused": e.Refused()} {
		if is {
			names = append(names, name)
		}
	}
	return strings.Join(names, "+")
}

func TestWhatAnAnswerMeans(t *testing.T) {
	t.Parallel()
	const page = "<!DOCTYPE html><title>Sign in</title>"
	tests := []struct {
		name    string
		handler http.HandlerFunc
		create  string
		read    string
	}{
		{"201 that names its deposit", says(201, created), "done", "foreign"},
		{"200 that names its deposit", says(200, created), "done", "foreign"},
		{"id instead of deposit_id", says(201, `{"success":true,"data":{"id":"9"}}`), "done", "foreign"},
		{"figures that cannot be read", says(201, `{"success":true,"data":{"deposit_id":9,"reward_amount":"lots"}}`), "done", "foreign"},
		{"deposit 0", says(201, `{"success":true,"data":{"deposit_id":0}}`), "uncertain", "foreign"},
		{"a negative deposit", says(201, `{"success":true,"data":{"deposit_id":-1}}`), "uncertain", "foreign"},
		{"no deposit at all", says(201, `{"success":true}`), "uncertain", "foreign"},
		{"data that is a list", says(201, `{"success":true,"data":[]}`), "uncertain", "foreign"},
		{"success false under 200", says(200, `{"success":false,"message":"no"}`), "uncertain", "refused"},
		{"json of another shape", says(200, `{"hello":"world"}`), "uncertain", "foreign"},
		{"a bare string", says(200, `"ok"`), "uncertain", "foreign"},
		{"null", says(200, `null`), "uncertain", "foreign"},
		{"html under 200", answers(200, "text/html; charset=UTF-8", page), "uncertain", "foreign"},
		{"json that calls itself html", answers(200, "text/html", created), "uncertain", "foreign"},
		{"no content type", answers(200, "", ""), "uncertain", "foreign"},
		{"204", answers(204, "", ""), "uncertain", "foreign"},
		{"an empty body", says(200, ""), "uncertain", "foreign"},
		{"truncated json", says(201, created[:40]), "uncertain", "foreign"},
		{"two values", says(201, created+created), "uncertain", "foreign"},
		{"half a body", cuts(201, created[:20]), "uncertain", "unreachable sent=true"},
		{"a redirect to the login page", answers(302, "text/html", page, "Location", "/login"), "foreign", "foreign"},
		{"a permanent redirect", answers(308, "text/html", page, "Location", "https://elsewhere.example/"), "foreign", "foreign"},
		{"a connection that dies", dies, "uncertain", "unreachable sent=true"},
		{"400", says(400, `{"success":false,"message":"no"}`), "refused", "refused"},
		{"401", says(401, `{"message":"Unauthenticated."}`), "unauthenticated", "unauthenticated"},
		{"403", says(403, `{"success":false,"message":"Insufficient permissions. Required roles: admin","user_role":"user"}`), "refused", "refused"},
		{"404 of a row", says(404, `{"success":false,"message":"Deposit not found"}`), "not found", "not found"},
		{"404 of a binding", says(404, `{"message":"No query results for model [App\\Models\\X] 9"}`), "not found", "not found"},
		{"404 of a route", says(404, "{\n    \"message\": \"The route api/v2/x could not be found.\"\n}"), "route missing", "route missing"},
		{"404 of another server", answers(404, "text/html", page), "foreign", "foreign"},
		{"404 in another dialect", says(404, `{"detail":"Not Found"}`), "foreign", "foreign"},
		{"405", says(405, `{"message":"The GET method is not supported for route x. Supported methods: POST."}`), "route missing", "route missing"},
		{"408", says(408, `{"message":"Request Timeout"}`), "temporary", "temporary"},
		{"409", says(409, `{"success":false,"message":"in use"}`), "refused", "refused"},
		{"413 of the application", says(413, `{"message":"The POST data is too large."}`), "refused", "refused"},
		{"413 of a web server", answers(413, "text/html", page), "refused", "refused"},
		{"419", says(419, `{"message":"CSRF token mismatch."}`), "refused", "refused"},
		{"422", says(422, `{"message":"Weight is required","errors":{"weight":["Weight is required"]}}`), "refused", "refused"},
		{"422 cut short", cuts(422, `{"message":`), "refused", "refused"},
		{"425", says(425, `{"message":"Too Early"}`), "temporary", "temporary"},
		{"429", says(429, `{"message":"Too Many Attempts."}`), "temporary", "temporary"},
		{"429 of a web server", answers(429, "text/html", page), "temporary", "temporary"},
		{"500", says(500, `{"success":false,"message":"Failed to create deposit","error":"x"}`), "uncertain", "temporary"},
		{"500 cut short", cuts(500, `{"mess`), "uncertain", "temporary"},
		{"500 of a missing row", says(500, `{"success":false,"message":"Failed","error":"No query results for model [App\\Models\\Deposit] 9"}`), "uncertain", "not found"},
		{"501", says(501, `{"message":"Not Implemented"}`), "uncertain", "refused"},
		{"502 of a web server", answers(502, "text/html", page), "uncertain", "temporary"},
		{"503 of maintenance mode", says(503, `{"message":"Service Unavailable"}`), "temporary", "temporary"},
		{"503 with a time to wait", answers(503, "text/html", page, "Retry-After", "60"), "temporary", "temporary"},
		{"503 of somebody else", answers(503, "text/html", page), "uncertain", "temporary"},
		{"504", answers(504, "text/html", page), "uncertain", "temporary"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := newStage(t, tt.handler)
			client := newTestClient(t, server.URL)
			_, err := client.Deposits.Create(t.Context(), validDeposit(t))
			if got := verdictOf(err); got != tt.create {
				t.Errorf("create: got %s (%v), want %s", got, err, tt.create)
			}
			if got := server.count(); got != 1 {
				t.Errorf("create arrived %d times, want 1", got)
			}
			if err != nil {
				checkWords(t, err)
			}
			_, err = client.Auth.Me(t.Context())
			if got := verdictOf(err); got != tt.read {
				t.Errorf("read: got %s (%v), want %s", got, err, tt.read)
			}
			if err != nil {
				checkWords(t, err)
			}
		})
	}
}

// checkWords holds every error to one short line without a secret.
func checkWords(t *testing.T, err error) {
	t.Helper()
	text := fmt.Sprintf("%v %+v %#v %q", err, err, err, err)
	if strings.Contains(text, canary) || strings.Contains(text, canary[3:]) {
		t.Errorf("the error shows the token: %s", text)
	}
	if line := err.Error(); strings.ContainsAny(line, "\r\n\t") || len(line) > 1500 || strings.HasSuffix(line, ".") {
		t.Errorf("not one plain line: %q", line)
	}
}

func TestChangesToSomethingThatExistsTrustAMissingRow(t *testing.T) {
	t.Parallel()
	server := newStage(t, says(500, `{"success":false,"message":"Failed to process deposit","error":"No query results for model [App\\Models\\Deposit] 9"}`))
	_, err := newTestClient(t, server.URL).Deposits.Process(t.Context(), 9, DepositProcess{Status: DepositCompleted})
	if got := verdictOf(err); got != "not found" {
		t.Errorf("got %s, want not found", got)
	}
}

func TestNothingWasSentWhenNobodyListens(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	client := newTestClient(t, "http://"+address)
	_, err = client.Deposits.Create(t.Context(), validDeposit(t))
	var unreachable *UnreachableError
	if !errors.As(err, &unreachable) || unreachable.Sent || unreachable.Host != address {
		t.Fatalf("got %v, want an unreachable %s to which nothing was sent", err, address)
	}
	if _, err = client.Auth.Me(t.Context()); !errors.As(err, &unreachable) || unreachable.Attempts != DefaultReadAttempts {
		t.Errorf("a read was tried %d times, want %d", unreachable.Attempts, DefaultReadAttempts)
	}
}

func TestNothingWasSentToAServerThatDoesNotSpeakTLS(t *testing.T) {
	t.Parallel()
	server := newStage(t, says(200, created))
	client := newTestClient(t, strings.Replace(server.URL, "http:", "https:", 1))
	_, err := client.Deposits.Create(t.Context(), validDeposit(t))
	if got := verdictOf(err); got != "unreachable sent=false" {
		t.Errorf("create: got %s (%v)", got, err)
	}
	var unreachable *UnreachableError
	_, err = client.Auth.Me(t.Context())
	if !errors.As(err, &unreachable) || unreachable.Attempts != 1 {
		t.Errorf("got %v, want one attempt: time does not heal a wrong scheme", err)
	}
}

func TestASlowAnswerIsUncertain(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	server := newStage(t, func(http.ResponseWriter, *http.Request) { <-release })
	t.Cleanup(func() { close(release) })
	client := newTestClient(t, server.URL, func(o *Options) { o.Timeout = 50 * time.Millisecond; o.ReadAttempts = 1 })
	began := time.Now()
	_, err := client.Deposits.Create(t.Context(), validDeposit(t))
	var uncertain *UncertainError
	if !errors.As(err, &uncertain) {
		t.Fatalf("got %v, want uncertain", err)
	}
	if uncertain.Began.Before(began) || uncertain.Ended.Sub(uncertain.Began) < 50*time.Millisecond {
		t.Errorf("the attempt lasted from %v to %v, begun at %v", uncertain.Began, uncertain.Ended, began)
	}
	if want := "no whole answer within 50ms"; !strings.Contains(err.Error(), want) {
		t.Errorf("got %q, want it to say %q", err, want)
	}
	if _, err = client.Auth.Me(t.Context()); verdictOf(err) != "unreachable sent=true" {
		t.Errorf("read: got %v", err)
	}
}

func TestACancelledCallKeepsItsCause(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan struct{}, 4), make(chan struct{})
	server := newStage(t, func(http.ResponseWriter, *http.Request) { arrived <- struct{}{}; <-release })
	t.Cleanup(func() { close(release) })
	client := newTestClient(t, server.URL)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	_, err := client.Deposits.Create(ctx, validDeposit(t))
	if verdictOf(err) != "uncertain" || !errors.Is(err, context.Canceled) {
		t.Errorf("create: got %v, want uncertain by cancellation", err)
	}
	_, err = client.Deposits.Create(ctx, validDeposit(t))
	if verdictOf(err) != "unreachable sent=false" || !errors.Is(err, context.Canceled) {
		t.Errorf("create after cancellation: got %v, want nothing sent", err)
	}
	_, err = client.Auth.Me(ctx)
	var unreachable *UnreachableError
	if !errors.As(err, &unreachable) || unreachable.Attempts != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("read: got %v, want one cancelled attempt", err)
	}
}
