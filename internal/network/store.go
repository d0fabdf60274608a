package network

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

const (
	// maxFile bounds the state file, in bytes.
	maxFile = 64 << 10
	// lockWait is how long a process waits for another one that writes the file; without the lock it keeps to itself what it knows.
	lockWait = 200 * time.Millisecond
)

// errBusy says that the file was not free in time, which many processes at once may find and none needs to hear.
var errBusy = errors.New("another process writes it")

// Store keeps a State in a file that all processes of a profile share. A file that cannot be read counts as empty and one that
// cannot be written is done without: what it holds can be learned again.
type Store struct {
	// Path is the file. Its folder is made when it is first written.
	Path string
	// Warn is told once what is wrong with the file; nil tells nobody.
	Warn func(format string, args ...any)

	mu     sync.Mutex
	warned bool
	// own is what this process knows when the file does not take it.
	own   State
	alone bool
}

// Load gives what is known.
func (s *Store) Load() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.load()
}

func (s *Store) load() State {
	if s.alone {
		return s.own
	}
	state, err := readState(s.Path)
	if err != nil {
		s.warn("what was known about the platform's addresses is forgotten: %v", err)
	}
	return state
}

func readState(path string) (State, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return State{}, nil
	}
	if err != nil {
		return State{}, err
	}
	defer func() { _ = file.Close() }()
	raw, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return State{}, err
	}
	if len(raw) > maxFile {
		return State{}, fmt.Errorf("%s is larger than %d KiB", path, maxFile>>10)
	}
	var state State
	if err := json.Unmarshal(raw, &state); err != nil {
		return State{}, fmt.Errorf("%s is damaged", path)
	}
	return state, nil
}

// Update changes what is known and gives the new state. change must be quick: other processes wait for it.
func (s *Store) Update(change func(State) State) State {
	s.mu.Lock()
	defer s.mu.Unlock()
	unlock, err := s.lock()
	if err == nil {
		defer unlock()
	}
	state := change(s.load())
	if err == nil {
		err = writeState(s.Path, state)
	}
	if s.own, s.alone = state, err != nil; err != nil && !errors.Is(err, errBusy) {
		s.warn("what is learned about the platform's addresses is not kept: %v", err)
	}
	return state
}

// lock keeps other processes away for a moment. The kernel drops it when a process dies.
func (s *Store) lock() (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(s.Path), 0o700); err != nil {
		return nil, err
	}
	lock := flock.New(s.Path+".lock", flock.SetPermissions(0o600))
	for waited := time.Duration(0); ; waited += lockWait / 20 {
		ok, err := lock.TryLock()
		switch {
		case err != nil:
			return nil, err
		case ok:
			return func() { _ = lock.Unlock() }, nil
		case waited >= lockWait:
			return nil, errBusy
		}
		time.Sleep(lockWait / 20)
	}
}

// writeState replaces the file whole, so that nobody reads half of it.
func writeState(path string, state State) error {
	raw, err := json.Marshal(state)
	if err != nil {
		return err
	}
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, raw) {
		return nil
	}
	// CreateTemp makes it readable by its owner only.
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.Write(raw)
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

func (s *Store) warn(format string, args ...any) {
	if s.Warn != nil && !s.warned {
		s.warned = true
		s.Warn(format, args...)
	}
}
