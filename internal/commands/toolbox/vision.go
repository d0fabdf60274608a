package toolbox

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/vision/model"
	"github.com/myrvm/rvmctl/internal/vision/onnx"
	"github.com/myrvm/rvmctl/internal/vision/source"
	"github.com/myrvm/rvmctl/internal/vision/yolo"
	"github.com/myrvm/rvmctl/internal/waste"
)

// maxLabels bounds a labels file, in bytes.
const maxLabels = 1 << 20

// runtimePlaces is where an ONNX Runtime library is looked for; explicit is the operator's own.
func (b *Box) runtimePlaces(explicit string) onnx.SearchOptions {
	o := onnx.SearchOptions{Explicit: explicit, CacheDir: b.System.CacheDir}
	if self, err := b.System.Executable(); err == nil {
		if resolved, err := filepath.EvalSymlinks(self); err == nil {
			self = resolved
		}
		o.Executable = self
	}
	return o
}

// RuntimeVersion looks for the library without opening it. Settings that cannot be read count as none: this answers
// "what have I got" when nothing else works.
func (b *Box) RuntimeVersion() (path, version string, err error) {
	explicit := os.Getenv("RVMCTL_ONNXRUNTIME")
	if c, err := b.Config(); err == nil {
		explicit = c.Vision.Runtime
	}
	path, tried := onnx.Search(b.runtimePlaces(explicit))
	if path == "" {
		return "", "", &onnx.RuntimeError{Tried: tried}
	}
	version, err = onnx.CheckFile(path)
	return path, version, err
}

// Detector opens the model of the settings on the device of the settings. only are the wanted labels, nil for all; lanes
// is how many pictures may be in work at once. The session must be closed.
func (b *Box) Detector(ctx context.Context, only []string, lanes int) (*onnx.Session, error) {
	c, err := b.Config()
	if err != nil {
		return nil, err
	}
	device, err := onnx.ParseDevice(c.Vision.Device)
	if err != nil {
		return nil, err
	}
	o := onnx.Options{Only: only, Device: device, Lanes: lanes, Threads: c.Vision.Threads,
		Thresholds: yolo.DefaultThresholds(), EngineDir: filepath.Join(b.System.CacheDir, "engines")}
	o.Thresholds.Confidence, o.Thresholds.IoU = float32(c.Vision.Confidence), float32(c.Vision.IoU)
	if o.Model, err = readModel(c.Vision.Model); err != nil {
		return nil, err
	}
	if o.Labels, err = readLabels(c.Vision.Labels); err != nil {
		return nil, err
	}
	// The file is judged before the runtime is started: a wrong model is told as such where there is no runtime at all.
	if _, _, err := onnx.Recognise(o.Model, yolo.Options{Labels: o.Labels}); err != nil {
		return nil, err
	}
	if o.Runtime, err = onnx.Find(b.runtimePlaces(c.Vision.Runtime), b.Console.Verbose()); err != nil {
		return nil, err
	}
	b.Console.Step("ONNX Runtime %s at %s", o.Runtime.Version, o.Runtime.Path)
	return onnx.Open(ctx, o)
}

func readModel(path string) (onnx.Model, error) {
	if path == "" {
		shipped := model.Default()
		return onnx.NewModel(shipped.Name, shipped.Bytes), nil
	}
	return onnx.ReadModel(path)
}

func readLabels(path string) ([]string, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, &yolo.LabelsError{Reason: "file " + path + ": " + cause(err)}
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(io.LimitReader(f, maxLabels+1))
	if err != nil || len(raw) > maxLabels {
		return nil, &yolo.LabelsError{Reason: "file " + path + ": cannot be read, or is larger than 1 MiB"}
	}
	return yolo.ParseLabels(raw)
}

// cause is the system's reason without the path.
func cause(err error) string {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

// Limits are the bounds of pictures, with the operator's own for the number of pixels.
func (b *Box) Limits() (source.Limits, error) {
	c, err := b.Config()
	if err != nil {
		return source.Limits{}, err
	}
	l := source.DefaultLimits()
	if c.Origin(config.KeyMaxPixels) != "default" {
		l.MaxPixels = c.Vision.MaxPixels
	}
	return l, nil
}

// Waste is the table of labels: the file of the settings, or waste.yaml in the user's or the system's folder, or the
// built-in one.
func (b *Box) Waste() (waste.Table, error) {
	c, err := b.Config()
	if err != nil {
		return waste.Table{}, err
	}
	places := []string{filepath.Join(b.Paths().User, "waste.yaml"), filepath.Join(b.Paths().System, "waste.yaml")}
	if c.WasteTable != "" {
		places = []string{c.WasteTable}
	}
	for _, place := range places {
		f, err := os.Open(place)
		if errors.Is(err, os.ErrNotExist) && c.WasteTable == "" {
			continue
		}
		if err != nil {
			return waste.Table{}, &waste.Error{File: place, Reason: "cannot be read: " + cause(err)}
		}
		defer func() { _ = f.Close() }()
		return waste.Read(place, f)
	}
	return waste.Default(), nil
}
