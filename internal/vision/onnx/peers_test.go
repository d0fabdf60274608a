//go:build cgo && !windows

package onnx_test

import (
	"context"
	"fmt"
	"image"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	ort "github.com/yalue/onnxruntime_go"
	"golang.org/x/image/draw"

	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/model"
	"github.com/myrvm/rvmctl/internal/vision/onnx"
	"github.com/myrvm/rvmctl/internal/vision/onnx/onnxtest"
	"github.com/myrvm/rvmctl/internal/vision/yolo"
)

// BenchmarkPeers takes the same decoded picture through the same model in several ways, in turns, and prints one table to
// standard error: the best of each over all rounds.
//
//	go test -run '^$' -bench Peers ./internal/vision/onnx
func BenchmarkPeers(b *testing.B) {
	report := []string{
		fmt.Sprintf("%s/%s, %d cores", runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0)),
		"| input | way from the decoded 1280x720 picture to boxes | before and after | inference | in all | of the bare run |", "|---|---|---|---|---|---|",
	}
	var models []string
	for _, side := range []int{320, 640} {
		// Peers cannot choose the size of a dynamic model, so they all get one of this size.
		path := filepath.Join(b.TempDir(), fmt.Sprintf("beverage-nano-%d.onnx", side))
		fixed := onnxtest.Fix(onnxtest.Read(b, model.Default().Bytes), 1, side, side)
		if err := os.WriteFile(path, fixed.Bytes(), 0o600); err != nil {
			b.Fatal(err)
		}
		models = append(models, path)
		report = append(report, peerRows(b, path, side)...)
	}
	report = append(report, openCVRows(models)...)
	for b.Loop() {
		// The measuring was done above; a benchmark must run its loop once.
	}
	b.ReportMetric(0, "ns/op")
	fmt.Fprintln(os.Stderr, "\n"+strings.Join(report, "\n"))
}

// way is one way through, and the best of what it took, in milliseconds.
type way struct {
	name string
	// times is how often it is taken in each round.
	times       int
	look        func() (around, run float64)
	around, run float64
}

func peerRows(b *testing.B, path string, side int) (rows []string) {
	m, err := onnx.ReadModel(path)
	if err != nil {
		b.Fatal(err)
	}
	rt, err := onnx.Start(onnxtest.Library(b, os.Getenv("RVMCTL_ONNXRUNTIME")), false)
	if err != nil {
		b.Fatal(err)
	}
	ours, err := onnx.Open(b.Context(), onnx.Options{Runtime: rt, Model: m, Device: onnx.CPU, Thresholds: yolo.DefaultThresholds()})
	if err != nil {
		b.Fatal(err)
	}
	defer ours.Close()
	bare := openBare(b, m.Bytes, side)
	defer bare.close()
	planes := peerPicture()
	packed := &vision.Frame{Name: "packed", Width: 1280, Height: 720, RGB: packedOf(planes)}
	detect := func(f *vision.Frame) func() (float64, float64) {
		return func() (float64, float64) {
			r, err := ours.Detect(context.Background(), f)
			if err != nil {
				b.Fatal(err)
			}
			return r.Timing.Pre + r.Timing.Post, r.Timing.Run
		}
	}
	ways := []*way{
		{name: "bare Session.Run, bound tensors (the limit)", times: 6, look: func() (float64, float64) { return 0, bare.run(b) }},
		{name: "rvmctl, planes of a JPEG", times: 6, look: detect(&vision.Frame{Name: "planes", Width: 1280, Height: 720, YCbCr: planes})},
		{name: "rvmctl, packed RGB", times: 6, look: detect(packed)},
		{name: "the usual Go way: Lanczos, At of each pixel, sorting all", times: 1, look: func() (float64, float64) { return bare.usual(b, planes) }},
	}
	for range 10 {
		for _, w := range ways {
			for range w.times {
				around, run := w.look()
				if w.run == 0 || around+run < w.around+w.run {
					w.around, w.run = around, run
				}
			}
		}
	}
	limit := ways[0].run
	for _, w := range ways {
		rows = append(rows, peerRow(side, w.name, w.around, w.run, limit))
	}
	return append(rows, nodeRow(b, path, side, packed, limit))
}

func peerRow(side int, name string, around, run, limit float64) string {
	return fmt.Sprintf("| %d | %s | %.2f ms | %.2f ms | %.2f ms | %.2f |", side, name, around, run, around+run, (around+run)/limit)
}

// peerPicture is a soft scene with some noise, as a JPEG's planes.
func peerPicture() *image.YCbCr {
	img := image.NewYCbCr(image.Rect(0, 0, 1280, 720), image.YCbCrSubsampleRatio420)
	seed := uint32(1)
	for i := range img.Y {
		seed = seed*1664525 + 1013904223
		img.Y[i] = byte(90 + 50*math.Sin(float64(i%1280)/150) + float64(seed>>28))
	}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = byte(118+i%20), byte(120+i/640%16)
	}
	return img
}

func packedOf(img image.Image) (rgb []byte) {
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r, g, b, _ := img.At(x, y).RGBA()
			rgb = append(rgb, byte(r>>8), byte(g>>8), byte(b>>8))
		}
	}
	return rgb
}

// bareSession is what the binding's examples make: one session with its tensors bound.
type bareSession struct {
	side, anchors int
	in, out       *ort.Tensor[float32]
	session       *ort.AdvancedSession
}

