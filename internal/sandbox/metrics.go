package sandbox

import (
	"database/sql"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"strconv"
)

// maxUptime is the largest uptime in seconds that the platform's column was seen to hold.
const maxUptime = 9999

func metricRoutes(public guard) []route {
	const base = "api/v2/rvms/{}/metrics"
	const failed = "Failed to retrieve metrics"
	return []route{
		on("POST", base, public, withRVM("Failed to store metrics", storeMetrics)),
		on("GET", base, public, withRVM(failed, latestMetrics)),
		on("GET", base+"/latest", public, withRVM(failed, latestMetrics)),
		on("GET", base+"/history", public, withRVM(failed, metricsHistory)),
		on("POST", "api/rvm/{}/metrics", public, withRVM("Failed to store metrics", storeMetrics)),
		on("POST", "api/rvm/{}/store-metrics", public, withRVM("Failed to store metrics", storeMetrics)),
		on("GET", "api/rvm/{}/metrics", public, withRVM(failed, latestMetrics)),
	}
}

// gauge is a measured value of the flat form, with its least and its largest value.
type gauge struct {
	name        string
	least, most float64
}

func gauges() []gauge {
	return []gauge{{"cpu_usage", 0, 100}, {"memory_usage", 0, 100}, {"disk_usage", 0, 100}, {"gpu_usage", 0, 100},
		{"temperature", -50, 150}}
}

func metricSpecs() []spec {
	specs := []spec{
		must("system_metrics", nullable, isArray()),
		must("application_metrics", nullable, isArray()),
		must("network_info", nullable, isArray()),
		must("services", nullable, isArray()),
		must("application_metrics.uptime_seconds", nullable, isInteger(), atLeast(0)),
		must("application_metrics.deposit_count_since_restart", nullable, isInteger(), atLeast(0)),
		must("application_metrics.error_count", nullable, isInteger(), atLeast(0)),
		must("application_metrics.warning_count", nullable, isInteger(), atLeast(0)),
	}
	for _, g := range gauges() {
		rules := []rule{nullable, isNumeric(), atLeast(g.least), atMost(g.most)}
		specs = append(specs, spec{"system_metrics." + g.name, rules}, spec{g.name, rules})
	}
	return specs
}

// storeMetrics takes the nested form, the flat form and the services of the first edge software. What does not pass
// validation is a server error, because the platform validates inside the same catch.
func storeMetrics(c *call, m rvm) (reply, error) {
	const failed = "Failed to store metrics"
	errs, err := c.validate(nil, metricSpecs()...)
	if err != nil {
		return reply{}, err
	}
	if errs != nil {
		return caught(failed, errs.summary()), nil
	}
	system, application, network := c.metricParts()
	if uptime, _ := asNumber(application["uptime_seconds"]); uptime > maxUptime {
		return caught(failed, "SQLSTATE[22003]: Numeric value out of range: 7 ERROR:  numeric field overflow "+
			`in column "uptime_seconds"`), nil
	}
	encoded := make([]string, 0, 3)
	for _, part := range []map[string]any{system, application, network} {
		text, err := phpJSON(emptyAsList(part), false)
		if err != nil {
			return reply{}, err
		}
		encoded = append(encoded, string(text))
	}
	_, err = c.tx.Exec("INSERT INTO metrics (rvm_id, system, application, network, created_at) VALUES (?, ?, ?, ?, ?)",
		m.id, encoded[0], encoded[1], encoded[2], c.now.Unix())
	return ok("Metrics stored successfully", nil), err
}

// metricParts sorts whatever form was sent into the three stored parts.
func (c *call) metricParts() (system, application, network map[string]any) {
	part := func(name string) map[string]any {
		if found, is := c.input[name].(map[string]any); is {
			return found
		}
		return map[string]any{}
	}
	system, application, network = part("system_metrics"), part("application_metrics"), part("network_info")
	for _, g := range gauges() {
		if value, flat := c.input[g.name]; flat {
			system[g.name] = value
		}
	}
	if services := part("services"); len(services) > 0 {
		application["services"] = services
	}
	return system, application, network
}

type metricsWire struct {
	System      json.RawMessage `json:"system"`
	Application json.RawMessage `json:"application"`
	Network     json.RawMessage `json:"network"`
	Timestamp   string          `json:"timestamp"`
}

func scanMetrics(row scanner) (m metricsWire, err error) {
	var system, application, network string
	var at int64
	err = row.Scan(&system, &application, &network, &at)
	return metricsWire{json.RawMessage(system), json.RawMessage(application), json.RawMessage(network), stamp(at)}, err
}

const metricColumns = "SELECT system, application, network, created_at FROM metrics WHERE rvm_id = ? ORDER BY id DESC"

// latestMetrics makes figures up for a machine that never reported, and marks them so, as the platform does.
func latestMetrics(c *call, m rvm) (reply, error) {
	found, err := scanMetrics(c.tx.QueryRow(metricColumns+" LIMIT 1", m.id))
	if errors.Is(err, sql.ErrNoRows) {
		return ok("Metrics retrieved successfully", c.inventedMetrics()), nil
	}
	return ok("Metrics retrieved successfully", found), err
}

func (c *call) inventedMetrics() map[string]any {
	between := func(low, high float64) float64 { return math.Round((low+rand.Float64()*(high-low))*10) / 10 }
	return map[string]any{
		"system": map[string]any{"cpu_usage": between(10, 80), "memory_usage": between(30, 80),
			"disk_usage": between(20, 70), "gpu_usage": between(10, 90), "temperature": between(35, 65)},
		"application": map[string]any{"software_version": "1.0.0", "uptime_seconds": rand.IntN(maxUptime),
			"error_count": rand.IntN(5), "warning_count": rand.IntN(10)},
		"network":    map[string]any{"connection_type": "ethernet", "signal_strength": rand.IntN(100)},
		"timestamp":  microStamp(c.now),
		"simulation": true,
	}
}

func metricsHistory(c *call, m rvm) (reply, error) {
	limit := 100
	if asked, err := strconv.Atoi(c.query("limit")); err == nil && asked > 0 {
		limit = min(asked, maxHistory)
	}
	found, err := rows(c.tx, scanMetrics, metricColumns+" LIMIT ?", m.id, limit)
	return ok("Metrics history retrieved successfully", found), err
}
