package platform

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRedactHides(t *testing.T) {
	t.Parallel()
	const hush = "S3CRETvalueS3CRETvalue12"
	tests := []struct{ name, text string }{
		{"json", `{"token":"` + hush + `","x":1}`},
		{"json with blanks", `{ "password" : "` + hush + `" }`},
		{"json with an escaped quote", `{"password":"ab\"` + hush + `"}`},
		{"json cut off", `{"api_key":"` + hush},
		{"json in json", `{"error":"body {\"admin_access_pin\":\"` + hush + `\",\"x\":\"y\"}"}`},
		{"json in json with an escaped quote", `{"error":"{\"password\":\"ab\\\"` + hush + `\"}"}`},
		{"a longer name", `{"new_password":"` + hush + `","rvmToken":"` + hush + `"}`},
		{"a longer name in json in json", `{"error":"body {\"remember_token\":\"` + hush + `\",\"rvm_pin\":1001}"}`},
		{"a longer name in a query", "http://h/x?a=1&new_password=" + hush + "&b=2"},
		{"a number", `{"admin_access_pin":1001,"x":2}`},
		{"sanctum token", "at 12|" + hush + " end"},
		{"sanctum token in a url", "?t=12%7C" + hush},
		{"header", "Authorization: Bearer " + hush},
		{"bearer alone", "sent Bearer " + hush},
		{"cookie", "Set-Cookie: laravel_session=" + hush + "; path=/"},
		{"query", "http://reverb:8080/apps/1/events?auth_key=" + hush + "&auth_timestamp=1&auth_signature=" + hush},
		{"bracketed field", "metadata[session_token]=" + hush},
		{"generated api key", "key rvm_" + hush + hush},
		{"seeded api key", "key RVM_001_S3CRETva"},
		{"userinfo", "http://me:" + hush + "@example.org/x"},
		{"escaped userinfo", `http:\/\/me:` + hush + `@example.org`},
		{"remote url", `http:\/\/localhost:8000\/admin\/rvm\/1\/remote\/` + hush},
		{"sql", `SQLSTATE[22003]: Numeric value out of range (Connection: pgsql, SQL: select * from "t" where "token" = ` + hush + ` limit 1)`},
		{"row", "DETAIL:  Failing row contains (7, " + hush + ")."},
		{"own token", "x" + canary + "y"},
		{"tail of own token", "x" + canary[3:] + "y"},
		{"own token escaped", "x" + strings.ReplaceAll(canary, "|", "%7C") + "y"},
	}
	clean := newRedactor(canary)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := clean.text(tt.text, 4096)
			for _, secret := range []string{hush, "S3CRETva", "1001", canary[3:]} {
				if strings.Contains(got, secret) {
					t.Errorf("got %s", got)
				}
			}
		})
	}
}

func TestRedactKeeps(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"Weight must be at least 0.001 kg", "The route api/v2/x could not be found.", "Session token not found or expired",
		"No query results for model [App\\Models\\Deposit] 9", `{"deposit_id":9,"status":"processing"}`,
		"dial tcp 172.28.233.83:8001: connect: connection refused", "SQLSTATE[42703]: Undefined column",
		`{"token":""}`, "Token is required",
	} {
		if got := (redactor{}).hide(text); got != text {
			t.Errorf("got %q, want %q", got, text)
		}
	}
	if got, want := (redactor{}).hide("called in /platform/vendor/x/Controller.php on line 54"), "called in (path hidden) on line 54"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestALongTextIsCutBeforeASecretCanBeHalved(t *testing.T) {
	t.Parallel()
	clean := newRedactor(canary)
	// Long tokens shrink to a mask each, so that the place of the cut ends up in view.
	filler := strings.Repeat("1|"+strings.Repeat("A", 900)+" ", 8)
	for shift := range 60 {
		text := filler + strings.Repeat("b", 8<<10-len(filler)-55+shift-1) + " " + canary + strings.Repeat(" b", 10000)
		if got := clean.text(text, 64<<10); strings.Contains(got, canary[3:10]) {
			t.Fatalf("shift %d: half a token is left in %q", shift, got)
		}
	}
	if got := clean.text(strings.Repeat("x", 1<<20), 100); len(got) > 100 {
		t.Errorf("got %d bytes", len(got))
	}
}

func FuzzRedact(f *testing.F) {
	f.Add(`{"token":"x\"`, 10)
	f.Add(`\"password\":\"`, 500)
	f.Add("12|", 0)
	clean := newRedactor(canary)
	f.Fuzz(func(t *testing.T, text string, n int) {
		n = min(max(n, 0), 4096)
		got := clean.text(text+canary+text, n)
		if strings.Contains(got, canary) || strings.Contains(got, canary[3:]) {
			t.Fatalf("the token is left in %q", got)
		}
		if len(got) > n+len("…") || !utf8.ValidString(got) {
			t.Fatalf("%d bytes where %d are allowed, or not UTF-8: %q", len(got), n, got)
		}
		got = (redactor{}).hide(fmt.Sprintf(`{"password":%q}`, "hunter2hunter2") + text)
		if strings.Contains(got, "hunter2hunter2") && !strings.Contains(text, "hunter2") {
			t.Fatalf("the password is left in %q", got)
		}
	})
}
