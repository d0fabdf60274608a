package onnx

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/myrvm/rvmctl/internal/vision/yolo"
)

// engineKey is everything that an engine, and what a trial run measured, depends on. Two keys that differ in anything have
// different folders.
type engineKey struct {
	Device    Device            `json:"device"`
	Model     string            `json:"model_sha256"`
	Runtime   string            `json:"onnxruntime"`
	TensorRT  string            `json:"tensorrt,omitempty"`
	Provider  string            `json:"provider_library"`
	GPU       GPU               `json:"gpu"`
	Number    int               `json:"gpu_number"`
	Precision string            `json:"precision"`
	Input     string            `json:"input"`
	Options   map[string]string `json:"options"`
}

// engineKey gives the key of this model on a GPU of this machine.
func (o Options) engineKey(d Device, h Header, spec yolo.Spec) engineKey {
	facts := o.GPUFacts
	if facts == nil {
		facts = ReadGPU
	}
	k := engineKey{Device: d, Model: o.Model.SHA256, Runtime: o.Runtime.Version, Provider: identity(o.provider(d)), GPU: facts(o.GPU), Number: o.GPU,
		Precision: o.precisionOn(d, h), Input: fmt.Sprintf("%s %v half=%t", spec.InputName, spec.InputShape(), spec.InputHalf), Options: o.cudaOptions()}
	if d == TensorRT {
		k.TensorRT = machine{root: os.DirFS("/")}.tensorRT(filepath.Dir(o.Runtime.Path))
		k.Options = o.tensorRTOptions(h)
	}
	return k
}

// name is the name of the key's folder: enough of the model to know it again, and the sum of everything.
func (k engineKey) name() string {
	raw, _ := json.Marshal(k) // Maps are written in the order of their keys.
	sum := sha256.Sum256(raw)
	return fmt.Sprintf("%s-%.12s-%x", k.Device, k.Model, sum[:12])
}

// engineRecord is the manifest of a folder: it is written last, so a folder without one holds nothing that counts.
type engineRecord struct {
	Key      engineKey      `json:"key"`
	Provider string         `json:"provider"`
	Nodes    map[string]int `json:"nodes"`
	BuiltAt  time.Time      `json:"built_at"`
	Seconds  float64        `json:"build_seconds"`
	Files    []engineFile   `json:"files"`
}

type engineFile struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

const (
	engineManifest    = "engine.json"
	maxEngineManifest = 1 << 20
)

const noFolder = "no folder to keep its engines in was given"

// engineFolder is the place of one key.
type engineFolder struct {
	dir string
	key engineKey
}

// openEngines makes the folder of a key. Engines are code that will run here: a folder that is not this user's own, or that
// others may look into, is refused, and so is one that a link leads to.
func openEngines(root string, key engineKey) (engineFolder, error) {
	if root == "" {
		return engineFolder{}, errors.New(noFolder)
	}
	f := engineFolder{dir: filepath.Join(root, key.name()), key: key}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return f, fmt.Errorf("there is no place for its engine: %w", err)
	}
	for _, dir := range []string{root, f.dir} {
		info, err := os.Lstat(dir)
		if err != nil {
			return f, err
		}
		if found := notPrivate(info); found != "" {
			return f, fmt.Errorf("engines are code, and the folder %s %s", dir, found)
		}
	}
	return f, nil
}

// read gives the record of an engine that is whole: of exactly this key, every file unchanged and, for TensorRT, an engine
// among them.
func (f engineFolder) read() (r engineRecord, whole bool) {
	file, err := os.Open(filepath.Join(f.dir, engineManifest))
	if err != nil {
		return r, false
	}
	defer func() { _ = file.Close() }()
	raw, err := io.ReadAll(io.LimitReader(file, maxEngineManifest))
	if err != nil || json.Unmarshal(raw, &r) != nil || r.Key.name() != f.key.name() || r.Provider == "" {
		return r, false
	}
	engines := 0
	for _, e := range r.Files {
		if e.Name != filepath.Base(e.Name) || sumOf(filepath.Join(f.dir, e.Name)) != e.SHA256 {
			return r, false
		}
		if strings.HasSuffix(e.Name, ".engine") {
			engines++
		}
	}
	return r, engines > 0 || f.key.Device != TensorRT
}

// write records what a trial run measured, with the files that it left.
func (f engineFolder) write(p placement, took time.Duration) error {
	r := engineRecord{Key: f.key, Provider: p.effective(), Nodes: p.nodes, BuiltAt: time.Now().UTC().Truncate(time.Second), Seconds: took.Seconds()}
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		// What the timing cache holds makes the next build faster and changes with it; it is no part of the engine.
		if e.Type().IsRegular() && e.Name() != engineManifest && !strings.HasSuffix(e.Name(), ".timing") && !strings.HasSuffix(e.Name(), ".tmp") {
			r.Files = append(r.Files, engineFile{e.Name(), sumOf(filepath.Join(f.dir, e.Name()))})
		}
	}
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return writeWhole(filepath.Join(f.dir, engineManifest), raw)
}

// writeWhole replaces a file in one step.
func writeWhole(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// clear takes away what a build that was broken off, or another version of this program, left.
func (f engineFolder) clear() error {
	entries, err := os.ReadDir(f.dir)
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".timing") {
			err = errors.Join(err, os.RemoveAll(filepath.Join(f.dir, e.Name())))
		}
	}
	return err
}

// identity tells a library from another one: by its sum, or, where computing that would delay each start by a second (CUDA's
// has hundreds of megabytes), by its size and time.
func identity(path string) string {
	info, err := os.Stat(path)
	if err == nil && info.Size() > 64<<20 {
		return fmt.Sprintf("%d bytes of %s", info.Size(), info.ModTime().UTC().Format(time.RFC3339Nano))
	}
	return sumOf(path)
}

// sumOf is the sha256 of a file in hexadecimal, empty when it cannot be read.
func sumOf(path string) string {
	if path == "" {
		return ""
	}
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer func() { _ = file.Close() }()
	h := sha256.New()
	if info, err := file.Stat(); err != nil || info.Mode()&fs.ModeType != 0 {
		return ""
	}
	if _, err := io.Copy(h, file); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}
