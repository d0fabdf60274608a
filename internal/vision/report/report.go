// Package report writes one self-contained HTML page about pictures that were looked at: for people, to read, print and send. It
// refuses to know the model, the platform and how a picture was drawn: everything comes as words, numbers and finished pictures.
//
// The page needs nothing from elsewhere, runs nothing, and treats every text as text.
package report

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// What a page may hold. More would be a page that no browser opens.
const (
	// MaxPictures is what pictures take together before only small ones follow, in bytes of the page.
	MaxPictures = 64 << 20
	// MaxThumbnails is what the small ones take together before none follow.
	MaxThumbnails = 16 << 20
	// MaxEntries is how many pictures are listed; the figures count all.
	MaxEntries = 20_000
	// MaxRows is how many boxes or deposits of one picture are listed.
	MaxRows = 300
)

// Side is the longer side of a picture on the page, in pixels.
const Side = 960

// small is the longer side of a small picture, in pixels.
const small = 200

// mark begins every page. A file that does not begin with it is never overwritten.
const mark = "<!doctype html>\n<!-- rvmctl report -->\n"

// FileError says that a page cannot be written.
type FileError struct {
	// Path is the file.
	Path string
	// Taken says that something else lies there, which is left alone.
	Taken bool
	// Err is the reason, without the path.
	Err error
}

// Error states the file and the reason.
func (e *FileError) Error() string { return fmt.Sprintf("report %s: %v", e.Path, e.Err) }

// Unwrap gives the reason.
func (e *FileError) Unwrap() error { return e.Err }

// Facts are what holds for the whole page.
type Facts struct {
	// Program is name and version of what made it; Sources is what was looked at.
	Program string
	Sources []string
	// Started is when it began.
	Started time.Time
}

// Fact is one line of the summary.
type Fact struct{ Name, Value string }

// Entry is one picture.
type Entry struct {
	Name string
	// Width and Height are pixels of the original, 0 when it could not be read.
	Width, Height int
	// Image is the annotated picture, at most Side pixels long, or nil.
	Image image.Image
	Boxes []Box
	// Pre, Run and Post are milliseconds.
	Pre, Run, Post float64
	Outcomes       []Outcome
	// Notes are lines to be read; Errors are what went wrong.
	Notes, Errors []string
}

// Box is one thing that was found.
type Box struct {
	Label      string
	Confidence float32
	// X1, Y1, X2 and Y2 are pixels of the original.
	X1, Y1, X2, Y2 float32
}

// Outcome is what became of an item.
type Outcome struct {
	Label, Outcome, Type, Weight, Number, Reward, Error string
}

// Writer collects a page. What it takes of memory does not grow with the number of pictures. It belongs to one goroutine.
type Writer struct {
	path  string
	facts Facts
	body  *os.File
	out   *bufio.Writer
	tally tally
	// err is the first failure; after it nothing more is written, and Close returns it.
	err error
}

// Create begins a page for path. What is there is replaced at the end, if it is a report; something else is left alone. The error
// is *FileError.
func Create(path string, facts Facts) (*Writer, error) {
	if err := replaceable(path); err != nil {
		return nil, err
	}
	body, err := aside(path)
	if err != nil {
		return nil, fileError(path, err)
	}
	// The system frees an open file without a name by itself when the process dies. Where it cannot be removed Close does it.
	_ = os.Remove(body.Name())
	return &Writer{path: path, facts: facts, body: body, out: bufio.NewWriter(body)}, nil
}

// replaceable refuses to write over what is no report: --report bottle.jpg must not cost the picture.
func replaceable(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fileError(path, err)
	}
	if !info.Mode().IsRegular() {
		return &FileError{path, true, errors.New("that is not a file")}
	}
	file, err := os.Open(path)
	if err != nil {
		return fileError(path, err)
	}
	defer func() { _ = file.Close() }()
	head, err := io.ReadAll(io.LimitReader(file, int64(len(mark))))
	if err != nil {
		return fileError(path, err)
	}
	if len(head) > 0 && string(head) != mark {
		return &FileError{path, true, errors.New("a file that is no report lies there, and is left as it is")}
	}
	return nil
}

// aside makes a new hidden file in the same folder, with the rights that the user's umask gives.
func aside(path string) (*os.File, error) {
	name := filepath.Join(filepath.Dir(path), fmt.Sprintf(".rvmctl-%016x.tmp", rand.Uint64()))
	return os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
}

// Add writes what is known of one picture. A failure is kept for Close: the work goes on without the page.
func (w *Writer) Add(e Entry) {
	w.tally.add(e)
	if w.err != nil || w.tally.entries > MaxEntries {
		return
	}
	shown := view(e)
	shown.Number = w.tally.entries
	if e.Image != nil {
		if shown.Picture, w.err = w.tally.picture(e.Image); w.err != nil {
			return
		}
	}
	w.err = page.ExecuteTemplate(w.out, "entry", shown)
}

// Close puts the page under its name, whole, or leaves nothing: when no picture was added, or when anything failed. facts are
// further lines of the summary. The error is *FileError.
func (w *Writer) Close(facts ...Fact) error {
	defer func() {
		_ = w.body.Close()
		_ = os.Remove(w.body.Name())
	}()
	if w.err == nil {
		w.err = w.out.Flush()
	}
	if w.err == nil && w.tally.entries > 0 {
		w.err = w.publish(facts)
	}
	if w.err != nil {
		return fileError(w.path, w.err)
	}
	return nil
}

// publish joins the figures, which are known last and read first, with the pictures.
func (w *Writer) publish(facts []Fact) error {
	if _, err := w.body.Seek(0, io.SeekStart); err != nil {
		return err
	}
	file, err := aside(w.path)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(file)
	_, err = out.WriteString(mark)
	if err == nil {
		err = page.ExecuteTemplate(out, "head", w.summary(facts))
	}
	if err == nil {
		_, err = io.Copy(out, w.body)
	}
	if err == nil {
		err = page.ExecuteTemplate(out, "foot", nil)
	}
	err = errors.Join(err, out.Flush(), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), w.path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

// fileError takes the hidden name out of the system's error.
func fileError(path string, err error) error {
	var inPath *fs.PathError
	var inLink *os.LinkError
	switch {
	case errors.As(err, &inPath):
		err = inPath.Err
	case errors.As(err, &inLink):
		err = inLink.Err
	}
	return &FileError{Path: path, Err: errors.New(strings.TrimSpace(err.Error()))}
}
