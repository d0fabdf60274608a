package detect

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/source"
	"github.com/myrvm/rvmctl/internal/waste"
)

// courier brings what was seen in one picture to the platform: the picture, then the detection that names its path, then one
// deposit for each item. A deposit does not wait for the other two: it is money.
type courier struct {
	options *RunOptions
	client  *platform.Client
	rvm     int64
	table   waste.Table
	// weight is what the scale said of each item, or nil.
	weight        *platform.Decimal
	minConfidence float32
	// counted are the pictures whose items were planned already, by the sum of their bytes.
	counted map[[sha256.Size]byte]string
	// away is set once the platform cannot be reached or does not know us: the rest is not tried, and said so.
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
	w.client, err = o.Platform()
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
	var worst error
	if w.options.Upload {
		worst = toolbox.Graver(worst, w.upload(ctx, s, p))
		worst = toolbox.Graver(worst, w.store(ctx, s, result))
	}
	return toolbox.Graver(worst, w.deposit(ctx, s, planned))
}

// attempt runs one call unless the platform is known to be away or the run was ended, and notices when it is.
func (w *courier) attempt(ctx context.Context, call func() error) error {
	if w.away == nil && ctx.Err() != nil {
		w.away = context.Cause(ctx)
	}
	if w.away != nil {
		return w.away
	}
	err := call()
	var away *platform.UnreachableError
	var no *platform.Error
	var unknown *platform.UncertainError
	switch {
	case errors.As(err, &unknown):
	case errors.As(err, &away), errors.As(err, &no) && no.Unauthenticated():
		w.away = err
	}
	return err
}

func (w *courier) upload(ctx context.Context, s *Seen, p *source.Picture) error {
	s.Upload = &Upload{}
	var done platform.Uploaded
	err := w.attempt(ctx, func() error {
		return w.options.Spacing.Do(ctx, w.rvm, func() (err error) {
			done, err = w.client.Uploads.Create(ctx, platform.Upload{
				RVMID: w.rvm, Name: p.Name, Size: int64(len(p.Data)), Metadata: w.metadata(p),
				Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(p.Data)), nil },
			})
			return err
		})
	})
	s.Upload.Path, s.Upload.Size, s.Upload.Error = done.Path, done.Size, w.options.Problem(err)
	w.options.Report(err)
	return err
}

func (w *courier) metadata(p *source.Picture) map[string]string {
	m := map[string]string{"sha256": p.SHA256()}
	if w.options.Session != "" {
		m["session_token"] = w.options.Session
	}
	return m
}

// store sends the detections. Without an uploaded picture there is nothing that they could refer to, and the platform
// refuses an empty list.
func (w *courier) store(ctx context.Context, s *Seen, result vision.Result) error {
	if s.Upload.Error != nil || len(result.Detections) == 0 {
		return nil
	}
	d := platform.DetectionCreate{
		RVMID: w.rvm, ImagePath: s.Upload.Path, Timestamp: time.Now().UTC(),
		ProcessingTime: time.Duration(result.Timing.Run * float64(time.Millisecond)),
		ModelVersion:   fmt.Sprintf("%s@%.12s", s.Model.Name, s.Model.SHA256),
	}
	for _, one := range result.Detections {
		d.Detections = append(d.Detections, platform.Detection{Class: one.Label, Confidence: float64(one.Confidence),
			BBox: [4]float64{float64(one.Box.X1), float64(one.Box.Y1), float64(one.Box.X2), float64(one.Box.Y2)}})
	}
	s.Stored = &Stored{}
	err := w.attempt(ctx, func() error {
		stored, err := w.client.Detections.Create(ctx, d)
		s.Stored.ID = stored.ID
		return err
	})
	s.Stored.Error = w.options.Problem(err)
	w.options.Report(err)
	return err
}
