package sandbox

import (
	"testing"
	"time"
)

func TestAMachinesToken(t *testing.T) {
	t.Parallel()
	p := open(t)
	const ask = "/api/rvm/generate-token"
	p.call("", "POST", ask, `{"rvm_id":1,"ip_address":"10.0.0.9"}`).
		want(t, 500, "error", "Token generation failed", "message", "The rvm id field must be a string.")
	p.call("", "POST", ask, `{"rvm_id":"jetson_orin_nano_001","ip_address":"10.0.0.9"}`).want(t, 500, "success", false)
	p.call("", "POST", ask, `{"rvm_id":"99","ip_address":"10.0.0.9"}`).want(t, 404, "error", "RVM not found")
	made := p.call("", "POST", ask, `{"rvm_id":"2","ip_address":"10.0.0.9"}`)
	made.want(t, 200, "data.rvm_id", 2, "data.rvm_name", "RVM-002", "data.server_url", p.url)
	token, _ := made.get("data.api_token").(string)
	if len(token) != 64 {
		t.Fatalf("got a token of %d characters, want 64", len(token))
	}
	p.call(token, "POST", "/api/rvm/validate-token", "").want(t, 200, "data.rvm_id", 2, "data.ip_address", "10.0.0.9")
	p.call("wrong", "POST", "/api/rvm/validate-token", "").want(t, 401, "error", "Invalid token", "success", false)
	p.call("", "POST", "/api/rvm/validate-token", "").want(t, 401, "error", "Token required")
	p.call(token, "GET", "/api/v2/auth/me", "").want(t, 401, "message", "Unauthenticated.")

	newer, _ := p.call("", "POST", ask, `{"rvm_id":"2","ip_address":"10.0.0.9"}`).get("data.api_token").(string)
	p.call(token, "POST", "/api/rvm/validate-token", "").want(t, 401)
	p.clock.advance(deviceTokenDays*24*time.Hour - time.Second)
	p.call(newer, "POST", "/api/rvm/validate-token", "").want(t, 200)
	p.clock.advance(time.Second)
	p.call(newer, "POST", "/api/rvm/validate-token", "").want(t, 401)

	last, _ := p.call("", "POST", ask, `{"rvm_id":"1","ip_address":"10.0.0.9"}`).get("data.api_token").(string)
	p.call(last, "POST", "/api/rvm/revoke-token", "").want(t, 200, "message", "Token revoked successfully")
	p.call(last, "POST", "/api/rvm/revoke-token", "").want(t, 401)
}

func TestAMachineClaimsItself(t *testing.T) {
	t.Parallel()
	p := open(t)
	key, _ := p.call(p.admin(), "GET", "/api/v2/rvms/1", "").get("data.api_key").(string)
	with := func(method, path, body string) answer {
		return p.send(method, path, body, "Accept", "application/json", "Content-Type", "application/json", "X-API-Key", key)
	}
	const claim, update = "/api/v2/rvm/self/claim", "/api/v2/rvm/self/update"
	p.call("", "POST", claim, `{"rvm_id":1}`).want(t, 401, "message", "API key is required")
	p.call("", "POST", claim, `{"rvm_id":1,"api_key":"wrong"}`).want(t, 401, "message", "Invalid API key")
	with("POST", claim, `{}`).want(t, 422, "errors.rvm_id.0", "The rvm id field is required.")
	with("POST", claim, `{"rvm_id":2}`).want(t, 401)
	with("POST", claim, `{"rvm_id":1,"timezone":"UTC","device_name":"jetson"}`).
		want(t, 200, "data.rvm_id", 1, "data.name", "RVM-001", "data.timezone", "UTC", "data.timezone_offset", "+00:00")
	p.call("", "POST", claim, `{"rvm_id":1,"api_key":"`+key+`"}`).want(t, 200, "data.timezone", "UTC")
	with("PATCH", update, `{"port":70000}`).want(t, 422)
	got := with("PATCH", update, `{"ip_address":"10.0.0.9","port":5000,"device_name":"ignored"}`)
	got.want(t, 200, "data.ip_address", "10.0.0.9", "data.port", 5000, "data.device_name", nil, "data.timezone", nil)
	// The address that it told finds it when its number is unknown.
	p.call("", "POST", "/api/rvm/generate-token", `{"rvm_id":"99","ip_address":"10.0.0.9"}`).want(t, 200, "data.rvm_id", 1)
}

func TestMetricsHaveOtherPathsToo(t *testing.T) {
	t.Parallel()
	p := open(t)
	p.call("", "POST", "/api/rvm/1/store-metrics", `{"system_metrics":{"cpu_usage":12}}`).want(t, 200)
	p.call("", "GET", "/api/rvm/1/metrics", "").want(t, 200, "data.system.cpu_usage", 12)
	p.call("", "POST", "/api/rvm/1/metrics", `{"system_metrics":{"cpu_usage":13}}`).want(t, 200)
	p.call("", "GET", "/api/v2/rvms/1/metrics/latest", "").want(t, 200, "data.system.cpu_usage", 13)
}
