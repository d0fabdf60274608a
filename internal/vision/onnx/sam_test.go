//go:build cgo && !windows

package onnx_test

import (
	"context"
	"errors"
	"image"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/onnx"
	"github.com/myrvm/rvmctl/internal/vision/onnx/onnxtest"
	"github.com/myrvm/rvmctl/internal/vision/sam"
)

// openSAM loads a stub on the CPU and closes it with the test.
func openSAM(t testing.TB, stub onnxtest.SAM, change ...func(*onnx.SAMOptions)) *onnx.SAM {
	t.Helper()
	s, err := tryOpenSAM(t, stub.Encoder().Bytes(), stub.Decoder().Bytes(), change...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func tryOpenSAM(t testing.TB, encoder, decoder []byte, change ...func(*onnx.SAMOptions)) (*onnx.SAM, error) {
	t.Helper()
	files, err := onnx.NewSAMFiles(onnx.NewModel("encoder.onnx", encoder), onnx.NewModel("decoder.onnx", decoder))
	if err != nil {
		return nil, err
	}
	o := onnx.SAMOptions{Options: onnx.Options{Runtime: started(t), Device: onnx.CPU}}
	for _, c := range change {
		c(&o)
	}
	return onnx.OpenSAM(t.Context(), files, o)
}

func segment(t testing.TB, s *onnx.SAM, f *vision.Frame, boxes ...vision.Box) []onnx.Outline {
	t.Helper()
	out, _, err := s.Segment(t.Context(), f, boxes)
	if err != nil {
		t.Fatal(err)
	}
	if len(out) != len(boxes) {
		t.Fatalf("%d outlines for %d boxes", len(out), len(boxes))
	}
	return out
}

// planes is a picture of noise as a JPEG's planes.
func planes(w, h int) *vision.Frame {
	r := rand.New(rand.NewPCG(5, uint64(w*h)))
	img := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	for _, p := range [][]byte{img.Y, img.Cb, img.Cr} {
		for i := range p {
			p[i] = byte(r.IntN(256))
		}
	}
	return &vision.Frame{Name: "planes", Width: w, Height: h, YCbCr: img}
}

// cell gives the edge at the centre of a cell of the stub's grid, in source pixels: there the interpolation of a minimum is
// exact in the corners, too.
func cell(i, side int) float32 { return float32(4*i+2) * float32(side) / onnxtest.SAMSide }

// drawn counts the pixels in which a mask differs from a box: a pixel belongs to the box when its centre does.
func drawn(m *vision.Mask, b vision.Box, corners float32) (wrong int, first image.Point) {
	for y := range m.Height {
		for x := range m.Width {
			cx, cy := float32(x)+0.5, float32(y)+0.5
			in := cx > b.X1 && cx < b.X2 && cy > b.Y1 && cy < b.Y2
			if m.At(x, y) == in {
				continue
			}
			if near(cx, b.X1, b.X2, corners*float32(m.Width)) && near(cy, b.Y1, b.Y2, corners*float32(m.Height)) {
				continue
			}
			if wrong == 0 {
				first = image.Pt(x, y)
			}
			wrong++
		}
	}
	return wrong, first
}

// near says whether v is so close to one of two edges.
func near(v, a, b, most float32) bool { return min(max(v-a, a-v), max(v-b, b-v)) < most }

// The mask must be the prompt box, pixel by pixel, for every form of export: this proves the scale of each axis, the labels,
// the choice of the mask, and that logits are resized and not pixels.
func TestSAMDrawsThePromptBox(t *testing.T) {
	t.Parallel()
	variants := map[string]onnxtest.SAM{
		"samexporter":        {},
		"another order":      {Exchanged: true},
		"orig_im_size":       {Sized: true},
		"one mask":           {Single: true},
		"int32 labels":       {Labels: onnxtest.Int32},
		"int64 labels":       {Labels: onnxtest.Int64, Exchanged: true},
		"one box a call":     {One: true},
		"all at once":        {Sized: true, Single: true, Exchanged: true, Labels: onnxtest.Int64},
		"wrong with several": {FirstOnly: true},
	}
	for name, stub := range variants {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openSAM(t, stub)
			if i := s.Info(); i.Masks != map[bool]int{true: 1, false: 3}[stub.Single] ||
				(i.Prompts > 1) != (!stub.One && !stub.Sized && !stub.FirstOnly) {
				t.Errorf("took it for %d masks, %d boxes a call", i.Masks, i.Prompts)
			}
			drawsBoxes(t, s, noise(128, 256), planes(640, 512))
			if stub == (onnxtest.SAM{}) {
				drawsBoxes(t, s, planes(128, 256), noise(640, 512), planes(256, 256), noise(640, 960), planes(1920, 512))
			}
		})
	}
}

