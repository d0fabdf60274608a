package detect

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/delivery"
	"github.com/myrvm/rvmctl/internal/outbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/source"
	"github.com/myrvm/rvmctl/internal/waste"
)

// courier brings what was seen in one picture to the platform: the picture, then the detection that names its path, then one
// deposit for each item. All of them are kept in the outbox before the first is sent, so that nothing of a picture is lost when the
// run ends in the middle of it.
type courier struct {
	options *RunOptions
	rvm     int64
	table   waste.Table
	// waits says that nothing is to be sent now.
	waits bool
	// weight is what the scale said of each item, or nil.
	weight        *platform.Decimal
	minConfidence float32
	// counted are the pictures whose items were planned already, by the sum of their bytes.
	counted map[[sha256.Size]byte]string
	// away is set once the platform cannot be reached or does not know us: the rest is not tried.
	away error
}

// courier checks everything about sending before anything is looked at; it is nil when nothing is to be sent.
func (o *RunOptions) courier() (*courier, error) {
	if !o.delivers() {
		return nil, nil
	}
	c, err := o.Config()
	if err != nil {
		return nil, err
	}
	w := &courier{options: o, minConfidence: float32(c.MinConfidence), counted: map[[sha256.Size]byte]string{}}
	if w.rvm, err = o.RVM(); err != nil {
		return nil, err
	}
	if o.Deposit {
		if err := w.prepareDeposits(); err != nil {
			return nil, err
		}
	}
	w.waits, err = o.Outgoing.Waits()
	return w, err
}

// prepareDeposits also tries the limits on a deposit as it would be sent: a session token or weight that the platform would
// refuse is refused now.
func (w *courier) prepareDeposits() (err error) {
	if w.table, err = w.options.Waste(); err != nil {
		return err
	}
	trial := platform.DepositCreate{RVMID: w.rvm, WasteType: waste.Types()[0], Weight: platform.NewDecimal(1, 0), Quantity: 1,
		SessionToken: w.options.Session}
	if w.options.Weight != "" {
		weight, err := platform.ParseDecimal(w.options.Weight)
		if err != nil {
			return toolbox.Usage("--weight "+err.Error(), "for example: --weight 0.025 (a point, not a comma)")
		}
		w.weight, trial.Weight = &weight, weight
	} else {
		w.options.Console.Note("no --weight: taking the typical weight of each item from the %s table", w.table.Source)
	}
	return trial.Validate()
}

// deliver does what was asked for and enters every outcome into s. The error is the gravest that happened, or nil.
//
// Questions come first: whoever breaks one off must not leave behind deposits that no line has told of.
func (w *courier) deliver(ctx context.Context, s *Seen, p *source.Picture, result vision.Result) error {
	s.table = w.table.Source
	var planned []plan
	if w.options.Deposit {
		planned = w.planOnce(s.File, p, result)
	}
	capture := uuid.NewString()
	w.keepDeposits(ctx, capture, planned)
	var worst error
	if w.options.Upload {
		worst = w.show(ctx, s, p, result, capture)
	}
	return toolbox.Graver(worst, w.deposit(ctx, s, planned))
}

// show brings the picture and what was found in it; the platform refuses an empty list.
func (w *courier) show(ctx context.Context, s *Seen, p *source.Picture, result vision.Result, capture string) error {
	s.Upload = &Upload{}
	picture, err := w.keepPicture(ctx, p, capture)
	var seen toolbox.Handed
	if err == nil && len(result.Detections) > 0 {
		s.Stored = &Stored{}
		if seen, err = w.keepDetection(ctx, s, result, capture); err != nil {
			s.Stored.Error = w.options.Problem(err)
		}
	}
	if err != nil {
		s.Upload.Error = w.options.Problem(err)
		w.options.Report(err)
		return err
	}
	worst := w.upload(ctx, s, picture)
	if s.Stored != nil {
		worst = toolbox.Graver(worst, w.store(ctx, s, seen))
	}
	return worst
}

