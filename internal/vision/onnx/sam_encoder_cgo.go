//go:build cgo && !windows

package onnx

import (
	"context"
	"fmt"
	"hash/maphash"
	"runtime/debug"
	"time"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/sam"
)

// samEncoderPart is the large half of a SAM2 model, which comes and goes with the memory there is, and what it made of the last
// pictures, which stays.
type samEncoderPart struct {
	core     *ort.DynamicAdvancedSession
	in       *buffer
	stretch  *sam.Stretcher
	seed     maphash.Seed
	pictures []*embedding
	clock    int64
	// bytes is the size of the file.
	bytes uint64
	// saidShort and saidWant are true once the operator knows that memory is short, and that masks are missing for it.
	saidShort, saidWant bool
	// rested is true after a release for idleness.
	rested bool
}

// embedding is what the encoder made of a picture.
type embedding struct {
	picture pictureKey
	used    int64
	parts   [3]*buffer
	values  [3]ort.Value
}

// pictureKey tells pictures apart: size, and a sum of the pixels with a seed of this process. The zero key is no picture.
type pictureKey struct {
	w, h int
	sum  uint64
}

// shortMemory says that loading the encoder would take the last memory.
type shortMemory struct{ free, needed uint64 }

func (e *shortMemory) Error() string {
	return fmt.Sprintf("loading it needs %d MiB of memory and %d MiB are free", e.needed>>20, e.free>>20)
}

// embed gives the embedding of a frame, from the encoder or from among those that are kept.
func (s *SAM) embed(ctx context.Context, f *vision.Frame, spent *vision.Timing) (*embedding, error) {
	p, start := &s.encoder, time.Now()
	key := p.key(f)
	if e := p.find(key); e != nil {
		spent.Pre += ms(time.Since(start))
		s.note(func(st *SAMStats) { st.Cached++ })
		return e, nil
	}
	if err := s.loadEncoder(); err != nil {
		return nil, err
	}
	e, err := p.room(s.files.Spec, s.o.Pictures)
	if err != nil {
		return nil, err
	}
	if err := p.stretch.Fill(p.in.floats, f); err != nil {
		return nil, err
	}
	filled := time.Now()
	if err := s.brake.run(ctx, p.core, []ort.Value{p.in.value}, e.values[:]); err != nil {
		return nil, err
	}
	e.picture = key
	spent.Pre += ms(filled.Sub(start))
	spent.Run += ms(time.Since(filled))
	s.note(func(st *SAMStats) { st.Encoded++ })
	s.afterUse()
	return e, nil
}

// key sums up the pixels of a frame; its planes were checked.
func (p *samEncoderPart) key(f *vision.Frame) pictureKey {
	if f.RGB != nil {
		return pictureKey{f.Width, f.Height, maphash.Bytes(p.seed, f.RGB)}
	}
	var h maphash.Hash
	h.SetSeed(p.seed)
	m := f.YCbCr
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		_, _ = h.Write(m.Y[m.YOffset(m.Rect.Min.X, y):][:f.Width]) // It never fails.
	}
	last := 0
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		from, to := m.COffset(m.Rect.Min.X, y), m.COffset(m.Rect.Max.X-1, y)+1
		if from == last && y > m.Rect.Min.Y {
			continue // Two rows of the picture share this row of chroma.
		}
		last = from
		_, _ = h.Write(m.Cb[from:to])
		_, _ = h.Write(m.Cr[from:to])
	}
	return pictureKey{f.Width, f.Height, h.Sum64()}
}

func (p *samEncoderPart) find(key pictureKey) *embedding {
	for _, e := range p.pictures {
		if e.picture == key {
			p.clock++
			e.used = p.clock
			return e
		}
	}
	return nil
}

