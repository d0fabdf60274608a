package platform

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	machineKey   = "RVM_001_A1B2C3D4"
	machineToken = "machineTOKENmachineTOKENmachineTOKENmachineTOKENmachineTOKEN1234"
)

// machineCalls are the five calls of a machine's identity.
func machineCalls(t *testing.T) map[string]func(*Client) error {
	return map[string]func(*Client) error{
		"create": func(c *Client) error { _, err := c.Devices.CreateToken(t.Context(), 1, ""); return err },
		"check": func(c *Client) error {
			_, err := c.Devices.CheckToken(t.Context(), NewSecret(machineToken))
			return err
		},
		"revoke": func(c *Client) error { return c.Devices.RevokeToken(t.Context(), NewSecret(machineToken)) },
		"claim": func(c *Client) error {
			_, err := c.Devices.Claim(t.Context(), NewSecret(machineKey), Claim{RVMID: 1})
			return err
		},
		"update": func(c *Client) error {
			_, err := c.Devices.Update(t.Context(), NewSecret(machineKey), SelfUpdate{Port: 5001})
			return err
		},
	}
}

func TestEveryDeviceCall(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 123456000, time.UTC)
	north, east := -6.2, 106.8
	tests := []struct {
		name, answer string
		run          func(*Client) (any, error)
		want, body   string
		value        any
	}{
		{"create a token", `{"success":true,"message":"API token generated successfully","data":{"rvm_id":1,"rvm_name":"RVM-001","api_token":"` + machineToken +
			`","expires_at":"2026-01-02T03:04:05.123456Z","server_url":"http:\/\/x","endpoints":{"metrics":"\/admin\/rvm\/1\/metrics"}}}`,
			func(c *Client) (any, error) { return c.Devices.CreateToken(t.Context(), 1, "172.28.93.97") },
			"POST /api/rvm/generate-token", `{"ip_address":"172.28.93.97","rvm_id":"1"}`,
			MachineToken{RVMID: 1, RVMName: "RVM-001", Token: NewSecret(machineToken), ExpiresAt: at, ServerURL: "http://x"}},
		{"create a token without an address", `{"success":true,"data":{"rvm_id":"1","api_token":"` + machineToken + `"}}`,
			func(c *Client) (any, error) { return c.Devices.CreateToken(t.Context(), 1, "") },
			"POST /api/rvm/generate-token", `{"ip_address":"192.0.2.1","rvm_id":"1"}`, MachineToken{RVMID: 1, Token: NewSecret(machineToken)}},
		{"check a token", `{"success":true,"data":{"rvm_id":1,"rvm_name":"RVM-001","expires_at":"2026-01-02T03:04:05.123456Z","last_access":null}}`,
			func(c *Client) (any, error) { return c.Devices.CheckToken(t.Context(), NewSecret(machineToken)) },
			"POST /api/rvm/validate-token", "", MachineIdentity{RVMID: 1, RVMName: "RVM-001", ExpiresAt: at}},
		{"revoke a token", `{"success":true,"message":"Token revoked successfully"}`,
			func(c *Client) (any, error) {
				return nil, c.Devices.RevokeToken(t.Context(), NewSecret(machineToken))
			},
			"POST /api/rvm/revoke-token", "", nil},
		{"claim", `{"success":true,"data":{"rvm_id":1,"name":"line 1","timezone":"Asia\/Jakarta","timezone_offset":"+07:00"}}`,
			func(c *Client) (any, error) {
				return c.Devices.Claim(t.Context(), NewSecret(machineKey), Claim{RVMID: 1, DeviceName: "line 1", SoftwareVersion: "v1", Timezone: "Asia/Jakarta"})
			}, "POST /api/v2/rvm/self/claim", `{"rvm_id":1,"device_name":"line 1","software_version":"v1","timezone":"Asia/Jakarta"}`,
			Claimed{1, "line 1", "Asia/Jakarta", "+07:00"}},
		{"claim without a time zone", `{"success":true,"data":{"rvm_id":1,"name":"RVM-001","timezone":null,"timezone_offset":null}}`,
			func(c *Client) (any, error) {
				return c.Devices.Claim(t.Context(), NewSecret(machineKey), Claim{RVMID: 1})
			}, "POST /api/v2/rvm/self/claim", `{"rvm_id":1}`, Claimed{RVMID: 1, Name: "RVM-001"}},
		{"update", `{"success":true,"data":{"rvm_id":1,"ip_address":"10.0.0.1","port":5001,"timezone":"UTC","latitude":"-6.20000000","longitude":"106.80000000"}}`,
			func(c *Client) (any, error) {
				return c.Devices.Update(t.Context(), NewSecret(machineKey), SelfUpdate{"10.0.0.1", 5001, "UTC", &north, &east})
			}, "PATCH /api/v2/rvm/self/update", `{"ip_address":"10.0.0.1","port":5001,"timezone":"UTC","latitude":-6.2,"longitude":106.8}`,
			SelfUpdated{1, "10.0.0.1", 5001, "UTC", decimalPtr(t, "-6.2"), decimalPtr(t, "106.8")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := newStage(t, says(200, tt.answer))
			got, err := tt.run(newTestClient(t, server.URL))
			if err != nil {
				t.Fatal(err)
			}
			request, body := server.last(t)
			if asked := request.Method + " " + request.URL.RequestURI(); asked != tt.want || body != tt.body {
				t.Errorf("asked %s with %s, want %s with %s", asked, body, tt.want, tt.body)
			}
			if diff := cmp.Diff(tt.value, got, cmp.Comparer(Secret.Equal), cmp.Comparer(Decimal.Equal)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAMachineShowsItsOwnIdentityOnly(t *testing.T) {
	t.Parallel()
	server := newStage(t, says(500, `{"success":false}`))
	for name, run := range machineCalls(t) {
		_ = run(newTestClient(t, server.URL))
		request, body := server.last(t)
		want := map[string][2]string{"create": {}, "check": {"Bearer " + machineToken, ""}, "revoke": {"Bearer " + machineToken, ""},
			"claim": {"", machineKey}, "update": {"", machineKey}}[name]
		if got := [2]string{request.Header.Get("Authorization"), request.Header.Get("X-API-Key")}; got != want {
			t.Errorf("%s showed %q, want %q", name, got, want)
		}
		if all := request.URL.String() + body; strings.Contains(all, machineKey) || strings.Contains(all, machineToken) {
			t.Errorf("%s has a secret in its address or body", name)
		}
		if request.Header.Get("Accept") != "application/json" {
			t.Errorf("%s takes anything for an answer", name)
		}
	}
}

func TestARefusedMachineIsNoLostLogin(t *testing.T) {
	t.Parallel()
	for name, run := range machineCalls(t) {
		for _, body := range []string{
			`{"success":false,"error":"Invalid or expired token","message":"API token is invalid or has expired"}`,
			`{"success":false,"error":"Invalid authorization header"}`,
			`{"success":false,"message":"Invalid API key or RVM not found"}`,
			`{"message":"Unauthenticated."}`,
		} {
			var refused *Error
			err := run(newTestClient(t, newStage(t, says(401, body)).URL))
			if !errors.As(err, &refused) || !refused.MachineRefused() || refused.Unauthenticated() || refused.Message == "" {
				t.Errorf("%s: got %v, want a refused machine", name, err)
			}
		}
	}
}

func TestNoMachineSecretIsShown(t *testing.T) {
	t.Parallel()
	echo := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(422)
		shown := strings.TrimPrefix(r.Header.Get("X-API-Key")+r.Header.Get("Authorization"), "Bearer ")
		_, _ = w.Write([]byte(`{"message":"bad ` + shown + `","error":"` + shown + `","errors":{"` + shown + `":["` + shown + `"]}}`))
	}
	for name, run := range machineCalls(t) {
		var lines []string
		for _, handler := range []http.HandlerFunc{echo, dies, says(200, `{"success":true,"data":{"api_token":"`+machineToken+`"}}`)} {
			client := newTestClient(t, newStage(t, handler).URL, func(o *Options) { o.Trace = func(x Exchange) { lines = append(lines, x.String()) } })
			err := run(client)
			if err == nil {
				continue
			}
			shown := everything(err) + strings.Join(lines, "\n")
			if strings.Contains(shown, machineToken) || strings.Contains(shown, machineKey) {
				t.Errorf("%s shows a secret: %s", name, shown)
			}
		}
	}
}

func TestATokenThatReplacesAnotherIsUncertainWhenItsAnswerIsLost(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		want    string
	}{
		{"no answer", dies, "uncertain"},
		{"the token of another machine", says(200, `{"success":true,"data":{"rvm_id":2,"api_token":"`+machineToken+`"}}`), "uncertain"},
		{"no token", says(200, `{"success":true,"data":{"rvm_id":1}}`), "uncertain"},
		{"a token that is none", says(200, `{"success":true,"data":{"rvm_id":1,"api_token":"a b"}}`), "uncertain"},
		{"a web page", answers(200, "text/html", "<html>"), "uncertain"},
		{"an unknown machine", says(404, `{"success":false,"error":"RVM not found","message":"RVM with provided ID or IP not found"}`), "not found"},
		{"an older platform", says(404, `{"message":"The route api/rvm/generate-token could not be found."}`), "route missing"},
		{"a caught refusal", says(500, `{"success":false,"error":"The ip address field is required.","message":"Failed to generate API token"}`), "uncertain"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := newStage(t, tt.handler)
			err := machineCalls(t)["create"](newTestClient(t, server.URL))
			if got := verdictOf(err); got != tt.want {
				t.Errorf("got %s (%v), want %s", got, err, tt.want)
			}
			if server.count() != 1 {
				t.Errorf("sent %d times", server.count())
			}
			if err != nil && strings.Contains(everything(err), machineToken) {
				t.Errorf("shows the token: %v", everything(err))
			}
		})
	}
}

func TestWhatAMachineMaySend(t *testing.T) {
	t.Parallel()
	far, c := 91.0, newTestClient(t, "http://127.0.0.1:1")
	key, ctx := NewSecret(machineKey), t.Context()
	claim := func(k Secret, v Claim) error { _, err := c.Devices.Claim(ctx, k, v); return err }
	update := func(v SelfUpdate) error { _, err := c.Devices.Update(ctx, key, v); return err }
	token := func(rvm int64, ip string) error { _, err := c.Devices.CreateToken(ctx, rvm, ip); return err }
	for name, err := range map[string]error{
		"no key":              claim(Secret{}, Claim{RVMID: 1}),
		"a key of two lines":  claim(NewSecret("abc\ndef"), Claim{RVMID: 1}),
		"a key with a blank":  claim(NewSecret("abc def"), Claim{RVMID: 1}),
		"a long key":          claim(NewSecret(strings.Repeat("k", 256)), Claim{RVMID: 1}),
		"no machine":          claim(key, Claim{}),
		"a long name":         claim(key, Claim{RVMID: 1, DeviceName: strings.Repeat("ä", 256)}),
		"a long time zone":    claim(key, Claim{RVMID: 1, Timezone: strings.Repeat("z", 101)}),
		"a name with a bell":  claim(key, Claim{RVMID: 1, DeviceName: "a\ab"}),
		"nothing to update":   update(SelfUpdate{}),
		"an address by name":  update(SelfUpdate{IPAddress: "jetson"}),
		"port 65536":          update(SelfUpdate{Port: 65536}),
		"past the north pole": update(SelfUpdate{Latitude: &far}),
		"token of machine 0":  token(0, ""),
		"token for a name":    token(1, "jetson.local"),
	} {
		var limit *LimitError
		if !errors.As(err, &limit) || strings.Contains(err.Error(), "abc") {
			t.Errorf("%s: got %v, want a limit that repeats no key", name, err)
		}
	}
}

func TestAnUpdateThatIsNotNamedIsNotDone(t *testing.T) {
	t.Parallel()
	north := 1.5
	for _, update := range []SelfUpdate{{IPAddress: "10.0.0.1"}, {Port: 5001}, {Timezone: "UTC"}, {Latitude: &north}} {
		server := newStage(t, says(200, `{"success":true,"data":{"rvm_id":1}}`))
		_, err := newTestClient(t, server.URL).Devices.Update(t.Context(), NewSecret(machineKey), update)
		if verdictOf(err) != "uncertain" {
			t.Errorf("%+v: got %v, want uncertain", update, err)
		}
	}
}

func TestAMachineKeepsItsSecretsFromThePublicInternet(t *testing.T) {
	t.Parallel()
	client, err := New(Options{URL: "http://198.51.100.7:8001", Transport: replay{}})
	if err != nil {
		t.Fatal(err)
	}
	for name, run := range machineCalls(t) {
		var plain *PlaintextError
		if err := run(client); !errors.As(err, &plain) {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
}
