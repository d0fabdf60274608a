package platform

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const remoteJSON = `{"session_id":4,"rvm_id":1,"rvm_name":"RVM-001","status":"active","start_time":"2026-01-02T03:04:05.000000Z","admin_id":2,` +
	`"access_type":"gui","session_duration":60,"port":5001,"ip_address":"172.28.93.97","reason":"camera is dark"}`

func remoteSession() RemoteSession {
	return RemoteSession{ID: 4, RVMID: 1, RVMName: "RVM-001", Status: "active", StartTime: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		AdminID: 2, AccessType: AccessGUI, Minutes: 60, Port: 5001, IPAddress: "172.28.93.97", Reason: "camera is dark"}
}

// remoteCalls are the calls that builds without remote access lack.
func remoteCalls(t *testing.T) map[string]func(*Client) error {
	return map[string]func(*Client) error{
		"start": func(c *Client) error {
			_, err := c.Remote.Start(t.Context(), 1, RemoteStart{AdminID: 2, IPAddress: "172.28.93.97"})
			return err
		},
		"stop":    func(c *Client) error { _, err := c.Remote.Stop(t.Context(), 1, 2, ""); return err },
		"status":  func(c *Client) error { _, err := c.Remote.Status(t.Context(), 1); return err },
		"history": func(c *Client) error { _, err := c.Remote.History(t.Context(), 1, 1); return err },
		"command": func(c *Client) error {
			_, err := c.Remote.Execute(t.Context(), 1, MachineCommand{Name: "open_door"})
			return err
		},
		"recent": func(c *Client) error { _, err := c.Remote.RecentCommands(t.Context(), 1); return err },
	}
}

