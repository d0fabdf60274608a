//go:build cgo && !windows

package onnx

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/sam"
)

// SAM is a loaded SAM2 model. It owns memory outside Go's heap and must be closed. Its methods may be called from several
// goroutines; one picture is segmented at a time, with all threads.
type SAM struct {
	o       SAMOptions
	files   *SAMFiles
	encoder samEncoderPart
	decoder samDecoderPart
	up      sam.Upsampler
	prompts []samPrompt
	brake   *brake
	// turn holds one token; who has it may use everything above.
	turn   chan struct{}
	closed chan struct{}
	once   sync.Once
	idle   *time.Timer

	mu    sync.Mutex
	info  SAMInfo
	stats SAMStats
}

// samPrompt is a box that can be asked for, with its number among those that were given.
type samPrompt struct {
	index  int
	points [4]float32
}

// Segment makes one outline for each box, in their order: the picture goes through the encoder once, unless it was the
// same as one of the last pictures, and each box through the decoder. Cancelling ctx ends the run in progress. Errors are
// *RunError, *SAMError when the encoder cannot be loaded again, *sam.FrameError, ErrClosed, or ctx's.
func (s *SAM) Segment(ctx context.Context, f *vision.Frame, boxes []vision.Box) ([]Outline, vision.Timing, error) {
	var spent vision.Timing
	if f == nil {
		return nil, spent, &sam.FrameError{Reason: "there is none"}
	}
	if err := sam.CheckFrame(f); err != nil {
		return nil, spent, err
	}
	if err := s.take(ctx); err != nil {
		return nil, spent, err
	}
	defer func() { s.turn <- struct{}{} }()
	out := make([]Outline, len(boxes))
	s.ask(f, boxes, out)
	if len(s.prompts) > 0 {
		if err := s.draw(ctx, f, out, &spent); err != nil {
			return nil, spent, err
		}
	}
	s.count(out)
	return out, spent, nil
}

// Over is a detector whose detections have masks: one for each, or none for a reason that Stats counts.
func (s *SAM) Over(d vision.Detector) vision.Detector {
	return func(ctx context.Context, f *vision.Frame) (vision.Result, error) {
		r, err := d(ctx, f)
		if err != nil || len(r.Detections) == 0 {
			return r, err
		}
		boxes := make([]vision.Box, len(r.Detections))
		for i := range boxes {
			boxes[i] = r.Detections[i].Box
		}
		outlines, spent, err := s.Segment(ctx, f, boxes)
		if err != nil {
			return vision.Result{}, err
		}
		for i := range outlines {
			r.Detections[i].Mask = outlines[i].Mask
		}
		r.Timing.Pre += spent.Pre
		r.Timing.Run += spent.Run
		r.Timing.Post += spent.Post
		return r, nil
	}
}

// take waits for the caller's turn.
func (s *SAM) take(ctx context.Context) error {
	select {
	case <-s.closed:
		return ErrClosed
	default:
	}
	select {
	case <-s.turn:
		return nil
	case <-s.closed:
		return ErrClosed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// ask makes prompts of the boxes that can be asked for, and says why of the others.
func (s *SAM) ask(f *vision.Frame, boxes []vision.Box, out []Outline) {
	s.prompts = s.prompts[:0]
	for i, b := range boxes {
		clipped, reason := sam.Clip(b, f.Width, f.Height)
		if out[i].Reason = reason; reason == "" {
			p := sam.Points(clipped, f.Width, f.Height, s.files.Spec.Width, s.files.Spec.Height)
			s.prompts = append(s.prompts, samPrompt{i, p})
		}
	}
}

// draw takes the prompts through encoder and decoder.
func (s *SAM) draw(ctx context.Context, f *vision.Frame, out []Outline, spent *vision.Timing) error {
	e, err := s.embed(ctx, f, spent)
	var short *shortMemory
	if errors.As(err, &short) {
		for _, p := range s.prompts {
			out[p.index].Reason = sam.Memory
		}
		return nil
	}
	if err != nil {
		return s.failed(ctx, f, err)
	}
	for todo := s.prompts; len(todo) > 0; {
		call := s.decoder.call(len(todo))
		start := time.Now()
		if err := s.decode(ctx, call, e, todo[:call.n], f.Width, f.Height); err != nil {
			return s.failed(ctx, f, err)
		}
		ran := time.Now()
		for k, p := range todo[:call.n] {
			if out[p.index], err = call.outline(&s.up, k, f.Width, f.Height); err != nil {
				return s.failed(ctx, f, err)
			}
		}
		spent.Run += ms(ran.Sub(start))
		spent.Post += ms(time.Since(ran))
		todo = todo[call.n:]
	}
	return nil
}

// failed keeps refusals of files and the end of ctx as they are, and makes all else the failure of this frame.
func (s *SAM) failed(ctx context.Context, f *vision.Frame, err error) error {
	var file *SAMError
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &file):
		return err
	}
	return &RunError{Frame: f.Name, Reason: "SAM2: " + oneLine(err)}
}

func (s *SAM) count(out []Outline) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range out {
		if o.Reason == "" {
			s.stats.Masks++
		} else {
			s.stats.Unmasked[o.Reason]++
		}
	}
}

// note changes the counters.
func (s *SAM) note(change func(*SAMStats)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.stats)
}

// Info says what the model is and what it runs on.
func (s *SAM) Info() SAMInfo { return s.info }

// Stats says what it has done so far.
func (s *SAM) Stats() SAMStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.stats
	out.Unmasked = maps.Clone(out.Unmasked)
	return out
}

// Close waits for the picture in work and frees everything. It may be called more than once.
func (s *SAM) Close() error {
	s.once.Do(func() {
		close(s.closed)
		<-s.turn // It is never given back.
		s.free()
	})
	return nil
}

func (s *SAM) free() {
	if s.idle != nil {
		s.idle.Stop()
	}
	s.encoder.close()
	s.decoder.close()
	s.brake.close()
}
