package toolbox

import (
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
