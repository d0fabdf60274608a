package status

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
	// InUse says whether there is an outbox at all.
	InUse   func() bool
	RVM     func() (int64, error)
	Sensors func(context.Context) health.Sensors
	Version string

	Status          string
	NoMetrics       bool
	Load, Capacity  int
	LastMaintenance string
	Camera, Remote  string
}

// Pushed is the result of push: what was stored where, and what no platform stores.
type Pushed struct {
	RVMID   int64          `json:"rvm_id" doc:"number of the machine"`
	Stored  []Stored       `json:"stored" doc:"what the platform confirmed"`
	Queued  []Queued       `json:"queued" doc:"what the outbox keeps until the platform can be reached"`
	Local   Local          `json:"local" doc:"what was only computed or said here, because the platform has no place for it"`
	Sensors health.Sensors `json:"sensors" doc:"readings of this host that were sent as metrics"`
}

// Stored is one part that the platform has taken.
type Stored struct {
	Part  string `json:"part" doc:"status or metrics"`
	Where string `json:"where" doc:"endpoint that stored it"`
	Value string `json:"value,omitempty" doc:"the status that was stored"`
}

// Queued is one part that waits.
type Queued struct {
	Part     string `json:"part" doc:"status or metrics"`
	Delivery string `json:"delivery" doc:"queued or uncertain"`
	Key      string `json:"key" doc:"name of the entry in the outbox"`
}

// Local is what stays here.
type Local struct {
	HealthScore     *int     `json:"health_score" doc:"0 to 100, null when no sensor could be read"`
	HealthReasons   []string `json:"health_reasons" doc:"why points are missing from the score"`
	Load            *int     `json:"current_load,omitempty" doc:"items in the machine, as given"`
	Capacity        *int     `json:"max_capacity,omitempty" doc:"items that fit into it, as given"`
	LastMaintenance string   `json:"last_maintenance,omitempty" doc:"date of the last maintenance, as given"`
	Camera          string   `json:"camera_active,omitempty" doc:"yes or no, as given"`
	Remote          string   `json:"remote_access,omitempty" doc:"yes or no, as given"`
}

// Text says what was stored, then what was not; in a pipe: stored, queued or local, part, and value or key.
func (u Pushed) Text(p *terminal.Page) {
	if !p.ForPeople() {
		for _, s := range u.Stored {
			p.Row("stored", s.Part, s.Value)
		}
		for _, q := range u.Queued {
			p.Row(q.Delivery, q.Part, q.Key)
		}
		p.Row("local", "health", u.Local.words())
		return
	}
	for _, s := range u.Stored {
		line := s.Part
		if s.Value != "" {
			line += " " + s.Value
		}
		p.Text(p.Good("stored"), " ", terminal.Clean(line), p.Dim(" ("+s.Where+")"))
	}
	for _, q := range u.Queued {
		p.Text(p.Warning(q.Delivery), " ", q.Part, p.Dim(" · "+q.Key))
	}
	p.Text(p.Dim("not stored, the platform has no place for it: "), terminal.Clean(u.Local.words()))
}

func (l Local) words() string {
	score := "health unknown (no sensor could be read)"
	if l.HealthScore != nil {
		score = fmt.Sprintf("health %d/100", *l.HealthScore)
		if len(l.HealthReasons) > 0 {
			score += " (" + strings.Join(l.HealthReasons, "; ") + ")"
		}
	}
	words := []string{score}
	if l.Load != nil {
		words = append(words, fmt.Sprintf("load %d", *l.Load))
	}
	if l.Capacity != nil {
		words = append(words, fmt.Sprintf("capacity %d", *l.Capacity))
	}
	for _, w := range [][2]string{{"last maintenance", l.LastMaintenance}, {"camera active", l.Camera}, {"remote access", l.Remote}} {
		if w[1] != "" {
			words = append(words, w[0]+" "+w[1])
		}
	}
	return strings.Join(words, ", ")
}

