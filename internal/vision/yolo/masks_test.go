package yolo

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myrvm/rvmctl/internal/vision"
)

// segmenter is a decoder for one class and so many coefficients, for an input of w x h.
func segmenter(t testing.TB, layout Layout, nm, w, h int) *Decoder {
	t.Helper()
	spec := specOf(1)
	spec.Task, spec.Layout, spec.Masks, spec.Coefficients, spec.ProtoWidth, spec.ProtoHeight = "segment", layout, true, nm, w/4, h/4
	d, err := NewDecoder(spec, DefaultThresholds())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// rowsOf lays boxes in input pixels with their coefficients out as an end-to-end model does, best first.
func rowsOf(boxes []vision.Box, weights [][]float32) (out []float32) {
	for i, b := range boxes {
		out = append(out, b.X1, b.Y1, b.X2, b.Y2, 0.9-float32(i)/1000, 0)
		out = append(out, weights[i]...)
	}
	return out
}

// masked decodes an answer and cuts the masks.
func masked(t testing.TB, d *Decoder, out []float32, n int, protos Prototypes, lb Letterbox) []vision.Detection {
	t.Helper()
	found, _, err := d.Decode(out, n, lb, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Masks(protos, lb, found); err != nil {
		t.Fatal(err)
	}
	return found
}

// logitAt is the native method for one pixel, word for word: cut the border off the prototypes, stretch, sum.
func logitAt(protos []float32, weights []float32, mw, mh int, lb Letterbox, col, row int) float64 {
	gain := math.Min(float64(mh)/float64(lb.SrcH), float64(mw)/float64(lb.SrcW))
	cut := func(cells, pixels int) (first, count int) {
		pad := (float64(cells) - float64(pixels)*gain) / 2
		first = int(math.RoundToEven(pad - 0.1))
		return first, cells - int(math.RoundToEven(pad+0.1)) - first
	}
	left, w := cut(mw, lb.SrcW)
	top, h := cut(mh, lb.SrcH)
	at := func(v, pixels, count int) (a, b int, part float64) {
		s := math.Max(0, (float64(v)+0.5)*float64(count)/float64(pixels)-0.5)
		a = min(int(s), count-1)
		return a, min(a+1, count-1), s - float64(a)
	}
	x0, x1, fx := at(col, lb.SrcW, w)
	y0, y1, fy := at(row, lb.SrcH, h)
	cell := func(x, y int) (sum float64) {
		for k, c := range weights {
			sum += float64(c) * float64(protos[(k*mh+top+y)*mw+left+x])
		}
		return sum
	}
	return (cell(x0, y0)*(1-fx)+cell(x1, y0)*fx)*(1-fy) + (cell(x0, y1)*(1-fx)+cell(x1, y1)*fx)*fy
}

func TestMasksAreTheNativeMethod(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(8, 9))
	for _, size := range [][4]int{{320, 240, 320, 320}, {1280, 720, 640, 640}, {810, 1080, 320, 320}, {37, 53, 96, 64}, {641, 480, 640, 640},
		{11, 7, 64, 96}, {320, 480, 640, 640}, {333, 1000, 352, 288}} {
		lb, err := NewLetterbox(size[0], size[1], size[2], size[3])
		if err != nil {
			t.Fatal(err)
		}
		for _, nm := range []int{1, 4, 7, 32} {
			mw, mh := size[2]/4, size[3]/4
			protos := make([]float32, nm*mw*mh)
			for i := range protos {
				protos[i] = r.Float32()*2 - 1
			}
			weights := make([]float32, nm)
			for i := range weights {
				weights[i] = r.Float32()*2 - 1
			}
			box := vision.Box{X1: float32(size[2])*.2 + .37, Y1: float32(size[3])*.3 + .61, X2: float32(size[2]) * .83, Y2: float32(size[3]) * .71}
			found := masked(t, segmenter(t, Rows, nm, size[2], size[3]), rowsOf([]vision.Box{box}, [][]float32{weights}), 1, Prototypes{Floats: protos}, lb)
			if len(found) != 1 {
				t.Fatalf("%v: %d detections", size, len(found))
			}
			checkNative(t, found[0], func(x, y int) float64 { return logitAt(protos, weights, mw, mh, lb, x, y) })
		}
	}
}

// checkNative compares a mask with what the logits say of every pixel of the picture.
func checkNative(t *testing.T, d vision.Detection, logit func(x, y int) float64) {
	t.Helper()
	if d.Mask == nil {
		t.Error("no mask")
		return
	}
	for y := range d.Mask.Height {
		for x := range d.Mask.Width {
			inside := float32(x) >= d.Box.X1 && float32(x) < d.Box.X2 && float32(y) >= d.Box.Y1 && float32(y) < d.Box.Y2
			l := logit(x, y)
			if got, want := d.Mask.At(x, y), inside && l > 0; got != want && !(inside && math.Abs(l) < 1e-4) {
				t.Errorf("pixel %d,%d of %dx%d: got %t, want %t with a logit of %v in %v", x, y, d.Mask.Width, d.Mask.Height, got, want, l, d.Box)
				return
			}
		}
	}
}

// Both layouts, and prototypes of either type, must give the same masks, each detection its own.
func TestMasksOfEveryLayout(t *testing.T) {
	t.Parallel()
	const mw, mh, nm = 16, 16, 2
	protos, halves := make([]float32, nm*mw*mh), []uint16(nil)
	for y := range mh {
		for x := range mw {
			protos[y*mw+x], protos[mw*mh+y*mw+x] = float32(x)-7.5, float32(y)-7.5
		}
	}
	for _, p := range protos {
		halves = append(halves, HalfFromFloat32(p))
	}
	boxes := []vision.Box{{X2: 64, Y2: 64}, {X1: 10, Y1: 10, X2: 50, Y2: 50}, {X1: 30, X2: 64, Y2: 30}}
	weights := [][]float32{{1, 0}, {0, 1}, {-1, -1}}
	channels := answer(1, []anchor{{}, one(.9, 0, 0, 0, 64, 64), one(.8, 0, 10, 10, 50, 50), {}, one(.7, 0, 30, 0, 64, 30)})
	for k := range nm {
		channels = append(channels, 99, weights[0][k], weights[1][k], 99, weights[2][k])
	}
	lb := plain(64, 64)
	rows := masked(t, segmenter(t, Rows, nm, 64, 64), rowsOf(boxes, weights), 3, Prototypes{Floats: protos}, lb)
	byChannel := masked(t, segmenter(t, Channels, nm, 64, 64), channels, 5, Prototypes{Floats: protos}, lb)
	byHalf := masked(t, segmenter(t, Channels, nm, 64, 64), channels, 5, Prototypes{Halves: halves}, lb)
	// The first is the right half; the second the lower part of its box; the third where x+y is small.
	for i, want := range []int{32 * 64, 40 * 18, 0} {
		for name, found := range map[string][]vision.Detection{"rows": rows, "channels": byChannel, "float16": byHalf} {
			if len(found) != 3 {
				t.Fatalf("%s: %d detections", name, len(found))
			}
			if !cmp.Equal(found[i].Mask, rows[i].Mask) {
				t.Errorf("%s: detection %d has another mask than among rows", name, i)
			}
			if i < 2 && (found[i].Mask == nil || found[i].Mask.Area() != want) {
				t.Errorf("%s: detection %d: got %v, want %d pixels", name, i, found[i].Mask, want)
			}
		}
	}
	batch := masked(t, segmenter(t, Rows, nm, 64, 64), rowsOf(boxes, weights), 3, Prototypes{Floats: append(slices.Clone(protos), make([]float32, len(protos))...)}, lb)
	if !cmp.Equal(batch, rows) {
		t.Error("a second slot of prototypes changes the masks")
	}
}

func TestMasksThatAreNone(t *testing.T) {
	t.Parallel()
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	ones := slices.Repeat([]float32{1}, 2*16*16)
	for _, tt := range []struct {
		name    string
		protos  []float32
		weights []float32
	}{
		{"logits below 0", ones, []float32{-1, -1}},
		{"logits of exactly 0", ones, []float32{1, -1}},
		{"a coefficient that is no number", ones, []float32{nan, 1}},
		{"coefficients that cancel to no number", ones, []float32{inf, -inf}},
		{"prototypes that are no numbers", slices.Repeat([]float32{nan}, 2*16*16), []float32{1, 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out := rowsOf([]vision.Box{{X2: 64, Y2: 64}}, [][]float32{tt.weights})
			found := masked(t, segmenter(t, Rows, 2, 64, 64), out, 1, Prototypes{Floats: tt.protos}, plain(64, 64))
			if len(found) != 1 || found[0].Mask != nil {
				t.Errorf("got %v, want one detection without a mask", found)
			}
		})
	}
	// A box between two pixels holds the centre of none, and so none that a mask could set.
	found := masked(t, segmenter(t, Rows, 2, 64, 64), rowsOf([]vision.Box{{X1: 10.2, X2: 10.9, Y2: 64}}, [][]float32{{1, 1}}), 1, Prototypes{Floats: ones}, plain(64, 64))
	if len(found) != 1 || found[0].Mask != nil {
		t.Errorf("a box without a pixel: got %v", found)
	}
}

// Rows with numbers that cannot be must not shift the coefficients of those that can.
func TestHostileRowsKeepTheOthersMasks(t *testing.T) {
	t.Parallel()
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	out := []float32{
		0, 0, 64, 64, nan, 0, 9, 9,
		0, 0, 64, 64, .9, 5, 9, 9, // No such class.
		0, 0, 64, 64, .9, .5, 9, 9,
		0, 0, 64, 64, .9, -1, 9, 9,
		0, 0, 64, 64, .9, nan, 9, 9,
		-5, -5, -1, -1, .95, 0, 9, 9, // Outside of the picture: lost only when it is mapped back.
		nan, 0, 64, 64, .9, 0, 9, 9,
		0, 0, inf, 64, .9, 0, 9, 9,
		10, 10, 20, 20, .5, 0, 1, 0,
		30, 30, 20, 20, .9, 0, 9, 9, // Negative size.
		0, 0, 64, 64, -.5, 0, 9, 9,
		0, 0, 32, 32, .8, 0, nan, inf, // A good box whose coefficients are not numbers.
		30, 30, 50, 50, .6, 0, 0, 1,
		0, 0, 0, 0, 0, 0, 0, 0,
	}
	protos := append(slices.Repeat([]float32{1}, 256), slices.Repeat([]float32{2}, 256)...)
	d := segmenter(t, Rows, 2, 64, 64)
	found, dropped, err := d.Decode(out, 14, plain(64, 64), nil)
	if err != nil || len(found) != 3 || dropped != 10 {
		t.Fatalf("got %v, %d dropped, %v", brief(found), dropped, err)
	}
	if err := d.Masks(Prototypes{Floats: protos}, plain(64, 64), found); err != nil {
		t.Fatal(err)
	}
	if found[0].Mask != nil || found[1].Mask == nil || found[1].Mask.Area() != 400 || found[2].Mask == nil || found[2].Mask.Area() != 100 {
		t.Errorf("got %+v", found)
	}
}

func TestMasksRefuseOtherLengths(t *testing.T) {
	t.Parallel()
	d := segmenter(t, Rows, 2, 64, 64)
	found, _, err := d.Decode(rowsOf([]vision.Box{{X2: 64, Y2: 64}}, [][]float32{{1, 1}}), 1, plain(64, 64), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"short prototypes": d.Masks(Prototypes{Floats: make([]float32, 2*256-1)}, plain(64, 64), found),
		"no prototypes":    d.Masks(Prototypes{}, plain(64, 64), found),
		"other detections": d.Masks(Prototypes{Floats: make([]float32, 2*256)}, plain(64, 64), append(found, found...)),
	} {
		var refused *BufferError
		if !errors.As(err, &refused) {
			t.Errorf("%s: got %v, want a BufferError", name, err)
		}
	}
	detector, err := NewDecoder(specOf(1), DefaultThresholds())
	if err != nil {
		t.Fatal(err)
	}
	if err := detector.Masks(Prototypes{Floats: make([]float32, 512)}, plain(64, 64), nil); err == nil {
		t.Error("a detector without masks gave some")
	}
}

// A picture one pixel wide covers less than a cell, and pictures may differ in size from frame to frame.
func TestMasksOfStrangePictures(t *testing.T) {
	t.Parallel()
	d := segmenter(t, Rows, 1, 640, 640)
	protos := Prototypes{Floats: slices.Repeat([]float32{1}, 160*160)}
	for _, size := range [][2]int{{1, 4000}, {4000, 1}, {1, 1}, {1280, 720}, {2, 2}, {720, 1280}, {10_000, 3}} {
		lb, err := NewLetterbox(size[0], size[1], 640, 640)
		if err != nil {
			t.Fatal(err)
		}
		found := masked(t, d, rowsOf([]vision.Box{{X2: 640, Y2: 640}}, [][]float32{{1}}), 1, protos, lb)
		if len(found) != 1 || found[0].Mask == nil || found[0].Mask.Area() != size[0]*size[1] {
			t.Errorf("%v: got %+v, want a mask of every pixel", size, found)
		}
	}
}

func TestMasksOfAFrameAreBounded(t *testing.T) {
	t.Parallel()
	d := segmenter(t, Rows, 1, 64, 64)
	d.maskBytes = 64*64 + 1
	all := vision.Box{X2: 64, Y2: 64}
	found := masked(t, d, rowsOf([]vision.Box{all, all, all}, [][]float32{{1}, {1}, {1}}), 3, Prototypes{Floats: slices.Repeat([]float32{1}, 256)}, plain(64, 64))
	if len(found) != 3 || found[0].Mask == nil || found[1].Mask == nil || found[2].Mask != nil {
		t.Errorf("got %v, want masks for the first two", found)
	}
}

func TestMasksInTwoAreTheSame(t *testing.T) {
	t.Parallel()
	for _, half := range []bool{false, true} {
		var masks [2][]vision.Detection
		for i := range masks {
			d, out, anchors, protos, lb := gathering(t, half)
			if i == 1 {
				d.Parallel()
			}
			found, _, err := d.Decode(out, anchors, lb, nil)
			// Twice, since the second frame uses the memory of the first.
			if err := errors.Join(err, d.Masks(protos, lb, found), d.Masks(protos, lb, found)); err != nil {
				t.Fatal(err)
			}
			masks[i] = found
		}
		if len(masks[0]) != 10 || !reflect.DeepEqual(masks[0], masks[1]) {
			t.Errorf("float16 %t: two goroutines cut other masks than one", half)
		}
	}
}

// What the bound leaves out does not depend on who is faster.
func TestMasksInTwoKeepTheBound(t *testing.T) {
	t.Parallel()
	d := segmenter(t, Rows, 1, 64, 64)
	d.Parallel()
	d.maskBytes = 64*64 + 1
	all := vision.Box{X2: 64, Y2: 64}
	found := masked(t, d, rowsOf([]vision.Box{all, all, all}, [][]float32{{1}, {1}, {1}}), 3, Prototypes{Floats: slices.Repeat([]float32{1}, 256)}, plain(64, 64))
	if len(found) != 3 || found[0].Mask == nil || found[1].Mask == nil || found[2].Mask != nil {
		t.Errorf("got %v, want masks for the first two", found)
	}
}

// Not parallel: allocations of other tests would be counted too.
func TestMasksAllocateOnlyThemselves(t *testing.T) {
	for _, half := range []bool{false, true} {
		d, out, anchors, protos, lb := gathering(t, half)
		into := make([]vision.Detection, 0, 300)
		masks := 0
		got := testing.AllocsPerRun(10, func() {
			found, _, err := d.Decode(out, anchors, lb, into)
			if err != nil || d.Masks(protos, lb, found) != nil {
				t.Fatal(err)
			}
			masks = 0
			for _, f := range found {
				if f.Mask != nil {
					masks++
				}
			}
		})
		// A mask is one piece of memory for its bits and one for itself.
		if masks != 10 || got != float64(2*masks) {
			t.Errorf("float16 %t: got %v allocations for %d masks, want two each for ten", half, got, masks)
		}
	}
}

// gathering is an answer with ten things of 90 to 400 pixels in a camera's picture, for an input of 640 with the usual 32
// coefficients and 80 classes.
func gathering(tb testing.TB, half bool) (d *Decoder, out []float32, anchors int, protos Prototypes, lb Letterbox) {
	tb.Helper()
	const classes, nm = 80, 32
	anchors = 8400
	spec := specOf(classes)
	spec.Masks, spec.Coefficients, spec.ProtoWidth, spec.ProtoHeight = true, nm, 160, 160
	d, err := NewDecoder(spec, DefaultThresholds())
	if err != nil {
		tb.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 5))
	out = make([]float32, (4+classes+nm)*anchors)
	for i := range 10 {
		side := float32(45 + 16*i)
		for c, v := range []float32{100 + 45*float32(i), 250 + 20*float32(i%4), side, side * 1.2} {
			out[c*anchors+i] = v
		}
		out[(4+i)*anchors+i] = 0.9
		for k := range nm {
			out[(4+classes+k)*anchors+i] = r.Float32()*2 - 1
		}
		out[(4+classes)*anchors+i] = 2 // Of a prototype that is 1 everywhere: most of a box belongs to the thing.
	}
	values := make([]float32, nm*160*160)
	for i := range values {
		// Prototypes are smooth, as those of a network are, so that masks have few borders.
		x, y, k := i%160, i/160%160, i/160/160
		values[i] = float32(math.Sin(float64(x)/20+float64(k)) * math.Cos(float64(y)/25-float64(k)))
		if k == 0 {
			values[i] = 1
		}
	}
	protos = Prototypes{Floats: values}
	if half {
		protos = Prototypes{}
		for _, v := range values {
			protos.Halves = append(protos.Halves, HalfFromFloat32(v))
		}
	}
	lb, err = NewLetterbox(1280, 720, 640, 640)
	if err != nil {
		tb.Fatal(err)
	}
	return d, out, anchors, protos, lb
}
