package platform

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

// field returns the field that a pre-flight check refuses, "" when it accepts.
func field(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var limit *LimitError
	if !errors.As(err, &limit) {
		t.Fatalf("got %T %v, want a *LimitError", err, err)
	}
	if limit.Limit == "" || limit.Got == "" {
		t.Errorf("%#v names no limit or no value", limit)
	}
	checkWords(t, err)
	return limit.Field
}

func TestDepositLimits(t *testing.T) {
	t.Parallel()
	weigh := func(text string) func(*DepositCreate) {
		return func(d *DepositCreate) { d.Weight = mustDecimal(t, text) }
	}
	token := func(text string) func(*DepositCreate) { return func(d *DepositCreate) { d.SessionToken = text } }
	tests := []struct {
		name   string
		change func(*DepositCreate)
		want   string
	}{
		{"a good one", func(*DepositCreate) {}, ""},
		{"no rvm", func(d *DepositCreate) { d.RVMID = 0 }, "rvm_id"},
		{"a negative rvm", func(d *DepositCreate) { d.RVMID = -1 }, "rvm_id"},
		{"a label for a waste type", func(d *DepositCreate) { d.WasteType = "bottle" }, "waste_type"},
		{"a waste type in capitals", func(d *DepositCreate) { d.WasteType = "Plastic" }, "waste_type"},
		{"the lightest", weigh("0.001"), ""}, {"too light", weigh("0.0005"), "weight"}, {"no weight", weigh("0"), "weight"},
		{"a negative weight", weigh("-1"), "weight"}, {"the heaviest", weigh("100"), ""}, {"just too heavy", weigh("100.0004"), "weight"},
		{"one item", func(d *DepositCreate) { d.Quantity = 1 }, ""}, {"no items", func(d *DepositCreate) { d.Quantity = 0 }, "quantity"},
		{"a thousand items", func(d *DepositCreate) { d.Quantity = 1000 }, ""}, {"one more", func(d *DepositCreate) { d.Quantity = 1001 }, "quantity"},
		{"a token", token("00000001-0000-4000-8000-000000000001"), ""},
		{"the longest token", token(strings.Repeat("é", 255)), ""}, {"a longer token", token(strings.Repeat("e", 256)), "session_token"},
		{"a NUL in the token", token("a\x00b"), "session_token"}, {"a line break in the token", token("a\nb"), "session_token"},
		{"a C1 control in the token", token("a\u0085b"), "session_token"}, {"bytes that are no text", token("a\xffb"), "session_token"},
		{"a token that would be trimmed", token(" a"), "session_token"},
		{"metadata", func(d *DepositCreate) { d.Metadata = map[string]string{"capture": "x"} }, ""},
		{"a metadata key with a bracket", func(d *DepositCreate) { d.Metadata = map[string]string{"a]": "x"} }, "metadata key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := validDeposit(t)
			tt.change(&d)
			err := d.Validate()
			if got := field(t, err); got != tt.want {
				t.Errorf("got %q (%v), want %q", got, err, tt.want)
			}
			if tt.want == "session_token" && strings.Contains(err.Error(), "a\\") {
				t.Errorf("%v repeats the token", err)
			}
		})
	}
}

func TestProcessLimits(t *testing.T) {
	t.Parallel()
	tests := []struct{ status, reason, want string }{
		{"completed", "", ""}, {"rejected", "dirty", ""}, {"rejected", strings.Repeat("é", 500), ""},
		{"processed", "", "status"}, {"", "", "status"}, {"completed", "fine", "rejection_reason"},
		{"rejected", "", "rejection_reason"}, {"rejected", "  ", "rejection_reason"},
		{"rejected", strings.Repeat("e", 501), "rejection_reason"},
	}
	for _, tt := range tests {
		if got := field(t, DepositProcess{tt.status, tt.reason}.Validate()); got != tt.want {
			t.Errorf("%s %.20q: got %q, want %q", tt.status, tt.reason, got, tt.want)
		}
	}
}

// blankEngine has a name that the platform would store without its blank.
func blankEngine() EngineSpec {
	spec := validEngine()
	spec.Name += " "
	return spec
}

