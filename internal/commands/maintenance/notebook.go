package maintenance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

const (
	// maxNotebook bounds the file, in bytes.
	maxNotebook = 1 << 20
	// fileWait is how long one process waits for another that writes the file.
	fileWait = 5 * time.Second
)

// note is what is remembered of one machine in maintenance.
type note struct {
	// URL is the platform that the machine belongs to: a profile may be pointed at another one.
	URL   string `json:"url"`
	RVMID int64  `json:"rvm_id"`
	// Previous is the status before maintenance.
	Previous string    `json:"previous_status"`
	Since    time.Time `json:"since"`
	By       string    `json:"by,omitempty"`
	Reason   string    `json:"reason,omitempty"`
}

// notebook is the file of one profile: 0600 in a 0700 folder, replaced in one step under a lock, so that a reader sees the
// old notes or the new ones, also after a power cut. The zero url matches no platform.
type notebook struct{ file, url string }

// NotebookError says that the notes about machines in maintenance cannot be read or written.
type NotebookError struct{ Path, Reason string }

func (e *NotebookError) Error() string {
	return fmt.Sprintf("notes about maintenance %s %s", e.Path, e.Reason)
}

// find gives the note of a machine, nil when there is none.
func (b notebook) find(rvm int64) (*note, error) {
	all, err := b.all()
	if n, known := all[rvm]; known {
		return &n, nil
	}
	return nil, err
}

// all are the notes about machines of the platform in use, by their numbers.
func (b notebook) all() (map[int64]note, error) {
	list, err := b.read()
	mine := map[int64]note{}
	for _, n := range list {
		if samePlatform(n.URL, b.url) {
			mine[n.RVMID] = n
		}
	}
	return mine, err
}

// put replaces the note of a machine; nil forgets it.
func (b notebook) put(rvm int64, n *note) error {
	release, err := b.lock()
	if err != nil {
		return err
	}
	defer release()
	all, err := b.read()
	if err != nil {
		return err
	}
	kept := []note{}
	for _, other := range all {
		if other.RVMID != rvm || !samePlatform(other.URL, b.url) {
			kept = append(kept, other)
		}
	}
	if n != nil {
		n.URL, n.RVMID = b.url, rvm
		kept = append(kept, *n)
	} else if len(kept) == len(all) {
		return nil
	}
	return b.write(kept)
}

// samePlatform compares scheme, host, port and path prefix.
func samePlatform(a, b string) bool {
	ua, errA := url.Parse(a)
	ub, errB := url.Parse(b)
	return errA == nil && errB == nil && ua.Host != "" && strings.EqualFold(ua.Scheme, ub.Scheme) && strings.EqualFold(ua.Host, ub.Host) &&
		strings.TrimRight(ua.Path, "/") == strings.TrimRight(ub.Path, "/")
}

// contents is the file.
type contents struct {
	Machines []note `json:"machines"`
}

func (b notebook) read() ([]note, error) {
	// Opening a pipe would wait for somebody to write into it.
	st, err := os.Stat(b.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, b.fault("cannot be read: ", err)
	case !st.Mode().IsRegular():
		return nil, &NotebookError{b.file, "is not a regular file"}
	}
	f, err := os.Open(b.file)
	if err != nil {
		return nil, b.fault("cannot be read: ", err)
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(io.LimitReader(f, maxNotebook+1))
	if err != nil {
		return nil, b.fault("cannot be read: ", err)
	}
	return b.parse(raw)
}

func (b notebook) parse(raw []byte) ([]note, error) {
	var all contents
	if len(raw) > maxNotebook {
		return nil, &NotebookError{b.file, "is larger than 1 MiB"}
	}
	if json.Unmarshal(raw, &all) != nil {
		return nil, &NotebookError{b.file, "is damaged"}
	}
	return all.Machines, nil
}

// lock makes the folder and holds a kernel lock beside the file; the kernel drops it when the process dies.
func (b notebook) lock() (release func(), err error) {
	if err := os.MkdirAll(filepath.Dir(b.file), 0o700); err != nil {
		return nil, b.fault("cannot be written: ", err)
	}
	l := flock.New(b.file+".lock", flock.SetPermissions(0o600))
	ctx, cancel := context.WithTimeout(context.Background(), fileWait)
	defer cancel()
	ok, err := l.TryLockContext(ctx, 20*time.Millisecond)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return nil, b.fault("cannot be written: ", err)
	}
	if !ok {
		return nil, &NotebookError{b.file, fmt.Sprintf("is being written by another rvmctl for more than %s", fileWait)}
	}
	return func() { _ = l.Unlock() }, nil
}

func (b notebook) write(all []note) error {
	raw, err := json.MarshalIndent(contents{all}, "", "  ")
	if err != nil {
		return b.fault("cannot be written: ", err)
	}
	dir := filepath.Dir(b.file)
	// os.CreateTemp makes it 0600.
	tmp, err := os.CreateTemp(dir, ".notes-*")
	if err != nil {
		return b.fault("cannot be written: ", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	_, err = tmp.Write(append(raw, '\n'))
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), b.file)
	}
	if err != nil {
		return b.fault("cannot be written: ", err)
	}
	// Makes the rename last; systems that cannot sync a folder are left as they are.
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}

// fault takes the path out of an error of the file system, since the message names it already.
func (b notebook) fault(doing string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return &NotebookError{b.file, doing + err.Error()}
}