func drawsBoxes(t *testing.T, s *onnx.SAM, frames ...*vision.Frame) {
	t.Helper()
	for _, f := range frames {
		w, h := f.Width, f.Height
		exact := []vision.Box{
			{X1: cell(20, w), Y1: cell(30, h), X2: cell(90, w), Y2: cell(60, h)},
			{X1: cell(200, w), Y1: cell(10, h), X2: cell(251, w), Y2: cell(250, h)},
			{X2: float32(w), Y2: float32(h)},                                 // The whole picture.
			{X1: -50, Y1: cell(100, h), X2: cell(40, w), Y2: float32(h) + 9}, // Over the edge: clipped.
			{X1: cell(3, w), Y1: cell(3, h), X2: cell(7, w), Y2: cell(6, h)},
			{X1: cell(100, w), Y1: cell(80, h), X2: cell(140, w), Y2: cell(121, h)},
		}
		for i, o := range segment(t, s, f, exact...) {
			if o.Mask == nil || o.Mask.Width != w || o.Mask.Height != h {
				t.Fatalf("%s %dx%d, box %d: %+v", f.Name, w, h, i, o)
			}
			if n, at := drawn(o.Mask, exact[i], 0); n > 0 {
				t.Errorf("%s %dx%d: the mask of %v lies in %v, and %d pixels differ, the first at %v", f.Name, w, h, exact[i], o.Mask.Rect, n, at)
			}
			if o.Mask.Score != 0.75 {
				t.Errorf("score %v, want 0.75", o.Mask.Score)
			}
		}
	}
}

// In pictures of any size, boxes anywhere: exact but for corners, which the grid rounds within two of its cells.
func TestSAMDrawsBoxesAnywhere(t *testing.T) {
	t.Parallel()
	s := openSAM(t, onnxtest.SAM{})
	sized := openSAM(t, onnxtest.SAM{Sized: true})
	r := rand.New(rand.NewPCG(7, 8))
	for _, size := range []image.Point{{1280, 720}, {720, 1280}, {333, 777}, {64, 64}, {31, 500}} {
		boxes := make([]vision.Box, 7)
		for i := range boxes {
			w, h := float32(size.X)/8+r.Float32()*float32(size.X)/2, float32(size.Y)/8+r.Float32()*float32(size.Y)/2
			x, y := r.Float32()*(float32(size.X)-w), r.Float32()*(float32(size.Y)-h)
			boxes[i] = vision.Box{X1: x, Y1: y, X2: x + w, Y2: y + h}
		}
		f := noise(size.X, size.Y)
		got, alike := segment(t, s, f, boxes...), segment(t, sized, f, boxes...)
		for i := range boxes {
			if n, at := drawn(got[i].Mask, boxes[i], 2.0/onnxtest.SAMGrid); n > 0 {
				t.Errorf("%v: the mask of %v lies in %v, and %d pixels differ, the first at %v", size, boxes[i], got[i].Mask.Rect, n, at)
			}
			if n := differ(got[i].Mask, alike[i].Mask); n > 2 {
				t.Errorf("%v %v: resized by us and by the decoder it differs in %d pixels", size, boxes[i], n)
			}
		}
	}
}

func differ(a, b *vision.Mask) (n int) {
	for y := range a.Height {
		for x := range a.Width {
			if a.At(x, y) != b.At(x, y) {
				n++
			}
		}
	}
	return n
}

// A picture with more pixels than its masks may have gets them from the decoder's grid.
func TestSAMSizedOfALargePicture(t *testing.T) {
	t.Parallel()
	s := openSAM(t, onnxtest.SAM{Sized: true})
	f := noise(4096, 2048)
	box := vision.Box{X1: cell(20, 4096), Y1: cell(30, 2048), X2: cell(90, 4096), Y2: cell(60, 2048)}
	if n, at := drawn(segment(t, s, f, box)[0].Mask, box, 0); n > 0 {
		t.Errorf("%d pixels differ, the first at %v", n, at)
	}
}

