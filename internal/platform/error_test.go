package platform

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestEveryErrorShapeIsRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		body   string
		want   Error
		text   string
	}{
		{"a controller's no", 400, `{"success":false,"message":"Deposit is not in pending or processing status","debug":{"current_status":"completed","allowed_statuses":[]}}`,
			Error{Message: "Deposit is not in pending or processing status", CurrentStatus: "completed"},
			`platform answered 400 to GET /api/v2/deposits/1: "Deposit is not in pending or processing status"`},
		{"a caught exception", 403, `{"success":false,"message":"Failed","error":"SQLSTATE[42703]: x (Connection: pgsql, SQL: select secret)"}`,
			Error{Message: "Failed", Detail: "SQLSTATE[42703]: x (sql hidden)"}, `platform answered 403 to GET /api/v2/deposits/1: "Failed"`},
		{"a validator", 422, `{"success":false,"message":"Validation failed","errors":{"port":["The port field is required."],"name":["a","b"]}}`,
			Error{Message: "Validation failed", Fields: map[string][]string{"port": {"The port field is required."}, "name": {"a", "b"}}},
			`platform answered 422 to GET /api/v2/deposits/1: "Validation failed" (name: a, b; port: The port field is required.)`},
		{"a form request", 422, `{"message":"Weight is required (and 1 more error)","errors":{"weight":["Weight is required"],"x":"bare"}}`,
			Error{Message: "Weight is required (and 1 more error)", Fields: map[string][]string{"weight": {"Weight is required"}, "x": {"bare"}}}, ""},
		{"the framework", 404, "{\n    \"message\": \"The route api/v2/x could not be found.\"\n}", Error{Message: "The route api/v2/x could not be found."}, ""},
		{"a device endpoint", 401, `{"success":false,"error":"Invalid token","message":"Token is unknown"}`, Error{Message: "Token is unknown", Detail: "Invalid token"}, ""},
		{"only a title", 401, `{"success":false,"error":"Invalid token"}`, Error{Message: "Invalid token"}, ""},
		{"the newer dialect", 403, `{"status":"error","message":"blocked","error_code":"MACHINE_BLOCKED"}`, Error{Message: "blocked"}, ""},
		{"an empty message", 403, `{"message":""}`, Error{Message: "forbidden"}, `platform answered 403 to GET /api/v2/deposits/1: "forbidden"`},
		{"no fields as a list", 422, `{"message":"x","errors":[]}`, Error{Message: "x"}, ""},
		{"texts of other kinds", 422, `{"message":{"a":1},"errors":{"a":[1,null,{}]}}`, Error{Message: "unprocessable entity", Fields: map[string][]string{}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := newStage(t, says(tt.status, tt.body))
			_, err := newTestClient(t, server.URL).Deposits.Get(t.Context(), 1)
			var got *Error
			if !errors.As(err, &got) {
				t.Fatalf("got %v", err)
			}
			tt.want.Status, tt.want.Method, tt.want.Path, tt.want.Attempts = tt.status, "GET", "/api/v2/deposits/1", 1
			if diff := cmp.Diff(&tt.want, got, cmpopts.IgnoreFields(Error{}, "Body", "Elapsed")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if tt.text != "" && err.Error() != tt.text {
				t.Errorf("got  %s\nwant %s", err, tt.text)
			}
			checkWords(t, err)
		})
	}
}

func TestAnErrorOfAnySizeStaysSmall(t *testing.T) {
	t.Parallel()
	fields := make([]string, 500)
	for i := range fields {
		fields[i] = `"` + strings.Repeat("f", i) + `":["` + strings.Repeat("v\\n", 300) + `","b","c"]`
	}
	body := `{"message":"` + strings.Repeat("long ", 100_000) + `","errors":{` + strings.Join(fields, ",") + `}}`
	server := newStage(t, says(http.StatusUnprocessableEntity, body))
	_, err := newTestClient(t, server.URL).Deposits.Get(t.Context(), 1)
	var got *Error
	if !errors.As(err, &got) {
		t.Fatalf("got %v", err)
	}
	if len(got.Message) > maxMessage || len(got.Body) > maxBody || len(got.Fields) > maxFields {
		t.Errorf("message %d, body %d bytes, %d fields", len(got.Message), len(got.Body), len(got.Fields))
	}
	checkWords(t, err)
}

func TestAPINThatIsWrongIsNotALostLogin(t *testing.T) {
	t.Parallel()
	pin := &Error{Status: 401, Message: "Invalid access pin", Path: "/api/v2/admin/rvm/1/remote-access"}
	if pin.Unauthenticated() || !pin.Refused() {
		t.Error("a wrong PIN looks like a lost login")
	}
	if lost := (&Error{Status: 401, Path: "/api/v2/deposits"}); !lost.Unauthenticated() || lost.Refused() {
		t.Error("a lost login does not look like one")
	}
}

func TestAnOlderEngineAPIIsRecognised(t *testing.T) {
	t.Parallel()
	older := &Error{Status: 422, Path: enginesPath, Fields: map[string][]string{"capabilities": {"x"}}}
	newer := &Error{Status: 422, Path: enginesPath, Fields: map[string][]string{"server_address": {"x"}}}
	other := &Error{Status: 422, Path: rvmsPath, Fields: map[string][]string{"status": {"x"}}}
	if !older.OlderEngineAPI() || newer.OlderEngineAPI() || other.OlderEngineAPI() {
		t.Errorf("got %t %t %t, want true false false", older.OlderEngineAPI(), newer.OlderEngineAPI(), other.OlderEngineAPI())
	}
}

func FuzzDecodeError(f *testing.F) {
	for _, seed := range []string{
		`{"success":false,"message":"m","errors":{"a":["b"]},"debug":{"current_status":"x"}}`,
		`{"message":"","errors":[]}`, `[]`, `{"errors":{"a":{"b":["c"]}}}`,
	} {
		f.Add(422, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, status int, raw []byte) {
		v, err := parseJSON(raw)
		if err != nil {
			return
		}
		e, _ := decodeError(status, v, newRedactor(canary))
		line := e.Error()
		if strings.ContainsAny(line, "\r\n\x00") || len(line) > 4096 {
			t.Fatalf("not one short line: %q", line)
		}
		if kinds := e.kind(); kinds == "" || strings.Contains(kinds, "+") {
			t.Fatalf("status %d is %q, want exactly one kind", status, kinds)
		}
	})
}
