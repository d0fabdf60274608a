package detect

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"maps"
	"slices"
	"time"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/delivery"
	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/source"
	"github.com/myrvm/rvmctl/internal/vision/track"
	"github.com/myrvm/rvmctl/internal/waste"
)

const (
	// keepAgain is how soon a deposit is kept that the disk refused, as long as the item is in view.
	keepAgain = time.Second
	// better is by how much a frame must be better to be worth another picture.
	better = 0.02
	// pictureQuality is that of the best picture's JPEG.
	pictureQuality = 90
	// leastQuality is that of a picture which the platform would otherwise refuse for its size.
	leastQuality = 30
)

// capture names an item: no other watch and no other item has this name, so that no deposit of another one can have the same key.
func (w *watcher) capture(id int64) string { return fmt.Sprintf("%s-%d", w.run, id) }

// deliver keeps what belongs to a settled item, once, and hands it to the sender. Everything is kept before the first of it is sent.
func (w *watcher) deliver(ctx context.Context, r *thing, v verdict, timing vision.Timing) error {
	if w.courier == nil {
		return nil
	}
	var parcels []parcel
	if w.Deposit && r.deposit == nil && !time.Now().Before(r.retry) {
		p, err := w.keepDeposit(ctx, r, v)
		if err != nil {
			return w.notKept(r, err)
		}
		parcels = append(parcels, p)
	}
	if w.Upload && r.uploaded == nil && r.best != nil && (!w.Deposit || r.deposit != nil) {
		parcels = append(parcels, w.keepUpload(ctx, r, timing)...)
	}
	for _, p := range parcels {
		w.sender.add(p)
	}
	if r.uploaded != nil && r.uploaded.Error != nil && !r.uploadTold {
		return w.uploadHeard(r)
	}
	return nil
}

// request is what is asked of the platform for an item of a row.
func (w *watcher) request(row waste.Row) (platform.DepositCreate, error) {
	weight, err := w.courier.weightOf(row)
	return platform.DepositCreate{RVMID: w.courier.rvm, WasteType: row.Type, Weight: weight, Quantity: 1, SessionToken: w.Session}, err
}

// keepDeposit puts the item's one deposit into the outbox. A signal does not keep it from that: the item is settled.
func (w *watcher) keepDeposit(ctx context.Context, r *thing, v verdict) (parcel, error) {
	request, err := w.request(v.row)
	if err != nil {
		return parcel{}, err
	}
	ctx = context.WithoutCancel(ctx)
	h, err := w.Outgoing.Keep(ctx, func(profile, target string) (outbox.New, error) {
		n, err := delivery.DepositEntry(profile, target, request, w.capture(r.id))
		if err == nil {
			w.remember(w.memory.add(ctx, r.id, noted{n.Key, request.WasteType}))
		}
		return n, err
	})
	if err != nil {
		return parcel{}, err
	}
	r.deposit = &Deposit{Outcome: queued, Label: v.label, Rival: v.rival, Confidence: float32(v.confidence), WasteType: v.row.Type,
		WeightKG: request.Weight.String(), WeightAssumed: w.courier.weight == nil, Key: h.Entry.Key}
	if r.retry.IsZero() {
		w.errands.begin(delivery.KindDeposit)
	} else {
		w.sum.Refused--
		w.errands.end(r.id, delivery.KindDeposit, nil)
	}
	r.item.State = queued
	w.sum.Queued++
	return parcel{item: r.id, kind: delivery.KindDeposit, h: h}, nil
}

// notKept tells once that an item has no deposit; it is tried again while the item is in view, under the same key.
func (w *watcher) notKept(r *thing, err error) error {
	first := r.retry.IsZero()
	r.retry, r.item.State = time.Now().Add(keepAgain), failed
	if !first {
		return nil
	}
	w.Report(err)
	w.errands.begin(delivery.KindDeposit)
	w.errands.end(r.id, delivery.KindDeposit, err)
	w.sum.Refused++
	e := r.event(eventDeposit)
	e.Deposit = &Deposit{Outcome: failed, Label: r.item.Label, Confidence: float32(r.item.Confidence), WasteType: r.item.WasteType,
		Error: w.Problem(err)}
	return w.emit(e)
}

