package yolo

import (
	"image"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/vision"
)

func BenchmarkFill(b *testing.B) {
	cases := []struct {
		name       string
		w, h, side int
	}{
		{"720p_to_640", 1280, 720, 640}, {"720p_to_320", 1280, 720, 320}, {"1080p_to_640", 1920, 1080, 640},
		{"810x1080_to_640", 810, 1080, 640}, {"810x1080_to_320", 810, 1080, 320}, {"480p_to_640", 640, 480, 640},
	}
	for _, c := range cases {
		for _, kind := range []string{"rgb", "420", "444"} {
			f := sceneFrame(kind, c.w, c.h)
			b.Run(c.name+"_"+kind, func(b *testing.B) { benchFill(b, f, c.side) })
		}
	}
}

func benchFill(b *testing.B, f *vision.Frame, side int) {
	p := NewPreprocessor(side, side)
	dst := make([]float32, 3*side*side)
	if _, err := p.Fill(dst, f); err != nil {
		b.Fatal(err)
	}
	best(b, func() error {
		_, err := p.Fill(dst, f)
		return err
	})
}

// best runs op as a benchmark and also reports its fastest run, which a busy machine disturbs least.
func best(b *testing.B, op func() error) {
	fastest := time.Hour
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		if err := op(); err != nil {
			b.Fatal(err)
		}
		fastest = min(fastest, time.Since(start))
	}
	b.ReportMetric(float64(fastest.Microseconds()), "best-µs")
}

// randomFrame is noise, reproducible by its size.
func randomFrame(kind string, w, h int) *vision.Frame {
	r := rand.New(rand.NewPCG(uint64(w), uint64(h)))
	return frameOf(kind, w, h, func(int, int) [3]byte { return [3]byte{byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())} })
}

// sceneFrame is more like a picture: soft colours, some noise, and a white and a black area with colours that clip.
func sceneFrame(kind string, w, h int) *vision.Frame {
	r := rand.New(rand.NewPCG(uint64(w), uint64(h)))
	wave := func(i, period int) float64 { return math.Sin(float64(i) / float64(period) * 2 * math.Pi) }
	return frameOf(kind, w, h, func(x, y int) [3]byte {
		light := 128 + 60*wave(x, 200) + 60*wave(y, 150) + 16*r.Float64()
		switch {
		case x < w/8:
			light = 235 + 20*r.Float64()
		case y < h/8:
			light = 20 * r.Float64()
		}
		return [3]byte{byte(light), byte(128 + 20*wave(x, 300)), byte(128 + 20*wave(y, 170))}
	})
}

// frameOf makes a frame of a kind: "rgb", or the digits of a chroma subsampling. The colours are RGB or Y'CbCr alike.
func frameOf(kind string, w, h int, colour func(x, y int) [3]byte) *vision.Frame {
	f := &vision.Frame{Name: kind, Width: w, Height: h}
	ratio, planar := map[string]image.YCbCrSubsampleRatio{
		"444": image.YCbCrSubsampleRatio444, "422": image.YCbCrSubsampleRatio422, "420": image.YCbCrSubsampleRatio420,
		"440": image.YCbCrSubsampleRatio440, "411": image.YCbCrSubsampleRatio411, "410": image.YCbCrSubsampleRatio410,
	}[kind]
	if planar {
		f.YCbCr = image.NewYCbCr(image.Rect(0, 0, w, h), ratio)
	}
	for y := range h {
		for x := range w {
			c := colour(x, y)
			if !planar {
				f.RGB = append(f.RGB, c[:]...)
				continue
			}
			f.YCbCr.Y[f.YCbCr.YOffset(x, y)] = c[0]
			f.YCbCr.Cb[f.YCbCr.COffset(x, y)], f.YCbCr.Cr[f.YCbCr.COffset(x, y)] = c[1], c[2]
		}
	}
	return f
}

func BenchmarkDecode(b *testing.B) {
	for _, c := range []struct {
		name             string
		classes, anchors int
	}{{"80x8400", 80, 8400}, {"80x2100", 80, 2100}, {"2x8400", 2, 8400}, {"2x2100", 2, 2100}} {
		b.Run(c.name, func(b *testing.B) {
			d, out := ordinaryAnswer(b, c.classes, c.anchors, 40)
			lb, _ := NewLetterbox(1280, 720, 640, 640)
			into := make([]vision.Detection, 0, 300)
			best(b, func() error {
				_, _, err := d.Decode(out, c.anchors, lb, into)
				return err
			})
		})
	}
}

// ordinaryAnswer has low scores everywhere and so many candidates, as an ordinary picture gives.
func ordinaryAnswer(tb testing.TB, classes, anchors, candidates int) (*Decoder, []float32) {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]float32, (4+classes)*anchors)
	for i := range out {
		out[i] = r.Float32() * 1e-3
		if i < 4*anchors {
			out[i] = 20 + r.Float32()*600
		}
	}
	for range candidates {
		out[(4+r.IntN(classes))*anchors+r.IntN(anchors)] = 0.3 + 0.6*r.Float32()
	}
	labels := make([]string, classes)
	for i := range labels {
		labels[i] = nameless(i)
	}
	d, err := NewDecoder(Spec{Labels: labels, Classes: classes, Anchors: anchors}, DefaultThresholds())
	if err != nil {
		tb.Fatal(err)
	}
	return d, out
}

// BenchmarkMasks cuts ten masks of ordinary size at 640, without reading the boxes.
func BenchmarkMasks(b *testing.B) {
	for _, name := range []string{"float32", "float32 in two", "float16"} {
		b.Run(name, func(b *testing.B) {
			d, out, anchors, protos, lb := gathering(b, name == "float16")
			if strings.HasSuffix(name, "in two") {
				d.Parallel()
			}
			found, _, err := d.Decode(out, anchors, lb, nil)
			if err != nil {
				b.Fatal(err)
			}
			best(b, func() error { return d.Masks(protos, lb, found) })
		})
	}
}
