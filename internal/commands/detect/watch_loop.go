package detect

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/google/uuid"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/source"
	"github.com/myrvm/rvmctl/internal/vision/track"
)

const (
	// lookRound is how often a watch does what it has to do while no frame comes.
	lookRound = 250 * time.Millisecond
	// endTime is how long a watch that came to its end waits for what is being sent, and haste the same after a signal.
	endTime = 10 * time.Second
	haste   = time.Second
	// mostFailed is how many frames in a row a model may fail.
	mostFailed = 20
)

// watcher is one watch. Its fields belong to the goroutine of watch.
type watcher struct {
	*WatchOptions
	looker  *looker
	viewers []viewer
	// courier, sender and memory are nil where nothing is sent, or paid.
	courier *courier
	sender  *sender
	memory  *memory
	policy  policy
	board   *terminal.Board

	// run is a name that no other watch has.
	run string
	// items are tracks of what the waste table knows, others of the rest: a hand must not swallow what it holds.
	items, others *track.Tracker
	issued        int64
	known         map[string]bool
	things        map[int64]*thing

	stream source.Stream
	facts  source.StreamFacts
	// first and at are the first and the latest frame.
	first, at track.Look
	sum       Watched
	errands   errands
	failing   int
	timing    vision.Timing
	// introduced, told and forgetful are set once that was said.
	introduced, told, forgetful bool
	// payable and foreign are the detections of one frame, parted.
	payable, foreign []vision.Detection
	// past are items that have left and are still shown.
	past        []row
	rated       float64
	ratedAt     time.Time
	ratedFrames int64
}

// looked is a frame with what was found in it.
type looked struct {
	frame  *vision.Frame
	result vision.Result
	err    error
}

// watcher checks everything that can be refused before a model is loaded.
func (o *WatchOptions) watcher() (*watcher, error) {
	c, err := o.Config()
	if err != nil {
		return nil, err
	}
	w := &watcher{WatchOptions: o, run: uuid.NewString(), known: map[string]bool{}, things: map[int64]*thing{}, errands: newErrands()}
	if w.courier, err = o.courier(); err != nil {
		return nil, err
	}
	w.policy = policy{settle: c.SettleFrames, minConfidence: c.MinConfidence, minArea: c.MinArea, weighed: o.Weight != ""}
	w.policy.table, err = o.Waste()
	return w, err
}

// recall reads what the watch before left. It must be alone by then: what that one still pays for would not be in it.
func (w *watcher) recall(ctx context.Context) error {
	if !w.Deposit {
		return nil
	}
	_, target, err := w.Outgoing.Target()
	if err != nil {
		return err
	}
	w.memory, err = openMemory(ctx, w.Outgoing.Store, target, w.courier.rvm)
	return err
}

// follow makes the trackers, which need the labels of the model.
func (w *watcher) follow() {
	score := min(0.5, float32(w.policy.minConfidence))
	o := track.Options{Labels: w.looker.eye.Info.Spec.Labels, High: score, New: score, Lost: w.Lost,
		Number: func() int64 { w.issued++; return w.issued }}
	w.items, w.others = track.New(o), track.New(o)
}

// watch goes on until the source, a limit, a signal or an error ends it, and says in its last line what was seen.
func (w *watcher) watch(ctx context.Context, stream source.Stream) error {
	w.stream, w.facts = stream, stream.Facts()
	w.follow()
	if w.courier != nil {
		w.sender = newSender(ctx, w.Outgoing, w.courier.waits, w.classes())
	}
	if !w.shows() {
		w.board = w.Console.Board()
	}
	began := time.Now()
	w.ratedAt = began
	limited, end := w.limit(ctx)
	err := w.loop(limited)
	end()
	w.ended(ctx, limited, err)
	closed := make(chan struct{})
	go func() { defer close(closed); _ = stream.Close() }()
	w.farewell(ctx, err)
	w.sum.Seconds = time.Since(began).Seconds()
	told := w.summary()
	<-closed
	return w.verdict(ctx, err, told)
}

// opened tells of the source once its first frame has said how large it is, or at the end.
func (w *watcher) opened() error {
	if w.introduced {
		return nil
	}
	w.introduced, w.facts = true, w.stream.Facts()
	return w.emit(Event{Event: eventOpened, Source: newOpened(w.facts), Model: &w.looker.model})
}

// errLimit ends a watch that was to last for so long.
var errLimit = errors.New("the time is over")

func (w *watcher) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if w.Duration == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, w.Duration, errLimit)
}

// ended puts into a word what ended the watch.
func (w *watcher) ended(ctx, limited context.Context, err error) {
	switch {
	case ctx.Err() != nil:
		w.sum.Ended = "signal"
	case errors.Is(err, io.EOF):
		w.sum.Ended = "source"
	case errors.Is(context.Cause(limited), errLimit):
		w.sum.Ended = "duration"
	case err == nil:
		w.sum.Ended = "frames"
	default:
		w.sum.Ended = "error"
	}
}

// verdict is how the command ends.
func (w *watcher) verdict(ctx context.Context, err, told error) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case w.sum.Ended != "error":
		err = nil
	}
	return w.gravest(firstError(err, told))
}

// gravest is what ended the watch, unless that is less grave than what became of the deposits: a reader that went away is no
// reason to be silent about them.
func (w *watcher) gravest(err error) error {
	var unread *terminal.WriteError
	worst := w.errands.Err()
	if err == nil || errors.As(err, &unread) && worst != nil {
		return worst
	}
	return toolbox.Graver(err, worst)
}

// loop handles one frame after another, and between them what became of the deposits.
func (w *watcher) loop(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	frames := w.look(ctx)
	defer func() {
		cancel()
		for range frames {
			// The eye must have ended before it is closed.
		}
	}()
	tick := time.NewTicker(lookRound)
	defer tick.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		case one, more := <-frames:
			if !more {
				return context.Cause(ctx)
			}
			if one.frame == nil {
				return one.err
			}
			err = w.handle(ctx, one)
			w.stream.Recycle(one.frame)
			if err == nil && w.Frames > 0 && w.sum.Frames >= int64(w.Frames) {
				return nil
			}
		}
		if err = firstError(err, w.collect()); err != nil {
			return err
		}
		if err := w.draw(false); err != nil {
			return err
		}
	}
}

// look reads and looks at frames until ctx or the source ends; the last one, without a frame, says why. It runs beside the handling,
// so that deposits are told of while no frame comes.
func (w *watcher) look(ctx context.Context) <-chan looked {
	frames := make(chan looked)
	hand := func(one looked) error {
		select {
		case frames <- one:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	go func() {
		defer close(frames)
		err := vision.Follow{Next: w.stream.Next, Detect: w.looker.eye.Detect, Live: w.facts.Live,
			Emit: func(f *vision.Frame, r vision.Result, err error) error { return hand(looked{f, r, err}) }}.Run(ctx)
		if err == nil {
			err = io.EOF
		}
		_ = hand(looked{err: err})
	}()
	return frames
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// classes are what the sender sends.
func (w *watcher) classes() (all []outbox.Class) {
	if w.Deposit {
		all = append(all, outbox.Deposit)
	}
	if w.Upload {
		all = append(all, outbox.Detection, outbox.Picture)
	}
	return all
}