func TestEveryRemoteCall(t *testing.T) {
	t.Parallel()
	session := remoteSession()
	ended := RemoteSession{ID: 4, RVMID: 1, RVMName: "RVM-001", Status: "active", EndTime: time.Date(2026, 1, 2, 4, 4, 5, 0, time.UTC)}
	tests := []struct {
		name, answer string
		run          func(*Client) (any, error)
		want, body   string
		value        any
	}{
		{"start", `{"success":true,"data":` + remoteJSON + `}`,
			func(c *Client) (any, error) {
				return c.Remote.Start(t.Context(), 1, RemoteStart{2, "172.28.93.97", 5001, AccessGUI, 60, "camera is dark"})
			}, "POST /api/v2/rvms/1/remote-access/start",
			`{"admin_id":2,"ip_address":"172.28.93.97","port":5001,"access_type":"gui","session_duration":60,"reason":"camera is dark"}`, session},
		{"start with the platform's choices", `{"success":true,"data":{"id":"4","rvm_id":"1"}}`,
			func(c *Client) (any, error) {
				return c.Remote.Start(t.Context(), 1, RemoteStart{AdminID: 2, IPAddress: "172.28.93.97"})
			}, "POST /api/v2/rvms/1/remote-access/start", `{"admin_id":2,"ip_address":"172.28.93.97"}`, RemoteSession{ID: 4, RVMID: 1}},
		{"stop", `{"success":true,"data":{"session_id":4,"rvm_id":1,"rvm_name":"RVM-001","status":"active","duration":3600,"end_time":"2026-01-02T04:04:05Z"}}`,
			func(c *Client) (any, error) { return c.Remote.Stop(t.Context(), 1, 2, "done") },
			"POST /api/v2/rvms/1/remote-access/stop", `{"admin_id":2,"reason":"done"}`, ended},
		{"status: a summary", `{"success":true,"data":{"rvm_id":1,"current_status":"maintenance","active_session":` + remoteJSON + `,"recent_sessions":[]}}`,
			func(c *Client) (any, error) { return c.Remote.Status(t.Context(), 1) },
			"GET /api/v2/rvms/1/remote-access/status", "", RemoteStatus{Active: &session, RVMStatus: "maintenance"}},
		{"status: a summary of nothing", `{"success":true,"data":{"rvm_id":1,"current_status":"active","active_session":null}}`,
			func(c *Client) (any, error) { return c.Remote.Status(t.Context(), 1) },
			"GET /api/v2/rvms/1/remote-access/status", "", RemoteStatus{RVMStatus: "active"}},
		{"status: a session", `{"success":true,"data":` + remoteJSON + `}`,
			func(c *Client) (any, error) { return c.Remote.Status(t.Context(), 1) },
			"GET /api/v2/rvms/1/remote-access/status", "", RemoteStatus{Active: &session}},
		{"status: null", `{"success":true,"data":null}`,
			func(c *Client) (any, error) { return c.Remote.Status(t.Context(), 1) },
			"GET /api/v2/rvms/1/remote-access/status", "", RemoteStatus{}},
		{"status: an empty map", `{"success":true,"data":[]}`,
			func(c *Client) (any, error) { return c.Remote.Status(t.Context(), 1) },
			"GET /api/v2/rvms/1/remote-access/status", "", RemoteStatus{}},
		{"history", `{"success":true,"data":{"rvm_id":1,"sessions":[` + remoteJSON + `],"pagination":{"current_page":2,"last_page":2,"per_page":20,"total":21}}}`,
			func(c *Client) (any, error) { return c.Remote.History(t.Context(), 1, 2) },
			"GET /api/v2/rvms/1/remote-access/history?page=2", "",
			Page[RemoteSession]{Items: []RemoteSession{session}, Meta: Meta{CurrentPage: 2, PerPage: 20, LastPage: 2, Total: 21}}},
		{"a command", `{"success":true,"message":"Door opened","command_id":9,"data":{"door_status":"open"}}`,
			func(c *Client) (any, error) {
				return c.Remote.Execute(t.Context(), 1, MachineCommand{Name: "open_door", Payload: map[string]any{"door": "front"}})
			}, "POST /api/rvm/1/execute-command", `{"command_name":"open_door","command_payload":{"door":"front"},"command_type":"HARDWARE_CONTROL"}`,
			CommandResult{9, "Door opened", map[string]any{"door_status": "open"}}},
		{"a command without a payload", `{"success":true,"message":"ok","command_id":"9","data":[]}`,
			func(c *Client) (any, error) {
				return c.Remote.Execute(t.Context(), 1, MachineCommand{Name: "restart_app"})
			},
			"POST /api/rvm/1/execute-command", `{"command_name":"restart_app","command_payload":{},"command_type":"PROCESS_MANAGEMENT"}`,
			CommandResult{9, "ok", []any{}}},
		{"recent commands", `{"success":true,"data":[{"id":9,"command_name":"open_door","status":"completed","executed_at":"2026-01-02T04:04:05Z",` +
			`"completed_at":null,"result":{"data":{"simulation":true}},"error_message":null}]}`,
			func(c *Client) (any, error) {
				sent, err := c.Remote.RecentCommands(t.Context(), 1)
				return len(sent) == 1 && sent[0].Simulated() && sent[0].Name == "open_door", err
			}, "GET /api/rvm/1/recent-commands", "", true},
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
			if page, ok := got.(Page[RemoteSession]); ok {
				page.Meta.ServerTime = time.Time{}
				got = page
			}
			if diff := cmp.Diff(tt.value, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestABuildWithoutRemoteAccessSaysSo(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"no route":                  says(404, `{"message":"The route api/v2/rvms/1/remote-access/start could not be found."}`),
		"another method":            says(405, `{"message":"The POST method is not supported for route x."}`),
		"a login page":              answers(302, "text/html", "<html>", "Location", "http://127.0.0.1:1/login"),
		"a login page by its path":  answers(302, "text/html", "<html>", "Location", "/login"),
		"a browser form":            says(419, `{"message":"CSRF token mismatch."}`),
		"a browser form in a page":  answers(419, "text/html", "<html>Page Expired</html>"),
		"a login page under a path": answers(307, "text/html", "", "Location", "https://rvm.example/app/login/?next=x"),
	} {
		for call, run := range remoteCalls(t) {
			var console *WebConsoleError
			err := run(newTestClient(t, newStage(t, handler).URL))
			if !errors.As(err, &console) || !strings.Contains(err.Error(), console.Path) {
				t.Errorf("%s to %s: got %v, want a build without it", name, call, err)
			}
		}
	}
}

func TestWhatRemoteAnswersMean(t *testing.T) {
	t.Parallel()
	const closed = `{"success":false,"message":"Service port 5001 is not available: Port 5001: Service not available - Connection refused (111)"}`
	for _, tt := range []struct {
		name, call string
		handler    http.HandlerFunc
		want       string
	}{
		{"a closed port of the machine", "start", says(503, closed), "refused"},
		{"a closed port with an address of a proxy", "start", answers(503, "application/json", closed, "Via", "nginx"), "refused"},
		{"maintenance of the platform", "start", says(503, `{"message":"Service Unavailable"}`), "temporary"},
		{"a proxy without the platform", "start", answers(503, "text/html", "<html>"), "uncertain"},
		{"a closed port is no answer to a stop", "stop", says(503, closed), "uncertain"},
		{"a session that is open already", "start", says(409, `{"success":false,"message":"Remote access session already active for this RVM"}`), "refused"},
		{"no session to stop", "stop", says(404, `{"success":false,"message":"No active remote access session found"}`), "not found"},
		{"no machine", "start", says(500, `{"success":false,"message":"Failed to start remote access session: No query results for model [App\\Models\\ReverseVendingMachine] 9"}`), "not found"},
		{"a broken database", "start", says(500, `{"success":false,"message":"Failed to start remote access session: SQLSTATE[08006]"}`), "uncertain"},
		{"a lost login", "start", says(401, `{"message":"Unauthenticated."}`), "unauthenticated"},
		{"another machine's session", "start", says(200, `{"success":true,"data":{"session_id":4,"rvm_id":2}}`), "uncertain"},
		{"a session without a number", "start", says(200, `{"success":true,"data":{"rvm_id":1}}`), "uncertain"},
		{"an answer that is lost", "start", dies, "uncertain"},
		{"an answer to a stop that is lost", "stop", dies, "uncertain"},
		{"a status of another machine", "status", says(200, `{"success":true,"data":{"active_session":{"session_id":4,"rvm_id":2}}}`), "foreign"},
		{"a status of nobody", "status", says(200, `{"success":true,"data":{"hello":"world"}}`), "foreign"},
		{"a status of a wrong kind", "status", says(200, `{"success":true,"data":"none"}`), "foreign"},
		{"an unknown machine", "command", says(404, `{"success":false,"message":"RVM not found","command_id":null,"data":null}`), "not found"},
		{"a machine that says no", "command", says(200, `{"success":false,"message":"Failed to execute command on RVM","command_id":9,"data":null}`), "uncertain"},
		{"a command without a number", "command", says(200, `{"success":true,"message":"ok"}`), "uncertain"},
		{"a command whose answer is lost", "command", dies, "uncertain"},
		{"a list for an answer", "command", says(200, `[]`), "uncertain"},
		{"a redirect elsewhere", "command", answers(302, "text/html", "", "Location", "http://portal.example/"), "foreign"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := newStage(t, tt.handler)
			err := remoteCalls(t)[tt.call](newTestClient(t, server.URL, func(o *Options) { o.ReadAttempts = 1 }))
			if got := verdictOf(err); got != tt.want {
				t.Errorf("got %s (%v), want %s", got, err, tt.want)
			}
			if server.count() != 1 {
				t.Errorf("sent %d times", server.count())
			}
		})
	}
}

func TestASimulatedAnswerIsNoDoneCommand(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"success":true,"message":"Door opened successfully (SIMULATED)","command_id":9,"data":{"door_status":"open","simulation":true}}`,
		`{"success":true,"message":"Door opened","command_id":9,"data":{"simulation":true}}`,
		`{"success":true,"message":"Door opened","command_id":9,"data":{"simulation":1}}`,
		`{"success":true,"message":"Door opened","command_id":9,"data":{"simulation":"true"}}`,
		`{"success":true,"message":"Door opened","command_id":9,"data":{"simulation":"perhaps"}}`,
		`{"success":true,"message":"Door opened","command_id":9,"data":{"simulated":{}}}`,
		`{"success":true,"message":"Door opened","command_id":9,"data":{"result":[{"simulation":true}]}}`,
		`{"success":true,"message":"Door opened","command_id":9,"data":"{\"simulation\":true}"}`,
		`{"success":true,"message":"Door opened","command_id":9,"simulation":true}`,
		`{"success":true,"message":"Door opened (simulated). ","command_id":9}`,
		`{"success":true,"message":"(SIMULATED) Door opened","command_id":9}`,
		`{"success":true,"message":"Door opened","command_id":9,"data":{"message":"Door opened (SIMULATED)"}}`,
		`{"success":true,"message":"Door opened","command_id":9,"data":{"status":"simulated"}}`,
		`{"success":true,"message":"Door opened","command_id":9,"data":["Simulation"]}`,
		`{"success":true,"message":"Door opened","command_id":9,"data":{"Simulation":true}}`,
		`{"success":true,"message":"Door opened","command_id":9,"is_simulated":true}`,
		`{"success":true,"message":"Door opened (SIMULATED)"}`,
		`{"success":true,"message":"the (SIMULATED) door is open","command_id":9,"data":[]}`,
	} {
		var made *SimulatedError
		err := remoteCalls(t)["command"](newTestClient(t, newStage(t, says(200, body)).URL))
		if !errors.As(err, &made) || made.Command != "open_door" || made.RVMID != 1 {
			t.Errorf("%s: got %v, want a made-up answer", body, err)
		}
	}
	for _, body := range []string{
		`{"success":true,"message":"Door opened","command_id":9,"data":{"simulation":false}}`,
		`{"success":true,"message":"Door opened","command_id":9,"data":{"simulation":0}}`,
		`{"success":true,"message":"No step was simulated","command_id":9,"data":{"is_simulated":false,"simulator":"none"}}`,
		`{"success":true,"message":"Door opened","command_id":9,"data":{"simulation":null}}`,
	} {
		if err := remoteCalls(t)["command"](newTestClient(t, newStage(t, says(200, body)).URL)); err != nil {
			t.Errorf("%s: got %v, want done", body, err)
		}
	}
}

// TestACommandWaitsAsLongAsThePlatform uses a transport that gives up early: the platform waits half a minute for a machine.
func TestACommandWaitsAsLongAsThePlatform(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	server := newStage(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			<-hold
			return
		}
		time.Sleep(300 * time.Millisecond)
		says(200, `{"success":true,"message":"ok","command_id":9}`)(w, r)
	})
	t.Cleanup(func() { close(hold) })
	impatient := NewTransport()
	impatient.ResponseHeaderTimeout = 50 * time.Millisecond
	client := newTestClient(t, server.URL, func(o *Options) {
		o.Transport, o.Timeout, o.ReadAttempts = impatient, 100*time.Millisecond, 1
	})
	if err := remoteCalls(t)["command"](client); err != nil {
		t.Errorf("command: %v", err)
	}
	if got := verdictOf(remoteCalls(t)["recent"](client)); got != "unreachable sent=true" {
		t.Errorf("a read waited too: %s", got)
	}
}

func TestWhatIsAskedOfAMachine(t *testing.T) {
	t.Parallel()
	c, ctx := newTestClient(t, "http://127.0.0.1:1"), t.Context()
	good := RemoteStart{AdminID: 2, IPAddress: "172.28.93.97"}
	start := func(change func(*RemoteStart)) error {
		s := good
		change(&s)
		_, err := c.Remote.Start(ctx, 1, s)
		return err
	}
	execute := func(rvm int64, m MachineCommand) error { _, err := c.Remote.Execute(ctx, rvm, m); return err }
	for name, err := range map[string]error{
		"no user":           start(func(s *RemoteStart) { s.AdminID = 0 }),
		"a name":            start(func(s *RemoteStart) { s.IPAddress = "jetson" }),
		"a zone":            start(func(s *RemoteStart) { s.IPAddress = "fe80::1%eth0" }),
		"port 65536":        start(func(s *RemoteStart) { s.Port = 65536 }),
		"port -1":           start(func(s *RemoteStart) { s.Port = -1 }),
		"shell":             start(func(s *RemoteStart) { s.AccessType = "shell" }),
		"4 minutes":         start(func(s *RemoteStart) { s.Minutes = 4 }),
		"481 minutes":       start(func(s *RemoteStart) { s.Minutes = 481 }),
		"a long reason":     start(func(s *RemoteStart) { s.Reason = strings.Repeat("x", 501) }),
		"an unknown order":  execute(1, MachineCommand{Name: "shutdown_system"}),
		"an order to 0":     execute(0, MachineCommand{Name: "open_door"}),
		"a large payload":   execute(1, MachineCommand{Name: "open_door", Payload: map[string]any{"x": strings.Repeat("x", 64<<10)}}),
		"a payload of code": execute(1, MachineCommand{Name: "open_door", Payload: map[string]any{"x": func() {}}}),
		"a long farewell":   func() error { _, err := c.Remote.Stop(ctx, 1, 2, strings.Repeat("x", 256)); return err }(),
		"page -1":           func() error { _, err := c.Remote.History(ctx, 1, -1); return err }(),
	} {
		var limit *LimitError
		if !errors.As(err, &limit) {
			t.Errorf("%s: got %v, want a limit", name, err)
		}
	}
	for _, name := range CommandNames() {
		if err := (MachineCommand{Name: name}).Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheWholeHistoryIsRead(t *testing.T) {
	t.Parallel()
	server := newStage(t, func(w http.ResponseWriter, r *http.Request) {
		row, page := `{"id":21}`, r.URL.Query().Get("page")
		if page == "2" {
			row = `{"id":20}`
		}
		says(200, `{"success":true,"data":{"sessions":[`+row+`],"pagination":{"current_page":`+page+`,"last_page":2,"per_page":1,"total":2}}}`)(w, r)
	})
	var ids []int64
	for session, err := range newTestClient(t, server.URL).Remote.All(t.Context(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, session.ID)
	}
	if diff := cmp.Diff([]int64{21, 20}, ids); diff != "" {
		t.Error(diff)
	}
}