// send tries what is kept, unless nothing is to be sent, the platform is known to be away, or the run was ended.
func (w *courier) send(ctx context.Context, h toolbox.Handed) (toolbox.Handed, error) {
	if w.waits || w.away != nil && h.Entry.State == outbox.Pending && !h.Entry.Once {
		return h, nil
	}
	if ctx.Err() != nil && !h.Entry.Once {
		return h, nil
	}
	h, err := w.options.Outgoing.Send(ctx, h)
	if err == nil {
		w.options.Outgoing.Tell(h)
	}
	if h.Entry.State == outbox.Pending || err != nil && h.Delivery != toolbox.Sent {
		w.notice(h, err)
	}
	return h, err
}

// notice remembers that the platform is away, so that the other items of the run do not each wait for it.
func (w *courier) notice(h toolbox.Handed, err error) {
	var away *platform.UnreachableError
	var no *platform.Error
	switch {
	case errors.As(err, &away), errors.As(err, &no) && no.Unauthenticated():
		w.away = err
	case h.Entry.State == outbox.Pending:
		w.away = errKept
	}
}

// errKept stands for a platform that is away and of which the reason was told already.
var errKept = errors.New("the platform is away")

func (w *courier) keepPicture(ctx context.Context, p *source.Picture, capture string) (toolbox.Handed, error) {
	sum, size, err := w.options.Outgoing.Blob(ctx, p.Data)
	if err != nil {
		return toolbox.Handed{}, err
	}
	return w.options.Outgoing.Keep(ctx, func(profile, target string) (outbox.New, error) {
		n, err := delivery.PictureEntry(profile, target, delivery.Picture{RVMID: w.rvm, Name: p.Name, SHA256: sum, Size: size,
			Metadata: w.metadata(p), Capture: capture})
		// Another run may have brought the same picture; this one belongs to what was seen now.
		n.Key, n.Blob, n.BlobSize = uuid.NewString(), sum, size
		return n, err
	})
}

func (w *courier) metadata(p *source.Picture) map[string]string {
	m := map[string]string{"sha256": p.SHA256()}
	if w.options.Session != "" {
		m["session_token"] = w.options.Session
	}
	return m
}

func (w *courier) keepDetection(ctx context.Context, s *Seen, result vision.Result, capture string) (toolbox.Handed, error) {
	d := platform.DetectionCreate{
		RVMID: w.rvm, Timestamp: time.Now().UTC(),
		ProcessingTime: time.Duration(result.Timing.Run * float64(time.Millisecond)),
		ModelVersion:   fmt.Sprintf("%s@%.12s", s.Model.Name, s.Model.SHA256),
	}
	for _, one := range result.Detections {
		d.Detections = append(d.Detections, platform.Detection{Class: one.Label, Confidence: float64(one.Confidence),
			BBox: [4]float64{float64(one.Box.X1), float64(one.Box.Y1), float64(one.Box.X2), float64(one.Box.Y2)}})
	}
	if err := sentMasks(w.options.Console, s.File, d.Detections, result.Detections, maxSentMasks); err != nil {
		return toolbox.Handed{}, err
	}
	return w.options.Outgoing.Keep(ctx, func(profile, target string) (outbox.New, error) {
		return delivery.DetectionEntry(profile, target, d, capture)
	})
}

func (w *courier) upload(ctx context.Context, s *Seen, kept toolbox.Handed) error {
	h, err := w.send(ctx, kept)
	s.Upload.Delivery, s.Upload.Key = h.Delivery, h.Entry.Key
	if done, ok := delivery.UploadedPicture(h.Entry); ok {
		s.Upload.Path, s.Upload.Size = done.Path, done.Size
	}
	s.Upload.Error = w.options.Problem(err)
	w.options.Report(err)
	return err
}

func (w *courier) store(ctx context.Context, s *Seen, kept toolbox.Handed) error {
	h, err := w.send(ctx, kept)
	s.Stored.Delivery, s.Stored.Key = h.Delivery, h.Entry.Key
	if stored, ok := delivery.StoredDetection(h.Entry); ok {
		s.Stored.ID = stored.ID
	}
	s.Stored.Error = w.options.Problem(err)
	w.options.Report(err)
	return err
}
