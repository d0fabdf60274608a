package metrics

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/delivery"
	"github.com/myrvm/rvmctl/internal/health"
	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// PushOptions is what push needs: dependencies first, then flags.
type PushOptions struct {
	Console  *terminal.Console
	Platform func() (*platform.Client, error)
	Out      *toolbox.Outgoing
	RVM      func() (int64, error)
	Sensors  func(context.Context) health.Sensors
	Version  string

	// From is the file to send, "-" for standard input, or "" to measure.
	From string
}

// Pushed is the result of push.
type Pushed struct {
	RVMID   int64    `json:"rvm_id" doc:"number of the machine"`
	Metrics Report   `json:"metrics" doc:"what the platform has taken, or what waits for it"`
	LeftOut []string `json:"left_out" doc:"what was there and was not sent, because the platform has no place for it"`
	// Delivery and Key are those of the outbox.
	Delivery string `json:"delivery" doc:"sent (the platform confirmed it) or queued (kept until the platform can be reached)"`
	Key      string `json:"key,omitempty" doc:"name of the entry in the outbox, absent with --queue never"`
}

// Text is a line, and what was left out; in a pipe: stored or queued, then the columns of show without the time.
func (u Pushed) Text(p *terminal.Page) {
	outcome := u.Delivery
	if outcome == toolbox.Sent {
		outcome = "stored"
	}
	if !p.ForPeople() {
		p.Row(append([]string{outcome, toolbox.Number(u.RVMID)}, u.Metrics.cells(p)[1:]...)...)
		return
	}
	var words []string
	for _, v := range []struct {
		name, unit string
		value      *float64
	}{{"cpu", "%", u.Metrics.CPU}, {"memory", "%", u.Metrics.Memory}, {"disk", "%", u.Metrics.Disk}, {"gpu", "%", u.Metrics.GPU},
		{"temperature", " °C", u.Metrics.Temperature}} {
		if v.value != nil {
			words = append(words, v.name+" "+reading(v.value)+v.unit)
		}
	}
	p.Text(p.Good(outcome), fmt.Sprintf(" metrics of rvm %d: ", u.RVMID), toolbox.Or(strings.Join(words, ", "), "no readings"))
	if len(u.LeftOut) > 0 {
		p.Text(p.Dim("not sent, the platform has no place for it: " + strings.Join(u.LeftOut, ", ")))
	}
}

// NewPush makes the command; runF replaces the run in tests.
func NewPush(box *toolbox.Box, runF func(context.Context, *PushOptions) error) *cobra.Command {
	opts := &PushOptions{Console: box.Console, Platform: box.Platform, Out: box.Outgoing(), RVM: box.RVM, Version: box.Version.Number,
		Sensors: func(ctx context.Context) health.Sensors { return health.Read(ctx, ".") }}
	if runF == nil {
		runF = pushRun
	}
	cmd := &cobra.Command{
		Use:   "push",
		Short: "Send the measurements of this host, or of a file",
		Long: `Send measurements to the platform: those of this host, or with --from those of a JSON file or of standard input (-).

A file holds system_metrics, application_metrics and network_info; or cpu_usage, memory_usage, disk_usage, gpu_usage (percent) and
temperature (degrees Celsius) at the top; or the services of the Python edge software. What the platform has no place for is left
out and named, and impossible figures are refused before anything is sent. The platform puts its own time on them.

rvmctl status push sends the same readings of this host along with the machine's status. The platform takes measurements from
anybody: that they were stored does not prove that the token is good.

When the platform is away, or nobody is signed in, they are kept and sent later by rvmctl outbox flush; the platform then puts that
later time on them. --queue always only keeps them, --queue never keeps nothing.

In a pipe the columns are: stored or queued, rvm, cpu, memory, disk, gpu, temperature, uptime, errors, software.

Exit status: 0 stored or kept, 1 it could not be kept, the file cannot be read, or with --queue never the outcome is unknown, 2 usage,
4 not signed in and 5 platform away (only with --queue never), 6 refused, 7 no such machine or file.`,
		Example: `  $ rvmctl metrics push --rvm 1
  $ echo '{"gpu_usage":45.5,"temperature":61}' | rvmctl metrics push --rvm 1 --from -`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return runF(cmd.Context(), opts) },
	}
	toolbox.Settings(cmd, config.KeyRVM)
	toolbox.Queue(cmd)
	cmd.Flags().StringVar(&opts.From, "from", "", "send what is in this JSON `FILE`, or - for standard input, instead of measuring")
	return box.Returns(cmd, Pushed{})
}

func pushRun(ctx context.Context, o *PushOptions) error {
	rvm, err := o.RVM()
	if err != nil {
		return err
	}
	report, left, err := o.report(ctx, rvm)
	if err != nil {
		return err
	}
	if err := report.Validate(); err != nil {
		return err
	}
	u := Pushed{RVMID: rvm, Metrics: newReport(report, time.Time{}), LeftOut: append([]string{}, left...), Delivery: toolbox.Sent}
	if err := o.deliver(ctx, &u, report); err != nil {
		return err
	}
	done, look := fmt.Sprintf("metrics of rvm %d were stored", rvm), fmt.Sprintf("rvmctl metrics show --rvm %d", rvm)
	if u.Delivery != toolbox.Sent {
		done, look = fmt.Sprintf("metrics of rvm %d are kept as %s", rvm, u.Key), "rvmctl outbox show "+u.Key
	}
	return toolbox.Unwritten(o.Console.Emit(u), done, look)
}

// deliver goes through the outbox, unless nothing may be kept.
func (o *PushOptions) deliver(ctx context.Context, u *Pushed, report platform.MetricsReport) error {
	c, err := o.Out.Config()
	if err != nil {
		return err
	}
	if c.Outbox.Queue == toolbox.QueueNever {
		client, err := o.Platform()
		if err != nil {
			return err
		}
		return client.Metrics.Push(ctx, u.RVMID, report)
	}
	h, err := o.Out.Hand(ctx, func(profile, target string) (outbox.New, error) {
		return delivery.MetricsEntry(profile, target, u.RVMID, report)
	})
	if err != nil {
		return err
	}
	o.Out.Tell(h)
	u.Delivery, u.Key = h.Delivery, h.Entry.Key
	return nil
}

// report is what is to be sent, and what is not.
func (o *PushOptions) report(ctx context.Context, rvm int64) (report platform.MetricsReport, left []string, err error) {
	if o.From == "" {
		report, left = toolbox.Measured(o.Sensors(ctx), o.Version)
		return report, left, nil
	}
	raw, err := toolbox.ReadDocument(o.Console, o.From, platform.MaxMetricsDocument)
	if err != nil {
		return report, nil, err
	}
	draft, err := platform.ParseMetrics(raw)
	if err != nil {
		return report, nil, fmt.Errorf("%s: %w", o.name(), err)
	}
	if draft.RVMID != 0 && draft.RVMID != rvm {
		return report, nil, toolbox.Usage(fmt.Sprintf("%s is of rvm %d, not of rvm %d", o.name(), draft.RVMID, rvm),
			fmt.Sprintf("say --rvm %d, or correct the file", draft.RVMID))
	}
	report, left = draft.Storable()
	return report, append(draft.Ignored, left...), nil
}

func (o *PushOptions) name() string {
	if o.From == "-" {
		return "standard input"
	}
	return o.From
}
