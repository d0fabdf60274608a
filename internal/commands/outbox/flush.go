package outbox

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/delivery"
	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// FlushOptions is what flush needs.
type FlushOptions struct {
	Console *terminal.Console
	Config  func() (*config.Config, error)
	Store   store
	Courier func(context.Context, func(delivery.Event)) (*delivery.Courier, error)

	Watch, Now bool
	Class      string
	Parallel   int
}

// Flushed is one result of flush: the summary at the end, or with --watch what became of one entry.
type Flushed struct {
	Entry   *Settled `json:"entry,omitempty" doc:"with --watch: what became of one entry, one object for each"`
	Summary *Summary `json:"summary,omitempty" doc:"without --watch: what was done and what is left"`
}

// Settled is an entry that was tried, and what came of it.
type Settled struct {
	Entry
	Error string `json:"error,omitempty" doc:"why it was not delivered, absent when it was"`
}

// Summary is what a flush did and left.
type Summary struct {
	Delivered int64  `json:"delivered" doc:"entries that the platform confirmed now"`
	Refused   int64  `json:"refused" doc:"entries that the platform refused now; they are dead"`
	NewlyHeld int64  `json:"newly_held" doc:"entries that wait for a person since now"`
	Queued    int64  `json:"pending" doc:"entries that wait to be sent"`
	Uncertain int64  `json:"uncertain" doc:"entries whose answer was lost and that a later flush settles"`
	Held      int64  `json:"held" doc:"entries that wait for a person"`
	Dead      int64  `json:"dead" doc:"entries that will not be sent"`
	Others    int64  `json:"others" doc:"entries that other processes are sending"`
	Reason    string `json:"reason,omitempty" doc:"why something is left, absent when nothing is"`
}

// Text is a line; in a pipe: delivered, refused, pending, uncertain, held, dead, others. With --watch: state, key, kind, what, reason.
func (f Flushed) Text(p *terminal.Page) {
	if e := f.Entry; e != nil {
		if !p.ForPeople() {
			p.Row(e.State, e.Key, e.Kind, e.What, toolbox.Or(e.Error, "-"))
			return
		}
		pieces := []string{state(p, e.State), " ", terminal.Clean(e.What), p.Dim(" · " + e.Key)}
		if e.Error != "" {
			pieces = append(pieces, p.Dim(" · "+terminal.Clean(e.Error)))
		}
		p.Text(pieces...)
		return
	}
	s := f.Summary
	if !p.ForPeople() {
		p.Row(toolbox.Number(s.Delivered), toolbox.Number(s.Refused), toolbox.Number(s.Queued), toolbox.Number(s.Uncertain),
			toolbox.Number(s.Held), toolbox.Number(s.Dead), toolbox.Number(s.Others))
		return
	}
	p.Text(s.words(p))
}

func (s Summary) words(p *terminal.Page) string {
	parts := []string{p.Good(fmt.Sprintf("%d delivered", s.Delivered))}
	for _, part := range []struct {
		n    int64
		word string
		tone func(string) string
	}{{s.Refused, "refused", p.Bad}, {s.Queued, "pending", p.Warning}, {s.Uncertain, "uncertain", p.Warning},
		{s.Held, "held for a person", p.Warning}, {s.Dead, "dead", p.Bad}, {s.Others, "under way elsewhere", p.Dim}} {
		if part.n > 0 {
			parts = append(parts, part.tone(fmt.Sprintf("%d %s", part.n, part.word)))
		}
	}
	return strings.Join(parts, ", ")
}

// NewFlush makes the command; runF replaces the run in tests.
func NewFlush(box *toolbox.Box, runF func(context.Context, *FlushOptions) error) *cobra.Command {
	opts := &FlushOptions{Console: box.Console, Config: box.Config, Store: box.Outbox, Courier: box.Courier}
	if runF == nil {
		runF = flushRun
	}
	cmd := &cobra.Command{
		Use:   "flush",
		Short: "Send what waits, each entry once and in order",
		Long: `Send what waits for the platform of this profile: deposits first, then status, detections and pictures; those of one machine and
person in the order in which they were put in. An uncertain deposit is looked for on the platform before anything is sent again.
Several processes may flush at the same time.

With --watch it goes on until a signal ends it, as a service, and writes a line, or with --json an object, for every entry that
was tried. When the outbox was damaged and another rvmctl repaired it, it ends with 1, for the service to begin anew. A flush of its own waits for entries that other processes are sending for as long as --lock-wait says.

In a pipe the columns are: delivered, refused, pending, uncertain, held, dead, under way elsewhere; with --watch: state, key, kind,
what, reason.

Exit status: 0 everything was delivered, or nothing waited, 1 the outbox cannot be used, 2 usage, 3 some were refused or wait for a
person now, 4 signed out, 5 the platform is away or something must wait, 9 the rest is under way in other processes, 10 the
configuration is invalid, 130 or 143 ended by a signal.`,
		Example: `  $ rvmctl outbox flush
  $ rvmctl outbox flush --now --class deposit --json
  $ rvmctl outbox flush --parallel 8 --lock-wait 10s`,
		Args: toolbox.Exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if opts.Parallel < 1 || opts.Parallel > 100 {
				return toolbox.Usage("--parallel must be from 1 to 100", "type: rvmctl outbox flush --parallel 8")
			}
			if err := checkSelection("", opts.Class); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&opts.Watch, "watch", false, "go on until a signal ends it")
	f.BoolVar(&opts.Now, "now", false, "also try what should wait for its time")
	f.StringVar(&opts.Class, "class", "", "only "+strings.Join(words(outbox.Classes()), ", "))
	f.IntVar(&opts.Parallel, "parallel", 4, "send this many at the same time, 1 to 100")
	toolbox.Settings(cmd, config.KeyLockWait)
	completeWords(cmd, "class", words(outbox.Classes()))
	return box.Returns(cmd, Flushed{})
}

