// Package health reads the sensors of this host and judges them: a score from 0 to 100 and a reason for every point that is
// missing. It refuses to know the platform and never invents a reading: what cannot be read is absent.
package health

import (
	"context"
	"fmt"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/disk"
	"github.com/shirou/gopsutil/v4/host"
	"github.com/shirou/gopsutil/v4/mem"
	"github.com/shirou/gopsutil/v4/sensors"
)

// sampling is how long the processor is watched; shorter samples jump.
const sampling = 250 * time.Millisecond

// Sensors are readings of this host; nil is a reading that could not be had.
type Sensors struct {
	CPU         *float64 `json:"cpu_usage,omitempty" doc:"processor use over a quarter of a second, percent"`
	Memory      *float64 `json:"memory_usage,omitempty" doc:"memory in use, percent"`
	Disk        *float64 `json:"disk_usage,omitempty" doc:"use of the disk that holds the working folder, percent"`
	Temperature *float64 `json:"temperature,omitempty" doc:"hottest sensor, degrees Celsius"`
	Uptime      *uint64  `json:"uptime_seconds,omitempty" doc:"seconds since this host was started"`
}

// Read asks the host. It takes about a quarter of a second, or less when ctx ends.
func Read(ctx context.Context, folder string) Sensors {
	var s Sensors
	if use, err := cpu.PercentWithContext(ctx, sampling, false); err == nil && len(use) == 1 {
		s.CPU = &use[0]
	}
	if m, err := mem.VirtualMemoryWithContext(ctx); err == nil && m.Total > 0 {
		s.Memory = &m.UsedPercent
	}
	if d, err := disk.UsageWithContext(ctx, folder); err == nil && d.Total > 0 {
		s.Disk = &d.UsedPercent
	}
	if up, err := host.UptimeWithContext(ctx); err == nil {
		s.Uptime = &up
	}
	s.Temperature = hottest(ctx)
	return s
}

// hottest ignores sensors that are switched off (0 °C and less) or broken (above 200 °C). gopsutil reports what it could
// read beside an error about what it could not, so the error alone says nothing.
func hottest(ctx context.Context) *float64 {
	temperatures, _ := sensors.TemperaturesWithContext(ctx)
	var top *float64
	for i := range temperatures {
		t := &temperatures[i].Temperature
		if *t > 0 && *t < 200 && (top == nil || *t > *top) {
			top = t
		}
	}
	return top
}

// limit is one rule of the score: above Warn it costs a fifth, above Fail two fifths.
type limit struct {
	name, unit string
	reading    *float64
	warn, fail float64
}

// The thresholds follow what the Python edge software published: 80 percent for processor, memory and disk, and 70 and 80
// degrees for the temperature.
func (s Sensors) limits() []limit {
	return []limit{
		{"processor", "%", s.CPU, 80, 95},
		{"memory", "%", s.Memory, 80, 95},
		{"disk", "%", s.Disk, 80, 95},
		{"temperature", "°C", s.Temperature, 70, 80},
	}
}

// Score is 100 minus 20 for each reading above its first limit and 40 for each above its second, never below 0. Every
// deduction has a reason. known is false when not one sensor could be read: then there is no score.
func (s Sensors) Score() (score int, reasons []string, known bool) {
	score = 100
	for _, l := range s.limits() {
		if l.reading == nil {
			continue
		}
		known = true
		switch v := *l.reading; {
		case v > l.fail:
			score -= 40
			reasons = append(reasons, fmt.Sprintf("%s at %.0f %s, above %.0f: −40", l.name, v, l.unit, l.fail))
		case v > l.warn:
			score -= 20
			reasons = append(reasons, fmt.Sprintf("%s at %.0f %s, above %.0f: −20", l.name, v, l.unit, l.warn))
		}
	}
	return max(score, 0), reasons, known
}