// Earlier clients of samexporter sent a box as two foreground points. A stub that draws only for those must stay blank.
func TestSAMNeverSendsABoxAsForegroundPoints(t *testing.T) {
	t.Parallel()
	for _, labels := range []int32{onnxtest.Float32, onnxtest.Int32} {
		s := openSAM(t, onnxtest.SAM{Foreground: true, Labels: labels})
		o := segment(t, s, noise(64, 64), vision.Box{X1: 8, Y1: 8, X2: 40, Y2: 40})[0]
		if o.Mask != nil || o.Reason != sam.Blank {
			t.Errorf("got %+v, want nothing drawn", o)
		}
	}
}

// What the encoder was fed comes out in the score: order of the colours, and ImageNet's normalisation.
func TestSAMFeedsTheEncoder(t *testing.T) {
	t.Parallel()
	f := &vision.Frame{Name: "plain", Width: 3, Height: 2}
	for range 6 {
		f.RGB = append(f.RGB, 200, 100, 50)
	}
	for c, level := range []float64{200, 100, 50} {
		s := openSAM(t, onnxtest.SAM{Probe: 1 + c})
		m := segment(t, s, f, vision.Box{X2: 3, Y2: 2})[0].Mask
		value := (level/255 - []float64{0.485, 0.456, 0.406}[c]) / []float64{0.229, 0.224, 0.225}[c]
		if want := 0.75 + 0.01*value; math.Abs(float64(m.Score)-want) > 1e-5 {
			t.Errorf("colour %d: score %v, want %v", c, m.Score, want)
		}
	}
}

// n detections are n masks, in the same order; the prototype of the machine gave one to the first alone.
func TestSAMOverADetector(t *testing.T) {
	t.Parallel()
	const n = 11
	var found []vision.Detection
	for i := range n {
		x := cell(10+20*i, 512)
		found = append(found, vision.Detection{Label: strconv.Itoa(i), LabelID: i, Confidence: 1 - float32(i)/20,
			Box: vision.Box{X1: x, Y1: cell(10+i, 256), X2: x + 20, Y2: cell(100+i, 256)}})
	}
	// Two of them cannot be asked for.
	found[4].Box = vision.Box{X1: 5, Y1: 5, X2: 5.5, Y2: 90}
	found[7].Box = vision.Box{X1: 600, Y1: 5, X2: 700, Y2: 90}
	s := openSAM(t, onnxtest.SAM{})
	look := s.Over(func(context.Context, *vision.Frame) (vision.Result, error) {
		return vision.Result{Detections: append([]vision.Detection(nil), found...), Timing: vision.Timing{Run: 1}}, nil
	})
	r, err := look(t.Context(), noise(512, 256))
	if err != nil || len(r.Detections) != n {
		t.Fatal(len(r.Detections), err)
	}
	for i, d := range r.Detections {
		if d.LabelID != i || d.Box != found[i].Box {
			t.Errorf("detection %d is %d at %v", i, d.LabelID, d.Box)
		}
		if i == 4 || i == 7 {
			if d.Mask != nil {
				t.Errorf("detection %d has a mask", i)
			}
			continue
		}
		if wrong, at := drawn(d.Mask, d.Box, 0); wrong > 0 {
			t.Errorf("detection %d at %v: %d pixels differ, the first at %v", i, d.Box, wrong, at)
		}
	}
	want := onnx.SAMStats{Encoded: 1, Loads: 1, Masks: n - 2, Unmasked: map[sam.Reason]int{sam.Small: 1, sam.Outside: 1}}
	if diff := cmp.Diff(want, s.Stats()); diff != "" {
		t.Error(diff)
	}
	if r.Timing.Run <= 1 || r.Timing.Pre <= 0 || r.Timing.Post <= 0 {
		t.Errorf("timing %+v", r.Timing)
	}
	bad := errors.New("blind")
	if _, err := s.Over(func(context.Context, *vision.Frame) (vision.Result, error) { return vision.Result{}, bad })(t.Context(), nil); !errors.Is(err, bad) {
		t.Errorf("got %v", err)
	}
}

