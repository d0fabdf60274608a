package platform

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"path"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// form is one multipart upload: a head and a tail in memory and the file streamed between them, so that the length is
// known beforehand and the memory used does not depend on the file.
type form struct {
	upload     Upload
	head, tail []byte
	kind       string

	// sent counts bytes of the file.
	sent atomic.Int64

	mu           sync.Mutex
	closed, done bool
	err          error
}

func newForm(u Upload) *form { return &form{upload: u} }

// imageTypes are the contents that the platform accepts, with the file ending that it will keep.
var imageTypes = map[string]string{"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif"}

// PictureType is the media type of a picture by its first 512 bytes, or *LimitError for what the platform takes for no picture.
func PictureType(start []byte) (string, error) {
	media := http.DetectContentType(start)
	if _, known := imageTypes[media]; !known {
		return "", &LimitError{"image", "a jpeg, png or gif picture", media}
	}
	return media, nil
}

// open reads the first bytes of the file, refuses what is not a picture, and returns the whole body.
func (f *form) open(timer *watch) (io.ReadCloser, error) {
	file, err := f.upload.Open()
	if err != nil {
		return nil, &SourceError{f.upload.Name, err}
	}
	start := make([]byte, min(512, f.upload.Size))
	n, err := io.ReadFull(file, start)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		_ = file.Close()
		return nil, &SourceError{f.upload.Name, err}
	}
	start = start[:n]
	media, err := PictureType(start)
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	if err := f.frame(fileName(f.upload.Name, imageTypes[media]), media); err != nil {
		_ = file.Close()
		return nil, err
	}
	content := &fileReader{form: f, file: io.MultiReader(bytes.NewReader(start), file), left: f.upload.Size}
	whole := io.MultiReader(bytes.NewReader(f.head), content, bytes.NewReader(f.tail))
	return &formBody{timer.watched(whole), file, f}, nil
}

// formBody belongs to net/http from the moment it is sent.
type formBody struct {
	io.Reader
	file io.Closer
	form *form
}

// Close first makes sure that a read which it interrupts is not taken for a fault of the file.
func (b *formBody) Close() error {
	b.form.mu.Lock()
	b.form.closed = true
	b.form.mu.Unlock()
	return b.file.Close()
}

// frame writes what stands before and after the file.
func (f *form) frame(name, media string) error {
	var buffer bytes.Buffer
	w := multipart.NewWriter(&buffer)
	fields := [][2]string{{"rvm_id", strconv.FormatInt(f.upload.RVMID, 10)}}
	for key, value := range f.upload.Metadata {
		// The platform wants an array, which PHP makes of brackets; a JSON text is refused.
		fields = append(fields, [2]string{"metadata[" + key + "]", value})
	}
	sort.Slice(fields[1:], func(i, j int) bool { return fields[i+1][0] < fields[j+1][0] })
	for _, field := range fields {
		if err := w.WriteField(field[0], field[1]); err != nil {
			return fmt.Errorf("encode form: %w", err)
		}
	}
	header := textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="image"; filename="` + name + `"`},
		"Content-Type":        {media},
	}
	if _, err := w.CreatePart(header); err != nil {
		return fmt.Errorf("encode form: %w", err)
	}
	split := buffer.Len()
	if err := w.Close(); err != nil {
		return fmt.Errorf("encode form: %w", err)
	}
	f.head, f.tail, f.kind = buffer.Bytes()[:split], buffer.Bytes()[split:], w.FormDataContentType()
	return nil
}

// length is exact, and known once open has returned.
func (f *form) length() int64     { return int64(len(f.head)) + f.upload.Size + int64(len(f.tail)) }
func (f *form) mediaType() string { return f.kind }

// progress tells the caller, unless the call is over.
func (f *form) progress(n int) {
	total := f.sent.Add(int64(n))
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.done && f.upload.Progress != nil {
		f.upload.Progress(total)
	}
}

func (f *form) fail(err error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.err = &SourceError{f.upload.Name, err}
	}
	return err
}

// failure is what went wrong with the file, nil when nothing did.
func (f *form) failure() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

func (f *form) finish() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done = true
}

// fileReader yields exactly left bytes or breaks the request off. The last bytes are held back until the file has
// proved to end there, so a file that changed never makes a complete request.
type fileReader struct {
	form *form
	file io.Reader
	left int64
}

func (r *fileReader) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n, err := r.file.Read(p[:min(int64(len(p)), r.left)])
	r.left -= int64(n)
	size := r.form.upload.Size
	switch {
	case err != nil && err != io.EOF:
		return 0, r.form.fail(err)
	case err == io.EOF && r.left > 0:
		return 0, r.form.fail(fmt.Errorf("it ended after %d of %d bytes", size-r.left, size))
	case r.left == 0 && !r.ended():
		return 0, r.form.fail(fmt.Errorf("it grew beyond %d bytes", size))
	}
	r.form.progress(n)
	return n, nil
}

func (r *fileReader) ended() bool {
	var one [1]byte
	n, _ := io.ReadFull(r.file, one[:])
	return n == 0
}

// fileName makes a name that any web server accepts: the stem in plain ASCII without dots, the ending by content.
func fileName(name, ending string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	stem := strings.TrimSuffix(name, path.Ext(name))
	stem = strings.Map(func(r rune) rune {
		if plainRune(r) {
			return r
		}
		return '_'
	}, stem)
	stem = strings.Trim(stem[:min(len(stem), 100)], "_-")
	if stem == "" || deviceNames[strings.ToUpper(stem)] {
		stem = strings.TrimSuffix("image-"+stem, "-")
	}
	return stem + ending
}

// deviceNames are no names of files on Windows, whatever their ending.
var deviceNames = func() map[string]bool {
	names := map[string]bool{"CON": true, "PRN": true, "AUX": true, "NUL": true}
	for n := range 10 {
		names["COM"+strconv.Itoa(n)], names["LPT"+strconv.Itoa(n)] = true, true
	}
	return names
}()
