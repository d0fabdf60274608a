package detect

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/vision/source"
)

// WatchOptions is what watch needs: dependencies first, then flags.
type WatchOptions struct {
	RunOptions
	// Lock keeps a second watch that pays away from the same machine.
	Lock func(ctx context.Context, name, work string, wait time.Duration) (release func(), err error)

	Duration   time.Duration
	Lost       time.Duration
	EveryFrame bool
}

// NewWatch makes the command; runF replaces the run in tests.
func NewWatch(box *toolbox.Box, runF func(context.Context, *WatchOptions) error) *cobra.Command {
	opts := &WatchOptions{RunOptions: RunOptions{Sight: newSight(box), RVM: box.RVM, Waste: box.Waste, Outgoing: box.Outgoing()}, Lock: box.Lock}
	if runF == nil {
		runF = detectWatch
	}
	cmd := &cobra.Command{
		Use:   "watch <source>",
		Short: "Follow bottles and cans in a camera or video, and pay for each once",
		Long: `Watch a camera (camera:0, /dev/video0), a stream (rtsp://…, http://…) or a video file, and follow every bottle and can through
its frames: one bottle in forty frames is one item. Of a live source the newest frame is looked at; of a file every one.

An item is settled when it was seen in --settle frames, with a mean confidence of --min-confidence or more, covering --min-area or
more of the picture, as one waste type that has two thirds of the votes of its frames. With --deposit each settled item gets one
deposit, once; with --upload its best picture and what was found there go to the platform. What is in doubt gets no deposit: nobody
can be asked while a stream goes on, so it is reported, with what to type if a person saw it.

An item that is out of sight for longer than --lost has left. The same thing put before the camera again is another item. An item that
was paid for and still lies there when a watch is begun again is in doubt. Deposits are kept in the outbox before anything is sent, and
are sent while the watch goes on; what is not sent when it ends is sent by: rvmctl outbox flush. Only one watch at a time may pay for a
machine.

On a terminal it shows a table of what is in view, or with --show the pictures. With --save a copy of every frame is written, which
fills a disk in time. In a pipe it writes a line, or with --json an object, for each event: opened, item,
settled, doubt, deposit, upload, lost, back, left, and summary as the last. The columns are: event, time, frame, and for an item its
number, label, confidence, frames, state, deposit and reward; for opened source, size and frames a second; for summary frames, items,
settled, doubts, and deposits sent, queued, unknown and failed.

Exit status: 0 the source, --frames or --duration ended it, 1 an outcome is unknown and a person must decide, 2 usage, 3 some of it
failed, 4 not signed in and 5 platform away (both with --queue never), 6 refused, 7 no such file, 8 no usable model, runtime or camera,
9 another watch pays for this machine, 130 or 143 ended by a signal.`,
		Example: `  $ rvmctl detect watch camera:0 --duration 10s --json
  $ rvmctl detect watch rtsp://127.0.0.1:8554/eye --deposit --rvm 1`,
		Args: toolbox.Exactly("the camera, stream or video to watch"), ValidArgsFunction: toolbox.CompleteCamera(),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Sources = args
			if err := opts.checkWatch(cmd); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	opts.flags(cmd)
	toolbox.Settings(cmd, config.KeyRVM, config.KeyMinConfidence, config.KeyMinArea, config.KeySettleFrames, config.KeyWasteTable, config.KeyLockWait)
	toolbox.Queue(cmd)
	f := cmd.Flags()
	f.IntVar(&opts.Frames, "frames", 0, "end after `N` frames (default: never, or the end of the file)")
	f.DurationVar(&opts.Duration, "duration", 0, "end after this `TIME`")
	f.DurationVar(&opts.Lost, "lost", time.Second, "how long an item may be out of sight and be the same, as `TIME` from 100ms to 1m")
	f.BoolVar(&opts.EveryFrame, "every-frame", false, "write an event for each frame, too")
	f.BoolVar(&opts.Upload, "upload", false, "upload the best picture of each settled item and what was found in it")
	f.BoolVar(&opts.Deposit, "deposit", false, "create a deposit for each settled item")
	f.StringVar(&opts.Session, "session", "", "`TOKEN` of the session of the person at the machine")
	f.StringVar(&opts.Weight, "weight", "", "weight of each item in `KG`, when a scale says it")
	return box.Returns(cmd, Event{})
}

func (o *WatchOptions) checkWatch(cmd *cobra.Command) error {
	for _, flag := range []string{"session", "weight"} {
		if cmd.Flags().Changed(flag) && !o.Deposit {
			return toolbox.Usage("--"+flag+" only goes with --deposit", "add --deposit, or leave --"+flag+" out")
		}
	}
	switch {
	case o.Frames < 0:
		return toolbox.Usage("--frames must not be negative", "for example: --frames 100")
	case o.Duration < 0:
		return toolbox.Usage("--duration must not be negative", "for example: --duration 30s")
	case o.Lost < 100*time.Millisecond || o.Lost > time.Minute:
		return toolbox.Usage("--lost must be from 100ms to 1m", "for example: --lost 2s")
	}
	return nil
}

func detectWatch(ctx context.Context, o *WatchOptions) error {
	item, err := o.source(ctx)
	if err != nil {
		return err
	}
	w, err := o.watcher()
	if err != nil {
		return err
	}
	release, err := o.alone(ctx, w.courier)
	if err != nil {
		return err
	}
	defer release()
	if err := w.recall(ctx); err != nil {
		return err
	}
	// The eye opens before the source: a camera that waits for a model gives old pictures.
	if w.looker, err = o.looker(ctx, 1, true); err != nil {
		return err
	}
	defer func() { _ = w.looker.eye.Close() }()
	stream, err := o.openStream(ctx, item)
	if err != nil {
		return err
	}
	if w.viewers, err = o.viewers(); err != nil {
		_ = stream.Close()
		return err
	}
	err = w.watch(ctx, stream)
	err = toolbox.Graver(err, closeAll(w.viewers))
	w.looker.warn(o.Console)
	return err
}

// source is the one thing to watch.
func (o *WatchOptions) source(ctx context.Context) (source.Item, error) {
	items, err := source.Find(ctx, o.Sources)
	if err != nil {
		return source.Item{}, err
	}
	if len(items) != 1 || !items[0].Stream {
		return source.Item{}, toolbox.Usage(o.Sources[0]+" is no camera, stream or video", "look at pictures with: rvmctl detect run "+o.Sources[0])
	}
	if source.NeedsCamera(ctx, items[0]) {
		return source.Item{}, o.Camera(items[0].Name)
	}
	return items[0], nil
}

// alone keeps a second watch away that would pay for what this one pays for.
func (o *WatchOptions) alone(ctx context.Context, w *courier) (release func(), err error) {
	if w == nil || !o.Deposit {
		return func() {}, nil
	}
	c, err := o.Config()
	if err != nil {
		return nil, err
	}
	return o.Lock(ctx, fmt.Sprintf("watch-rvm-%d", w.rvm), fmt.Sprintf("watching and paying for machine %d", w.rvm), c.Outbox.LockWait)
}