func openBare(b *testing.B, model []byte, side int) *bareSession {
	s := &bareSession{side: side, anchors: 21 * side * side / 1024}
	var err error
	must := func() {
		if err != nil {
			b.Fatal(err)
		}
	}
	s.in, err = ort.NewEmptyTensor[float32](ort.NewShape(1, 3, int64(side), int64(side)))
	must()
	s.out, err = ort.NewEmptyTensor[float32](ort.NewShape(1, 6, int64(s.anchors)))
	must()
	o, err := ort.NewSessionOptions()
	must()
	defer o.Destroy()
	err = o.SetIntraOpNumThreads(runtime.GOMAXPROCS(0))
	must()
	// Threads that spin on after a run would slow whoever comes next in turn.
	err = o.AddSessionConfigEntry("session.force_spinning_stop", "1")
	must()
	s.session, err = ort.NewAdvancedSessionWithONNXData(model, []string{"images"}, []string{"output0"}, []ort.Value{s.in}, []ort.Value{s.out}, o)
	must()
	return s
}

func (s *bareSession) close() {
	_ = s.session.Destroy()
	_ = s.in.Destroy()
	_ = s.out.Destroy()
}

func (s *bareSession) run(b *testing.B) float64 {
	start := time.Now()
	if err := s.session.Run(); err != nil {
		b.Fatal(err)
	}
	return since(start)
}

// usual is what examples of the binding do around a run: stretch with Lanczos, read each pixel through image.Image, walk anchor by
// anchor, sort everything, suppress.
func (s *bareSession) usual(b *testing.B, img image.Image) (around, run float64) {
	start := time.Now()
	small := image.NewRGBA(image.Rect(0, 0, s.side, s.side))
	lanczos.Scale(small, small.Bounds(), img, img.Bounds(), draw.Src, nil)
	var asImage image.Image = small
	data, plane, i := s.in.GetData(), s.side*s.side, 0
	for y := range s.side {
		for x := range s.side {
			r, g, bl, _ := asImage.At(x, y).RGBA()
			data[i], data[plane+i], data[2*plane+i] = float32(r>>8)/255, float32(g>>8)/255, float32(bl>>8)/255
			i++
		}
	}
	around = since(start)
	run = s.run(b)
	start = time.Now()
	kept := s.usualBoxes()
	runtime.KeepAlive(kept)
	return around + since(start), run
}

// lanczos is the filter of three lobes.
var lanczos = &draw.Kernel{Support: 3, At: func(t float64) float64 {
	if t == 0 {
		return 1
	}
	return 3 * math.Sin(math.Pi*t) * math.Sin(math.Pi*t/3) / (math.Pi * math.Pi * t * t)
}}

func (s *bareSession) usualBoxes() (kept []vision.Detection) {
	out := s.out.GetData()
	var all []vision.Detection
	for a := range s.anchors {
		best, class := float32(-1), 0
		for c := range 2 {
			if v := out[(4+c)*s.anchors+a]; v > best {
				best, class = v, c
			}
		}
		if best < 0.25 {
			continue
		}
		x, y, w, h := out[a], out[s.anchors+a], out[2*s.anchors+a], out[3*s.anchors+a]
		all = append(all, vision.Detection{Box: vision.Box{X1: x - w/2, Y1: y - h/2, X2: x + w/2, Y2: y + h/2}, Confidence: best, LabelID: class})
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Confidence < all[j].Confidence })
	for _, d := range all {
		if !slices.ContainsFunc(kept, func(k vision.Detection) bool { return k.Box.IoU(d.Box) > 0.7 }) {
			kept = append(kept, d)
		}
	}
	return kept
}

// nodeRow is onnxruntime-node with the loops that its users write, in a process of its own.
func nodeRow(b *testing.B, model string, side int, f *vision.Frame, limit float64) string {
	const name = "onnxruntime-node, typed arrays"
	modules, err := filepath.Abs(filepath.Join("..", "..", "..", "bin", "peers", "node_modules"))
	if err == nil {
		_, err = os.Stat(filepath.Join(modules, "onnxruntime-node"))
	}
	node, lookErr := exec.LookPath("node")
	if err != nil || lookErr != nil {
		return fmt.Sprintf("| %d | %s | not measured: node or bin/peers/node_modules/onnxruntime-node is not here | | | |", side, name)
	}
	raw := filepath.Join(b.TempDir(), "picture.rgb")
	if err := os.WriteFile(raw, f.RGB, 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(node, filepath.Join("testdata", "peer.cjs"), model, strconv.Itoa(side), raw, "1280", "720")
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	out, err := cmd.CombinedOutput()
	var around, run float64
	if err == nil {
		_, err = fmt.Sscan(string(out), &around, &run)
	}
	if err != nil {
		return fmt.Sprintf("| %d | %s | failed: %.200s | | | |", side, name, strings.Join(strings.Fields(string(out)), " "))
	}
	return peerRow(side, name, around, run, limit)
}

// openCVRows are the words of the program that `make bench` builds.
func openCVRows(models []string) (rows []string) {
	program, err := filepath.Abs(filepath.Join("..", "..", "..", "bin", "peers", "opencv"))
	if err == nil {
		_, err = os.Stat(program)
	}
	if err != nil {
		return []string{"| | OpenCV's own network module | not measured: bin/peers/opencv is not built | | | |"}
	}
	args := []string{models[0] + ":320", models[1] + ":640"}
	out, err := exec.Command(program, args...).Output()
	for line := range strings.Lines(string(out)) {
		rows = append(rows, fmt.Sprintf("| | %.300s | | | | |", strings.TrimSpace(line)))
	}
	if err != nil {
		rows = append(rows, "| | OpenCV's own network module ended its process: "+err.Error()+" | | | | |")
	}
	return rows
}

func since(start time.Time) float64 { return float64(time.Since(start)) / float64(time.Millisecond) }
