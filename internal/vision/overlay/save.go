package overlay

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unicode"
)

// Quality is the JPEG quality of annotated copies: fine lines stay clean.
const Quality = 92

// WriteJPEG writes img as a JPEG. quality is 1–100; anything else means Quality.
func WriteJPEG(w io.Writer, img image.Image, quality int) error {
	if quality < 1 || quality > 100 {
		quality = Quality
	}
	return jpeg.Encode(w, img, &jpeg.Options{Quality: quality})
}

// SaveError says that an annotated copy could not be stored.
type SaveError struct {
	// Path is the file or folder that was to be written.
	Path string
	// Err is the system's error, without the path.
	Err error
}

// Error states the path and the system's reason.
func (e *SaveError) Error() string {
	return fmt.Sprintf("annotated picture %s: %v", e.Path, e.Err)
}

// Unwrap gives the system's error.
func (e *SaveError) Unwrap() error { return e.Err }

// Saver stores annotated copies in one folder. It never overwrites anything that exists: not the source, not another
// copy, not one of an earlier run. It may be used by many goroutines.
type Saver struct {
	dir  string
	mu   sync.Mutex
	next map[string]int
}

// NewSaver makes the folder where it is missing. The error is *SaveError.
func NewSaver(dir string) (*Saver, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, saveError(dir, err)
	}
	return &Saver{dir: dir, next: make(map[string]int)}, nil
}

// Save writes img as JPEG under SaveName(source), numbered where that name is taken, and returns its path. A file under
// that path is always whole: it is written aside and renamed. The error is *SaveError.
func (s *Saver) Save(source string, img image.Image) (path string, err error) {
	temp, err := s.writeAside(img)
	if err != nil {
		return "", err
	}
	path, err = s.reserve(SaveName(source))
	if err == nil {
		if err = os.Rename(temp, path); err == nil {
			return path, nil
		}
		os.Remove(path)
		err = saveError(path, err)
	}
	os.Remove(temp)
	return "", err
}

// writeAside leaves a whole JPEG under a hidden name in the same folder, with the rights that the user's umask gives.
func (s *Saver) writeAside(img image.Image) (string, error) {
	temp := filepath.Join(s.dir, fmt.Sprintf(".rvmctl-%016x.tmp", rand.Uint64()))
	file, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return "", saveError(temp, err)
	}
	buffer := bufio.NewWriter(file)
	err = errors.Join(WriteJPEG(buffer, img, Quality), buffer.Flush(), file.Close())
	if err != nil {
		os.Remove(temp)
		return "", saveError(temp, err)
	}
	return temp, nil
}

// maxNumber bounds the search for a free name.
const maxNumber = 1_000_000

// reserve makes an empty file under the first free name; only one caller, in any process, can have made it.
func (s *Saver) reserve(name string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	stem := strings.TrimSuffix(name, ".jpg")
	for n := max(1, s.next[name]); n < maxNumber; n++ {
		path := filepath.Join(s.dir, name)
		if n > 1 {
			path = filepath.Join(s.dir, fmt.Sprintf("%s-%d.jpg", stem, n))
		}
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", saveError(path, err)
		}
		s.next[name] = n + 1
		return path, file.Close()
	}
	return "", &SaveError{filepath.Join(s.dir, name), fs.ErrExist}
}

// SaveName is the file name of the annotated copy of a source: its base name without extension, then "-detected.jpg".
// Characters that mean something to shells or file systems become "_"; "-" (standard input) is "stdin".
func SaveName(source string) string {
	base := source
	if base == "-" {
		base = "stdin"
	}
	base = base[strings.LastIndexAny(base, `/\`)+1:]
	base, frame := cutFrame(base)
	base = strings.TrimSuffix(base, filepath.Ext(base))
	base = strings.Trim(strings.Map(plain, strings.ToValidUTF8(base, "_")), "._-")
	if runes := []rune(base); len(runes) > 48 {
		base = string(runes[:48])
	}
	if base == "" {
		base = "picture"
	}
	if frame != "" {
		base += "-" + frame
	}
	return base + "-detected.jpg"
}

// cutFrame takes the number off "video.mp4#12".
func cutFrame(name string) (base, frame string) {
	base, frame, _ = strings.Cut(name, "#")
	if frame == "" || len(frame) > 12 || strings.Trim(frame, "0123456789") != "" {
		return name, ""
	}
	return base, frame
}

func plain(r rune) rune {
	if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._-", r) {
		return r
	}
	return '_'
}

// saveError takes the path out of the system's error, so that it is said once.
func saveError(path string, err error) error {
	var inPath *fs.PathError
	var inLink *os.LinkError
	switch {
	case errors.As(err, &inPath):
		err = inPath.Err
	case errors.As(err, &inLink):
		err = inLink.Err
	}
	return &SaveError{path, err}
}
