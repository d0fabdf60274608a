//go:build cgo && !windows

package onnx

import (
	"context"
	"fmt"
	"runtime"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/myrvm/rvmctl/internal/vision/sam"
)

// largestSized is the most that masks in the size of the picture may take, in bytes; of larger pictures a decoder with
// orig_im_size is asked for its own coarse grid.
const largestSized = 64 << 20

// samDecoderPart is the small half of a SAM2 model, with one set of tensors for each number of boxes in a call.
type samDecoderPart struct {
	core  *ort.DynamicAdvancedSession
	calls []*samCall // the one with the most boxes first, that for one box last
}

// call is the largest call that so many boxes fill.
func (p *samDecoderPart) call(boxes int) *samCall {
	for _, c := range p.calls {
		if c.n <= boxes {
			return c
		}
	}
	return p.calls[len(p.calls)-1]
}

func (p *samDecoderPart) close() {
	for _, c := range p.calls {
		c.close()
	}
	if p.core != nil {
		_ = p.core.Destroy() // It never fails.
	}
	p.calls, p.core = nil, nil
}

// samCall is everything that one call of the decoder with n boxes needs, made once.
type samCall struct {
	n      int
	spec   SAMSpec
	coords *buffer
	size   *wholes
	// masks are [n,count,gridH,gridW], scores [n,count].
	masks, scores       *buffer
	count, gridW, gridH int
	in, out             []ort.Value
	// at says where among the inputs the embeddings stand.
	at     [3]int
	owned  []*buffer
	wholes []*wholes
}

