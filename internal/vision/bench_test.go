//go:build cgo && !windows

package vision_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/model"
	"github.com/myrvm/rvmctl/internal/vision/onnx"
	"github.com/myrvm/rvmctl/internal/vision/onnx/onnxtest"
	"github.com/myrvm/rvmctl/internal/vision/source"
	"github.com/myrvm/rvmctl/internal/vision/yolo"
)

// BenchmarkRatios measures what a frame costs beside its inference, and what a folder of pictures costs in all. Both
// sides of every ratio are taken in turns in one run, and of both the best of many counts: what else the machine does can
// only add. RVMCTL_BENCH_MODEL names one more model. The table goes to standard error:
//
//	go test -run '^$' -bench Ratios ./internal/vision
func BenchmarkRatios(b *testing.B) {
	m := model.Default()
	small := onnx.NewModel(m.Name, m.Bytes)
	large := onnx.NewModel(m.Name+" at 640", onnxtest.Fix(onnxtest.Read(b, m.Bytes), 1, 640, 640).Bytes())
	table(b, "frames", func(b *testing.B) (rows []string) {
		rows = append(frameRows(b, "320", small, 0.15), frameRows(b, "640", large, 0.06)...)
		rows = append(rows, maskRows(b, "640, segment", onnx.NewModel("segment", onnxtest.SegmentOf32(onnxtest.Fix(onnxtest.Open(b, onnxtest.Read(b, fixed(b)), 320), 1, 640, 640), 640, 640).Bytes()), 0.10)...)
		if other, named := another(b); named {
			rows = append(rows, frameRows(b, filepath.Base(other.Path), other, 0.06)...)
		}
		// A test input of ordinary size that may lie beside the repository, YOLO11n in eight bits.
		shared := filepath.Join("..", "..", "..", "shared", "vision", "weights", "yolo11n_int8_320.onnx")
		if nano, err := onnx.ReadModel(shared); err == nil {
			rows = append(rows, frameRows(b, "320, YOLO11n int8", nano, 0.15)...)
		}
		return rows
	})
	table(b, "folders", func(b *testing.B) []string {
		rows := slices.Concat(folderRows(b, "320", small, "samples", samples(b)), folderRows(b, "640", large, "samples", samples(b)),
			folderRows(b, "640", large, "1280x720", [][]byte{wide(b)}))
		if other, named := another(b); named {
			rows = append(rows, folderRows(b, filepath.Base(other.Path), other, "1280x720", [][]byte{wide(b)})...)
		}
		return rows
	})
	table(b, "streams", func(b *testing.B) []string {
		rows := streamRows(b, "640", large, "JPEGs of 1280x720", jpegStream(b))
		if source.CameraBuild() {
			rows = append(rows, streamRows(b, "640", large, "video of 1280x720", videoStream(b))...)
		}
		if other, named := another(b); named {
			rows = append(rows, streamRows(b, filepath.Base(other.Path), other, "JPEGs of 1280x720", jpegStream(b))...)
			if source.CameraBuild() {
				rows = append(rows, streamRows(b, filepath.Base(other.Path), other, "video of 1280x720", videoStream(b))...)
			}
		}
		return rows
	})
}

// table runs a part as a benchmark of its own.
func table(b *testing.B, name string, part func(*testing.B) []string) {
	b.Run(name, func(b *testing.B) {
		rows := part(b)
		for b.Loop() {
			// The measuring was done above; a benchmark must run its loop once.
		}
		b.ReportMetric(0, "ns/op")
		head := []string{fmt.Sprintf("\n%s/%s, %d cores", runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0)),
			"| model | figure | measured | against | ratio | bar |", "|---|---|---|---|---|---|"}
		// A benchmark's own log is cut after ten lines.
		fmt.Fprintln(os.Stderr, strings.Join(append(head, rows...), "\n"))
	})
}

