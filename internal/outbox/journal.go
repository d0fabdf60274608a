package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// journal is the append-only record of deposits beside the database: one line of JSON for each that was put in, forced to the
// disk, and one for each change of its state, not forced. What is missing of the latter makes a deposit uncertain when the outbox
// is rebuilt, and that is safe.
type journal struct {
	dir  string
	most int64
}

const (
	journalDir = "journal"
	// maxJournalFile is when the next file is begun.
	maxJournalFile = 8 << 20
)

func newJournal(dir string) *journal {
	return &journal{dir: filepath.Join(dir, journalDir), most: maxJournalFile}
}

// fates that are no states.
const (
	voided     State = "void"
	dropped    State = "dropped"
	retargeted State = "retargeted"
)

// line is one record. It is either an entry that was put in or a change of one.
type line struct {
	At int64 `json:"at"`
	// Entry is set for a new entry.
	Entry *written `json:"entry,omitempty"`
	// Key, To and Value tell a change; Value is the platform's number or the new target.
	Key   string `json:"key,omitempty"`
	To    State  `json:"to,omitempty"`
	Value string `json:"value,omitempty"`
}

// written is what is needed to put an entry in again.
type written struct {
	Kind        string `json:"kind"`
	Key         string `json:"key"`
	Profile     string `json:"profile"`
	Target      string `json:"target"`
	RVM         int64  `json:"rvm"`
	Order       string `json:"order,omitempty"`
	Capture     string `json:"capture,omitempty"`
	Fingerprint string `json:"fingerprint,omitempty"`
	Payload     []byte `json:"payload"`
	Blob        string `json:"blob,omitempty"`
	BlobSize    int64  `json:"blob_size,omitempty"`
	Once        bool   `json:"once,omitempty"`
	Sum         []byte `json:"sum"`
	Boot        string `json:"boot,omitempty"`
	Up          int64  `json:"up,omitempty"`
}

// sealed is how a line lies in the file: the checksum finds bits that turned where JSON would not notice.
type sealed struct {
	Line json.RawMessage `json:"line"`
	CRC  string          `json:"crc"`
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(b []byte) string { return fmt.Sprintf("%08x", crc32.Checksum(b, castagnoli)) }

// added writes a new deposit down, on the disk when it returns. The caller holds the database's write lock, so that only one
// process at a time comes here and begins the next file.
func (j *journal) added(e Entry) error {
	n := e.origin()
	return j.write(line{At: nanos(e.Created.Wall), Entry: &written{Kind: n.Kind, Key: n.Key, Profile: n.Profile, Target: n.Target, RVM: n.RVM,
		Order: n.Order, Capture: n.Capture, Fingerprint: n.Fingerprint, Payload: n.Payload, Blob: n.Blob, BlobSize: n.BlobSize, Once: n.Once,
		Sum: n.sum(), Boot: e.Created.Boot, Up: int64(e.Created.Up)}}, true)
}

// note writes what became of a deposit.
func (j *journal) note(now Moment, key string, to State, value string) error {
	return j.write(line{At: nanos(now.Wall), Key: key, To: to, Value: value}, false)
}

func (j *journal) write(l line, force bool) (err error) {
	raw, err := json.Marshal(l)
	if err != nil {
		return err
	}
	text, err := json.Marshal(sealed{raw, checksum(raw)})
	if err != nil {
		return err
	}
	path, err := j.current(force)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	// The line begins with an end of line, in case a process died in the middle of the last one.
	if _, err := f.Write(append(append([]byte{'\n'}, text...), '\n')); err != nil {
		return err
	}
	if force {
		return f.Sync()
	}
	return nil
}

// current is the file to write into; next allows to begin another one when it is large.
func (j *journal) current(next bool) (string, error) {
	names, err := journalFiles(j.dir)
	if err != nil {
		return "", err
	}
	number := 1
	if len(names) > 0 {
		last := names[len(names)-1]
		number = fileNumber(last)
		info, err := os.Stat(last)
		if err != nil {
			return "", err
		}
		if !next || info.Size() < j.most {
			return last, nil
		}
		number++
	}
	if err := os.MkdirAll(j.dir, 0o700); err != nil {
		return "", err
	}
	path := filepath.Join(j.dir, fmt.Sprintf(journalName, number))
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	if err := f.Close(); err != nil {
		return "", err
	}
	return path, errors.Join(syncFolder(j.dir), syncFolder(filepath.Dir(j.dir)))
}

const journalName = "deposits-%06d.jsonl"

func fileNumber(path string) int {
	var n int
	if _, err := fmt.Sscanf(filepath.Base(path), journalName, &n); err != nil {
		return 0
	}
	return n
}

// journalFiles lists the files of a journal, the oldest first.
func journalFiles(dir string) ([]string, error) {
	all, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range all {
		if fileNumber(f.Name()) > 0 && f.Type().IsRegular() {
			names = append(names, filepath.Join(dir, f.Name()))
		}
	}
	slices.SortFunc(names, func(a, b string) int { return fileNumber(a) - fileNumber(b) })
	return names, nil
}

// syncFolder forces the names in a folder to the disk, where the system can.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	// Windows cannot, and its file system keeps names by itself.
	_ = f.Sync()
	return f.Close()
}

// note records a change of a deposit beside the database. It is tried again with the ballast gone, and no failure of it undoes
// what the database knows.
func (s *Store) note(key string, to State, value string) {
	err := s.ledger.note(s.Now(), key, to, value)
	if asFull(err) != "" {
		s.relieve(context.Background())
		err = s.ledger.note(s.Now(), key, to, value)
	}
	if err != nil {
		s.warn("the journal of deposits could not be written: %v", err)
	}
}

// void says that an entry whose line was written is not in the database, and that its caller was told so.
func (s *Store) void(key string) { s.note(key, voided, "") }

// restored turns a line back into an entry as it was when it was put in; false when it is not what was written.
func (l line) restored() (Entry, bool) {
	w := l.Entry
	e := New{Class: Deposit, Kind: w.Kind, Key: w.Key, Profile: w.Profile, Target: w.Target, RVM: w.RVM, Order: w.Order, Capture: w.Capture,
		Fingerprint: w.Fingerprint, Payload: w.Payload, Blob: w.Blob, BlobSize: w.BlobSize, Once: w.Once}.entry(
		Moment{Wall: moment(l.At), Boot: w.Boot, Up: time.Duration(w.Up)})
	return e, e.sound(w.Sum)
}