// keepUpload puts the best picture, and the detection that needs its path, into the outbox.
func (w *watcher) keepUpload(ctx context.Context, r *thing, timing vision.Timing) (parcels []parcel) {
	ctx = context.WithoutCancel(ctx)
	defer func() { r.best = nil }()
	r.uploaded = &Upload{}
	picture, err := w.courier.keepPicture(ctx, r.best, w.capture(r.id))
	r.uploaded.Delivery, r.uploaded.Key = picture.Delivery, picture.Entry.Key
	if r.uploaded.Error = w.begun(r, delivery.KindPicture, err); err != nil {
		return nil
	}
	parcels = append(parcels, parcel{item: r.id, kind: delivery.KindPicture, h: picture})
	found, err := w.courier.keepDetection(ctx, &Seen{File: r.best.Name, Model: w.looker.model},
		vision.Result{Detections: []vision.Detection{r.bestFound}, Timing: timing}, w.capture(r.id))
	r.stored = &Stored{Delivery: found.Delivery, Key: found.Entry.Key}
	if r.stored.Error = w.begun(r, delivery.KindDetection, err); err != nil {
		return parcels
	}
	return append(parcels, parcel{item: r.id, kind: delivery.KindDetection, h: found})
}

// begun enters a picture or a detection, and says why it was not kept.
func (w *watcher) begun(r *thing, kind string, err error) *toolbox.Problem {
	w.errands.begin(kind)
	w.errands.end(r.id, kind, err)
	w.Report(err)
	return w.Problem(err)
}

// collect hears what became of what was handed to the sender.
func (w *watcher) collect() error {
	if w.sender == nil {
		return nil
	}
	var worst error
	for _, p := range w.sender.heard() {
		// What became of the others counts, though nobody may read of it.
		worst = firstError(worst, w.heard(p))
	}
	return worst
}

func (w *watcher) heard(p parcel) error {
	r := w.things[p.item]
	if r == nil {
		return nil
	}
	w.Report(p.err)
	w.errands.end(r.id, p.kind, p.err)
	var err error
	switch p.kind {
	case delivery.KindDeposit:
		err = w.depositHeard(r, p)
	case delivery.KindPicture:
		r.uploaded.Delivery, r.uploaded.Error = p.h.Delivery, w.Problem(p.err)
		if done, ok := delivery.UploadedPicture(p.h.Entry); ok {
			r.uploaded.Path, r.uploaded.Size = done.Path, done.Size
		}
		err = w.uploadHeard(r)
	case delivery.KindDetection:
		r.stored.Delivery, r.stored.Error = p.h.Delivery, w.Problem(p.err)
		if stored, ok := delivery.StoredDetection(p.h.Entry); ok {
			r.stored.ID = stored.ID
		}
		err = w.uploadHeard(r)
	}
	if r.gone && r.finished() {
		delete(w.things, r.id)
	}
	return err
}

func (w *watcher) depositHeard(r *thing, p parcel) error {
	d := r.deposit
	before := d.Outcome
	d.Outcome, d.Error = outcome(p.h, p.err), w.Problem(p.err)
	if made, ok := delivery.CreatedDeposit(p.h.Entry); ok {
		d.ID, d.RewardAmount, d.Status = made.ID, toolbox.Fixed(made.RewardAmount, 2), made.Status
	}
	*w.count(before)--
	*w.count(d.Outcome)++
	r.item.State, r.depositTold = d.Outcome, true
	return w.emit(r.event(eventDeposit))
}

// count is where deposits of an outcome are counted.
func (w *watcher) count(outcome string) *int64 {
	switch outcome {
	case sent:
		return &w.sum.Sent
	case queued:
		return &w.sum.Queued
	case unknown:
		return &w.sum.Unknown
	}
	return &w.sum.Refused
}

