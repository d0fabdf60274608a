//go:build cgo && !windows

package onnx

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"time"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/sam"
)

// samBatch is how many boxes go into one call where the decoder answers several at once as it answers each alone.
const samBatch = 4

// OpenSAM loads both files and asks them about a grey picture, so that a wrong pair fails here and not at the first bottle. A
// device that was named and cannot be used is a *DeviceError; Auto falls back to the CPU and Info says why. Other errors
// are *SAMError.
func OpenSAM(ctx context.Context, files *SAMFiles, o SAMOptions) (*SAM, error) {
	o.Lanes = 1 // One picture at a time gets all threads.
	o = o.withDefaults()
	if o.Runtime == nil {
		return nil, &RuntimeError{Needed: needed}
	}
	start := time.Now()
	s := &SAM{o: o, files: files, turn: make(chan struct{}, 1), closed: make(chan struct{})}
	s.encoder = samEncoderPart{bytes: uint64(len(files.Encoder.Bytes)), seed: maphash.MakeSeed(),
		stretch: sam.NewStretcher(files.Spec.Width, files.Spec.Height)}
	s.stats.Unmasked = map[sam.Reason]int{}
	s.info = SAMInfo{Encoder: files.Encoder.Path, EncoderSHA256: files.Encoder.SHA256, Decoder: files.Decoder.Path,
		DecoderSHA256: files.Decoder.SHA256, Spec: files.Spec}
	if err := s.open(ctx); err != nil {
		s.free()
		return nil, err
	}
	s.info.LoadMS = ms(time.Since(start))
	s.stats = SAMStats{Loads: s.stats.Loads, Releases: s.stats.Releases, Unmasked: map[sam.Reason]int{}}
	if o.Idle > 0 {
		// Made before anybody has the turn, so that it is there for whoever has it.
		s.idle = time.AfterFunc(time.Hour, s.rest)
		defer s.idle.Reset(o.Idle)
	}
	s.turn <- struct{}{}
	return s, nil
}

