package toolbox

import (
	"context"
	"errors"

	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/onnx"
	"github.com/myrvm/rvmctl/internal/vision/yolo"
)

// Looking is what a command wants of an Eye; everything else comes from the settings.
type Looking struct {
	// Only are the labels that are wanted, nil for all.
	Only []string
	// Lanes is how many pictures may be in work at once.
	Lanes int
	// Live is true for a camera or stream, where time passes between two pictures.
	Live bool
	// Masks asks for outlines where the model can give them.
	Masks bool
	// Lap, when set, is told when a stage of opening has ended: the model is read and judged, the runtime started, the session
	// made and warm.
	Lap func(stage string)
}

// Stages of opening an Eye.
const (
	LapModel   = "model"
	LapRuntime = "runtime"
	LapSession = "session"
)

func (w Looking) lap(stage string) {
	if w.Lap != nil {
		w.Lap(stage)
	}
}

// Eye is an open detector with everything that belongs to it. It must be closed.
type Eye struct {
	// Detect finds things in a frame; it may be called from several goroutines.
	Detect vision.Detector
	// Info says what looks, and on what.
	Info onnx.Info

	session *onnx.Session
	sam     *onnx.SAM
	closers []func() error
}

// NoScores says that the model gave no score above 0 yet: it was probably quantised wrongly.
func (e *Eye) NoScores() bool { return e.session.NoScores() }

// Close waits for the frames in work and frees everything, the last made first.
func (e *Eye) Close() error {
	var errs []error
	for i := len(e.closers) - 1; i >= 0; i-- {
		errs = append(errs, e.closers[i]())
	}
	e.closers = nil
	return errors.Join(errs...)
}

// Eye opens the model of the settings on the device of the settings.
func (b *Box) Eye(ctx context.Context, want Looking) (*Eye, error) {
	c, err := b.Config()
	if err != nil {
		return nil, err
	}
	files, err := samFiles(c, want)
	if err != nil {
		return nil, err
	}
	want.Masks = want.Masks && files == nil
	o, err := b.modelOptions(c, want)
	if err != nil {
		return nil, err
	}
	session, err := onnx.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	e := &Eye{Detect: session.Detect, Info: session.Info(), session: session, closers: []func() error{session.Close}}
	if files != nil {
		if err := b.addSAM(ctx, e, files, o); err != nil {
			return nil, errors.Join(err, e.Close())
		}
	}
	want.lap(LapSession)
	return e, nil
}

// modelOptions reads the model and starts the runtime.
func (b *Box) modelOptions(c *config.Config, want Looking) (o onnx.Options, err error) {
	m, err := readModel(c.Vision.Model)
	if err != nil {
		return o, err
	}
	if o, err = b.ModelOptions(m, want); err != nil {
		return o, err
	}
	o.SHA256 = pinnedSum(c)
	// The file is judged before the runtime is started: a wrong model is told as such where there is no runtime at all.
	if _, _, err := onnx.Recognise(o.Model, yolo.Options{Labels: o.Labels, Width: o.Width, Height: o.Height}); err != nil {
		return o, err
	}
	want.lap(LapModel)
	o.Runtime, err = b.StartRuntime()
	want.lap(LapRuntime)
	return o, err
}