// A picture goes through the encoder once, however many boxes and however often; what counts is its pixels, not its memory.
func TestSAMEncodesAPictureOnce(t *testing.T) {
	t.Parallel()
	s := openSAM(t, onnxtest.SAM{Probe: 1})
	box := vision.Box{X1: 1, Y1: 1, X2: 30, Y2: 30}
	a, b, c := noise(40, 40), planes(40, 40), planes(42, 40)
	counts := func(encoded, cached int) {
		t.Helper()
		if st := s.Stats(); st.Encoded != encoded || st.Cached != cached {
			t.Errorf("encoded %d, cached %d; want %d and %d", st.Encoded, st.Cached, encoded, cached)
		}
	}
	first := segment(t, s, a, box, box, box)[0].Mask.Score
	counts(1, 0)
	segment(t, s, noise(40, 40), box)
	counts(1, 1)
	segment(t, s, b, box)
	segment(t, s, a, box) // Both are kept.
	counts(2, 2)
	segment(t, s, c, box) // The one that was used longest ago goes: b.
	segment(t, s, a, box)
	counts(3, 3)
	segment(t, s, b, box)
	counts(4, 3)
	// The same memory with other pixels is another picture.
	for i := range a.RGB {
		a.RGB[i] /= 2
	}
	if got := segment(t, s, a, box)[0].Mask.Score; got == first {
		t.Error("an old embedding was used for new pixels")
	}
	counts(5, 3)
	b.YCbCr.Cr[len(b.YCbCr.Cr)-1] ^= 1
	segment(t, s, b, box)
	counts(6, 3)
	// A box that cannot be asked for costs nothing.
	segment(t, s, c, vision.Box{})
	counts(6, 3)
}

func TestSAMReleasesTheEncoder(t *testing.T) {
	t.Parallel()
	box := vision.Box{X1: cell(20, 256), Y1: cell(20, 256), X2: cell(90, 256), Y2: cell(60, 256)}
	draws := func(t *testing.T, s *onnx.SAM, f *vision.Frame) {
		t.Helper()
		if n, _ := drawn(segment(t, s, f, box)[0].Mask, box, 0); n > 0 {
			t.Errorf("%d pixels differ", n)
		}
	}
	t.Run("when memory is short", func(t *testing.T) {
		t.Parallel()
		var said notices
		free := uint64(1 << 40)
		s := openSAM(t, onnxtest.SAM{}, func(o *onnx.SAMOptions) {
			o.Memory = func() (uint64, bool) { return free, true }
			o.MinFree, o.Idle, o.Notice = 1<<30, -1, said.add
		})
		draws(t, s, noise(256, 256))
		free = 1 << 20
		draws(t, s, planes(256, 256))
		if st := s.Stats(); st.Loads != 1 || st.Releases != 1 {
			t.Errorf("got %+v", st)
		}
		// The pictures that were seen are there without it.
		draws(t, s, noise(256, 256))
		o := segment(t, s, planes(256, 255), box)[0]
		if o.Mask != nil || o.Reason != sam.Memory {
			t.Errorf("got %+v, want no mask for want of memory", o)
		}
		free = 1 << 40
		f := noise(256, 256)
		f.RGB[0]++
		draws(t, s, f)
		if st := s.Stats(); st.Loads != 2 || st.Releases != 1 || st.Unmasked[sam.Memory] != 1 {
			t.Errorf("got %+v", st)
		}
		said.want(t, "memory is short (1 MiB are free): the SAM2 encoder is released", "there are no outlines meanwhile")
	})
	t.Run("when it is idle", func(t *testing.T) {
		t.Parallel()
		var said notices
		s := openSAM(t, onnxtest.SAM{}, func(o *onnx.SAMOptions) { o.Idle, o.Notice = time.Millisecond, said.add })
		for deadline := time.Now().Add(time.Minute); s.Stats().Releases == 0 && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		draws(t, s, noise(256, 256))
		if st := s.Stats(); st.Loads < 2 {
			t.Errorf("got %+v, want it released and loaded again", st)
		}
		said.want(t, "was not needed for 1ms and is released", "loaded the SAM2 encoder again in")
	})
	t.Run("and refuses another file in its place", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		encoder, decoder := filepath.Join(dir, "e.onnx"), filepath.Join(dir, "d.onnx")
		write(t, encoder, onnxtest.SAM{}.Encoder().Bytes())
		write(t, decoder, onnxtest.SAM{}.Decoder().Bytes())
		files, err := onnx.ReadSAM(encoder, decoder)
		if err != nil {
			t.Fatal(err)
		}
		free := uint64(1 << 40)
		o := onnx.SAMOptions{Options: onnx.Options{Runtime: started(t), Device: onnx.CPU}, MinFree: 1 << 30, Idle: -1,
			Memory: func() (uint64, bool) { return free, true }}
		s, err := onnx.OpenSAM(t.Context(), files, o)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		if files.Encoder.Bytes != nil {
			t.Error("the encoder's file is still in memory")
		}
		free = 1
		draws(t, s, noise(256, 256))
		free = 1 << 40
		draws(t, s, planes(256, 256)) // Read again.
		free = 1
		other := planes(256, 256)
		other.YCbCr.Y[0]++
		draws(t, s, other) // Released again.
		free = 1 << 40
		write(t, encoder, onnxtest.SAM{Exchanged: true}.Encoder().Bytes())
		var refused *onnx.SAMError
		if _, _, err := s.Segment(t.Context(), planes(254, 256), []vision.Box{box}); !errors.As(err, &refused) || !strings.Contains(err.Error(), "was exchanged") {
			t.Errorf("got %v, want a refusal", err)
		}
		if err := os.Remove(encoder); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Segment(t.Context(), planes(254, 256), []vision.Box{box}); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("got %v, want it missing", err)
		}
	})
}