func (s *SAM) open(ctx context.Context) (err error) {
	if s.brake, err = newBrake(); err != nil {
		return s.refuse(samDecoder, "cannot be given memory", err)
	}
	if err := s.chooseDevice(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	return s.check(ctx)
}

// chooseDevice loads both on the first device that takes them.
func (s *SAM) chooseDevice() error {
	var err error
	for _, d := range s.devices() {
		s.info.Device = d
		if err = s.loadBoth(); err == nil {
			return nil
		}
		s.encoder.unload()
		s.decoder.close()
		if d != CPU {
			err = &DeviceError{Requested: string(s.o.Device), Reason: "SAM2: " + s.o.why(d, err)}
			s.info.Fallback = err.Error()
		}
	}
	return err
}

// devices are those to try, in order.
func (s *SAM) devices() []Device {
	switch s.o.Device {
	case Auto:
		if s.o.provider(CUDA) != "" {
			return []Device{CUDA, CPU}
		}
		return []Device{CPU}
	case TensorRT:
		return []Device{CUDA}
	}
	return []Device{s.o.Device}
}

func (s *SAM) loadBoth() (err error) {
	outputs := []string{samMasks, samScores}
	if s.decoder.core, err = s.session(s.files.Decoder, s.files.Spec.Inputs, outputs); err != nil {
		return s.refuse(samDecoder, "ONNX Runtime cannot load it", err)
	}
	err = s.loadEncoder()
	var short *shortMemory
	var file *SAMError
	switch {
	case errors.As(err, &short):
		return &SAMError{Part: samEncoder, Path: s.info.Encoder, Found: short.Error(),
			Want: "stop other programs, take a smaller SAM2 model, or leave --sam-encoder and --sam-decoder out", Err: err}
	case errors.As(err, &file), err == nil:
		return err
	}
	return s.refuse(samEncoder, "ONNX Runtime cannot load it", err)
}

// session makes an inference session.
func (s *SAM) session(m Model, in, out []string) (*ort.DynamicAdvancedSession, error) {
	so, err := newSessionOptions(s.o.Threads, s.o.Spin)
	if err != nil {
		return nil, err
	}
	defer so.Destroy()
	op := opener{Options: s.o.Options}
	op.Model = m
	if err := op.appendProvider(so, s.info.Device); err != nil {
		return nil, err
	}
	return ort.NewDynamicAdvancedSessionWithONNXData(m.Bytes, in, out, so)
}

// check runs a grey picture and two boxes: it learns how many masks there are, proves that encoder and decoder understand
// each other, and whether several boxes at once are answered as they are one by one.
func (s *SAM) check(ctx context.Context) error {
	grey := &vision.Frame{Name: "grey", Width: 2, Height: 2, RGB: slices.Repeat([]byte{114}, 12)}
	e, err := s.embed(ctx, grey, &vision.Timing{})
	if err != nil {
		return s.unlessEnded(ctx, samEncoder, "it fails on a grey picture", err)
	}
	e.picture = pictureKey{}
	for _, part := range e.parts {
		if slices.ContainsFunc(part.floats, func(v float32) bool { return v-v != 0 }) {
			return s.refuse(samEncoder, "it answers a grey picture with values that are no finite numbers", nil)
		}
	}
	one, err := newCall(s.files.Spec, 1)
	if err != nil {
		return s.refuse(samDecoder, "cannot be given memory", err)
	}
	s.decoder.calls = []*samCall{one}
	w, h := float32(s.files.Spec.Width), float32(s.files.Spec.Height)
	prompts := []samPrompt{{points: [4]float32{w / 8, h / 4, w / 2, h / 2}}, {points: [4]float32{w / 3, h / 3, w * 0.9, h * 0.8}}}
	if err := s.learn(ctx, one, e, prompts[0]); err != nil {
		return err
	}
	return s.tryBatch(ctx, e, prompts)
}

// learn lets the runtime make the first answer, whose shape the file need not say.
func (s *SAM) learn(ctx context.Context, c *samCall, e *embedding, p samPrompt) error {
	gw, gh := c.spec.GridW, c.spec.GridH
	if c.size != nil {
		c.size.set(0, int64(gh))
		c.size.set(1, int64(gw))
	}
	c.fill(e, []samPrompt{p})
	out := []ort.Value{nil, nil}
	err := s.brake.run(ctx, s.decoder.core, c.in, out)
	defer func() {
		for _, v := range out {
			if v != nil {
				_ = v.Destroy() // It never fails for tensors.
			}
		}
	}()
	if err != nil {
		return s.unlessEnded(ctx, samDecoder, "it fails on a box in a grey picture", err)
	}
	_, floats := out[0].(*ort.Tensor[float32])
	_, scored := out[1].(*ort.Tensor[float32])
	masks, scores := out[0].GetShape(), out[1].GetShape()
	if !floats || !scored || len(scores) != 2 || scores[1] < 1 || scores[1] > maxMasks ||
		!slices.Equal(masks, []int64{1, scores[1], int64(gh), int64(gw)}) || scores[0] != 1 {
		return s.refuse(samDecoder, fmt.Sprintf("it answers a box with masks %v and scores %v; wanted [1,n,%d,%d] and [1,n] float32", masks, scores, gh, gw), nil)
	}
	s.info.Masks = int(scores[1])
	if err := c.bind(s.info.Masks); err != nil {
		return s.refuse(samDecoder, "cannot be given memory", err)
	}
	return nil
}

// tryBatch asks both prompts alone, and then several times in one call.
func (s *SAM) tryBatch(ctx context.Context, e *embedding, prompts []samPrompt) error {
	one := s.decoder.calls[0]
	var masks, scores [][]float32
	for _, p := range prompts {
		if err := s.run1(ctx, one, e, []samPrompt{p}); err != nil {
			return err
		}
		masks, scores = append(masks, slices.Clone(one.masks.floats)), append(scores, slices.Clone(one.scores.floats))
	}
	s.info.Prompts = 1
	// Masks in the size of the picture would need their memory several times.
	if s.files.Spec.One || s.files.Spec.Size != 0 {
		return nil
	}
	many := s.batch(ctx, e, prompts)
	if ctx.Err() != nil {
		many.close()
		return context.Cause(ctx)
	}
	if many == nil || !alike(many, masks, scores) {
		many.close() // One by one is always right.
		return nil
	}
	s.decoder.calls, s.info.Prompts = []*samCall{many, one}, samBatch
	return nil
}

// batch asks the prompts several times in one call; nil when the decoder does not take that, which is its right.
func (s *SAM) batch(ctx context.Context, e *embedding, prompts []samPrompt) *samCall {
	c, err := newCall(s.files.Spec, samBatch)
	if err != nil {
		return nil
	}
	if c.bind(s.info.Masks) == nil && s.decode(ctx, c, e, slices.Repeat(prompts, samBatch/len(prompts)), 0, 0) == nil {
		return c
	}
	c.close()
	return nil
}

// run1 asks for one box and refuses scores that are no numbers.
func (s *SAM) run1(ctx context.Context, c *samCall, e *embedding, p []samPrompt) error {
	if err := s.decode(ctx, c, e, p, c.spec.GridW, c.spec.GridH); err != nil {
		return s.unlessEnded(ctx, samDecoder, "it fails on a box in a grey picture", err)
	}
	if _, err := c.outline(&s.up, 0, c.spec.GridW, c.spec.GridH); err != nil {
		return s.refuse(samDecoder, "its answer to a box in a grey picture cannot be used", err)
	}
	return nil
}

// alike says whether a call answered box k as the call for it alone did, but for rounding.
func alike(many *samCall, masks, scores [][]float32) bool {
	for k := range many.n {
		m, s := masks[k%len(masks)], scores[k%len(scores)]
		if !near(many.masks.floats[k*len(m):][:len(m)], m, 0.05) || !near(many.scores.floats[k*len(s):][:len(s)], s, 0.005) {
			return false
		}
	}
	return true
}

func near(a, b []float32, most float32) bool {
	for i := range a {
		if d := a[i] - b[i]; !(d <= most && d >= -most) {
			return false
		}
	}
	return true
}

// unlessEnded is a refusal, or the cause of ctx's end.
func (s *SAM) unlessEnded(ctx context.Context, part, what string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return s.refuse(part, what, err)
}

// refuse is a refusal of one of the two files.
func (s *SAM) refuse(part, what string, err error) error {
	var known *SAMError
	if errors.As(err, &known) {
		return err
	}
	if err != nil {
		what += ": " + oneLine(err)
	}
	return &SAMError{Part: part, Path: map[string]string{samEncoder: s.info.Encoder, samDecoder: s.info.Decoder}[part],
		Found: what, Want: wantPair, Err: err}
}
