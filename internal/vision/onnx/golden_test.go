//go:build cgo && !windows

package onnx_test

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/myrvm/rvmctl/internal/vision"
	"github.com/myrvm/rvmctl/internal/vision/onnx"
	"github.com/myrvm/rvmctl/internal/vision/onnx/onnxtest"
	"github.com/myrvm/rvmctl/internal/vision/source"
)

// goldens are the answers of an independent decoder for real exports on real photographs.
type goldens struct {
	Settings struct {
		Confidence float32 `json:"conf"`
		IoU        float32 `json:"iou"`
	}
	Tolerances struct {
		ImageFed struct {
			IoU        float32    `json:"box_iou_min"`
			Confidence float32    `json:"confidence_abs"`
			Uncertain  [2]float32 `json:"uncertain_confidence"`
			MaskIoU    float32    `json:"mask_iou_min"`
			MaskArea   float32    `json:"mask_area_rel"`
		} `json:"image_fed"`
	}
	Models map[string]struct {
		SHA256  string
		Results map[string]struct{ Detections []sighting }
	}
}

func TestDetectGoldens(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(onnxtest.Shared(t, "vision", "images", "goldens.json"))
	if err != nil {
		t.Fatal(err)
	}
	var g goldens
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	if len(g.Models) == 0 {
		t.Fatal("no models in goldens.json")
	}
	for file, m := range g.Models {
		model, err := onnx.ReadModel(onnxtest.Shared(t, "vision", "weights", file))
		if err != nil {
			t.Fatal(err)
		}
		s := open(t, model, func(o *onnx.Options) {
			o.Masks, o.SHA256 = true, m.SHA256
			o.Thresholds.Confidence, o.Thresholds.IoU = g.Settings.Confidence, g.Settings.IoU
		})
		for picture, want := range m.Results {
			t.Run(file+" on "+picture, func(t *testing.T) {
				got := detect(t, s, photo(t, onnxtest.Shared(t, "vision", "images", picture)))
				for _, problem := range g.compare(t, got, want.Detections) {
					t.Error(problem)
				}
			})
		}
	}
}

// compare pairs detections of the same class greedily by overlap, never by order: two scores of nearly the same size
// may swap places.
func (g goldens) compare(t *testing.T, got []vision.Detection, want []sighting) (problems []string) {
	tol := g.Tolerances.ImageFed
	used := make([]bool, len(got))
	for _, w := range want {
		best, overlap := -1, float32(0)
		for i, d := range got {
			if iou := d.Box.IoU(w.box()); !used[i] && d.LabelID == w.ClassID && iou > overlap {
				best, overlap = i, iou
			}
		}
		switch {
		case best < 0 || overlap < tol.IoU:
			problems = append(problems, fmt.Sprintf("%s %.3f at %v was not found: the nearest overlaps by %.3f", w.Label, w.Confidence, w.BBox, overlap))
			continue
		case got[best].Label != w.Label, max(got[best].Confidence-w.Confidence, w.Confidence-got[best].Confidence) > tol.Confidence:
			problems = append(problems, fmt.Sprintf("got %v, want %s %.3f", got[best], w.Label, w.Confidence))
		}
		if m := w.mask(t); m != nil {
			area := float32(got[best].Mask.Area())
			if iou := maskIoU(got[best].Mask, m); iou < tol.MaskIoU || abs(area-float32(w.Area)) > tol.MaskArea*float32(w.Area) {
				problems = append(problems, fmt.Sprintf("the mask of %s %.3f overlaps by %.3f and has %.0f pixels, want %d", w.Label, w.Confidence, iou, area, w.Area))
			}
		}
		used[best] = true
	}
	for i, d := range got {
		if !used[i] && (d.Confidence < tol.Uncertain[0] || d.Confidence > tol.Uncertain[1]) {
			problems = append(problems, fmt.Sprintf("found %v, which is not listed", d))
		}
	}
	return problems
}

func photo(t testing.TB, path string) *vision.Frame {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := source.Decode(t.Context(), path, data, source.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	return f
}
