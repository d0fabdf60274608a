package model

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// stillBuilding is how often a long build says that it goes on.
const stillBuilding = 30 * time.Second

// WarmupOptions is what warmup needs.
type WarmupOptions struct {
	bench

	Word string
}

// Warmed is the result of warmup.
type Warmed struct {
	Outcome string  `json:"outcome" doc:"built (a TensorRT engine, now), or ready (there was nothing to build)"`
	Name    string  `json:"name" doc:"name of the model inside rvmctl, or of the file"`
	SHA256  string  `json:"sha256" doc:"sum of the file"`
	Device  Device  `json:"device" doc:"where it runs"`
	Engine  string  `json:"engine_folder,omitempty" doc:"folder of the TensorRT engine, absent on other devices"`
	BuildS  float64 `json:"build_seconds" doc:"how long the build took, 0 when there was none"`
}

// Text is one line; in a pipe: outcome, name, device, provider, seconds of the build.
func (w Warmed) Text(p *terminal.Page) {
	if !p.ForPeople() {
		p.Row(w.Outcome, w.Name, w.Device.Device, w.Device.Provider, fmt.Sprintf("%.1f", w.BuildS))
		return
	}
	p.Text(p.Good(w.Outcome), " ", p.Strong(w.Name), p.Dim(fmt.Sprintf(" on %s, loaded in %s, first run %s", w.Device.Provider, ms(w.Device.LoadMS), ms(w.Device.WarmUpMS))))
	if w.Engine != "" {
		p.Line("  %s", w.Engine)
	}
}

// NewWarmup makes the command; runF replaces the run in tests.
func NewWarmup(box *toolbox.Box, runF func(context.Context, *WarmupOptions) error) *cobra.Command {
	opts := &WarmupOptions{bench: newBench(box)}
	if runF == nil {
		runF = warmupRun
	}
	cmd := &cobra.Command{
		Use:   "warmup [<file>|<name>]",
		Short: "Build what a device needs before the first picture",
		Long: `Build what a device needs before the first picture. For --device tensorrt that is an engine for exactly this model, machine,
precision and input, which takes minutes (about ten on a Jetson Orin), once; nothing else in rvmctl ever starts that. Another
rvmctl that builds the same is waited for as long as --lock-wait says. On the other devices the model is loaded, run once, and
the provider that really computed is noted for the next start.

An engine is kept in ~/.cache/rvmctl/engines, which only you may read. With another model, GPU, driver, runtime, precision, input
size or workspace another one is needed. --device auto takes TensorRT once its engine is built.

In a pipe the columns are: built or ready, name, device, provider that computes, seconds of the build.

Exit status: 0 ready, 8 not a model that can be used, or not on that device, 9 another rvmctl builds the same.`,
		Example: `  $ rvmctl model warmup
  $ rvmctl model warmup --device cpu --json`,
		Args: oneModel, ValidArgsFunction: completeModel(box),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Word = word(args)
			return runF(cmd.Context(), opts)
		},
	}
	loading(cmd)
	toolbox.Settings(cmd, config.KeyLockWait)
	return box.Returns(cmd, Warmed{})
}

func warmupRun(ctx context.Context, o *WarmupOptions) error {
	j, err := o.judge(o.Word)
	if err != nil {
		return err
	}
	building := progress{console: o.Console, every: stillBuilding, stopped: ctx.Done(), done: make(chan struct{})}
	j.options.BuildEngine = building.begin
	s, err := o.open(ctx, j)
	building.end()
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	i := s.Info()
	w := Warmed{Outcome: "ready", Name: j.Name, SHA256: i.SHA256, Device: newDevice(i), Engine: i.EngineDir}
	if i.EngineDir != "" && i.BuildMS > 0 {
		w.Outcome, w.BuildS = "built", i.BuildMS/1000
	}
	warnFallback(o.Console, i)
	for _, note := range i.Notes {
		o.Console.Warn("model %s: %s", j.Name, note)
	}
	return o.Console.Emit(w)
}

// progress says before a long build that it begins, and from time to time that it goes on: TensorRT itself says nothing for
// minutes, and operators took that for a crash.
type progress struct {
	console *terminal.Console
	every   time.Duration
	stopped <-chan struct{}
	done    chan struct{}
	ended   chan struct{}
}

func (p *progress) begin() {
	p.console.Note("building a TensorRT engine, this takes up to 15 minutes, once")
	start := time.Now()
	p.ended = make(chan struct{})
	go func() {
		defer close(p.ended)
		tick := time.NewTicker(p.every)
		defer tick.Stop()
		for {
			select {
			case <-p.done:
				return
			case <-p.stopped:
				p.console.Note("TensorRT cannot be interrupted while it builds; once more ends this at once, and nothing of it counts")
				p.stopped = nil
			case <-tick.C:
				p.console.Note("still building, %s so far", time.Since(start).Round(time.Second))
			}
		}
	}()
}

// end waits for the last word, so that none comes after the result.
func (p *progress) end() {
	close(p.done)
	if p.ended != nil {
		<-p.ended
	}
}
