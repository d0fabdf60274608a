package toolbox

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/myrvm/rvmctl/internal/config"
	"github.com/myrvm/rvmctl/internal/vision/model"
	"github.com/myrvm/rvmctl/internal/vision/onnx"
	"github.com/myrvm/rvmctl/internal/vision/yolo"
)

// Picked is a model that was chosen by a word or by the settings, read and not yet judged.
type Picked struct {
	// Model is the file as it was read, or the model inside rvmctl.
	Model onnx.Model
	// Name is what people call it: the name of the model inside rvmctl, or the file's own without its folder.
	Name string
	// File is its absolute path, empty for the model inside rvmctl.
	File string
	// SHA256 is the sum that it must have, empty when nobody said one; SaidBy who did.
	SHA256, SaidBy string
}

// Shipped says whether it is the model inside rvmctl.
func (p Picked) Shipped() bool { return p.File == "" }

// Check compares the sum with the one that was promised. The error is an *onnx.ModelError with both.
func (p Picked) Check() error {
	if p.SHA256 == "" || strings.EqualFold(p.SHA256, p.Model.SHA256) {
		return nil
	}
	return &onnx.ModelError{Path: p.Model.Path, Found: "its sha256 is " + p.Model.SHA256 + ", and " + p.SaidBy + " says " + p.SHA256,
		Want: "fetch the file again; if it was changed on purpose, say so: rvmctl model use FILE --model-sha256 SUM"}
}

// ModelStore is where models are kept by name.
func (b *Box) ModelStore() ModelStore {
	return ModelStore{User: filepath.Join(b.System.DataDir, "models"), System: b.System.ModelDir}
}

// PickModel reads the model that word names: the one inside rvmctl by its name, a file, or a file of the model folders with or
// without its ending. Without a word it is the model of the settings. Errors are *onnx.ModelError and those of Config.
func (b *Box) PickModel(word string) (Picked, error) {
	c, err := b.Config()
	if err != nil {
		return Picked{}, err
	}
	p, err := b.ModelStore().pick(word, c.Vision.Model)
	if err != nil {
		return p, err
	}
	// What a file or the environment says is about the model of the settings; a flag is about the one that was typed with it.
	by := c.Source(config.KeyModelSHA256)
	if sum := pinnedSum(c); sum != "" && (word == "" || by.Kind == config.FromFlag) {
		p.SHA256, p.SaidBy = sum, by.Where
	}
	return p, nil
}

// pinnedSum is the sum that the settings want of their model. A place that names another model than a less important one did
// is not bound by the sum which that one said: rvmctl detect run --model FILE works after rvmctl model use.
func pinnedSum(c *config.Config) string {
	order := []string{config.FromFlag, config.FromVariable, config.FromProfile, config.FromUser, config.FromSystem, config.FromDefault}
	place := func(key string) int { return slices.Index(order, c.Source(key).Kind) }
	if place(config.KeyModelSHA256) > place(config.KeyModel) {
		return ""
	}
	return c.Vision.ModelSHA256
}

// pick is PickModel but for the sum of the settings.
func (s ModelStore) pick(word, settings string) (p Picked, err error) {
	shipped := model.Default()
	path := settings
	switch {
	case word == shipped.Name, word == "" && settings == "":
		return Picked{Model: onnx.NewModel(shipped.Name, shipped.Bytes), Name: shipped.Name, SHA256: shipped.SHA256, SaidBy: "rvmctl itself"}, nil
	case word != "":
		path = s.find(word)
	}
	p = Picked{Name: filepath.Base(path)}
	if p.File, err = filepath.Abs(path); err != nil {
		return p, err
	}
	if p.Model, err = onnx.ReadModel(path); err != nil {
		var m *onnx.ModelError
		if word != "" && errors.As(err, &m) && errors.Is(m.Err, fs.ErrNotExist) {
			m.Want = "check the path, or see which names there are: rvmctl model list"
		}
		return p, err
	}
	if known, ok := s.manifest().Models[p.Name]; ok && filepath.Dir(p.File) == s.User {
		p.SHA256, p.SaidBy = known.SHA256, filepath.Join(s.User, modelManifest)
	}
	return p, nil
}

// find is the file that a word means. One that means nothing is given back as it is, to be told as a file that is not there.
func (s ModelStore) find(word string) string {
	if _, err := os.Lstat(word); err == nil || filepath.Base(word) != word {
		return word
	}
	for _, folder := range []string{s.User, s.System} {
		for _, name := range []string{word, word + ".onnx"} {
			if file := filepath.Join(folder, name); folder != "" && isThere(file) {
				return file
			}
		}
	}
	return word
}

func isThere(file string) bool {
	_, err := os.Lstat(file)
	return !errors.Is(err, fs.ErrNotExist)
}

// ModelOptions are the settings for opening a model, but for the runtime.
func (b *Box) ModelOptions(m onnx.Model, want Looking) (o onnx.Options, err error) {
	c, err := b.Config()
	if err != nil {
		return o, err
	}
	device, err := onnx.ParseDevice(c.Vision.Device)
	if err != nil {
		return o, err
	}
	o = onnx.Options{Model: m, Only: want.Only, Device: device, Lanes: want.Lanes, Threads: c.Vision.Threads,
		Width: c.Vision.Width, Height: c.Vision.Height, Thresholds: yolo.DefaultThresholds(), Masks: want.Masks,
		EngineDir: filepath.Join(b.System.CacheDir, "engines"), GPU: c.Vision.GPU, Precision: c.Vision.Precision,
		WorkspaceBytes: c.Vision.WorkspaceBytes, Spin: onnx.Spin(c.Vision.Spin), LockWait: c.Outbox.LockWait}
	if want.Live && o.Spin == onnx.SpinWithin {
		// Between two frames of a camera there is nothing to wait for busily, and inside of one the cores are shared.
		o.Spin = onnx.SpinOff
	}
	o.Thresholds.Confidence, o.Thresholds.IoU = float32(c.Vision.Confidence), float32(c.Vision.IoU)
	o.Labels, err = readLabels(c.Vision.Labels)
	return o, err
}

// StartRuntime opens ONNX Runtime in this process.
func (b *Box) StartRuntime() (*onnx.Runtime, error) {
	c, err := b.Config()
	if err != nil {
		return nil, err
	}
	r, err := onnx.Find(b.runtimePlaces(c.Vision.Runtime), b.Console.Verbose())
	if err == nil {
		b.Console.Step("ONNX Runtime %s at %s", r.Version, r.Path)
	}
	return r, err
}
