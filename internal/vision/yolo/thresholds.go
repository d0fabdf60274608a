package yolo

import (
	"fmt"
	"strconv"
)

// maxCandidates is how many anchors enter suppression at most; the best ones do.
const maxCandidates = 30_000

// Thresholds choose what becomes a detection.
type Thresholds struct {
	// Confidence, 0–1: a score must be greater than this, not equal.
	Confidence float32
	// IoU, 0–1: a box that overlaps a better one by more than this is suppressed; equal is kept.
	IoU float32
	// MaxDetections is how many boxes are kept at most, 1–30,000.
	MaxDetections int
	// Agnostic lets boxes suppress each other across classes.
	Agnostic bool
	// Only are the wanted label ids; nil means all, empty means none. An unwanted class never suppresses a wanted one.
	Only []int
}

// DefaultThresholds are those of Ultralytics' predict: confidence 0.25, IoU 0.7, 300 detections, per class.
func DefaultThresholds() Thresholds {
	return Thresholds{Confidence: 0.25, IoU: 0.7, MaxDetections: 300}
}

// Validate refuses what has no meaning with *ThresholdError: NaN, anything outside the ranges above, and ids that a
// model of so many classes does not have.
func (t Thresholds) Validate(classes int) error {
	if err := checkUnit("confidence", t.Confidence); err != nil {
		return err
	}
	if err := checkUnit("iou", t.IoU); err != nil {
		return err
	}
	if t.MaxDetections < 1 || t.MaxDetections > maxCandidates {
		return &ThresholdError{Name: "max detections", Value: strconv.Itoa(t.MaxDetections), Want: fmt.Sprintf("1 to %d", maxCandidates)}
	}
	for _, id := range t.Only {
		if id < 0 || id >= classes {
			return &ThresholdError{Name: "label id", Value: strconv.Itoa(id), Want: fmt.Sprintf("0 to %d", classes-1)}
		}
	}
	return nil
}

func checkUnit(name string, v float32) error {
	if v >= 0 && v <= 1 {
		return nil
	}
	return &ThresholdError{Name: name, Value: strconv.FormatFloat(float64(v), 'g', -1, 32), Want: "0 to 1"}
}