func validEngine() EngineSpec {
	return EngineSpec{Name: "jetson", Type: EngineTypeJetson, ServerAddress: "172.28.93.97", Port: 5000}
}

func TestEngineLimits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*EngineSpec)
		want   string
	}{
		{"a good one", func(*EngineSpec) {}, ""},
		{"ipv6", func(s *EngineSpec) { s.ServerAddress = "fd00::1" }, ""},
		{"no name", func(s *EngineSpec) { s.Name = "" }, "name"},
		{"a long name", func(s *EngineSpec) { s.Name = strings.Repeat("n", 256) }, "name"},
		{"an escape in the name", func(s *EngineSpec) { s.Name = "a\x1b[2J" }, "name"},
		{"another type", func(s *EngineSpec) { s.Type = "jetson" }, "type"},
		{"a host name", func(s *EngineSpec) { s.ServerAddress = "jetson.local" }, "server_address"},
		{"an address with a port", func(s *EngineSpec) { s.ServerAddress = "172.28.93.97:5000" }, "server_address"},
		{"a zone", func(s *EngineSpec) { s.ServerAddress = "fe80::1%eth0" }, "server_address"},
		{"no port", func(s *EngineSpec) { s.Port = 0 }, "port"},
		{"a port too large", func(s *EngineSpec) { s.Port = 65536 }, "port"},
		{"memory in MB", func(s *EngineSpec) { s.GPUMemoryGB = 8192 }, "gpu_memory_limit"},
		{"a negative timeout", func(s *EngineSpec) { s.ProcessingTimeout = -1 }, "processing_timeout"},
		{"a long timeout", func(s *EngineSpec) { s.ProcessingTimeout = 301 }, "processing_timeout"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := validEngine()
			tt.change(&s)
			if got := field(t, s.Validate()); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	for priority, want := range map[string]string{"": "", "backup": "", "first": "priority"} {
		if got := field(t, Assignment{1, priority}.Validate()); got != want {
			t.Errorf("priority %q: got %q, want %q", priority, got, want)
		}
	}
}

func validDetection() DetectionCreate {
	return DetectionCreate{RVMID: 1, ImagePath: "detection-images/x.jpg", ProcessingTime: 250 * time.Millisecond,
		Timestamp:  time.Date(2026, 1, 2, 3, 4, 5, 6000, time.FixedZone("WIB", 7*3600)),
		Detections: []Detection{{Class: "bottle", Confidence: 0.9, BBox: [4]float64{1, 2, 3, 4}}}}
}

func TestDetectionLimits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*DetectionCreate)
		want   string
	}{
		{"a good one", func(*DetectionCreate) {}, ""},
		{"no rvm", func(d *DetectionCreate) { d.RVMID = 0 }, "rvm_id"},
		{"no picture", func(d *DetectionCreate) { d.ImagePath = "" }, "image_path"},
		{"nothing seen", func(d *DetectionCreate) { d.Detections = nil }, "detections"},
		{"time running backwards", func(d *DetectionCreate) { d.ProcessingTime = -1 }, "processing_time"},
		{"no class", func(d *DetectionCreate) { d.Detections[0].Class = "" }, "detections.0.class"},
		{"a percentage", func(d *DetectionCreate) { d.Detections[0].Confidence = 90 }, "detections.0.confidence"},
		{"a confidence that is no number", func(d *DetectionCreate) { d.Detections[0].Confidence = math.NaN() }, "detections.0.confidence"},
		{"an infinite box", func(d *DetectionCreate) { d.Detections[0].BBox[2] = math.Inf(1) }, "detections.0.bbox"},
		{"a box that is no number", func(d *DetectionCreate) { d.Detections[0].BBox[0] = math.NaN() }, "detections.0.bbox"},
		{"width instead of x2", func(d *DetectionCreate) { d.Detections[0].BBox = [4]float64{100, 100, 50, 200} }, "detections.0.bbox"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := validDetection()
			tt.change(&d)
			if got := field(t, d.Validate()); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestMetricsLimits(t *testing.T) {
	t.Parallel()
	hot, much, days := 200.0, 101.0, int64(MaxUptime+1)
	report := MetricsReport{Application: &ApplicationMetrics{UptimeSeconds: &days, SoftwareVersion: "1"}}
	tests := []struct {
		report MetricsReport
		want   string
	}{
		{MetricsReport{}, ""},
		{MetricsReport{System: &SystemMetrics{CPUUsage: &much}}, "cpu_usage"},
		{MetricsReport{System: &SystemMetrics{Temperature: &hot}}, "temperature"},
		{report, "uptime_seconds"},
	}
	for _, tt := range tests {
		if got := field(t, tt.report.Validate()); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	fits, left := report.Storable()
	if len(left) != 1 || left[0] != "uptime_seconds" || fits.Validate() != nil || fits.Application.SoftwareVersion != "1" {
		t.Errorf("got %+v without %v", fits.Application, left)
	}
	if report.Application.UptimeSeconds == nil {
		t.Error("the caller's own report was changed")
	}
}

func TestARefusalBeforeSendingSendsNothing(t *testing.T) {
	t.Parallel()
	server := newStage(t, says(200, `{}`))
	c, ctx := newTestClient(t, server.URL), t.Context()
	calls := map[string]func() error{
		"login without an address": func() error { _, err := c.Auth.Login(ctx, "admin", "password"); return err },
		"login with a blank":       func() error { _, err := c.Auth.Login(ctx, "a b@c.d", "password"); return err },
		"login with a short word":  func() error { _, err := c.Auth.Login(ctx, "a@b.c", "short"); return err },
		"engine get":               func() error { _, err := c.Engines.Get(ctx, 0); return err },
		"engine create":            func() error { _, err := c.Engines.Create(ctx, EngineSpec{}); return err },
		"engine update":            func() error { _, err := c.Engines.Update(ctx, -1, validEngine()); return err },
		"engine ping":              func() error { _, err := c.Engines.Ping(ctx, 0); return err },
		"engine assign":            func() error { _, err := c.Engines.Assign(ctx, 1, Assignment{}); return err },
		"engine delete":            func() error { return c.Engines.Delete(ctx, 0) },
		"engine list":              func() error { _, err := c.Engines.List(ctx, EngineQuery{PerPage: -1}); return err },
		"detection create":         func() error { _, err := c.Detections.Create(ctx, DetectionCreate{}); return err },
		"detection get":            func() error { _, err := c.Detections.Get(ctx, 0); return err },
		"upload":                   func() error { _, err := c.Uploads.Create(ctx, Upload{}); return err },
		"deposit create":           func() error { _, err := c.Deposits.Create(ctx, DepositCreate{}); return err },
		"deposit get":              func() error { _, err := c.Deposits.Get(ctx, 0); return err },
		"deposit list":             func() error { _, err := c.Deposits.List(ctx, DepositQuery{Page: -1}); return err },
		"deposit process":          func() error { _, err := c.Deposits.Process(ctx, 0, DepositProcess{Status: "completed"}); return err },
		"rvm get":                  func() error { _, err := c.RVMs.Get(ctx, 0); return err },
		"rvm status":               func() error { _, err := c.RVMs.Status(ctx, 0); return err },
		"rvm set status":           func() error { _, err := c.RVMs.SetStatus(ctx, 1, "error"); return err },
		"rvm set status admin":     func() error { _, err := c.RVMs.SetStatusAdmin(ctx, 1, "offline"); return err },
		"metrics push":             func() error { return c.Metrics.Push(ctx, 0, MetricsReport{}) },
		"metrics latest":           func() error { _, err := c.Metrics.Latest(ctx, 0); return err },
		"metrics history":          func() error { _, err := c.Metrics.History(ctx, 1, -1); return err },
		"engine with blanks":       func() error { _, err := c.Engines.Create(ctx, blankEngine()); return err },
		"engines of a NUL":         func() error { _, err := c.Engines.List(ctx, EngineQuery{Type: "\x00"}); return err },
		"deposits of a NUL":        func() error { _, err := c.Deposits.List(ctx, DepositQuery{Status: "\x00"}); return err },
		"deposits of a blank":      func() error { _, err := c.Deposits.List(ctx, DepositQuery{Status: " "}); return err },
		"rvms of a blank":          func() error { _, err := c.RVMs.List(ctx, RVMQuery{Status: " "}); return err },
		"detections of nobody":     func() error { _, err := c.Detections.List(ctx, DetectionQuery{RVMID: -1}); return err },
		"history of nobody":        func() error { _, err := c.Detections.History(ctx, HistoryQuery{RVMID: -1}); return err },
		"trigger": func() error {
			_, err := c.Detections.Trigger(ctx, ProcessingTrigger{RVMID: 1, Priority: "now"})
			return err
		},
		"rvm create":       func() error { _, err := c.RVMs.Create(ctx, RVMCreate{Name: "x", Status: "error"}); return err },
		"rvm update":       func() error { _, err := c.RVMs.Update(ctx, 1, RVMUpdate{}); return err },
		"rvm delete":       func() error { return c.RVMs.Delete(ctx, 0) },
		"rvm regenerate":   func() error { _, err := c.RVMs.RegenerateKey(ctx, 0); return err },
		"rvm statistics":   func() error { _, err := c.RVMs.Statistics(ctx, 0); return err },
		"rvm details":      func() error { _, err := c.RVMs.Details(ctx, 0); return err },
		"rvm store status": func() error { _, err := c.RVMs.StoreStatus(ctx, 1, "offline"); return err },
		"session create":   func() error { _, err := c.Sessions.Create(ctx, 0); return err },
		"session claim":    func() error { _, err := c.Sessions.Claim(ctx, ""); return err },
		"session guest":    func() error { _, err := c.Sessions.ActivateGuest(ctx, "a\x00"); return err },
		"session status":   func() error { _, err := c.Sessions.Status(ctx, " a"); return err },
		"transactions":     func() error { _, err := c.Balance.Transactions(ctx, TransactionQuery{Type: "gift"}); return err },
		"payment":          func() error { _, err := c.Balance.Payment(ctx, 0); return err },
		"device token":     func() error { _, err := c.Devices.CreateToken(ctx, 1, "jetson"); return err },
		"device check":     func() error { _, err := c.Devices.CheckToken(ctx, Secret{}); return err },
		"device revoke":    func() error { return c.Devices.RevokeToken(ctx, NewSecret("a b")) },
		"device claim":     func() error { _, err := c.Devices.Claim(ctx, NewSecret("k"), Claim{}); return err },
		"device update":    func() error { _, err := c.Devices.Update(ctx, NewSecret("k"), SelfUpdate{}); return err },
		"remote start": func() error {
			_, err := c.Remote.Start(ctx, 1, RemoteStart{AdminID: 1, IPAddress: "jetson"})
			return err
		},
		"remote stop":    func() error { _, err := c.Remote.Stop(ctx, 1, 0, ""); return err },
		"remote status":  func() error { _, err := c.Remote.Status(ctx, 0); return err },
		"remote history": func() error { _, err := c.Remote.History(ctx, 1, -1); return err },
		"remote command": func() error { _, err := c.Remote.Execute(ctx, 1, MachineCommand{Name: "dance"}); return err },
		"remote recent":  func() error { _, err := c.Remote.RecentCommands(ctx, 0); return err },
	}
	for name, run := range calls {
		if got := verdictOf(run()); got != "limit" {
			t.Errorf("%s: got %s, want limit", name, got)
		}
	}
	if got := server.count(); got != 0 {
		t.Errorf("%d requests arrived", got)
	}
}

func TestALoginStaysAtHomeInsteadOfCrossingTheInternetInClear(t *testing.T) {
	t.Parallel()
	client := newTestClient(t, "http://203.0.113.9", func(o *Options) { o.Token = "" })
	_, err := client.Auth.Login(t.Context(), "a@b.c", "password")
	var plaintext *PlaintextError
	if !errors.As(err, &plaintext) || plaintext.Host != "203.0.113.9" {
		t.Errorf("got %v, want a plaintext error", err)
	}
}
