package toolbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

const (
	modelManifest    = "models.json"
	modelLock        = ".lock"
	maxModelManifest = 1 << 20
)

// ModelStore is the folders in which models are kept by name.
type ModelStore struct {
	// User is the folder that model use fills, System the machine's, which packages fill; either may not exist.
	User, System string
}

// KeptModel is what the manifest of the user's folder says of one file.
type KeptModel struct {
	// SHA256 is the sum that the file had when it was put there.
	SHA256 string `json:"sha256"`
	// From is where it came from; Added when.
	From  string    `json:"from"`
	Added time.Time `json:"added_at"`
	// Runtime is the version of ONNX Runtime that ran it in a process of its own, Provider what computed.
	Runtime  string `json:"verified_with_onnxruntime"`
	Provider string `json:"verified_provider"`
}

// manifest is what the user's folder promises about its files, by name.
type manifest struct {
	Models map[string]KeptModel `json:"models"`
}

// manifest reads the promises. One that is not there, or not readable, promises nothing.
func (s ModelStore) manifest() manifest {
	m := manifest{Models: map[string]KeptModel{}}
	f, err := os.Open(filepath.Join(s.User, modelManifest))
	if err != nil {
		return m
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(io.LimitReader(f, maxModelManifest))
	if err != nil || json.Unmarshal(raw, &m) != nil || m.Models == nil {
		m.Models = map[string]KeptModel{}
	}
	return m
}

// Kept says what the manifest promises about a file of the user's folder.
func (s ModelStore) Kept(file string) (KeptModel, bool) {
	if filepath.Dir(file) != s.User {
		return KeptModel{}, false
	}
	k, ok := s.manifest().Models[filepath.Base(file)]
	return k, ok
}

// Files lists what lies in the folders, the user's first. What is no model is listed too, to be told as such.
func (s ModelStore) Files() (files []string) {
	for _, folder := range []string{s.User, s.System} {
		entries, _ := os.ReadDir(folder)
		for _, e := range entries {
			if !e.IsDir() && e.Name() != modelManifest && !strings.HasPrefix(e.Name(), ".") {
				files = append(files, filepath.Join(folder, e.Name()))
			}
		}
	}
	return files
}

// StoreError says that a model could not be put into the user's folder.
type StoreError struct {
	// Folder is the place, Err what the system said.
	Folder string
	Err    error
}

func (e *StoreError) Error() string {
	return fmt.Sprintf("the model cannot be kept in %s: %v", e.Folder, e.Err)
}

// Unwrap gives the cause.
func (e *StoreError) Unwrap() error { return e.Err }

// Keep puts a model into the user's folder, in one step, and its sum into the manifest. A file that has the name already and
// other bytes stays: a program may be using it. The new one gets a part of its sum into its name then. Errors are *StoreError.
func (s ModelStore) Keep(p Picked, k KeptModel) (file string, err error) {
	defer func() {
		if err != nil {
			err = &StoreError{Folder: s.User, Err: err}
		}
	}()
	if err := os.MkdirAll(s.User, 0o700); err != nil {
		return "", err
	}
	lock := flock.New(filepath.Join(s.User, modelLock), flock.SetPermissions(0o600))
	if err := lock.Lock(); err != nil {
		return "", err
	}
	defer func() { _ = lock.Unlock() }()
	name := p.Name
	if name == modelManifest || strings.HasPrefix(name, ".") {
		// Those names are the store's own, and hidden files are not listed.
		name = fmt.Sprintf("model-%.8s.onnx", p.Model.SHA256)
	}
	m := s.manifest()
	if there, ok := m.Models[name]; isThere(filepath.Join(s.User, name)) && (!ok || there.SHA256 != p.Model.SHA256) && p.File != filepath.Join(s.User, name) {
		ext := filepath.Ext(name)
		name = fmt.Sprintf("%s-%.8s%s", strings.TrimSuffix(name, ext), p.Model.SHA256, ext)
	}
	file = filepath.Join(s.User, name)
	if p.File != file {
		if err := putWhole(file, p.Model.Bytes, 0o644); err != nil {
			return "", err
		}
	}
	m.Models[name] = k
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return "", err
	}
	return file, putWhole(filepath.Join(s.User, modelManifest), append(raw, '\n'), 0o644)
}

// putWhole writes a file that is there whole or not at all, and stays when the power goes.
func putWhole(path string, data []byte, mode os.FileMode) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".*.part")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Chmod(mode), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
