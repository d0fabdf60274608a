package platform

import (
	"compress/gzip"
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestAnAnswerIsBounded(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		handler http.HandlerFunc
		create  string
		read    string
	}{
		{"a long body", says(200, `{"success":true,"data":"`+strings.Repeat("x", 70_000)+`"}`), "uncertain", "foreign"},
		{"a long error", says(422, `{"message":"`+strings.Repeat("x", 70_000)+`"}`), "refused", "refused"},
		{"a gzip bomb", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Encoding", "gzip")
			packer := gzip.NewWriter(w)
			zeros := make([]byte, 1<<20)
			for range 64 {
				if _, err := packer.Write(zeros); err != nil {
					return
				}
			}
			_ = packer.Close()
		}, "uncertain", "foreign"},
		{"deep nesting", says(200, strings.Repeat("[", 5000)+strings.Repeat("]", 5000)), "uncertain", "foreign"},
		{"a huge header", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Long", strings.Repeat("x", 200_000))
			says(200, created)(w, r)
		}, "uncertain", "unreachable sent=true"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client := newTestClient(t, newStage(t, tt.handler).URL, func(o *Options) { o.MaxResponse = 64 << 10; o.ReadAttempts = 1 })
			_, err := client.Deposits.Create(t.Context(), validDeposit(t))
			if got := verdictOf(err); got != tt.create {
				t.Errorf("create: got %s (%v), want %s", got, err, tt.create)
			}
			if _, err = client.Auth.Me(t.Context()); verdictOf(err) != tt.read {
				t.Errorf("read: got %s (%v), want %s", verdictOf(err), err, tt.read)
			}
		})
	}
}

// TestTheTokenIsNowhere lets the server throw the caller's own token and password back in every way it can.
func TestTheTokenIsNowhere(t *testing.T) {
	t.Parallel()
	const password = "correct horse battery"
	echo := canary + " " + canary[3:] + " " + password
	handlers := map[string]http.HandlerFunc{
		"message":   says(422, `{"message":"`+echo+`","errors":{"`+echo+`":["`+echo+`"]},"error":"`+echo+`","debug":{"current_status":"`+echo+`"}}`),
		"html":      answers(200, "text/html; x="+canary, "<p>"+echo),
		"location":  answers(302, "text/html; charset="+canary, echo, "Location", "http://me:"+canary+"@x/?token="+canary+"&p="+password),
		"success":   says(200, `{"success":false,"message":"`+echo+`"}`),
		"exception": says(500, `{"success":false,"message":"`+echo+`","error":"SQL `+echo+`"}`),
		"shape":     says(200, `{"success":true,"data":{"user":{"id":"`+echo+`"},"deposit_id":"`+echo+`"}}`),
		"status":    answers(418, canary, echo),
	}
	for name, handler := range handlers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var lines []string
			client := newTestClient(t, newStage(t, handler).URL, func(o *Options) {
				o.ReadAttempts = 1
				o.Trace = func(x Exchange) { lines = append(lines, x.String(), x.URL, x.Err) }
			})
			_, one := client.Auth.Me(t.Context())
			_, two := client.Deposits.Create(t.Context(), validDeposit(t))
			_, three := client.Auth.Login(t.Context(), "a@b.c", password)
			_, four := client.RVMs.List(t.Context(), RVMQuery{Search: canary})
			lines = append(lines, everything(one), everything(two), everything(three), everything(four))
			text := strings.Join(lines, "\n")
			if strings.Contains(text, canary[3:]) {
				t.Errorf("the token is in\n%s", text)
			}
			if strings.Contains(everything(three), password) {
				t.Errorf("the password is in\n%s", everything(three))
			}
			if len(lines) < 12 {
				t.Errorf("only %d lines: the trace is missing", len(lines))
			}
		})
	}
}

// everything is all text that an error holds.
func everything(err error) string {
	if err == nil {
		return ""
	}
	text := err.Error()
	var refused *Error
	if errors.As(err, &refused) {
		text += refused.Message + refused.Detail + refused.Body + refused.CurrentStatus + refused.FieldText()
	}
	var foreign *NotPlatformError
	if errors.As(err, &foreign) {
		text += foreign.ContentType + foreign.Location + foreign.Excerpt + foreign.Reason
	}
	return text
}

func TestTraceTellsEveryAttempt(t *testing.T) {
	t.Parallel()
	var got []Exchange
	server := newStage(t, answers(502, "text/html", "bad gateway"))
	client := newTestClient(t, server.URL, func(o *Options) { o.Trace = func(x Exchange) { got = append(got, x) } })
	_, _ = client.Deposits.List(t.Context(), DepositQuery{PerPage: 7})
	if len(got) != 3 || got[2].Attempt != 3 || got[0].Status != 502 || got[0].Received != 11 {
		t.Fatalf("got %+v, want three attempts", got)
	}
	if line := got[2].String(); !strings.Contains(line, "/api/v2/deposits?per_page=7 → 502, 11 B in ") || !strings.HasSuffix(line, "(attempt 3)") {
		t.Errorf("got %q", line)
	}
	_, _ = client.Deposits.Create(t.Context(), validDeposit(t))
	if last := got[len(got)-1]; last.Sent == 0 || last.Method != "POST" {
		t.Errorf("got %+v, want the bytes of the body", last)
	}
}
