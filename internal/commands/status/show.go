package status

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// ShowOptions is what show needs.
type ShowOptions struct {
	Console  *terminal.Console
	Platform func() (*platform.Client, error)
	RVM      func() (int64, error)
}

// Shown is the result of show: what the platform holds.
type Shown struct {
	RVMID            int64      `json:"rvm_id" doc:"number of the machine"`
	Name             string     `json:"name" doc:"name of the machine"`
	Status           string     `json:"status" doc:"status that the platform stores"`
	Location         string     `json:"location,omitempty" doc:"where the machine stands, as the platform describes it"`
	Engines          []Engine   `json:"engines" doc:"engines that serve the machine"`
	Detections       int        `json:"detections_total" doc:"detection results that the platform has of it"`
	LastDetection    *Detection `json:"last_detection" doc:"the newest of them, null when there is none"`
	Metrics          *Metrics   `json:"metrics" doc:"the last measurements, null when the machine has never sent any"`
	MetricsSimulated bool       `json:"metrics_simulated" doc:"true when the platform offered figures that it had made up; they are not shown"`
}

// Engine is an engine that serves the machine.
type Engine struct {
	ID      int64  `json:"id" doc:"number of the engine"`
	Name    string `json:"name" doc:"name of the engine"`
	Address string `json:"address" doc:"address and port of the engine"`
}

// Detection is a stored detection result in short.
type Detection struct {
	ID        int64     `json:"id" doc:"number of the detection result"`
	ImagePath string    `json:"image_path" doc:"path of its picture on the platform"`
	Labels    []string  `json:"labels" doc:"what was seen, one label for each box"`
	At        time.Time `json:"at,omitzero" doc:"when it was taken, or stored"`
}

// Metrics are stored measurements.
type Metrics struct {
	CPU         *float64  `json:"cpu_usage" doc:"processor use, percent, null when unknown"`
	Memory      *float64  `json:"memory_usage" doc:"memory in use, percent, null when unknown"`
	Disk        *float64  `json:"disk_usage" doc:"disk in use, percent, null when unknown"`
	Temperature *float64  `json:"temperature" doc:"degrees Celsius, null when unknown"`
	At          time.Time `json:"at,omitzero" doc:"when they were stored"`
}

// Text lists what the platform holds, and what it has made up.
func (s Shown) Text(p *terminal.Page) {
	fields := []string{
		"rvm", fmt.Sprintf("%d (%s)", s.RVMID, s.Name), "status", s.Status + " (as stored by the platform)",
		"location", toolbox.Or(s.Location, "-"), "engines", s.engines(), "detections", toolbox.Number(s.Detections),
	}
	if d := s.LastDetection; d != nil {
		fields = append(fields, "last detection", fmt.Sprintf("%d: %s, %s", d.ID, strings.Join(d.Labels, ", "), p.Time(d.At)))
	}
	p.Fields(append(fields, "metrics", s.metrics(p))...)
}

func (s Shown) engines() string {
	if len(s.Engines) == 0 {
		return "none"
	}
	words := make([]string, len(s.Engines))
	for i, e := range s.Engines {
		words[i] = fmt.Sprintf("%d %s at %s", e.ID, e.Name, e.Address)
	}
	return strings.Join(words, ", ")
}

func (s Shown) metrics(p *terminal.Page) string {
	switch {
	case s.MetricsSimulated:
		return "none (the platform offers made-up figures, they are not shown)"
	case s.Metrics == nil:
		return "none"
	}
	m := s.Metrics
	return fmt.Sprintf("cpu %s, memory %s, disk %s, temperature %s, %s", reading(m.CPU, "%"), reading(m.Memory, "%"),
		reading(m.Disk, "%"), reading(m.Temperature, " °C"), p.Time(m.At))
}

func reading(v *float64, unit string) string {
	if v == nil {
		return "unknown"
	}
	return fmt.Sprintf("%.1f%s", *v, unit)
}

// NewShow makes the command; runF replaces the run in tests.
func NewShow(box *toolbox.Box, runF func(context.Context, *ShowOptions) error) *cobra.Command {
	opts := &ShowOptions{Console: box.Console, Platform: box.Platform, RVM: box.RVM}
	if runF == nil {
		runF = showRun
	}
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show what the platform holds of a machine",
		Long: `Show what the platform holds of a machine: its stored status, engines, detections and last measurements.

Measurements that the platform makes up for machines that never reported are not shown.

Exit status: 0 shown, 2 usage, 4 not signed in, 5 platform away, 6 not allowed, 7 no such machine.`,
		Example: `  $ rvmctl status show --rvm 1
  $ rvmctl status show --rvm 1 --json`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return runF(cmd.Context(), opts) },
	}
	toolbox.Settings(cmd, config.KeyRVM)
	return box.Returns(cmd, Shown{})
}

func showRun(ctx context.Context, o *ShowOptions) error {
	rvm, err := o.RVM()
	if err != nil {
		return err
	}
	c, err := o.Platform()
	if err != nil {
		return err
	}
	s, err := fromStatus(ctx, c, rvm)
	if lacks(err) {
		// An older platform build: the machine's own record has the status, without engines and detections.
		s, err = fromRecord(ctx, c, rvm)
	}
	if err != nil {
		return err
	}
	if err := s.addMetrics(ctx, c); err != nil {
		return err
	}
	return o.Console.Emit(s)
}

func lacks(err error) bool {
	var no *platform.Error
	return errors.As(err, &no) && no.RouteMissing()
}

func fromStatus(ctx context.Context, c *platform.Client, rvm int64) (Shown, error) {
	st, err := c.RVMs.Status(ctx, rvm)
	if err != nil {
		return Shown{}, err
	}
	s := Shown{RVMID: rvm, Name: st.RVM.Name, Status: st.RVM.Status, Location: st.RVM.LocationDescription,
		Detections: st.Detections.Total, Engines: []Engine{}}
	for _, e := range st.Engines {
		s.Engines = append(s.Engines, Engine{e.ID, e.Name, fmt.Sprintf("%s:%d", e.ServerAddress, e.Port)})
	}
	if d := st.LatestDetection; d != nil {
		s.LastDetection = &Detection{ID: d.ID, ImagePath: d.ImagePath, Labels: []string{}, At: d.CreatedAt}
		for _, one := range d.Detections {
			s.LastDetection.Labels = append(s.LastDetection.Labels, one.Class)
		}
	}
	return s, nil
}

func fromRecord(ctx context.Context, c *platform.Client, rvm int64) (Shown, error) {
	m, err := c.RVMs.Get(ctx, rvm)
	return Shown{RVMID: rvm, Name: m.Name, Status: m.Status, Location: m.LocationDescription, Engines: []Engine{}}, err
}

// addMetrics leaves them out where the platform build has none, or has only made-up ones.
func (s *Shown) addMetrics(ctx context.Context, c *platform.Client) error {
	m, err := c.Metrics.Latest(ctx, s.RVMID)
	var no *platform.Error
	if errors.As(err, &no) && (no.RouteMissing() || no.NotFound()) {
		return nil
	}
	if err != nil {
		return err
	}
	if s.MetricsSimulated = m.Simulated; m.Simulated || m.System == nil {
		return nil
	}
	s.Metrics = &Metrics{CPU: m.System.CPUUsage, Memory: m.System.MemoryUsage, Disk: m.System.DiskUsage,
		Temperature: m.System.Temperature, At: m.Timestamp}
	return nil
}
