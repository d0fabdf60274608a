//go:build cgo && !windows

package onnx_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/mask"
	"github.com/myrvm/rvmctl/internal/vision/model"
	"github.com/myrvm/rvmctl/internal/vision/onnx"
	"github.com/myrvm/rvmctl/internal/vision/onnx/onnxtest"
)

// sighting is one detection of an independent decoder.
type sighting struct {
	ClassID    int `json:"class_id"`
	Label      string
	Confidence float32
	BBox       [4]float32
	Area       int `json:"mask_area"`
	RLE        *struct {
		Size [2]int
		// Counts are COCO's, as a list or as text.
		Counts json.RawMessage
	} `json:"mask_rle"`
	// MaskTie is the overlap of the masks that the independent decoder makes of the pixels of two JPEG decoders.
	MaskTie float32 `json:"mask_tie"`
	// Rivals are boxes that this one suppressed although their scores are as good.
	Rivals []sighting
}

// or is the sighting itself or the rival that a box is most alike.
func (s sighting) or(b vision.Box) sighting {
	for _, r := range s.Rivals {
		if b.IoU(r.box()) > b.IoU(s.box()) {
			s = r
		}
	}
	return s
}

func (s sighting) box() vision.Box {
	return vision.Box{X1: s.BBox[0], Y1: s.BBox[1], X2: s.BBox[2], Y2: s.BBox[3]}
}

func (s sighting) mask(t *testing.T) *vision.Mask {
	t.Helper()
	if s.RLE == nil {
		return nil
	}
	runs := mask.RLE{Height: s.RLE.Size[0], Width: s.RLE.Size[1]}
	var text string
	err := json.Unmarshal(s.RLE.Counts, &runs.Counts)
	if json.Unmarshal(s.RLE.Counts, &text) == nil {
		runs, err = mask.ParseCompressed(text, runs.Width, runs.Height)
	}
	if err != nil {
		t.Fatal(err)
	}
	m, err := runs.Mask()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// witness are the answers of testdata/goldens.py for the shipped model, by kind of model and by picture.
type witness struct {
	SHA256   string
	Settings struct{ Conf, IoU, Strong float32 }
	Kinds    map[string]map[string]struct{ Detections []sighting }
}

func readWitness(t *testing.T) witness {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "goldens.json"))
	if err != nil {
		t.Fatal(err)
	}
	var w witness
	if err := json.Unmarshal(data, &w); err != nil {
		t.Fatal(err)
	}
	if w.SHA256 != model.Default().SHA256 {
		t.Fatalf("goldens.json is for another model than the shipped one; run: cd %s && python3 goldens.py > goldens.json",
			filepath.Join("internal", "vision", "onnx", "testdata"))
	}
	return w
}

// fixedExport is the shipped detector exported for 320x320 alone, with no arithmetic of shapes: what most exports look like.
func fixedExport(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "model", "testdata", "beverage-nano-320.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// tolerance is how far an answer may be from an independent one.
type tolerance struct {
	iou, confidence, mask float32
}

// exact is for float32, rough for float16, whose boxes move by half an input pixel, jumpy for int8 against float32.
var (
	exact = tolerance{iou: 0.97, confidence: 0.02, mask: 0.97}
	rough = tolerance{iou: 0.95, confidence: 0.02, mask: 0.95}
	jumpy = tolerance{iou: 0.9, confidence: 0.07, mask: 0.92}
)

// compare pairs detections of the same class, the most alike first and never by order: two scores of nearly the same
// size may swap places. A score that is as near to the threshold as it may be off can be in one answer alone.
func (tol tolerance) compare(t *testing.T, threshold float32, got []vision.Detection, want []sighting) (problems []string) {
	t.Helper()
	left := make(map[int]bool)
	for i := range got {
		left[i] = true
	}
	for _, w := range want {
		best, likeness := -1, float32(0)
		for i := range left {
			d := got[i]
			if alike := d.Box.IoU(w.box()) - abs(d.Confidence-w.Confidence); d.LabelID == w.ClassID && d.Label == w.Label && alike > likeness {
				best, likeness = i, alike
			}
		}
		if best < 0 {
			if w.Confidence > threshold+tol.confidence {
				problems = append(problems, fmt.Sprintf("%s %.3f at %v was not found", w.Label, w.Confidence, w.BBox))
			}
			continue
		}
		delete(left, best)
		d := got[best]
		w = w.or(d.Box)
		if iou, off := d.Box.IoU(w.box()), abs(d.Confidence-w.Confidence); iou < tol.iou || off > tol.confidence {
			problems = append(problems, fmt.Sprintf("%v overlaps %v by %.4f and is %.4f off in confidence", d, w.BBox, iou, off))
		}
		if iou := maskIoU(d.Mask, w.mask(t)); iou < tol.mask && !(w.MaskTie < tol.mask && iou >= w.MaskTie) {
			problems = append(problems, fmt.Sprintf("the mask of %s %.3f overlaps the other one by %.4f", w.Label, w.Confidence, iou))
		}
	}
	for i := range left {
		if got[i].Confidence > threshold+tol.confidence {
			problems = append(problems, fmt.Sprintf("found %v, which is not listed", got[i]))
		}
	}
	return problems
}

func abs(v float32) float32 { return max(v, -v) }

// maskIoU is the intersection of two masks over their union; two absent ones are alike.
func maskIoU(a, b *vision.Mask) float32 {
	switch {
	case a == nil && b == nil:
		return 1
	case a == nil || b == nil || a.Width != b.Width || a.Height != b.Height:
		return 0
	}
	both, either := 0, 0
	area := a.Rect.Union(b.Rect)
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			switch inA, inB := a.At(x, y), b.At(x, y); {
			case inA && inB:
				both++
				either++
			case inA || inB:
				either++
			}
		}
	}
	return float32(both) / float32(either)
}

