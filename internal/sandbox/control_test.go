package sandbox

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestFaultsAreSwitchedWhileItRuns(t *testing.T) {
	t.Parallel()
	p := open(t)
	p.call("", "GET", "/sandbox/faults", "").want(t, 200, "mode", "strict", "faults", "[]")
	p.call("", "PUT", "/sandbox/faults", `{"faults":["health=503x1"]}`).want(t, 200, "faults.0.fault", "health=503x1", "faults.0.left", 1, "faults.0.fired", 0)
	p.call("", "GET", "/up", "").want(t, 503)
	p.call("", "GET", "/up", "").want(t, 200)
	p.call("", "GET", "/sandbox/faults", "").want(t, 200, "faults.0.left", 0, "faults.0.fired", 1)
	refused := p.call("", "PUT", "/sandbox/faults", `{"faults":["health=explode"]}`)
	refused.want(t, 422)
	if text, _ := refused.get("message").(string); !strings.Contains(text, "drop-response") {
		t.Errorf("got %q, want what is possible", text)
	}
	p.call("", "PUT", "/sandbox/faults", `{"fault":"health=503"}`).want(t, 422)
	p.call("", "PUT", "/sandbox/faults", `[`).want(t, 422)
	p.call("", "PUT", "/sandbox/faults", `{"faults":["all=503"]}`).want(t, 200)
	p.call("", "DELETE", "/sandbox/faults", "").want(t, 200, "faults", "[]")
	p.call("", "GET", "/up", "").want(t, 200)
}

func TestTheLedgerIsShown(t *testing.T) {
	t.Parallel()
	p := open(t)
	owner := p.user()
	id := p.deposit(owner)
	p.call(owner, "POST", "/api/v2/deposits/"+id+"/process", `{"status":"completed"}`).want(t, 200)
	p.call("", "POST", "/api/v2/rvm/session/create", `{"rvm_id":2}`).want(t, 200)
	p.call("", "GET", "/sandbox/ledger", "").want(t, 200, "deposits.0.credits", 1, "deposits.0.credited", "1937.5", "deposits.0.status", "completed",
		"rvms.4.status", "full", "sessions.0.rvm_id", 2, "tokens.0.user_id", 7, "engines", "[]", "commands", "[]")
}

func TestTheClockGoesForward(t *testing.T) {
	t.Parallel()
	p := open(t)
	p.call("", "POST", "/sandbox/clock", `{"advance":"11m"}`).want(t, 200, "now", "2026-03-04T10:11:00.123456Z")
	for _, advance := range []string{"-1m", "0s", "soon", "999999h"} {
		p.call("", "POST", "/sandbox/clock", `{"advance":"`+advance+`"}`).want(t, 422)
	}
	up := p.call("", "GET", "/up", "")
	missing := p.call("", "GET", "/api/v2/nothing", "")
	p.call("", "PUT", "/sandbox/faults", `{"faults":["health=503"]}`).want(t, 200)
	away := p.call("", "GET", "/up", "")
	for _, a := range []answer{up, missing, away} {
		if got, want := a.header.Get("Date"), "Wed, 04 Mar 2026 10:11:00 GMT"; got != want {
			t.Errorf("%d is dated %s, want %s", a.status, got, want)
		}
	}
	for range 20 {
		p.Advance(maxAdvance)
	}
	if year := p.now().Year(); year > 2126 {
		t.Errorf("the clock went to the year %d", year)
	}
}

func TestOnlyThisMachineControls(t *testing.T) {
	t.Parallel()
	p := open(t)
	tests := []struct {
		name, peer, host, header string
		want                     int
	}{
		{"a program here", "127.0.0.1:40000", "127.0.0.1:8001", "", 200},
		{"a program here by name", "[::1]:40000", "localhost:8001", "", 200},
		{"a program here over the other protocol", "[::ffff:127.0.0.1]:40000", "[::1]:8001", "", 200},
		{"another machine", "192.0.2.1:40000", "127.0.0.1:8001", "", 404},
		{"nobody knows who", "somewhere", "127.0.0.1:8001", "", 404},
		{"a web page", "127.0.0.1:40000", "127.0.0.1:8001", "Origin", 404},
		{"a web page with a name for this machine", "127.0.0.1:40000", "evil.example:8001", "", 404},
		{"somebody behind a proxy", "127.0.0.1:40000", "127.0.0.1:8001", "X-Forwarded-For", 404},
		{"somebody behind a proxy that names the host only", "127.0.0.1:40000", "127.0.0.1:8001", "X-Forwarded-Host", 404},
		{"somebody behind a proxy of another kind", "127.0.0.1:40000", "127.0.0.1:8001", "X-Real-Ip", 404},
		{"somebody behind a gateway", "127.0.0.1:40000", "127.0.0.1:8001", "Via", 404},
		{"a picture in a web page", "127.0.0.1:40000", "127.0.0.1:8001", "Sec-Fetch-Site", 404},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest("GET", "/sandbox/ledger", nil)
			r.RemoteAddr, r.Host = tt.peer, tt.host
			if tt.header != "" {
				r.Header.Set(tt.header, "http://198.51.100.7")
			}
			w := httptest.NewRecorder()
			p.Handler().ServeHTTP(w, r)
			if w.Code != tt.want {
				t.Errorf("got %d, want %d", w.Code, tt.want)
			}
		})
	}
}