// room gives memory for a new embedding: that of the picture that was used longest ago, once there are enough.
func (p *samEncoderPart) room(spec SAMSpec, most int) (e *embedding, err error) {
	for _, old := range p.pictures {
		if e == nil || old.used < e.used {
			e = old
		}
	}
	if free := e != nil && e.picture == (pictureKey{}); !free && len(p.pictures) < most {
		if e, err = newEmbedding(spec); err != nil {
			return nil, err
		}
		p.pictures = append(p.pictures, e)
	}
	p.clock++
	e.picture, e.used = pictureKey{}, p.clock
	return e, nil
}

func newEmbedding(spec SAMSpec) (*embedding, error) {
	e := &embedding{}
	for i, shape := range spec.Embeddings {
		b, err := newBuffer(shape, false)
		if err != nil {
			e.close()
			return nil, err
		}
		e.parts[i], e.values[i] = b, b.value
	}
	return e, nil
}

func (e *embedding) close() {
	for _, b := range e.parts {
		b.close()
	}
}

// loadEncoder loads the encoder unless it is there: *shortMemory when that would take too much, *SAMError for the file.
func (s *SAM) loadEncoder() (err error) {
	p := &s.encoder
	if p.core != nil {
		return nil
	}
	// The file is in memory twice while the runtime takes it over.
	need := 2*p.bytes + s.o.MinFree
	if free, known := s.o.Memory(); known && free < need {
		if !p.saidWant {
			p.saidWant = true
			s.o.Notice(fmt.Sprintf("memory is short: loading the SAM2 encoder needs %d MiB and %d MiB are free; there are no outlines meanwhile", need>>20, free>>20))
		}
		return &shortMemory{free, need}
	}
	start := time.Now()
	model := s.files.Encoder
	if model.Bytes == nil {
		if model, err = s.files.reload(); err != nil {
			return err
		}
	}
	core, err := s.session(model, []string{samImage}, samEmbeddings[:])
	if err != nil {
		return err
	}
	if p.in, err = newBuffer([]int64{1, 3, int64(s.files.Spec.Height), int64(s.files.Spec.Width)}, false); err != nil {
		_ = core.Destroy()
		return err
	}
	p.core = core
	s.files.Encoder.Bytes, model.Bytes = nil, nil
	// Hundreds of megabytes are garbage now, and the collector would keep them from others until it is asked.
	debug.FreeOSMemory()
	s.note(func(st *SAMStats) { st.Loads++ })
	if p.rested {
		p.rested = false
		s.o.Notice(fmt.Sprintf("loaded the SAM2 encoder again in %.0f ms", ms(time.Since(start))))
	}
	return nil
}

// afterUse releases the encoder when memory is short, and otherwise when it will have been idle for long enough.
func (s *SAM) afterUse() {
	p := &s.encoder
	if free, known := s.o.Memory(); known && free < s.o.MinFree {
		if !p.saidShort {
			p.saidShort = true
			s.o.Notice(fmt.Sprintf("memory is short (%d MiB are free): the SAM2 encoder is released after each picture and loaded again for the next", free>>20))
		}
		s.release()
		return
	}
	s.awaitRest()
}

func (s *SAM) awaitRest() {
	if s.idle != nil {
		s.idle.Reset(s.o.Idle)
	}
}

// rest runs when the encoder was not used for a while.
func (s *SAM) rest() {
	select {
	case <-s.closed:
		return
	default:
	}
	select {
	case <-s.turn:
	default: // A picture is in work.
		s.awaitRest()
		return
	}
	defer func() { s.turn <- struct{}{} }()
	if s.encoder.core == nil {
		return
	}
	s.release()
	s.encoder.rested = true
	s.o.Notice(fmt.Sprintf("the SAM2 encoder was not needed for %s and is released until it is", s.o.Idle))
}

func (s *SAM) release() {
	s.encoder.unload()
	s.note(func(st *SAMStats) { st.Releases++ })
}

func (p *samEncoderPart) unload() {
	if p.core != nil {
		_ = p.core.Destroy() // It never fails.
	}
	p.in.close()
	p.core, p.in = nil, nil
}

func (p *samEncoderPart) close() {
	p.unload()
	for _, e := range p.pictures {
		e.close()
	}
	p.pictures = nil
}