// newCall makes the inputs. The labels and the empty mask are written once, since every prompt is a box.
func newCall(spec SAMSpec, n int) (c *samCall, err error) {
	c = &samCall{n: n, spec: spec, in: make([]ort.Value, len(spec.Inputs)), out: make([]ort.Value, 2)}
	defer func() {
		if err != nil {
			c.close()
		}
	}()
	for i, name := range spec.Inputs {
		if c.in[i], err = c.input(name, i); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// input makes the tensor of one input by its name; those of the embeddings come with the picture.
func (c *samCall) input(name string, i int) (ort.Value, error) {
	n := int64(c.n)
	switch name {
	case samCoords:
		b, err := c.floats(n, 2, 2)
		c.coords = b
		return b.valueOr(), err
	case samLabels:
		return c.labels(n)
	case samMaskIn:
		if c.spec.OneMaskIn {
			n = 1
		}
		b, err := c.floats(n, 1, int64(c.spec.GridH), int64(c.spec.GridW))
		return b.valueOr(), err
	case samHasMask:
		b, err := c.floats(1)
		return b.valueOr(), err
	case samSize:
		w, err := newWholes(c.spec.Size == typeInt64, 2)
		if err != nil {
			return nil, err
		}
		c.size, c.wholes = w, append(c.wholes, w)
		return w.value, nil
	}
	for k, embedding := range samEmbeddings {
		if name == embedding {
			c.at[k] = i
		}
	}
	return nil, nil
}

func (c *samCall) labels(n int64) (ort.Value, error) {
	if c.spec.Labels == typeInt32 || c.spec.Labels == typeInt64 {
		w, err := newWholes(c.spec.Labels == typeInt64, n, 2)
		if err != nil {
			return nil, err
		}
		c.wholes = append(c.wholes, w)
		for i := range 2 * c.n {
			w.set(i, int64(sam.Labels[i%2]))
		}
		return w.value, nil
	}
	b, err := c.floats(n, 2)
	if err != nil {
		return nil, err
	}
	for i := range b.floats {
		b.floats[i] = sam.Labels[i%2]
	}
	return b.value, nil
}

// floats makes a tensor that belongs to the call; it is all 0.
func (c *samCall) floats(shape ...int64) (*buffer, error) {
	b, err := newBuffer(shape, false)
	if err == nil {
		c.owned = append(c.owned, b)
	}
	return b, err
}

// valueOr is the tensor, or nil where none could be made.
func (b *buffer) valueOr() ort.Value {
	if b == nil {
		return nil
	}
	return b.value
}

// bind makes the outputs for so many masks a box.
func (c *samCall) bind(count int) (err error) {
	c.count = count
	if c.scores, err = c.floats(int64(c.n), int64(count)); err != nil {
		return err
	}
	c.out[1] = c.scores.value
	return c.bindMasks(c.spec.GridW, c.spec.GridH)
}

// bindMasks makes room for masks of w x h cells, unless there is just that.
func (c *samCall) bindMasks(w, h int) error {
	if c.masks != nil && c.gridW == w && c.gridH == h {
		return nil
	}
	c.masks.close()
	b, err := newBuffer([]int64{int64(c.n), int64(c.count), int64(h), int64(w)}, false)
	c.masks, c.out[0] = b, b.valueOr()
	c.gridW, c.gridH = w, h
	return err
}

// fitSize tells a decoder with orig_im_size the picture's size, height first, and makes room for such masks.
func (c *samCall) fitSize(w, h int) error {
	if c.size == nil {
		return nil
	}
	if 4*c.n*c.count*w*h > largestSized {
		w, h = c.spec.GridW, c.spec.GridH
	}
	c.size.set(0, int64(h))
	c.size.set(1, int64(w))
	return c.bindMasks(w, h)
}

// decode asks for as many boxes as the call has, in a picture of w x h pixels.
func (s *SAM) decode(ctx context.Context, c *samCall, e *embedding, prompts []samPrompt, w, h int) error {
	if err := c.fitSize(w, h); err != nil {
		return err
	}
	c.fill(e, prompts)
	return s.brake.run(ctx, s.decoder.core, c.in, c.out)
}

func (c *samCall) fill(e *embedding, prompts []samPrompt) {
	for k, i := range c.at {
		c.in[i] = e.values[k]
	}
	for k, p := range prompts {
		copy(c.coords.floats[4*k:], p.points[:])
	}
}

// outline is the answer for box k of the last call.
func (c *samCall) outline(up *sam.Upsampler, k, w, h int) (Outline, error) {
	scores := c.scores.floats[k*c.count:][:c.count]
	best, err := sam.Best(scores)
	if err != nil {
		return Outline{}, err
	}
	cells := c.gridW * c.gridH
	mask, err := up.Mask(c.masks.floats[(k*c.count+best)*cells:][:cells], c.gridW, c.gridH, w, h)
	if err != nil {
		return Outline{}, err
	}
	if mask == nil {
		return Outline{Reason: sam.Blank}, nil
	}
	mask.Score = scores[best]
	return Outline{Mask: mask}, nil
}

func (c *samCall) close() {
	if c == nil {
		return
	}
	for _, b := range c.owned {
		b.close()
	}
	c.masks.close()
	for _, w := range c.wholes {
		w.close()
	}
}

// wholes is a tensor of whole numbers over memory of ours, which is pinned until close.
type wholes struct {
	value ort.Value
	set   func(i int, v int64)
	pin   runtime.Pinner
}

// newWholes makes one of int64 or int32.
func newWholes(long bool, shape ...int64) (*wholes, error) {
	w := &wholes{}
	var err error
	if long {
		err = wholesOf[int64](w, shape)
	} else {
		err = wholesOf[int32](w, shape)
	}
	if err != nil {
		w.pin.Unpin()
		return nil, fmt.Errorf("a tensor of whole numbers: %w", err)
	}
	return w, nil
}

func wholesOf[T int32 | int64](w *wholes, shape []int64) (err error) {
	s := ort.NewShape(shape...)
	data := make([]T, s.FlattenedSize())
	w.pin.Pin(&data[0])
	w.set = func(i int, v int64) { data[i] = T(v) }
	w.value, err = ort.NewTensor(s, data)
	return err
}

func (w *wholes) close() {
	if w.value != nil {
		_ = w.value.Destroy() // It never fails for tensors.
		w.value = nil
		w.pin.Unpin()
	}
}
