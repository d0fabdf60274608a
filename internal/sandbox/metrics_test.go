package sandbox

import "testing"

func TestMetricsOfASilentMachineAreMarkedAsInvented(t *testing.T) {
	t.Parallel()
	p := open(t)
	p.call("", "GET", "/api/v2/rvms/1/metrics", "").want(t, 200, "data.simulation", true)
	p.call("", "GET", "/api/v2/rvms/1/metrics/latest", "").want(t, 200, "data.simulation", true)
	p.call("", "GET", "/api/v2/rvms/1/metrics/history", "").want(t, 200, "data", "[]")
}

func TestMetricsComeBackAsSent(t *testing.T) {
	t.Parallel()
	p := open(t)
	const path = "/api/v2/rvms/1/metrics"
	p.call("", "POST", path, `{"system_metrics":{"cpu_usage":12.5,"temperature":51},"application_metrics":
		{"software_version":"1.2.3","uptime_seconds":9999},"network_info":{"local_ip":"10.0.0.2","dns_servers":[]}}`).
		want(t, 200, "success", true, "message", "Metrics stored successfully")
	p.call("", "GET", path, "").want(t, 200, "data.system.cpu_usage", "12.5", "data.application.software_version", "1.2.3",
		"data.network.local_ip", "10.0.0.2", "data.simulation", nil)
	p.call("", "POST", path, `{"cpu_usage":99,"memory_usage":10}`).want(t, 200)
	p.call("", "GET", path+"/latest", "").want(t, 200, "data.system.cpu_usage", 99, "data.application", "[]")
	p.call("", "POST", path, `{"rvm_id":1,"services":{"camera":"up"}}`).want(t, 200)
	p.call("", "GET", path+"/history?limit=2", "").want(t, 200, "data.0.application.services.camera", "up",
		"data.1.system.cpu_usage", 99, "data.2", nil)
}

func TestMetricsThatDoNotFitAreServerErrors(t *testing.T) {
	t.Parallel()
	p := open(t)
	for body, want := range map[string]string{
		`{"system_metrics":{"cpu_usage":101}}`: "The system metrics.cpu usage field must not be greater than 100.",
		`{"temperature":"hot"}`:                "The temperature field must be a number.",
		`{"network_info":"none"}`:              "The network info field must be an array.",
		`{"temperature":"hot","cpu_usage":-1,"gpu_usage":"x","disk_usage":101,"memory_usage":[]}`: "The cpu usage field must be at least 0. (and 4 more errors)",
		`{"application_metrics":{"uptime_seconds":10000}}`: `SQLSTATE[22003]: Numeric value out of range: 7 ERROR:  ` +
			`numeric field overflow in column "uptime_seconds"`,
	} {
		p.call("", "POST", "/api/v2/rvms/1/metrics", body).want(t, 500, "success", false, "error", want)
	}
	p.call("", "POST", "/api/v2/rvms/99/metrics", `{}`).want(t, 500)
}
