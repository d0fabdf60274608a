package toolbox

import (
	"github.com/myrvm/rvmctl/internal/health"
	"github.com/myrvm/rvmctl/internal/platform"
)

// Measured is the platform's form of what was read from this host, with the version of this program. left names what the platform
// cannot store and is therefore not in it.
func Measured(s health.Sensors, version string) (report platform.MetricsReport, left []string) {
	report = platform.MetricsReport{
		System:      &platform.SystemMetrics{CPUUsage: s.CPU, MemoryUsage: s.Memory, DiskUsage: s.Disk, Temperature: s.Temperature},
		Application: &platform.ApplicationMetrics{SoftwareVersion: "rvmctl " + version},
	}
	if s.Uptime != nil {
		seconds := int64(*s.Uptime)
		report.Application.UptimeSeconds = &seconds
	}
	return report.Storable()
}
