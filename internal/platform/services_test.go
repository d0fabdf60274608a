package platform

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const engineJSON = `{"id":5,"name":"jetson","type":"jetson_edge","server_address":"172.28.93.97","port":"5000","gpu_memory_limit":"8",` +
	`"docker_gpu_passthrough":0,"model_path":null,"processing_timeout":30,"auto_failover":true,"is_active":1,"is_online":true,` +
	`"last_ping_at":"2025-09-26T17:33:04.000000Z","ping_response_time":null,"health_status":[],"rvms":[{"id":1,"name":"RVM-001","status":"active","pivot":{"priority":"primary"}}]}`

func storedEngine() Engine {
	return Engine{ID: 5, Name: "jetson", Type: EngineTypeJetson, ServerAddress: "172.28.93.97", Port: 5000, GPUMemoryLimit: Gigabytes(8),
		ProcessingTimeout: 30, AutoFailover: true, IsActive: true, IsOnline: true,
		LastPingAt: time.Date(2025, 9, 26, 17, 33, 4, 0, time.UTC), RVMs: []EngineRVM{{1, "RVM-001", "active"}}}
}

// TestEveryServiceCall checks method, path, query and body of each call and what it makes of a good answer.
func TestEveryServiceCall(t *testing.T) {
	t.Parallel()
	yes := true
	half, many := 12.5, int64(7)
	at := time.Date(2026, 1, 2, 10, 0, 0, 0, time.FixedZone("WIB", 7*3600))
	tests := []struct {
		name   string
		answer string
		run    func(*Client) (any, error)
		want   string
		body   string
		value  any
	}{
		{"login", `{"success":true,"data":{"user":{"id":1,"name":"A","email":"a@b.c","role":"User"},"token":"2|abc","token_type":"Bearer"}}`,
			func(c *Client) (any, error) { return c.Auth.Login(t.Context(), "a@b.c", "password") },
			"POST /api/v2/auth/login", `{"email":"a@b.c","password":"password"}`,
			Login{User{1, "A", "a@b.c", "User"}, NewSecret("2|abc"), "Bearer"}},
		{"me", `{"success":true,"data":{"user":{"id":1,"name":"A","email":"a@b.c","role":"User"}}}`,
			func(c *Client) (any, error) { return c.Auth.Me(t.Context()) },
			"GET /api/v2/auth/me", "", User{1, "A", "a@b.c", "User"}},
		{"logout", `{"success":true,"message":"Logged out successfully"}`,
			func(c *Client) (any, error) { return nil, c.Auth.Logout(t.Context()) },
			"POST /api/v2/auth/logout", "", nil},
		{"engine get", `{"success":true,"data":` + engineJSON + `}`,
			func(c *Client) (any, error) { return c.Engines.Get(t.Context(), 5) },
			"GET /api/v2/processing-engines/5", "", storedEngine()},
		{"engine list", `{"success":true,"data":[]}`,
			func(c *Client) (any, error) {
				page, err := c.Engines.List(t.Context(), EngineQuery{Type: "nvidia_cuda", Page: 2, PerPage: 50})
				return len(page.Items), err
			}, "GET /api/v2/processing-engines?page=2&per_page=50&type=nvidia_cuda", "", 0},
		{"engine create", `{"success":true,"data":` + engineJSON + `}`,
			func(c *Client) (any, error) {
				spec := validEngine()
				spec.GPUMemoryGB, spec.IsActive = 8, &yes
				return c.Engines.Create(t.Context(), spec)
			}, "POST /api/v2/processing-engines",
			`{"name":"jetson","type":"jetson_edge","server_address":"172.28.93.97","port":5000,"gpu_memory_limit":8,"is_active":true}`, storedEngine()},
		{"engine update", `{"success":true,"data":` + engineJSON + `}`,
			func(c *Client) (any, error) { return c.Engines.Update(t.Context(), 5, validEngine()) },
			"PUT /api/v2/processing-engines/5", `{"name":"jetson","type":"jetson_edge","server_address":"172.28.93.97","port":5000}`, storedEngine()},
		{"engine ping", `{"success":true,"data":{"id":5,"name":"jetson","is_online":true}}`,
			func(c *Client) (any, error) { return c.Engines.Ping(t.Context(), 5) },
			"POST /api/v2/processing-engines/5/ping", "", EnginePing{ID: 5, Name: "jetson", IsOnline: true}},
		{"engine assign", `{"success":true,"data":{"processing_engine":` + engineJSON + `,"rvm":{"id":1,"name":"RVM-001","status":"active"}}}`,
			func(c *Client) (any, error) { return c.Engines.Assign(t.Context(), 5, Assignment{1, "backup"}) },
			"POST /api/v2/processing-engines/5/assign", `{"rvm_id":1,"priority":"backup"}`,
			Assigned{storedEngine(), EngineRVM{1, "RVM-001", "active"}}},
		{"engine delete", `{"success":true,"message":"deleted"}`,
			func(c *Client) (any, error) { return nil, c.Engines.Delete(t.Context(), 5) },
			"DELETE /api/v2/processing-engines/5", "", nil},
		{"detection create", `{"success":true,"data":{"id":8,"rvm_id":1,"image_path":"detection-images/x.jpg","status":"completed",` +
			`"processing_time":"0.25","detections":"[{\"class\":\"bottle\",\"confidence\":\"0.9\",\"bbox\":[1,2,3,4]}]"}}`,
			func(c *Client) (any, error) { return c.Detections.Create(t.Context(), validDetection()) },
			"POST /api/v2/detection-results",
			`{"rvm_id":1,"image_path":"detection-images/x.jpg","detections":[{"class":"bottle","confidence":0.9,"bbox":[1,2,3,4]}],` +
				`"timestamp":"2026-01-01T20:04:05.000006Z","processing_time":0.25}`,
			DetectionResult{ID: 8, RVMID: 1, ImagePath: "detection-images/x.jpg", Status: "completed", ProcessingTime: decimalPtr(t, "0.25"),
				Detections: []Detection{{Class: "bottle", Confidence: 0.9, BBox: [4]float64{1, 2, 3, 4}}}}},
		{"detection get", `{"success":true,"data":{"id":8,"detections":[{"class_name":"can","confidence":0.5,"box":[1,2,3,4]}]}}`,
			func(c *Client) (any, error) { return c.Detections.Get(t.Context(), 8) },
			"GET /api/v2/detection-results/8", "",
			DetectionResult{ID: 8, Detections: []Detection{{Class: "can", Confidence: 0.5, BBox: [4]float64{1, 2, 3, 4}}}}},
		{"detection list", `{"success":true,"data":[]}`,
			func(c *Client) (any, error) {
				page, err := c.Detections.List(t.Context(), DetectionQuery{RVMID: 3, From: at})
				return len(page.Items), err
			}, "GET /api/v2/detection-results?date_from=2026-01-02T03%3A00%3A00.000000Z&rvm_id=3", "", 0},
		{"deposit list", `{"success":true,"data":[]}`,
			func(c *Client) (any, error) {
				page, err := c.Deposits.List(t.Context(), DepositQuery{Status: "processing", PerPage: 7})
				return len(page.Items), err
			}, "GET /api/v2/deposits?per_page=7&status=processing", "", 0},
		{"deposit process", `{"success":true,"data":{"deposit_id":9,"status":"rejected","reward_amount":"1.50","processed_at":null}}`,
			func(c *Client) (any, error) {
				return c.Deposits.Process(t.Context(), 9, DepositProcess{DepositRejected, "dirty"})
			}, "POST /api/v2/deposits/9/process", `{"status":"rejected","rejection_reason":"dirty"}`,
			DepositProcessed{ID: 9, Status: "rejected", RewardAmount: mustDecimal(t, "1.5")}},
		{"deposit statistics", `{"success":true,"data":{"total_deposits":5,"completed_deposits":1,"pending_deposits":null,"rejected_deposits":"1","total_rewards":null}}`,
			func(c *Client) (any, error) {
				stats, err := c.Deposits.Statistics(t.Context())
				return []int{stats.Total, stats.Processing()}, err
			}, "GET /api/v2/deposits/statistics", "", []int{5, 3}},
		{"rvm list", `{"success":true,"data":[],"pagination":{"total":0}}`,
			func(c *Client) (any, error) {
				page, err := c.RVMs.List(t.Context(), RVMQuery{Search: "a&b", Status: "full"})
				return len(page.Items), err
			}, "GET /api/v2/rvms?search=a%26b&sort_by=id&sort_order=asc&status=full", "", 0},
		{"rvm set status", `{"success":true,"data":{"id":6,"name":"x","status":"full","updated_at":"2026-01-02T03:00:00Z"}}`,
			func(c *Client) (any, error) { return c.RVMs.SetStatus(t.Context(), 6, "full") },
			"PATCH /api/v2/rvms/6/status", `{"status":"full"}`, StatusChange{RVMID: 6, Name: "x", New: "full", ChangedAt: at.UTC().Add(0)}},
		{"rvm set status admin", `{"success":true,"data":{"rvm_id":"6","old_status":"full","new_status":"error","changed_at":"2026-01-02T03:00:00Z"}}`,
			func(c *Client) (any, error) { return c.RVMs.SetStatusAdmin(t.Context(), 6, "error") },
			"POST /api/v2/admin/rvm/6/status", `{"status":"error"}`, StatusChange{RVMID: 6, Old: "full", New: "error", ChangedAt: at.UTC()}},
		{"rvm status, nested", `{"success":true,"data":{"rvm":{"id":6,"name":"x","status":"active","api_key":"rvm_k","processing_engines":[` + engineJSON + `]},` +
			`"latest_detection":{"id":8},"detection_stats":{"total_detections":2},"status":{"is_online":true,"recent_deposits_count":4}}}`,
			func(c *Client) (any, error) { return c.RVMs.Status(t.Context(), 6) }, "GET /api/v2/rvm-status/6", "",
			RVMStatus{RVM: RVM{ID: 6, Name: "x", Status: "active", APIKey: NewSecret("rvm_k")}, Engines: []Engine{storedEngine()},
				LatestDetection: &DetectionResult{ID: 8}, Detections: DetectionStatistics{Total: 2}, MarkedOnline: true, RecentDeposits: 4}},
		{"rvm status, flat", `{"success":true,"data":{"rvm_id":6,"rvm_name":"x","current_status":"active","latest_detection_result":"garbage","timestamp":"2026-01-02T03:00:00Z"}}`,
			func(c *Client) (any, error) { return c.RVMs.Status(t.Context(), 6) }, "GET /api/v2/rvm-status/6", "",
			RVMStatus{RVM: RVM{ID: 6, Name: "x", Status: "active"}, LastActivity: at.UTC()}},
		{"metrics push", `{"success":true,"message":"Metrics stored successfully"}`,
			func(c *Client) (any, error) {
				return nil, c.Metrics.Push(t.Context(), 6, MetricsReport{System: &SystemMetrics{CPUUsage: &half},
					Application: &ApplicationMetrics{ErrorCount: &many, LastDepositTime: &at}})
			}, "POST /api/v2/rvms/6/metrics",
			`{"system_metrics":{"cpu_usage":12.5},"application_metrics":{"last_deposit_time":"2026-01-02T03:00:00Z","error_count":7}}`, nil},
		{"metrics latest", `{"success":true,"data":{"system":{"cpu_usage":"12.5"},"network":[],"timestamp":"2026-01-02 03:00:00"}}`,
			func(c *Client) (any, error) { return c.Metrics.Latest(t.Context(), 6) }, "GET /api/v2/rvms/6/metrics/latest", "",
			Metrics{MetricsReport{System: &SystemMetrics{CPUUsage: &half}, Network: &NetworkInfo{}}, false, at.UTC()}},
		{"metrics latest, flat", `{"success":true,"data":{"cpu_usage":12.5,"timestamp":"2026-01-02 03:00:00"}}`,
			func(c *Client) (any, error) { return c.Metrics.Latest(t.Context(), 6) }, "GET /api/v2/rvms/6/metrics/latest", "",
			Metrics{MetricsReport{System: &SystemMetrics{CPUUsage: &half}}, false, at.UTC()}},
		{"metrics latest, made up", `{"success":true,"data":{"system":{"cpu_usage":12.5},"simulation":true}}`,
			func(c *Client) (any, error) { m, err := c.Metrics.Latest(t.Context(), 6); return m.Simulated, err },
			"GET /api/v2/rvms/6/metrics/latest", "", true},
		{"metrics latest, made up outside", `{"success":true,"simulation":true,"data":{"system":{"cpu_usage":12.5}}}`,
			func(c *Client) (any, error) { m, err := c.Metrics.Latest(t.Context(), 6); return m.Simulated, err },
			"GET /api/v2/rvms/6/metrics/latest", "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := newStage(t, says(http.StatusOK, tt.answer))
			got, err := tt.run(newTestClient(t, server.URL))
			if err != nil {
				t.Fatal(err)
			}
			request, body := server.last(t)
			if line := request.Method + " " + request.URL.String(); line != tt.want {
				t.Errorf("asked %s, want %s", line, tt.want)
			}
			if body != tt.body {
				t.Errorf("sent %s\nwant %s", body, tt.body)
			}
			if diff := cmp.Diff(tt.value, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if signed := request.Header.Get("Authorization") != ""; signed != (tt.name != "login") {
				t.Errorf("token sent: %t", signed)
			}
		})
	}
}

