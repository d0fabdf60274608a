//go:build cgo && !windows

package onnx

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/yolo"
)

// Session is a loaded model. It owns memory outside Go's heap and must be closed; its Detect method is a
// vision.Detector that may be called from several goroutines.
type Session struct {
	info Info
	core *ort.DynamicAdvancedSession
	// lanes holds the lanes that no frame is using.
	lanes  chan *lane
	closed chan struct{}
	once   sync.Once
	// alive says whether any anchor ever had a score above 0; frames counts the answers in which one was looked for.
	frames atomic.Int64
	alive  atomic.Bool
}

// Detect finds things in one frame. It waits for a free lane; cancelling ctx ends the wait, and the run that has
// begun as soon as the runtime looks up from an operator. Errors are *RunError, ErrClosed, those of package yolo for a frame that contradicts itself, or ctx's.
func (s *Session) Detect(ctx context.Context, f *vision.Frame) (vision.Result, error) {
	if f == nil {
		return vision.Result{}, &yolo.FrameError{Reason: "there is none"}
	}
	l, err := s.take(ctx)
	if err != nil {
		return vision.Result{}, err
	}
	defer func() { s.lanes <- l }()
	start := time.Now()
	lb, err := l.fill(f)
	if err != nil {
		return vision.Result{}, err
	}
	filled := time.Now()
	if err := l.brake.run(ctx, s.core, l.inputs, l.outputs); err != nil {
		if ctx.Err() != nil {
			return vision.Result{}, err
		}
		return vision.Result{}, &RunError{Frame: f.Name, Reason: oneLine(err)}
	}
	ran := time.Now()
	rows := l.answer()
	found, dropped, err := l.decode(rows, lb)
	if err != nil {
		return vision.Result{}, err
	}
	s.watch(l, rows)
	mine := slices.Clone(found)
	l.forget(found)
	return vision.Result{Detections: mine, Dropped: dropped, Timing: vision.Timing{
		Pre: ms(filled.Sub(start)), Run: ms(ran.Sub(filled)), Post: ms(time.Since(ran))}}, nil
}

// take gives a lane to the caller alone.
func (s *Session) take(ctx context.Context) (*lane, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	select {
	case <-s.closed:
		return nil, ErrClosed
	default:
	}
	select {
	case l := <-s.lanes:
		return l, nil
	case <-s.closed:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// watch looks for a score above 0 until one was seen or enough answers had none; a whole answer is long to read.
func (s *Session) watch(l *lane, rows []float32) {
	const enough = 3
	if s.alive.Load() || s.frames.Load() >= enough {
		return
	}
	if l.dec.MaxScore(rows, l.anchors) > 0 {
		s.alive.Store(true)
	}
	s.frames.Add(1)
}

// NoScores says that every score of the warm-up and of the first frames was exactly 0. A healthy float model never
// answers so; one that was quantised as a whole does. A model that suppresses by itself says nothing about it: it fills
// up with zeros where it finds nothing.
func (s *Session) NoScores() bool {
	return s.frames.Load() > 1 && !s.alive.Load() && !s.info.Spec.NMS
}

// Info says what the session is and what it runs on.
func (s *Session) Info() Info { return s.info }

// Close waits for the frames in work and frees everything. It may be called more than once.
func (s *Session) Close() error {
	s.once.Do(func() {
		close(s.closed)
		for range cap(s.lanes) {
			(<-s.lanes).close()
		}
		_ = s.core.Destroy() // It never fails.
	})
	return nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
