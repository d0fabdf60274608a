package platform

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestParseMetrics(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want, ignored string }{
		{"nested", `{"system_metrics":{"cpu_usage":12.5},"application_metrics":{"error_count":"3"},"network_info":{"dns_servers":["1.1.1.1"]}}`,
			`{"system_metrics":{"cpu_usage":12.5},"application_metrics":{"error_count":3},"network_info":{"dns_servers":["1.1.1.1"]}}`, ""},
		{"as the platform gives it", `{"system":{"cpu_usage":1},"application":[],"network":null}`, `{"system_metrics":{"cpu_usage":1}}`, ""},
		{"flat", `{"cpu_usage":1,"memory_usage":"2","disk_usage":3,"gpu_usage":4,"temperature":-5,"free_memory":6}`,
			`{"system_metrics":{"cpu_usage":1,"memory_usage":2,"disk_usage":3,"gpu_usage":4,"temperature":-5}}`, "free_memory"},
		{"services", `{"rvm_id":2,"services":{"a":{"cpu_percent":1,"state":"up"},"b":{"cpu_percent":2,"memory_percent":3},"c":"down"}}`,
			`{"system_metrics":{"cpu_usage":1,"memory_usage":3}}`, "services.a.state services.c"},
		{"a part in a string", `{"system_metrics":"{\"cpu_usage\":1}"}`, `{"system_metrics":{"cpu_usage":1}}`, ""},
		{"nested figures count before flat ones", `{"cpu_usage":9,"disk_usage":8,"system_metrics":{"cpu_usage":1}}`,
			`{"system_metrics":{"cpu_usage":1,"disk_usage":8}}`, ""},
		{"an unknown key inside", `{"system_metrics":{"cpu_usage":1,"fans":2}}`, `{"system_metrics":{"cpu_usage":1}}`, "system_metrics.fans"},
		{"no figure", `{"system_metrics":{}}`, "!there is no measurement in it", ""},
		{"a list", `[]`, "!a list where an object of measurements belongs", ""},
		{"a word for a number", `{"temperature":"hot"}`, "!temperature: ", ""},
		{"no JSON", `cpu 1`, "!not valid JSON", ""},
		{"too much", strings.Repeat(" ", MaxMetricsDocument+1), "!larger than 1 MiB", ""},
	} {
		draft, err := ParseMetrics([]byte(tt.text))
		if reason, bad := strings.CutPrefix(tt.want, "!"); bad {
			var document *MetricsDocumentError
			if !errors.As(err, &document) || !strings.HasPrefix(err.Error(), reason) {
				t.Errorf("%s: got %v, want %s", tt.name, err, reason)
			}
			continue
		}
		got, _ := json.Marshal(draft.MetricsReport)
		if err != nil || string(got) != tt.want || strings.Join(draft.Ignored, " ") != tt.ignored {
			t.Errorf("%s: got %s without %v (%v), want %s without %s", tt.name, got, draft.Ignored, err, tt.want, tt.ignored)
		}
	}
}

func FuzzParseMetrics(f *testing.F) {
	for _, seed := range []string{`{"cpu_usage":1}`, `{"services":{"a":{"cpu_percent":1}}}`, `{"application":{"last_deposit_time":"2026-01-01","uptime_seconds":1e4}}`, "\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		draft, err := ParseMetrics(raw)
		if err != nil {
			return
		}
		report, _ := draft.Storable()
		if report.Validate() == nil {
			if _, err := json.Marshal(report.inUTC()); err != nil {
				t.Errorf("%+v passed and cannot be sent: %v", report, err)
			}
		}
	})
}