// NewPush makes the command; runF replaces the run in tests.
func NewPush(box *toolbox.Box, runF func(context.Context, *PushOptions) error) *cobra.Command {
	opts := &PushOptions{Console: box.Console, Platform: box.Platform, Out: box.Outgoing(), InUse: box.OutboxInUse, RVM: box.RVM, Version: box.Version.Number,
		Sensors: func(ctx context.Context) health.Sensors { return health.Read(ctx, ".") }}
	if runF == nil {
		runF = pushRun
	}
	cmd := &cobra.Command{
		Use:   "push",
		Short: "Send the machine's status and measurements to the platform",
		Long: `Send the machine's status and measurements to the platform, each to the place that can store it.

Measurements (processor, memory, disk, temperature, software version) are read from this host and stored as metrics. The
status word is stored only when you give one: rvmctl never overwrites "maintenance" on its own. Load, capacity, last
maintenance, camera and remote access are accepted and shown, and the health score is computed; the platform has no place
for them, and the answer says so. The platform takes measurements from anybody: that they were stored does not prove that the
token is good.

When the platform is away, or nobody is signed in, both are kept and sent later by rvmctl outbox flush; a newer status takes the
place of one that waits. --queue always only keeps them, --queue never keeps nothing.

In a pipe the columns are: stored, queued, uncertain or local; part; value, or key of what waits.

Exit status: 0 everything that can be stored was stored or is kept, 1 it could not be kept, or with --queue never the outcome is
unknown, 2 usage, 3 one part was stored or kept and the other was not, 4 not signed in and 5 platform away (only with --queue
never), 6 not allowed, 7 no such machine.`,
		Example: `  $ rvmctl status push --rvm 1
  $ rvmctl status push --rvm 1 --status maintenance
  $ rvmctl status push --rvm 1 --status full --load 100 --capacity 100 --json`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := opts.check(cmd); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	toolbox.Settings(cmd, config.KeyRVM)
	toolbox.Queue(cmd)
	f := cmd.Flags()
	f.StringVar(&opts.Status, "status", "", strings.Join(platform.AdminStatuses(), ", "))
	f.BoolVar(&opts.NoMetrics, "no-metrics", false, "do not send measurements")
	f.IntVar(&opts.Load, "load", -1, "`ITEMS` in the machine; shown here only")
	f.IntVar(&opts.Capacity, "capacity", -1, "`ITEMS` that fit into it; shown here only")
	for _, name := range []string{"load", "capacity"} {
		// What is not given is not zero, and no default either.
		f.Lookup(name).DefValue = "0"
	}
	f.StringVar(&opts.LastMaintenance, "last-maintenance", "", "`DATE` of the last maintenance, 2026-11-23; shown here only")
	f.StringVar(&opts.Camera, "camera-active", "", "yes or no; shown here only")
	f.StringVar(&opts.Remote, "remote-access", "", "yes or no; shown here only")
	for _, name := range []string{"camera-active", "remote-access"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions([]string{"yes", "no"}, cobra.ShellCompDirectiveNoFileComp))
	}
	_ = cmd.RegisterFlagCompletionFunc("status", cobra.FixedCompletions(platform.AdminStatuses(), cobra.ShellCompDirectiveNoFileComp))
	return box.Returns(cmd, Pushed{})
}

func (o *PushOptions) check(cmd *cobra.Command) error {
	if o.Status != "" {
		if err := toolbox.OneOf("status", o.Status, platform.AdminStatuses()); err != nil {
			return err
		}
	}
	for _, name := range []string{"load", "capacity"} {
		if n, _ := cmd.Flags().GetInt(name); cmd.Flags().Changed(name) && n < 0 {
			return toolbox.Usage("--"+name+" must not be negative", "for example: --"+name+" 40")
		}
	}
	for name, word := range map[string]string{"camera-active": o.Camera, "remote-access": o.Remote} {
		if word != "" {
			if err := toolbox.OneOf(name, word, []string{"yes", "no"}); err != nil {
				return err
			}
		}
	}
	if o.LastMaintenance != "" {
		if _, err := time.Parse(time.DateOnly, o.LastMaintenance); err != nil {
			return toolbox.Usage("--last-maintenance is no date", "for example: --last-maintenance 2026-11-23")
		}
	}
	if o.NoMetrics && o.Status == "" {
		return toolbox.Usage("there is nothing to send", "give --status, or leave --no-metrics out")
	}
	return nil
}

func pushRun(ctx context.Context, o *PushOptions) error {
	rvm, err := o.RVM()
	if err != nil {
		return err
	}
	config, err := o.Out.Config()
	if err != nil {
		return err
	}
	u := Pushed{RVMID: rvm, Stored: []Stored{}, Queued: []Queued{}, Sensors: o.Sensors(ctx)}
	u.Local = o.local(u.Sensors)
	push := o.hand
	if config.Outbox.Queue == toolbox.QueueNever {
		push = o.send
	}
	if err := push(ctx, &u); err != nil {
		return u.partly(err)
	}
	o.remind(ctx)
	return o.Console.Emit(u)
}