func flushRun(ctx context.Context, o *FlushOptions) error {
	c, err := o.Config()
	if err != nil {
		return err
	}
	s, err := o.Store(ctx)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	run := &flush{options: o, store: s, stop: stop}
	if !o.Watch {
		if run.bar, err = o.progress(ctx, s); err != nil {
			return err
		}
		defer run.bar.Finish()
	}
	if run.courier, err = o.Courier(ctx, run.told); err != nil {
		return err
	}
	wish := delivery.FlushOptions{Now: o.Now, Parallel: o.Parallel}
	if o.Class != "" {
		wish.Classes = []outbox.Class{outbox.Class(o.Class)}
	}
	if o.Watch {
		return run.watch(ctx, wish)
	}
	return run.once(ctx, wish, c.Outbox.LockWait)
}

// progress counts what waits, whoever it belongs to: the bar is an estimate.
func (o *FlushOptions) progress(ctx context.Context, s *outbox.Store) (*terminal.Bar, error) {
	all, err := s.Counts(ctx)
	var total int64
	for _, c := range all {
		if wanted := o.Class == "" || string(c.Class) == o.Class; wanted && (c.State == outbox.Pending || c.State == outbox.Uncertain) {
			total += c.Entries
		}
	}
	return o.Console.Progress("sending", total, false), err
}

// flush is one run of the command. Its fields are touched by one event at a time.
type flush struct {
	options *FlushOptions
	store   *outbox.Store
	courier *delivery.Courier
	bar     *terminal.Bar
	stop    context.CancelCauseFunc
	// held counts what waits for a person since now; last is the last failure that left something waiting.
	held int64
	last error
}

// told hears of every entry that was tried.
func (f *flush) told(e delivery.Event) {
	f.bar.Add(1)
	if e.Entry.State == outbox.Held {
		f.held++
	}
	if e.Err != nil && e.Entry.Open() {
		f.last = e.Err
	}
	entry := &Settled{Entry: newEntry(e.Entry, f.store.Now())}
	if e.Err != nil {
		entry.Error = e.Err.Error()
	}
	if !f.options.Watch {
		f.options.Console.Step("%s %s: %s %s", entry.State, entry.Key, entry.What, entry.Error)
		return
	}
	if err := f.options.Console.Emit(Flushed{Entry: entry}); err != nil {
		f.stop(err)
	}
}

// watch ends with what ended it.
func (f *flush) watch(ctx context.Context, wish delivery.FlushOptions) error {
	err := f.courier.Watch(ctx, wish)
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// pollOthers is how often it is looked whether other processes are ready.
const pollOthers = 200 * time.Millisecond

func (f *flush) once(ctx context.Context, wish delivery.FlushOptions, wait time.Duration) error {
	end := time.Now().Add(wait)
	var sum delivery.Summary
	for {
		some, err := f.courier.Flush(ctx, wish)
		some.Delivered, some.Refused = some.Delivered+sum.Delivered, some.Refused+sum.Refused
		sum = some
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil || sum.Others == 0 || !time.Now().Add(pollOthers).Before(end) {
			f.prune(ctx)
			return f.report(sum, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pollOthers):
		}
	}
}

// prune takes away what was kept long enough. That it cannot is no failure of what was sent.
func (f *flush) prune(ctx context.Context) {
	if _, err := f.store.Prune(ctx); err != nil && ctx.Err() == nil {
		f.options.Console.Warn("old entries are not removed: %v", err)
	}
}

// report writes the summary whatever happened, and then says in its error what is left.
func (f *flush) report(sum delivery.Summary, err error) error {
	f.bar.Finish()
	s := &Summary{Delivered: sum.Delivered, Refused: sum.Refused, NewlyHeld: f.held, Queued: sum.Queued, Uncertain: sum.Uncertain,
		Held: sum.Held, Dead: sum.Dead, Others: sum.Others, Reason: sum.Reason}
	if wrong := f.options.Console.Emit(Flushed{Summary: s}); wrong != nil && err == nil {
		return toolbox.Unwritten(wrong, fmt.Sprintf("%d entries were delivered", s.Delivered), "rvmctl outbox stats")
	}
	left := s.Refused + s.NewlyHeld + s.Queued + s.Uncertain + s.Others
	if left == 0 && (err == nil || toolbox.Unsent(err)) {
		return nil
	}
	var paused *delivery.PausedError
	if f.last != nil && (err == nil || errors.As(err, &paused)) {
		// What began the pause in this run says more than the pause.
		err = f.last
	}
	return &LeftError{Summary: *s, Err: err}
}

// LeftError says that a flush left something.
type LeftError struct {
	Summary Summary
	// Err is why, nil when only time or other processes are waited for.
	Err error
}

func (e *LeftError) Error() string {
	s := e.Summary
	var parts []string
	for _, part := range []struct {
		n    int64
		word string
	}{{s.Refused, "refused"}, {s.NewlyHeld, "waiting for a person"}, {s.Queued, "not sent"}, {s.Uncertain, "uncertain"},
		{s.Others, "under way in other processes"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.word))
		}
	}
	text := strings.Join(parts, ", ")
	switch {
	case e.Err != nil && text != "":
		return text + ": " + e.Err.Error()
	case e.Err != nil:
		return e.Err.Error()
	case s.Reason != "":
		return text + ": " + s.Reason
	}
	return text
}

// Unwrap gives the reason.
func (e *LeftError) Unwrap() error { return e.Err }
