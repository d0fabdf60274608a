package detect

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/vision/onnx"
	"github.com/myrvm/rvmctl/internal/vision/source"
	"github.com/myrvm/rvmctl/internal/waste"
)

// RunOptions is what run needs: dependencies first, then flags.
type RunOptions struct {
	Sight
	RVM   func() (int64, error)
	Waste func() (waste.Table, error)
	// Outgoing is the way of everything that is sent.
	Outgoing *toolbox.Outgoing
	// Started is when the program began, and the CPU time it had used by then.
	Started func() (time.Time, time.Duration)

	Sources []string
	Frames  int
	Timing  bool
	Upload  bool
	Deposit bool
	Session string
	Weight  string
	Yes     bool
}

// NewRun makes the command; runF replaces the run in tests.
func NewRun(box *toolbox.Box, runF func(context.Context, *RunOptions) error) *cobra.Command {
	opts := &RunOptions{Sight: newSight(box), RVM: box.RVM, Waste: box.Waste, Outgoing: box.Outgoing(), Started: box.Started}
	if runF == nil {
		runF = detectRun
	}
	cmd := &cobra.Command{
		Use:   "run <source>...",
		Short: "Find bottles and cans in pictures, and send what was found",
		Long: `Find bottles and cans in pictures: JPEG and PNG files, folders (not what lies in folders below), patterns, and - for
standard input. Motion JPEG over HTTP (http://…) works, too; other cameras (camera:0, /dev/video0, rtsp://…) and video files need
rvmctl-camera, which is started by itself.

Boxes are x1,y1,x2,y2 in pixels of the picture as it is shown, after its EXIF orientation. There is one line, or with --json
one object, for each picture. In a pipe the columns are: file, size, number of boxes, the boxes with label, confidence and corners,
annotated copy, path of the upload, number of the detection result, and the deposits.

With --show each picture is drawn in the terminal with its boxes: as pixels where the terminal can do that (kitty, iTerm2, sixel),
as half blocks elsewhere and within tmux; --show=kitty and so on decide it by hand. With --report FILE one HTML page that needs
nothing else shows every picture with its boxes, its times and what became of its deposits. A report of before is replaced,
another file never.

With --upload each picture and what was found in it go to the platform. With --deposit one deposit is created for each item:
boxes on the same object are one item. When two labels of different waste types are too close on it, or when it overlaps
another item so much that the two may be one object, the item needs your word (--yes). The waste type comes from the waste
table; so does the weight, and is said to be assumed, unless a scale said it (--weight).

Picture, detections and deposits are kept in the outbox before the first of them is sent, in this order. What cannot be sent waits
there, and a deposit whose answer was lost is settled there: rvmctl outbox flush. Within one run the same picture is paid once,
under however many names; running this again on it creates its deposits again.

Exit status: 0 all sent or safely queued, 1 an outcome is unknown and a person must decide, 2 usage, 3 some pictures or items
failed, 4 not signed in and 5 platform away (both with --queue never), 6 refused, 7 no such picture, 8 no usable model, runtime or
camera.`,
		Example: `  $ rvmctl detect run photos/ --save annotated/
  $ rvmctl detect run bottle.jpg --json
  $ rvmctl detect run photos/ --report today.html
  $ rvmctl detect run bottle.jpg --upload --deposit --rvm 1 --session 5f0e8c1e-2f6d-4b7e-9a61-0c9d2f1f6a55
  $ rvmctl detect run camera:0 --frames 1`,
		Args: toolbox.AtLeastOne("the picture or folder to look at"), ValidArgsFunction: toolbox.CompleteSources(),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Sources, opts.Named = args, args
			if err := opts.check(cmd); err != nil {
				return err
			}
			return runF(cmd.Context(), opts)
		},
	}
	opts.flags(cmd)
	toolbox.Settings(cmd, config.KeyRVM, config.KeyMinConfidence, config.KeyWasteTable)
	toolbox.Queue(cmd)
	f := cmd.Flags()
	f.StringVar(&opts.ReportFile, "report", "", "write one HTML page with pictures, boxes and timings to this `FILE`")
	f.BoolVar(&opts.Timing, "timing", false, "say where the time went, from the start of the program to the first picture's line")
	f.IntVar(&opts.Frames, "frames", 0, "stop after `N` frames of a camera or video (default: its end)")
	f.BoolVar(&opts.Upload, "upload", false, "upload each picture and what was found in it")
	f.BoolVar(&opts.Deposit, "deposit", false, "create a deposit for each item")
	f.StringVar(&opts.Session, "session", "", "`TOKEN` of the session of the person at the machine")
	f.StringVar(&opts.Weight, "weight", "", "weight of each item in `KG`, when a scale says it")
	f.BoolVarP(&opts.Yes, "yes", "y", false, "take the stronger of two labels that are close")
	return box.Returns(cmd, Seen{})
}

func (o *RunOptions) check(cmd *cobra.Command) error {
	for _, flag := range []string{"session", "weight", "yes", "min-confidence", "waste-table"} {
		if cmd.Flags().Changed(flag) && !o.Deposit {
			return toolbox.Usage("--"+flag+" only goes with --deposit", "add --deposit, or leave --"+flag+" out")
		}
	}
	if o.Frames < 0 {
		return toolbox.Usage("--frames must not be negative", "for example: --frames 10")
	}
	return o.checkShow(o.Sources)
}

func (o *RunOptions) delivers() bool { return o.Upload || o.Deposit }

func detectRun(ctx context.Context, o *RunOptions) error {
	items, findErr := source.Find(ctx, o.Sources)
	if len(items) == 0 {
		return findErr
	}
	if err := o.checkStreams(ctx, items); err != nil {
		return err
	}
	// Everything that can be refused is refused before the first picture is looked at and the first byte sent.
	courier, err := o.courier()
	if err != nil {
		return err
	}
	if o.Timing {
		o.clock = newClock(o.Started())
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	first, err := o.begin(ctx, items[0])
	if err != nil {
		return err
	}
	live := slices.ContainsFunc(items, func(i source.Item) bool { return i.Stream })
	viewers, err := o.viewers()
	if err != nil {
		return err
	}
	looker, err := o.looker(ctx, onnx.Lanes(o.pictures(items)), live)
	if err != nil {
		return toolbox.Graver(err, closeAll(viewers))
	}
	defer func() { _ = looker.eye.Close() }()
	r := &run{RunOptions: o, looker: looker, courier: courier, first: first, tally: toolbox.Tally{What: "pictures", Planned: len(items)}}
	r.viewers = viewers
	if findErr != nil {
		o.Report(findErr)
		record(viewers, Seen{File: "sources", Error: o.Problem(findErr)})
		r.tally.Add(findErr)
	}
	err = toolbox.Graver(r.all(ctx, items), closeAll(viewers))
	if err != nil {
		if o.delivers() {
			return r.tally.Stopped(err)
		}
		return err
	}
	looker.warn(o.Console)
	return r.tally.Err()
}

// checkStreams hands cameras and video to the build that opens them, and refuses what would pay forty times for one bottle.
func (o *RunOptions) checkStreams(ctx context.Context, items []source.Item) error {
	for _, item := range items {
		if !item.Stream {
			continue
		}
		if o.delivers() {
			return toolbox.Usage("--upload and --deposit take pictures, not a camera or video",
				"in forty frames one bottle would be forty deposits; pay for each once: rvmctl detect watch "+item.Name+" --deposit")
		}
		if source.NeedsCamera(ctx, item) {
			return o.Camera(item.Name)
		}
	}
	return nil
}
