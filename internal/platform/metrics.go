package platform

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// MetricsService stores and reads the measurements of machines. The platform takes them without a token.
type MetricsService struct{ c *Client }

// MetricsReport is one set of measurements, in the nested form that the platform stores. Nil parts are not sent.
type MetricsReport struct {
	System      *SystemMetrics      `json:"system_metrics,omitempty" wire:"system"`
	Application *ApplicationMetrics `json:"application_metrics,omitempty" wire:"application"`
	Network     *NetworkInfo        `json:"network_info,omitempty" wire:"network"`
}

// SystemMetrics are percentages 0–100 and degrees Celsius; nil is unknown.
type SystemMetrics struct {
	CPUUsage    *float64 `json:"cpu_usage,omitempty" wire:"cpu_percent"`
	MemoryUsage *float64 `json:"memory_usage,omitempty" wire:"memory_percent"`
	DiskUsage   *float64 `json:"disk_usage,omitempty" wire:"disk_percent"`
	GPUUsage    *float64 `json:"gpu_usage,omitempty" wire:"gpu_percent"`
	Temperature *float64 `json:"temperature,omitempty" wire:"cpu_temperature"`
}

// ApplicationMetrics describe the software on the machine.
type ApplicationMetrics struct {
	SoftwareVersion string `json:"software_version,omitempty"`
	AIModelVersion  string `json:"ai_model_version,omitempty"`
	AIModelPath     string `json:"ai_model_path,omitempty"`
	// UptimeSeconds above MaxUptime overflows the platform's column.
	UptimeSeconds            *int64     `json:"uptime_seconds,omitempty"`
	DepositCountSinceRestart *int64     `json:"deposit_count_since_restart,omitempty"`
	LastDepositTime          *time.Time `json:"last_deposit_time,omitempty"`
	ErrorCount               *int64     `json:"error_count,omitempty"`
	WarningCount             *int64     `json:"warning_count,omitempty"`
}

// NetworkInfo describes the machine's link.
type NetworkInfo struct {
	LocalIP          string   `json:"local_ip,omitempty"`
	VirtualIP        string   `json:"virtual_ip,omitempty"`
	GatewayIP        string   `json:"gateway_ip,omitempty"`
	DNSServers       []string `json:"dns_servers,omitempty"`
	NetworkInterface string   `json:"network_interface,omitempty"`
	ConnectionType   string   `json:"connection_type,omitempty"`
	SignalStrength   *float64 `json:"signal_strength,omitempty"`
}

// MaxUptime is the largest uptime in seconds that the platform was seen to store.
const MaxUptime = 9999

// Metrics is what the platform holds for a machine.
type Metrics struct {
	MetricsReport
	// Simulated is true when the platform made the figures up because the machine never reported: there is no data.
	Simulated bool
	Timestamp time.Time
}

// Storable returns the report without what the platform cannot store, and the names of what was left out.
func (m MetricsReport) Storable() (MetricsReport, []string) {
	if a := m.Application; a != nil && a.UptimeSeconds != nil && *a.UptimeSeconds > MaxUptime {
		fits := *a
		fits.UptimeSeconds = nil
		m.Application = &fits
		return m, []string{"uptime_seconds"}
	}
	return m, nil
}

// Push stores a report. The platform says neither what it stored nor under which id, so success rests on its word.
// Validation failures come back from the platform as 500, hence as *UncertainError: Validate first catches those known.
func (s *MetricsService) Push(ctx context.Context, rvmID int64, report MetricsReport) error {
	if err := firstError(checkID("rvm", rvmID), report.Validate()); err != nil {
		return err
	}
	k := call{method: http.MethodPost, path: idPath(rvmsPath, rvmID, "/metrics"), body: report.inUTC(), changes: true}
	return s.c.done(ctx, k)
}