// notices are what an operator was told.
type notices struct {
	sync.Mutex
	texts []string
}

func (n *notices) add(text string) {
	n.Lock()
	defer n.Unlock()
	n.texts = append(n.texts, text)
}

func (n *notices) want(t *testing.T, parts ...string) {
	t.Helper()
	n.Lock()
	defer n.Unlock()
	all := strings.Join(n.texts, "\n")
	for _, part := range parts {
		if !strings.Contains(all, part) {
			t.Errorf("nobody was told %q; said was:\n%s", part, all)
		}
	}
}

func TestSAMEnds(t *testing.T) {
	t.Parallel()
	s := openSAM(t, onnxtest.SAM{})
	box := vision.Box{X1: 1, Y1: 1, X2: 30, Y2: 30}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.Segment(ctx, noise(40, 40), []vision.Box{box}); !errors.Is(err, context.Canceled) {
		t.Errorf("with a cancelled context: got %v", err)
	}
	// Cancelled at any moment it gives ctx's cause or the answer, and works afterwards.
	for i := range 8 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(3*i)*time.Millisecond)
		if _, _, err := s.Segment(ctx, planes(40+i, 40), []vision.Box{box}); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		cancel()
	}
	if segment(t, s, noise(40, 40), box)[0].Mask == nil {
		t.Error("it does not draw any more")
	}
	var bad *sam.FrameError
	if _, _, err := s.Segment(t.Context(), &vision.Frame{Width: 8, Height: 8, RGB: make([]byte, 9)}, []vision.Box{box}); !errors.As(err, &bad) {
		t.Errorf("with a frame that is too short: got %v", err)
	}
	if _, _, err := s.Segment(t.Context(), nil, []vision.Box{box}); !errors.As(err, &bad) {
		t.Errorf("without a frame: got %v", err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	if _, _, err := s.Segment(t.Context(), noise(8, 8), []vision.Box{box}); !errors.Is(err, onnx.ErrClosed) {
		t.Errorf("after Close: got %v, want %v", err, onnx.ErrClosed)
	}
}

func TestSAMInManyGoroutines(t *testing.T) {
	t.Parallel()
	s := openSAM(t, onnxtest.SAM{}, func(o *onnx.SAMOptions) { o.Idle = time.Millisecond })
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			w := 256 << (i % 2)
			box := vision.Box{X1: cell(20+i, w), Y1: cell(20, w), X2: cell(90, w), Y2: cell(60+i, w)}
			for range 3 {
				out, _, err := s.Segment(t.Context(), noise(w, w), []vision.Box{box})
				if err != nil {
					t.Error(err)
					return
				}
				if n, _ := drawn(out[0].Mask, box, 0); n > 0 {
					t.Errorf("goroutine %d: %d pixels differ", i, n)
				}
			}
		})
	}
	group.Wait()
}

