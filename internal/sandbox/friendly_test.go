package sandbox

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"testing"
)

// friendly opens a sandbox in its other mode.
func friendly(t *testing.T) *platform {
	t.Helper()
	c := newClock()
	s, err := Open(Options{Now: c.now, Friendly: true})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s.Handler())
	t.Cleanup(func() { web.Close(); _ = s.Close() })
	return &platform{Server: s, t: t, url: web.URL, clock: c}
}

func TestStrictKnowsNothingOfDocuments(t *testing.T) {
	t.Parallel()
	p := open(t)
	token := p.admin()
	for _, path := range []string{"/api/v2/rvms/1/remote-access/status", "/api/v2/rvms/1/remote-access/history", "/api/rvm/1/recent-commands",
		"/api/v2/processing-history", "/api/v2/vouchers", "/api/v2/timezone/devices", "/api/v2/rvms/1/backup/status", "/api/health",
		"/api/v2/rvms/1/config", "/sandbox/faultless"} {
		p.call(token, "GET", path, "").want(t, 404, "message", "The route "+path[1:]+" could not be found.")
	}
}

func TestRemoteAccess(t *testing.T) {
	t.Parallel()
	p := friendly(t)
	token := p.admin()
	const base = "/api/v2/rvms/2/remote-access/"
	const start = `{"admin_id":1,"ip_address":"127.0.0.1","reason":"jam"}`
	p.call("", "GET", base+"status", "").want(t, 401)
	p.call(token, "GET", base+"status", "").want(t, 200, "data", nil)
	p.call(token, "POST", base+"start", `{"ip_address":"camera.local","session_duration":4}`).
		want(t, 422, "errors.admin_id.0", "The admin id field is required.", "errors.session_duration.0", "The session duration field must be at least 5.")
	p.call(token, "POST", base+"stop", `{"admin_id":1}`).want(t, 404, "success", false)
	p.call(token, "POST", base+"start", start).want(t, 200, "data.status", "active", "data.port", 5001, "data.session_duration", 60)
	p.call(token, "GET", "/api/v2/rvms/2", "").want(t, 200, "data.status", "maintenance")
	p.call(token, "POST", base+"start", start).want(t, 409, "data.id", 1)
	p.call(token, "GET", base+"status", "").want(t, 200, "data.reason", "jam")
	p.call(token, "POST", base+"stop", "").want(t, 422)
	p.clock.advance(90 * 1e9)
	p.call(token, "POST", base+"stop", `{"admin_id":1}`).want(t, 200, "data.duration", 90, "data.status", "ended")
	p.call(token, "GET", "/api/v2/rvms/2", "").want(t, 200, "data.status", "active")
	p.call(token, "GET", base+"history", "").want(t, 200, "data.sessions.0.id", 1, "data.pagination.total", 1, "data.pagination.per_page", 20)
	p.call(token, "GET", "/api/v2/rvms/99/remote-access/status", "").want(t, 500, "error", `No query results for model [App\Models\ReverseVendingMachine] 99`)

	p.call(token, "PATCH", "/api/v2/rvms/2/status", `{"status":"inactive"}`).want(t, 200)
	p.call(token, "GET", base+"check-port?port=5000", "").want(t, 200, "data.status", "closed", "data.port", 5000)
	p.call(token, "POST", base+"start", start).want(t, 503, "success", false)
}

func TestCommandsToMachines(t *testing.T) {
	t.Parallel()
	p := friendly(t)
	token := p.admin()
	const body = `{"command_type":"HARDWARE_CONTROL","command_name":"open_door"}`
	p.call("", "POST", "/api/rvm/1/execute-command", body).want(t, 200, "command_id", 1, "message", "Command open_door executed successfully", "data.simulation", nil)
	p.call("", "POST", "/api/rvm/2/execute-command", body).want(t, 200, "command_id", 2, "message", "Command open_door executed successfully (SIMULATED)", "data.simulation", true)
	p.call("", "POST", "/api/rvm/2/execute-command", `{}`).want(t, 500, "message", "The command type field is required. (and 1 more error)")
	p.call("", "POST", "/api/rvm/99/execute-command", body).want(t, 404, "command_id", nil, "data", nil, "message", "RVM not found")
	p.call("", "POST", "/api/v2/rvms/1/execute-command", body).want(t, 401)
	p.call(token, "GET", "/api/v2/rvms/2/recent-commands", "").want(t, 200, "data.0.command_id", 2, "data.1", nil)
	p.call(token, "GET", "/api/v2/rvms/2/command/2/status", "").want(t, 200, "data.status", "completed")
	p.call("", "GET", "/api/rvm/2/command/1/status", "").want(t, 404)
}

func TestOtherSpellings(t *testing.T) {
	t.Parallel()
	p := friendly(t)
	token := p.admin()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, _ := form.CreateFormFile("file", "a.gif")
	_, _ = file.Write([]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"))
	_ = form.WriteField("rvm_id", "1")
	_ = form.WriteField("metadata", `{"session_token":"s"}`)
	_ = form.Close()
	req, _ := http.NewRequest("POST", p.url+"/api/v2/upload", &body)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set("Authorization", "Bearer "+token)
	p.do(req).want(t, 200, "success", true)
	if l, err := p.Ledger(); err != nil || len(l.Uploads) != 1 || l.Uploads[0].Metadata != `{"session_token":"s"}` {
		t.Errorf("got uploads %+v (%v)", l.Uploads, err)
	}
	p.call(token, "POST", "/api/v2/detection-results", `{"rvm_id":1,"image_path":"x","detections":[{"class_name":"can","confidence":0.5,"box":[1,2,3,4]}]}`).want(t, 201)
	p.call(token, "GET", "/api/v2/processing-history", "").want(t, 200, "data.0.id", 1)
	p.deposit(token)
	p.call(token, "POST", "/api/v2/deposits/1/process", `{"status":"processed"}`).want(t, 200, "data.status", "completed")
}