// inUTC keeps the platform, which drops the zone of a date, from shifting it.
func (m MetricsReport) inUTC() MetricsReport {
	if a := m.Application; a != nil && a.LastDepositTime != nil {
		moved, at := *a, a.LastDepositTime.UTC()
		moved.LastDepositTime = &at
		m.Application = &moved
	}
	return m
}

// Latest returns the newest report of a machine. Look at Simulated before believing it.
func (s *MetricsService) Latest(ctx context.Context, rvmID int64) (Metrics, error) {
	if err := checkID("rvm", rvmID); err != nil {
		return Metrics{}, err
	}
	k := get(idPath(rvmsPath, rvmID, "/metrics/latest"), nil)
	a, err := s.c.send(ctx, k)
	if err != nil {
		return Metrics{}, err
	}
	m, err := decodeMetrics(a)
	if err != nil {
		return Metrics{}, s.c.mistaken(k, a.from, err.Error())
	}
	return m, nil
}

func decodeMetrics(a answer) (Metrics, error) {
	var m Metrics
	if err := assignNamed("data", a.data, &m); err != nil {
		return Metrics{}, err
	}
	m.Simulated = m.Simulated || invented(a)
	if m.silent() && !(a.saysSuccess() && isEmpty(a.data)) {
		return Metrics{}, &shapeError{"data", "no measurement in the answer"}
	}
	return m, nil
}

// isEmpty is how the platform says that it holds nothing.
func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// silent says that nothing at all was measured, not even when.
func (m Metrics) silent() bool {
	return m.System == nil && m.Application == nil && m.Network == nil && m.Timestamp.IsZero() && !m.Simulated
}

// History returns up to limit reports of a machine, newest first; limit is 1–1000, or 0 for the platform's default. Look at
// Simulated of each before believing it.
func (s *MetricsService) History(ctx context.Context, rvmID int64, limit int) ([]Metrics, error) {
	if err := firstError(checkID("rvm", rvmID), checkOptional("limit", limit, maxHistory, "rows")); err != nil {
		return nil, err
	}
	query := url.Values{}
	setInt(query, "limit", int64(limit))
	k := get(idPath(rvmsPath, rvmID, "/metrics/history"), query)
	a, err := s.c.send(ctx, k)
	if err != nil {
		return nil, err
	}
	page, err := decodePage[Metrics](a)
	if err != nil {
		return nil, s.c.mistaken(k, a.from, err.Error())
	}
	for i := range page.Items {
		if page.Items[i].silent() {
			return nil, s.c.mistaken(k, a.from, "no measurement in a row")
		}
		page.Items[i].Simulated = page.Items[i].Simulated || invented(a)
	}
	return page.Items, nil
}

// invented says that the mark of invented figures stands outside of them.
func invented(a answer) bool {
	for _, v := range []any{a.data, a.top} {
		if object, ok := v.(map[string]any); ok {
			if yes, err := wireBool(object["simulation"]); err == nil && yes {
				return true
			}
		}
	}
	return false
}

// metricsWire reads the nested form; the flat one has the system figures beside the timestamp.
type metricsWire struct {
	System      *SystemMetrics      `json:"system" wire:"system_metrics"`
	Application *ApplicationMetrics `json:"application" wire:"application_metrics"`
	Network     *NetworkInfo        `json:"network" wire:"network_info"`
	Timestamp   time.Time           `json:"timestamp" wire:"created_at"`
	Simulation  bool                `json:"simulation"`
}

func (m *Metrics) fromWire(v any) error {
	var wire metricsWire
	if err := decode(v, &wire); err != nil {
		return err
	}
	if wire.System == nil {
		var flat SystemMetrics
		if err := decode(v, &flat); err != nil {
			return err
		}
		if flat != (SystemMetrics{}) {
			wire.System = &flat
		}
	}
	*m = Metrics{MetricsReport{wire.System, wire.Application, wire.Network}, wire.Simulation, wire.Timestamp}
	return nil
}