// The shipped detector, rewritten into every kind of model, sees what an independent decoder sees with it.
func TestEveryKindOfModel(t *testing.T) {
	t.Parallel()
	w := readWitness(t)
	shipped := onnxtest.Read(t, fixedExport(t))
	dynamic := onnxtest.Read(t, model.Default().Bytes)
	opened := onnxtest.Open(t, shipped, 320)
	segment := onnxtest.Segment(shipped, 1, 320, 320)
	narrow := onnxtest.Fix(opened, 1, 288, 320)
	size := func(width, height int) func(*onnx.Options) {
		return func(o *onnx.Options) { o.Width, o.Height = width, height }
	}
	strong := func(o *onnx.Options) { o.Thresholds.Confidence = w.Settings.Strong }
	labels := func(o *onnx.Options) { o.Labels = []string{"bottle", "can"} }
	plain := func(*onnx.Options) {}
	symbolic := segment
	symbolic.Graph.Inputs = opened.Graph.Inputs
	symbolic.Graph.Outputs = []onnxtest.Value{
		{Name: "output0", Type: onnxtest.Float32, Dims: []any{"batch", 10, "anchors"}},
		{Name: "output1", Type: onnxtest.Float32, Dims: []any{"batch", 4, "mask_height", "mask_width"}},
	}
	free := onnxtest.Suppressed(shipped, w.Settings.Conf, w.Settings.IoU)
	free.Graph.Inputs = []onnxtest.Value{{Name: "images", Type: onnxtest.Float32, Dims: []any{"batch", 3, 320, 320}}}
	free.Graph.Outputs[0].Dims = []any{"batch", onnxtest.Rows, 6}
	stripped := shipped
	stripped.Metadata = nil
	for _, k := range []struct {
		name   string
		model  onnxtest.Model
		change func(*onnx.Options)
		want   string
		tol    tolerance
	}{
		{"as it ships", dynamic, plain, "320x320", exact},
		{"as it ships, at 416", dynamic, size(416, 416), "416x416", exact},
		{"as it ships, at 320x288", dynamic, size(320, 288), "320x288", exact},
		{"float", shipped, plain, "320x320", exact},
		{"without metadata", stripped, labels, "320x320", exact},
		{"batch 2", onnxtest.Fix(opened, 2, 320, 320), plain, "320x320", exact},
		{"dynamic at its own size", opened, plain, "320x320", exact},
		{"dynamic at 416", opened, size(416, 416), "416x416", exact},
		{"dynamic at 320x288", opened, size(320, 288), "320x288", exact},
		{"not square", narrow, plain, "320x288", exact},
		{"float16 outside", onnxtest.HalfOutside(shipped), plain, "320x320", rough},
		{"float16 inside", onnxtest.HalfInside(shipped), plain, "320x320", rough},
		{"float16 outside, dynamic", onnxtest.HalfOutside(opened), size(416, 416), "416x416", rough},
		{"int8, quantised as it comes", onnxtest.Quantised(shipped), plain, "320x320", jumpy},
		{"suppressed inside", onnxtest.Suppressed(shipped, w.Settings.Conf, w.Settings.IoU), plain, "320x320", exact},
		{"suppressed inside, open batch", free, plain, "320x320", exact},
		{"end to end", onnxtest.EndToEnd(shipped), strong, "end to end", exact},
		{"segment", segment, plain, "masks 320x320", exact},
		{"segment, float16 outside", onnxtest.HalfOutside(segment), plain, "masks 320x320", rough},
		{"segment, not square", onnxtest.Segment(narrow, 1, 288, 320), plain, "masks 320x288", exact},
		{"segment, batch 2", onnxtest.Segment(onnxtest.Fix(opened, 2, 320, 320), 2, 320, 320), plain, "masks 320x320", exact},
		{"segment, open axes", symbolic, size(320, 320), "masks 320x320", exact},
		{"segment, float16 outside, open axes", onnxtest.HalfOutside(symbolic), size(320, 320), "masks 320x320", rough},
		{"segment, float16 inside", onnxtest.HalfInside(segment), plain, "masks 320x320", rough},
		{"segment, end to end", onnxtest.EndToEnd(segment), strong, "masks end to end", exact},
		{"segment, suppressed inside", onnxtest.Suppressed(segment, w.Settings.Conf, w.Settings.IoU), plain, "masks 320x320", exact},
	} {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			s := open(t, onnx.NewModel(k.name, k.model.Bytes()), func(o *onnx.Options) {
				o.Masks, o.Thresholds.Confidence, o.Thresholds.IoU = true, w.Settings.Conf, w.Settings.IoU
			}, k.change)
			threshold := w.Settings.Conf
			if strings.HasSuffix(k.want, "end to end") {
				threshold = w.Settings.Strong
			}
			if len(w.Kinds[k.want]) < 5 {
				t.Fatalf("%d pictures", len(w.Kinds[k.want]))
			}
			for picture, want := range w.Kinds[k.want] {
				f := photo(t, filepath.Join("..", "..", "..", "docs", "samples", picture))
				for _, problem := range k.tol.compare(t, threshold, detect(t, s, f), want.Detections) {
					t.Errorf("%s: %s", picture, problem)
				}
			}
		})
	}
}
