// Package metrics pushes and shows the measurements of a machine. It refuses to know how they are measured.
package metrics

import (
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// New makes the noun.
func New(box *toolbox.Box) *cobra.Command {
	return toolbox.Group("metrics", "Push and show the measurements of a machine",
		`Metrics are load, temperature and counters of a machine. Figures that the platform invented are never shown.`,
		NewPush(box, nil), NewShow(box, nil))
}

// Report is one set of measurements. Null is unknown.
type Report struct {
	CPU         *float64  `json:"cpu_usage" doc:"processor use, percent"`
	Memory      *float64  `json:"memory_usage" doc:"memory in use, percent"`
	Disk        *float64  `json:"disk_usage" doc:"disk in use, percent"`
	GPU         *float64  `json:"gpu_usage" doc:"use of the graphics processor, percent"`
	Temperature *float64  `json:"temperature" doc:"degrees Celsius"`
	Software    string    `json:"software_version,omitempty" doc:"program that sent them"`
	Uptime      *int64    `json:"uptime_seconds" doc:"seconds since the machine was started"`
	Errors      *int64    `json:"error_count" doc:"errors since then"`
	Warnings    *int64    `json:"warning_count" doc:"warnings since then"`
	Deposits    *int64    `json:"deposit_count_since_restart" doc:"deposits since then"`
	LocalIP     string    `json:"local_ip,omitempty" doc:"address in the local network"`
	VirtualIP   string    `json:"virtual_ip,omitempty" doc:"address in the tunnel"`
	Connection  string    `json:"connection_type,omitempty" doc:"kind of link, such as ethernet"`
	Signal      *float64  `json:"signal_strength" doc:"strength of the link, as the sender measures it"`
	At          time.Time `json:"at,omitzero" doc:"when the platform stored them"`
}

func newReport(m platform.MetricsReport, at time.Time) Report {
	r := Report{At: at}
	if s := m.System; s != nil {
		r.CPU, r.Memory, r.Disk, r.GPU, r.Temperature = s.CPUUsage, s.MemoryUsage, s.DiskUsage, s.GPUUsage, s.Temperature
	}
	if a := m.Application; a != nil {
		r.Software, r.Uptime, r.Errors, r.Warnings, r.Deposits = a.SoftwareVersion, a.UptimeSeconds, a.ErrorCount, a.WarningCount,
			a.DepositCountSinceRestart
	}
	if n := m.Network; n != nil {
		r.LocalIP, r.VirtualIP, r.Connection, r.Signal = n.LocalIP, n.VirtualIP, n.ConnectionType, n.SignalStrength
	}
	return r
}

// cells are the columns of a table; what is unknown is a dash.
func (r Report) cells(p *terminal.Page) []string {
	return []string{p.Time(r.At), reading(r.CPU), reading(r.Memory), reading(r.Disk), reading(r.GPU), reading(r.Temperature),
		count(r.Uptime), count(r.Errors), toolbox.Or(r.Software, "-")}
}

func header() []string {
	return []string{"STORED", "CPU %", "MEMORY %", "DISK %", "GPU %", "°C", "UPTIME S", "ERRORS", "SOFTWARE"}
}

func reading(v *float64) string {
	if v == nil {
		return "-"
	}
	return strconv.FormatFloat(*v, 'f', 1, 64)
}

func count(n *int64) string {
	if n == nil {
		return "-"
	}
	return toolbox.Number(*n)
}