// Buffers are made once: memory stays where it is, however many pictures come. RVMCTL_SOAK takes more of them.
func TestSAMMemoryIsFlat(t *testing.T) {
	frames := 12
	if os.Getenv("RVMCTL_SOAK") != "" {
		frames = 230
	}
	s := openSAM(t, onnxtest.SAM{}, func(o *onnx.SAMOptions) { o.Idle = -1 })
	f := noise(320, 240)
	boxes := []vision.Box{{X1: 1, Y1: 1, X2: 30, Y2: 30}, {X1: 100, Y1: 1, X2: 300, Y2: 200}, {X1: 9, Y1: 9, X2: 99, Y2: 99}}
	var start int64
	for i := range frames {
		f.RGB[i]++
		segment(t, s, f, boxes...)
		if i == frames/3 {
			runtime.GC()
			start = resident(t)
		}
	}
	runtime.GC()
	grown := resident(t) - start
	t.Logf("%d KiB more after %d more pictures of %d", grown>>10, frames-frames/3, start>>20)
	// One embedding that was made anew for each picture would be 16 MiB, many times.
	if grown > 24<<20 {
		t.Errorf("grew by %d MiB", grown>>20)
	}
	if st := s.Stats(); st.Encoded != frames || st.Loads != 1 {
		t.Errorf("got %+v", st)
	}
}

func TestOpenSAMRefuses(t *testing.T) {
	t.Parallel()
	none := func(*onnx.SAMOptions) {}
	for _, tt := range []struct {
		name   string
		stub   onnxtest.SAM
		change func(*onnx.SAMOptions)
		bad    func(encoder, decoder *onnxtest.Model)
		want   string
	}{
		{"a score that is NaN", onnxtest.SAM{NaN: true}, none, nil, "SAM2 decoder decoder.onnx: its answer to a box in a grey picture cannot be used: iou_predictions has a value that is no finite number"},
		{"too little memory", onnxtest.SAM{}, func(o *onnx.SAMOptions) { o.Memory = func() (uint64, bool) { return 100 << 20, true } }, nil,
			"SAM2 encoder encoder.onnx: loading it needs 512 MiB of memory and 100 MiB are free"},
		{"an encoder that gives NaN", onnxtest.SAM{}, none, func(e, _ *onnxtest.Model) {
			w := make([]float32, 3*64)
			w[7] = float32(math.NaN())
			e.Graph.Constants[1] = onnxtest.Floats("high_res_feats_1_weights", []int64{64, 3, 1, 1}, w)
		}, "SAM2 encoder encoder.onnx: it answers a grey picture with values that are no finite numbers"},
		{"an operator that the runtime does not know", onnxtest.SAM{}, none, func(_, d *onnxtest.Model) { d.Graph.Nodes[0].Op = "Teleport" },
			"SAM2 decoder decoder.onnx: ONNX Runtime cannot load it: "},
		{"an encoder with another answer than it says", onnxtest.SAM{}, none, func(e, _ *onnxtest.Model) {
			e.Graph.Constants[0] = onnxtest.Floats("high_res_feats_0_weights", []int64{16, 3, 1, 1}, make([]float32, 48))
		}, "SAM2 encoder encoder.onnx: "},
		{"masks of another size than those of the grid", onnxtest.SAM{}, none, func(_, d *onnxtest.Model) {
			d.Graph.Outputs[0].Dims = []any{"n", 3, "h", "w"}
			d.Graph.Nodes = append(d.Graph.Nodes[:len(d.Graph.Nodes)-1],
				onnxtest.Node{Op: "AveragePool", Inputs: []string{"three"}, Outputs: []string{"masks"}, Attributes: []onnxtest.Attribute{
					{Name: "kernel_shape", Ints: []int64{2, 2}}, {Name: "strides", Ints: []int64{2, 2}}}})
		}, "SAM2 decoder decoder.onnx: it answers a box with masks [1 3 128 128] and scores [1 3]; wanted [1,n,256,256] and [1,n] float32"},
		{"a device that is not there", onnxtest.SAM{}, func(o *onnx.SAMOptions) { o.Device = onnx.WebGPU }, nil, "device webgpu: SAM2: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e, d := tt.stub.Encoder(), tt.stub.Decoder()
			if tt.bad != nil {
				tt.bad(&e, &d)
			}
			s, err := tryOpenSAM(t, e.Bytes(), d.Bytes(), tt.change)
			if err == nil {
				t.Fatal(s.Close(), "it was accepted")
			}
			if got := err.Error(); !strings.Contains(got, tt.want) || strings.Contains(got, "\n") {
				t.Errorf("got %q, want one line with %q", got, tt.want)
			}
		})
	}
}