func (w *watcher) uploadHeard(r *thing) error {
	r.uploadTold = true
	e := r.event(eventUpload)
	up := *r.uploaded
	e.Upload = &up
	if r.stored != nil {
		stored := *r.stored
		e.Stored = &stored
	}
	return w.emit(e)
}

// farewell waits for what is being sent, in haste after a signal, and hears the last of it.
func (w *watcher) farewell(ctx context.Context, err error) {
	if w.memory != nil && !w.facts.Live && w.sum.Ended == "source" {
		w.remember(w.memory.clear(context.WithoutCancel(ctx)))
	}
	if w.sender == nil {
		return
	}
	patience := endTime
	if ctx.Err() != nil || err != nil && w.sum.Ended == "error" {
		patience = haste
	}
	w.sender.stop(patience)
	if err := firstError(w.collect(), w.untold()); err != nil {
		w.Report(err)
	}
}

// untold tells of what is kept and was not tried before the end: each settled item has its word before the summary counts it.
func (w *watcher) untold() error {
	for _, id := range slices.Sorted(maps.Keys(w.things)) {
		r := w.things[id]
		if r.deposit != nil && !r.depositTold {
			if err := w.emit(r.event(eventDeposit)); err != nil {
				return err
			}
		}
		if r.uploaded != nil && !r.uploadTold {
			if err := w.uploadHeard(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// summary is the last line. What waits is also said to people.
func (w *watcher) summary() error {
	if w.sum.Queued > 0 {
		w.Console.Warn("kept in the outbox and not sent yet: %s; to send: rvmctl outbox flush", deposits(w.sum.Queued))
	}
	facts := w.stream.Facts()
	w.sum.Dropped, w.sum.Reconnects = facts.Dropped, facts.Reconnects
	for _, r := range w.things {
		if r.gone {
			continue
		}
		switch r.item.State {
		case doubtful:
			w.sum.Doubts++
			w.advise(r, r.item.Reason)
		case failed:
			w.adviseFailed(r)
		}
	}
	err := firstError(w.opened(), w.draw(true))
	w.board.Close()
	w.board = nil
	sum := w.sum
	return firstError(err, w.emit(Event{Event: eventSummary, Summary: &sum}))
}

// remember tells once that the memory of what was paid could not be written.
func (w *watcher) remember(err error) {
	if err != nil && !w.forgetful {
		w.forgetful = true
		w.Console.Warn("what lies before the camera and is paid cannot be noted (%v): begin this watch again only with nothing in view", err)
	}
}

// keepBest takes the picture of an item's best frame, while its pixels are there.
func (w *watcher) keepBest(r *thing, t *track.Track, f *vision.Frame) {
	if !w.Upload || r.uploaded != nil || t.BestAt != w.at || r.best != nil && t.Best.Confidence < r.bestFound.Confidence+better {
		return
	}
	data, err := encode(f)
	if err != nil {
		w.Report(err)
		return
	}
	r.best, r.bestFound = &source.Picture{Name: fmt.Sprintf("item-%d.jpg", t.ID), Data: data, Sum: sha256.Sum256(data)}, t.Best
}

// encode is the frame as JPEG, as small as the platform wants it where that is possible.
func encode(f *vision.Frame) ([]byte, error) {
	var img image.Image = f.YCbCr
	if f.YCbCr == nil {
		img = packed{f}
	}
	var b bytes.Buffer
	for quality := pictureQuality; ; quality -= 20 {
		b.Reset()
		err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality})
		if err != nil || b.Len() <= platform.MaxUpload || quality <= leastQuality {
			return b.Bytes(), err
		}
	}
}

// packed is a frame of RGB as an image.
type packed struct{ *vision.Frame }

// ColorModel is that of opaque pixels.
func (packed) ColorModel() color.Model { return color.RGBAModel }

// Bounds are those of the frame.
func (p packed) Bounds() image.Rectangle { return image.Rect(0, 0, p.Width, p.Height) }

// At is one pixel.
func (p packed) At(x, y int) color.Color {
	i := 3 * (y*p.Width + x)
	return color.RGBA{p.RGB[i], p.RGB[i+1], p.RGB[i+2], 255}
}