// session loads a model; threads are for each lane, 0 shares the cores out.
func session(b testing.TB, m onnx.Model, lanes, threads int, changes ...func(*onnx.Options)) *onnx.Session {
	b.Helper()
	rt, err := onnx.Start(onnxtest.Library(b, os.Getenv("RVMCTL_ONNXRUNTIME")), false)
	if err != nil {
		b.Fatal(err)
	}
	o := onnx.Options{Runtime: rt, Model: m, Device: onnx.CPU, Lanes: lanes, Threads: threads, Thresholds: yolo.DefaultThresholds()}
	for _, change := range changes {
		change(&o)
	}
	s, err := onnx.Open(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

// frameRows compare preparing and reading a frame with the inference of the same frame.
func frameRows(b *testing.B, name string, m onnx.Model, bar float64) (rows []string) {
	s, f := session(b, m, 1, 0), frame(b, wide(b))
	packed := &vision.Frame{Name: "packed", Width: f.Width, Height: f.Height, RGB: pixels(f)}
	for what, f := range map[string]*vision.Frame{"JPEG planes": f, "packed RGB": packed} {
		around, run := times(b, s, f, 200)
		rows = append(rows, row(name, "pre+post, 1280x720 "+what, around, "inference", run, around/run, fmt.Sprintf("≤ %.2f", bar)))
	}
	slices.Sort(rows)
	allocs := testing.AllocsPerRun(20, func() { times(b, s, f, 1) })
	return append(rows, fmt.Sprintf("| %s | allocations a frame, with result and binding | %.0f | | | pre and post: 0, in TestLaneAllocatesNothing |", name, allocs))
}

// another is the model that whoever measures wants beside the shipped one, if any.
func another(b *testing.B) (m onnx.Model, named bool) {
	file := os.Getenv("RVMCTL_BENCH_MODEL")
	if file == "" {
		return m, false
	}
	m, err := onnx.ReadModel(file)
	if err != nil {
		b.Fatal(err)
	}
	return m, true
}

// fixed is the shipped detector as an export for 320x320 alone, which onnxtest can rewrite.
func fixed(b testing.TB) []byte {
	data, err := os.ReadFile(filepath.Join("model", "testdata", "beverage-nano-320.onnx"))
	if err != nil {
		b.Fatal(err)
	}
	return data
}

// maskRows are frameRows of a segmentation model with 32 prototypes, of which the ten best boxes get a mask.
func maskRows(b *testing.B, name string, m onnx.Model, bar float64) (rows []string) {
	f, threshold := frame(b, wide(b)), float32(0)
	ten := func(o *onnx.Options) {
		o.Masks, o.Thresholds.Confidence, o.Thresholds.MaxDetections = true, threshold, 10
	}
	all, err := session(b, m, 1, 0, ten).Detect(context.Background(), f)
	if err != nil {
		b.Fatal(err)
	}
	// Just below the tenth: ordinary pictures have few candidates, not one for each anchor.
	threshold = 0.9 * all.Detections[len(all.Detections)-1].Confidence
	s := session(b, m, 1, 0, ten)
	packed := &vision.Frame{Name: "packed", Width: f.Width, Height: f.Height, RGB: pixels(f)}
	for what, f := range map[string]*vision.Frame{"JPEG planes": f, "packed RGB": packed} {
		r, err := s.Detect(context.Background(), f)
		if err != nil {
			b.Fatal(err)
		}
		masks, area := 0, float32(0)
		for _, d := range r.Detections {
			if d.Mask != nil {
				masks++
			}
			area += d.Box.Area() / float32(f.Width*f.Height*len(r.Detections))
		}
		around, run := times(b, s, f, 100)
		what = fmt.Sprintf("pre+post with %d masks, boxes of %.0f %% of the picture, 1280x720 %s", masks, 100*area, what)
		rows = append(rows, row(name, what, around, "inference", run, around/run, fmt.Sprintf("≤ %.2f", bar)))
	}
	slices.Sort(rows)
	return rows
}

// times are the best of n, in milliseconds.
func times(b *testing.B, s *onnx.Session, f *vision.Frame, n int) (around, run float64) {
	b.Helper()
	arounds, runs := make([]float64, 0, 200), make([]float64, 0, 200)
	for range n {
		r, err := s.Detect(context.Background(), f)
		if err != nil {
			b.Fatal(err)
		}
		arounds, runs = append(arounds, r.Timing.Pre+r.Timing.Post), append(runs, r.Timing.Run)
	}
	return slices.Min(arounds), slices.Min(runs)
}

// mean is the mean time of n inferences, in milliseconds: a folder is a mean too.
func mean(b *testing.B, s *onnx.Session, f *vision.Frame, n int) (run float64) {
	b.Helper()
	for range n {
		_, r := times(b, s, f, 1)
		run += r / float64(n)
	}
	return run
}

// folderRows compare a folder of pictures, decoded while others are computed, with inferences one after another: by one
// core, which is what a lane has, and by all cores, which leaves none to decode with.
func folderRows(b *testing.B, name string, m onnx.Model, what string, pictures [][]byte) []string {
	const n, rounds = 60, 6
	lanes := onnx.Lanes(n)
	one, all, many := session(b, m, 1, 1), session(b, m, 1, 0), session(b, m, lanes, 0)
	p := vision.Pipeline{Workers: lanes, Detect: many.Detect,
		Load: func(ctx context.Context, i int) (*vision.Frame, error) {
			return source.Decode(ctx, "picture", pictures[i%len(pictures)], source.DefaultLimits())
		},
		Emit: func(_ int, _ *vision.Frame, _ vision.Result, err error) error { return err },
	}
	f := frame(b, pictures[0])
	var each, byOne, byAll []float64
	for range rounds {
		byOne, byAll = append(byOne, mean(b, one, f, n/3)), append(byAll, mean(b, all, f, n/2))
		start := time.Now()
		if err := p.Run(b.Context(), n); err != nil {
			b.Fatal(err)
		}
		each = append(each, float64(time.Since(start))/float64(time.Millisecond)/n)
	}
	what = fmt.Sprintf("folder of %s, a picture, %d lanes", what, lanes)
	e, r1, r2 := slices.Min(each), slices.Min(byOne), slices.Min(byAll)
	return []string{
		row(name, what, e, "inference by one core", r1, r1/e, ""),
		row(name, what, e, "inference by all cores", r2, r2/e, "≥ 0.95"),
	}
}

func row(name, what string, measured float64, against string, run, ratio float64, bar string) string {
	return fmt.Sprintf("| %s | %s | %.2f ms | %s %.2f ms | %.3f | %s |", name, what, measured, against, run, ratio, bar)
}

// samples are the photographs that come with the documentation.
func samples(b testing.TB) (pictures [][]byte) {
	files, err := filepath.Glob(filepath.Join("..", "..", "docs", "samples", "*.jpg"))
	if err != nil || len(files) == 0 {
		b.Skip("no photographs in docs/samples")
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		pictures = append(pictures, data)
	}
	return pictures
}

// wide is a camera's picture: the samples side by side, 1280x720.
func wide(b testing.TB) []byte {
	canvas := image.NewRGBA(image.Rect(0, 0, 1280, 720))
	var tiles []image.Image
	for _, data := range samples(b) {
		img, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil {
			b.Fatal(err)
		}
		tiles = append(tiles, img)
	}
	for y := range 720 {
		for x := range 1280 {
			tile := tiles[(x/320+4*(y/320))%len(tiles)]
			canvas.Set(x, y, tile.At(x%320, y%320))
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, canvas, &jpeg.Options{Quality: 90}); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

func frame(b testing.TB, data []byte) *vision.Frame {
	f, err := source.Decode(b.Context(), "picture", data, source.DefaultLimits())
	if err != nil {
		b.Fatal(err)
	}
	return f
}

func pixels(f *vision.Frame) []byte {
	rgb := make([]byte, 0, 3*f.Width*f.Height)
	for y := range f.Height {
		for x := range f.Width {
			r, g, b, _ := f.YCbCr.At(x, y).RGBA()
			rgb = append(rgb, byte(r>>8), byte(g>>8), byte(b>>8))
		}
	}
	return rgb
}
