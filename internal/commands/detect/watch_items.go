package detect

import (
	"context"
	"time"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/terminal"
	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/source"
	"github.com/myrvm/rvmctl/internal/vision/track"
)

// thing is what a watch knows of an item beside its track.
type thing struct {
	id int64
	// item is as it was when it was looked at last, with the state that people are told.
	item Item
	// early is true for what may have been there before the watch began.
	early bool
	// settled and doubted are true once that was told; gone once it has left.
	settled, doubted, gone bool
	// depositTold and uploadTold are true once it was told what became of them.
	depositTold, uploadTold bool
	// deposit is nil until it is kept; request is what was or would be asked for.
	deposit *Deposit
	// retry is when a deposit that could not be kept is tried again; it is zero when none failed.
	retry time.Time
	// uploaded is nil until the picture is kept.
	uploaded *Upload
	stored   *Stored
	// best is the picture of the best frame so far, and bestFound what was found there: the item may move.
	best      *source.Picture
	bestFound vision.Detection
	seenAt    int64
}

// startFrames is how many frames count as the beginning, however fast they come.
const startFrames = 3

// handle enters one frame.
func (w *watcher) handle(ctx context.Context, one looked) error {
	w.sum.Frames++
	w.at = w.lookOf(one.frame)
	if w.sum.Frames == 1 {
		w.first = w.at
	}
	if err := w.opened(); err != nil {
		return err
	}
	if one.err != nil {
		return w.failed(one.err)
	}
	w.failing, w.timing = 0, one.result.Timing
	w.dropped(one)
	w.split(one.result.Detections)
	width, height := one.frame.Width, one.frame.Height
	c := w.items.Update(w.at, width, height, w.payable)
	o := w.others.Update(w.at, width, height, w.foreign)
	w.impossible(c.Refused + o.Refused)
	err := firstError(w.every(ctx, one), w.changed(ctx, c, one), w.changed(ctx, o, one))
	if w.memory != nil && !w.beginning() && !w.undecided() {
		w.remember(w.memory.settle(ctx))
	}
	return err
}

// lookOf is when a frame was taken. What is not live has no time of its own but its place.
func (w *watcher) lookOf(f *vision.Frame) track.Look {
	look := track.Look{Number: f.Number, At: f.Taken}
	if !w.facts.Live {
		fps := w.facts.FPS
		if !(fps >= 1 && fps <= 1000) {
			fps = 30
		}
		look.At = time.Unix(0, 0).Add(time.Duration(float64(f.Number) / fps * float64(time.Second)))
	}
	return look
}

// beginning says whether what comes into view now may have been there before the watch began.
func (w *watcher) beginning() bool {
	return w.sum.Frames <= startFrames || w.at.At.Sub(w.first.At) <= w.Lost
}

// undecided says whether something that was there when the watch began is in view and may still become a deposit. Until then nothing
// that an earlier watch left is forgotten: a camera may be slow, and --settle long.
func (w *watcher) undecided() bool {
	for _, r := range w.things {
		if r.early && !r.gone && r.deposit == nil && r.item.State != unmapped && !w.memory.heirs[r.id] {
			return true
		}
	}
	return false
}

// failed counts a frame that the model could not look at; many in a row are the end.
func (w *watcher) failed(err error) error {
	w.sum.Failed++
	if w.failing++; w.failing >= mostFailed {
		return err
	}
	if w.failing == 1 {
		w.Report(err)
	}
	return nil
}

func (w *watcher) dropped(one looked) {
	w.sum.Impossible += int64(one.result.Dropped)
	w.warnImpossible(one.result.Dropped)
}

func (w *watcher) impossible(n int) {
	w.sum.Impossible += int64(n)
	w.warnImpossible(n)
}

// warnImpossible says once that the model's other numbers deserve a second look, too.
func (w *watcher) warnImpossible(n int) {
	if n > 0 && !w.told {
		w.told = true
		w.Console.Warn("frame %d: left %d detections out, whose numbers are impossible or lie outside of the picture", w.at.Number, n)
	}
}

// split parts what has a row in the waste table from what has none.
func (w *watcher) split(found []vision.Detection) {
	w.payable, w.foreign = w.payable[:0], w.foreign[:0]
	for _, d := range found {
		known, looked := w.known[d.Label]
		if !looked {
			_, known = w.policy.table.Lookup(d.Label)
			w.known[d.Label] = known
		}
		if known {
			w.payable = append(w.payable, d)
		} else {
			w.foreign = append(w.foreign, d)
		}
	}
}

// changed goes through what a frame changed, in the order in which it is told.
func (w *watcher) changed(ctx context.Context, c track.Changes, one looked) error {
	for _, t := range c.Born {
		w.sum.Items++
		w.things[t.ID] = &thing{id: t.ID, early: w.beginning()}
	}
	for _, t := range c.Seen {
		if err := w.seen(ctx, t, one); err != nil {
			return err
		}
	}
	if err := firstError(w.passing(eventLost, c.Lost), w.passing(eventBack, c.Back)); err != nil {
		return err
	}
	for _, t := range c.Left {
		if err := w.left(ctx, w.things[t.ID]); err != nil {
			return err
		}
	}
	return nil
}

