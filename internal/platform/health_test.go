package platform

import (
	"net"
	"net/http"
	"strings"
	"testing"
)

// routes answers by path; what is not listed is the framework's 404.
func routes(table map[string]http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if handler, ok := table[r.URL.Path]; ok {
			handler(w, r)
			return
		}
		says(404, `{"message":"The route `+strings.TrimPrefix(r.URL.Path, "/")+` could not be found."}`)(w, r)
	}
}

func TestHealthKeepsThreeFactsApart(t *testing.T) {
	t.Parallel()
	const report = `{"success":true,"message":"MyRVM Platform is healthy","data":{"status":"healthy","server":{"version":"1.5"},"database":{"status":"connected"}}}`
	up := answers(200, "text/html; charset=UTF-8", "<title>Laravel</title>")
	me := says(200, `{"success":true,"data":{"user":{"id":1}}}`)
	tests := []struct {
		name   string
		table  map[string]http.HandlerFunc
		token  bool
		want   string
		probes int
	}{
		{"a healthy newer build", map[string]http.HandlerFunc{"/api/health-check": says(200, report)}, true, "ok ok ok", 1},
		{"a newer build without its database", map[string]http.HandlerFunc{"/api/health-check": says(500, `{"success":false,"message":"x"}`)}, true, "ok ok failed", 1},
		{"a report that names a broken database", map[string]http.HandlerFunc{
			"/api/health-check": says(200, `{"success":true,"data":{"status":"healthy","database":{"status":"down"}}}`)}, true, "ok ok failed", 1},
		{"a report that says no", map[string]http.HandlerFunc{
			"/api/health-check": says(200, `{"success":false,"message":"no"}`)}, true, "ok ok failed", 1},
		{"maintenance", map[string]http.HandlerFunc{"/api/health-check": says(503, `{"message":"Service Unavailable"}`)}, true, "ok ok failed", 1},
		{"an older build, signed out", map[string]http.HandlerFunc{"/up": up}, false, "ok ok unknown", 3},
		{"an older build, signed in", map[string]http.HandlerFunc{"/up": up, "/api/v2/auth/me": me}, true, "ok ok ok", 3},
		{"an older build, token refused", map[string]http.HandlerFunc{"/up": up, "/api/v2/auth/me": says(401, `{"message":"Unauthenticated."}`)}, true, "ok ok ok", 3},
		{"an older build without its database", map[string]http.HandlerFunc{"/up": up, "/api/v2/auth/me": says(500, `{"message":"Server Error"}`)}, true, "ok ok failed", 3},
		{"nothing but 404", nil, false, "ok ok unknown", 3},
		{"another web site", map[string]http.HandlerFunc{"/api/health-check": up, "/api/health": up, "/up": up, "/api/v2/auth/me": up}, true, "ok ok unknown", 3},
		{"a login page", map[string]http.HandlerFunc{"/api/health-check": answers(302, "", "", "Location", "/login"), "/up": up}, false, "ok ok unknown", 3},
		{"another program's json", map[string]http.HandlerFunc{"/api/health-check": says(200, `{"ok":true}`)}, false, "ok ok unknown", 3},
		{"a server that hangs up", map[string]http.HandlerFunc{"/api/health-check": dies}, true, "ok failed unknown", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := newStage(t, routes(tt.table))
			h := newTestClient(t, server.URL, func(o *Options) {
				o.ReadAttempts = 1
				if !tt.token {
					o.Token = ""
				}
			}).Health.Check(t.Context())
			got := strings.Join([]string{string(h.TCP.State), string(h.HTTP.State), string(h.Application.State)}, " ")
			if got != tt.want || len(h.Probes) != tt.probes {
				t.Errorf("got %s after %d probes, want %s after %d\n%+v", got, len(h.Probes), tt.want, tt.probes, h)
			}
			for _, finding := range []Finding{h.TCP, h.HTTP, h.Application} {
				if finding.Detail == "" {
					t.Errorf("%+v says nothing", h)
				}
			}
			for _, request := range server.all() {
				if request.URL.Path != "/api/v2/auth/me" && request.Header.Get("Authorization") != "" {
					t.Errorf("%s got the token", request.URL.Path)
				}
			}
		})
	}
}

func TestHealthOfNobody(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	h := newTestClient(t, "http://"+listener.Addr().String()).Health.Check(t.Context())
	if h.TCP.State != StateFailed || h.HTTP.State != StateUnknown || h.Application.State != StateUnknown || len(h.Probes) != 1 {
		t.Errorf("got %+v", h)
	}
	if !strings.Contains(h.TCP.Detail, "refused") {
		t.Errorf("got %q, want it to say why", h.TCP.Detail)
	}
}

func TestHealthTellsAConnectionFromAnAnswer(t *testing.T) {
	t.Parallel()
	server := newStage(t, says(200, `{}`))
	h := newTestClient(t, strings.Replace(server.URL, "http:", "https:", 1)).Health.Check(t.Context())
	if h.TCP.State != StateOK || h.HTTP.State != StateFailed || h.Application.State != StateUnknown {
		t.Errorf("got %+v, want a connection without an answer", h)
	}
}