func decimalPtr(t *testing.T, text string) *Decimal {
	d := mustDecimal(t, text)
	return &d
}

// TestAnAnswerAboutSomethingElseIsNone gives each call a success that speaks of another thing.
func TestAnAnswerAboutSomethingElseIsNone(t *testing.T) {
	t.Parallel()
	calls := map[string]struct {
		run  func(*Client) error
		want string
	}{
		"login":            {func(c *Client) error { _, err := c.Auth.Login(t.Context(), "a@b.c", "password"); return err }, "foreign"},
		"engine get":       {func(c *Client) error { _, err := c.Engines.Get(t.Context(), 5); return err }, "foreign"},
		"engine update":    {func(c *Client) error { _, err := c.Engines.Update(t.Context(), 5, validEngine()); return err }, "uncertain"},
		"engine ping":      {func(c *Client) error { _, err := c.Engines.Ping(t.Context(), 5); return err }, "uncertain"},
		"engine assign":    {func(c *Client) error { _, err := c.Engines.Assign(t.Context(), 5, Assignment{RVMID: 1}); return err }, "uncertain"},
		"detection create": {func(c *Client) error { _, err := c.Detections.Create(t.Context(), validDetection()); return err }, "uncertain"},
		"deposit get":      {func(c *Client) error { _, err := c.Deposits.Get(t.Context(), 5); return err }, "foreign"},
		"deposit process": {func(c *Client) error {
			_, err := c.Deposits.Process(t.Context(), 5, DepositProcess{Status: "completed"})
			return err
		}, "uncertain"},
		"deposit figures": {func(c *Client) error { _, err := c.Deposits.Statistics(t.Context()); return err }, "foreign"},
		"rvm get":         {func(c *Client) error { _, err := c.RVMs.Get(t.Context(), 5); return err }, "foreign"},
		"rvm status":      {func(c *Client) error { _, err := c.RVMs.Status(t.Context(), 5); return err }, "foreign"},
		"rvm set status":  {func(c *Client) error { _, err := c.RVMs.SetStatus(t.Context(), 5, "full"); return err }, "uncertain"},
	}
	for name, tt := range calls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newStage(t, says(http.StatusOK, `{"success":true,"data":{"id":6,"rvm_id":2,"status":"active"}}`))
			if got := verdictOf(tt.run(newTestClient(t, server.URL))); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	no := false
	spec := validEngine()
	if got := storedEngine().Differences(spec); got != nil {
		t.Errorf("got %v, want none", got)
	}
	spec.Name, spec.GPUMemoryGB, spec.AutoFailover, spec.ModelPath = "other", 4, &no, "m"
	want := []string{"name", "gpu_memory_limit", "model_path", "auto_failover"}
	if diff := cmp.Diff(want, storedEngine().Differences(spec)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