// send sends both parts and keeps nothing.
func (o *PushOptions) send(ctx context.Context, u *Pushed) error {
	c, err := o.Platform()
	if err != nil {
		return err
	}
	if o.Status != "" {
		stored, err := c.RVMs.StoreStatus(ctx, u.RVMID, o.Status)
		if err != nil {
			return err
		}
		if stored.Doubt != nil {
			o.Console.Warn("%v; but the platform holds the status now", stored.Doubt)
		}
		u.Stored = append(u.Stored, Stored{partStatus, stored.Endpoint, o.Status})
	}
	if o.NoMetrics {
		return nil
	}
	if err := c.Metrics.Push(ctx, u.RVMID, o.report(u.Sensors)); err != nil {
		return err
	}
	u.Stored = append(u.Stored, Stored{Part: partMetrics, Where: "rvms/metrics"})
	return nil
}

// The parts.
const (
	partStatus  = "status"
	partMetrics = "metrics"
)

// hand keeps both parts and sends what can be sent.
func (o *PushOptions) hand(ctx context.Context, u *Pushed) error {
	if o.Status != "" {
		h, err := o.Out.Hand(ctx, func(profile, target string) (outbox.New, error) {
			return delivery.StatusEntry(profile, target, u.RVMID, o.Status)
		})
		if err != nil {
			return err
		}
		if h.Delivery == toolbox.Sent {
			s, _ := delivery.StoredStatus(h.Entry)
			if s.Looked {
				o.Console.Warn("the answer was lost; but the platform holds the status now")
			}
			u.Stored = append(u.Stored, Stored{partStatus, s.Endpoint, o.Status})
		} else {
			o.queued(u, partStatus, h)
		}
	}
	if o.NoMetrics {
		return nil
	}
	h, err := o.Out.Hand(ctx, func(profile, target string) (outbox.New, error) {
		return delivery.MetricsEntry(profile, target, u.RVMID, o.report(u.Sensors))
	})
	if err != nil {
		return err
	}
	if h.Delivery == toolbox.Sent {
		u.Stored = append(u.Stored, Stored{Part: partMetrics, Where: "rvms/metrics"})
		return nil
	}
	o.queued(u, partMetrics, h)
	return nil
}

func (o *PushOptions) queued(u *Pushed, part string, h toolbox.Handed) {
	o.Out.Tell(h)
	u.Queued = append(u.Queued, Queued{part, h.Delivery, h.Entry.Key})
}

// remind tells of money that waits, where that is cheap to know.
func (o *PushOptions) remind(ctx context.Context) {
	if !o.InUse() {
		return
	}
	store, err := o.Out.Store(ctx)
	if err != nil {
		return
	}
	all, err := store.Counts(ctx)
	if err != nil {
		return
	}
	var open, held int64
	for _, c := range all {
		if c.Class == outbox.Deposit && c.State != outbox.Done && c.State != outbox.Dead {
			open += c.Entries
		}
		if c.Class == outbox.Deposit && c.State == outbox.Held {
			held += c.Entries
		}
	}
	switch {
	case held > 0:
		o.Console.Warn("deposits that wait: %d, for a person %d of them; see: rvmctl outbox list --state held", open, held)
	case open > 0:
		o.Console.Warn("deposits that wait for the platform: %d; see: rvmctl outbox list", open)
	}
}

// partly keeps a part that was stored from going unsaid when the next part fails.
func (u Pushed) partly(err error) error {
	tally := toolbox.Tally{What: "parts"}
	for _, s := range u.Stored {
		tally.Add(nil)
		tally.Confirm(s.Part + " " + s.Value)
	}
	for range u.Queued {
		tally.Add(nil)
	}
	tally.Add(err)
	return tally.Err()
}

func (o *PushOptions) local(s health.Sensors) Local {
	l := Local{HealthReasons: []string{}, LastMaintenance: o.LastMaintenance, Camera: o.Camera, Remote: o.Remote}
	if score, reasons, known := s.Score(); known {
		l.HealthScore, l.HealthReasons = &score, append(l.HealthReasons, reasons...)
	}
	if o.Load >= 0 {
		l.Load = &o.Load
	}
	if o.Capacity >= 0 {
		l.Capacity = &o.Capacity
	}
	return l
}

func (o *PushOptions) report(s health.Sensors) platform.MetricsReport {
	fits, left := toolbox.Measured(s, o.Version)
	if len(left) > 0 {
		o.Console.Step("not sent, the platform cannot store it: %s", strings.Join(left, ", "))
	}
	return fits
}