// passing tells what came out of sight or back. What was seen once or twice flickers, and nobody wants to read of it.
func (w *watcher) passing(kind string, tracks []*track.Track) error {
	for _, t := range tracks {
		if r := w.things[t.ID]; r.settled || r.doubted {
			if err := w.emit(r.event(kind)); err != nil {
				return err
			}
		}
	}
	return nil
}

// seen judges an item anew.
func (w *watcher) seen(ctx context.Context, t *track.Track, one looked) error {
	r, v := w.things[t.ID], w.policy.judge(t)
	if v.state == settled && r.early && r.deposit == nil && w.memory != nil {
		if reason := w.memory.suspect(r.id, v.row.Type); reason != "" {
			v.state, v.reason = doubtful, reason
		}
	}
	fresh := r.item.Track == 0
	r.item, r.seenAt = *newItem(t, v), w.at.Number
	switch {
	case r.deposit != nil:
		r.item.State = r.deposit.Outcome
	case !r.retry.IsZero():
		r.item.State = failed
	}
	if fresh {
		if err := w.emit(r.event(eventItem)); err != nil {
			return err
		}
	}
	w.keepBest(r, t, one.frame)
	switch {
	case v.state == doubtful && !r.doubted && r.deposit == nil:
		r.doubted = true
		return w.emit(r.event(eventDoubt))
	case v.state == settled:
		return w.clear(ctx, r, v, one)
	}
	return nil
}

// clear is about an item that the policy finds clear enough to be paid for.
func (w *watcher) clear(ctx context.Context, r *thing, v verdict, one looked) error {
	if !r.settled {
		r.settled = true
		w.sum.Settled++
		if err := w.emit(r.event(eventSettled)); err != nil {
			return err
		}
	}
	return w.deliver(ctx, r, v, one.result.Timing)
}

// left tells the end of an item.
func (w *watcher) left(ctx context.Context, r *thing) error {
	r.gone, r.best = true, nil
	if w.memory != nil {
		w.remember(w.memory.drop(ctx, r.id))
	}
	switch r.item.State {
	case doubtful:
		w.sum.Doubts++
		w.advise(r, r.item.Reason)
	case failed:
		w.adviseFailed(r)
	}
	w.retire(r)
	err := w.emit(r.event(eventLeft))
	if r.finished() {
		delete(w.things, r.id)
	}
	return err
}

// adviseFailed is about an item that is gone and whose deposit never found a place.
func (w *watcher) adviseFailed(r *thing) {
	if r.deposit == nil {
		w.advise(r, "its deposit could not be kept")
	}
}

// advise says what to type when somebody saw what an item without a deposit was.
func (w *watcher) advise(r *thing, why string) {
	if !w.Deposit {
		return
	}
	hint := ""
	if row, known := w.policy.table.Lookup(r.item.Label); known {
		if request, err := w.request(row); err == nil {
			hint = "; if it was " + terminal.Clean(r.item.Label) + " and is not paid: " + byHand(request)
		}
	}
	w.Console.Warn("item %d: %s, no deposit was created%s", r.id, why, hint)
}

// event is one about an item.
func (r *thing) event(kind string) Event {
	item := r.item
	e := Event{Event: kind, Item: &item}
	if r.deposit != nil {
		d := *r.deposit
		e.Deposit = &d
	}
	return e
}

// finished says whether nothing more will be heard of what was kept.
func (r *thing) finished() bool {
	waits := r.deposit != nil && (r.deposit.Outcome == queued || r.deposit.Outcome == unknown)
	waits = waits || r.uploaded != nil && r.uploaded.Delivery != toolbox.Sent && r.uploaded.Error == nil
	return !waits && (r.stored == nil || r.stored.Delivery == toolbox.Sent || r.stored.Error != nil)
}

// every is about the frame as a whole: viewers, and its event when that is wanted.
func (w *watcher) every(ctx context.Context, one looked) error {
	s := Seen{File: one.frame.Name, Width: one.frame.Width, Height: one.frame.Height, Timing: Timing(one.result.Timing)}
	for _, v := range w.viewers {
		if err := v.View(ctx, &s, one.frame, one.result.Detections); err != nil {
			return err
		}
	}
	if !w.EveryFrame {
		return nil
	}
	found, err := w.detections(one.result.Detections)
	return w.emit(Event{Event: eventFrame, Detections: found, Timing: &s.Timing, Saved: s.Saved, Error: w.Problem(err)})
}

// emit writes an event; on a terminal with a table only the last one.
func (w *watcher) emit(e Event) error {
	if w.board != nil {
		return nil
	}
	e.At, e.Frame = w.Console.Now().UTC(), w.at.Number
	return w.Console.Emit(e)
}
