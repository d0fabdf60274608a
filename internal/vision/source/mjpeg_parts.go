package source

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// partReader takes a multipart stream apart (RFC 2046, 5.1), as leniently as cameras need and no more: lines may end with LF
// alone, Content-Length may be missing, and the boundary may carry its dashes already in the header of the answer. Everything
// is bounded.
type partReader struct {
	in *bufio.Reader
	// markers are the lines, without their end, that may stand between two parts.
	markers [][]byte
	limit   int64
	shelf   *shelf
	// at is true when the marker of the next part was read already, over when the one behind them all was.
	at, over bool
}

const (
	// maxLine is the longest line of a part's header, maxHeaderLines how many it may have.
	maxLine        = 8 << 10
	maxHeaderLines = 64
	// maxBoundary is 70 by RFC 2046, and the two dashes that some cameras put before it.
	maxBoundary = 72
)

func newPartReader(r io.Reader, boundary string, limit int64, s *shelf) (*partReader, error) {
	if len(boundary) > maxBoundary || strings.ContainsFunc(boundary, func(c rune) bool { return c < ' ' || c > '~' }) {
		return nil, errors.New("names a boundary between its pictures that cannot be one")
	}
	dashed, already := strings.CutPrefix(boundary, "--")
	if boundary == "" || dashed == "" && already {
		return nil, errors.New("names a boundary between its pictures that cannot be one")
	}
	markers := [][]byte{[]byte("--" + boundary)}
	if already {
		markers = append(markers, []byte(boundary))
	}
	return &partReader{in: bufio.NewReaderSize(r, maxLine), markers: markers, limit: limit, shelf: s}, nil
}

// marker says whether a line is one, and whether it is the one behind all parts.
func (r *partReader) marker(line []byte) (is, last bool) {
	line = bytes.TrimRight(line, " \t\r\n")
	for _, m := range r.markers {
		if rest, found := bytes.CutPrefix(line, m); found && (len(rest) == 0 || string(rest) == "--") {
			return true, len(rest) > 0
		}
	}
	return false, false
}

// next gives the content of the next part, which the caller owns, or says how it was spoilt; then the next call goes on
// behind it. The end is io.EOF.
func (r *partReader) next() (data []byte, spoilt string, err error) {
	if r.over {
		return nil, "", io.EOF
	}
	if !r.at {
		if err := r.find(); err != nil {
			return nil, "", err
		}
	}
	r.at = false
	length, kind, err := r.header()
	if err != nil {
		return nil, "", err
	}
	if length >= 0 {
		data, err = r.counted(length)
	} else {
		data, err = r.searched()
	}
	if err != nil {
		return nil, "", err
	}
	if kind != "" && !strings.HasPrefix(kind, "image/") && kind != "application/octet-stream" {
		spoilt = fmt.Sprintf("is %.40q, not a picture", kind)
	}
	return data, spoilt, nil
}

// find reads up to the next marker. Between two parts there are line ends only, unless a length was wrong.
func (r *partReader) find() error {
	start, passed := true, int64(0)
	for {
		line, err := r.in.ReadSlice('\n')
		if is, last := r.marker(line); start && is && !errors.Is(err, bufio.ErrBufferFull) {
			if last {
				return io.EOF
			}
			return err
		}
		passed += int64(len(line))
		switch {
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return err
		case passed > r.limit:
			return fmt.Errorf("no boundary within %s", megabytes(r.limit))
		}
		start = err == nil
	}
}

// header reads the header of a part; length is -1 where none is given.
func (r *partReader) header() (length int64, kind string, err error) {
	length = -1
	for range maxHeaderLines {
		line, err := r.in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return 0, "", errors.New("the header of a picture has a line that does not end")
		}
		if err != nil {
			return 0, "", unexpected(err)
		}
		text := strings.TrimRight(string(line), " \t\r\n")
		if text == "" {
			return length, kind, nil
		}
		name, value, _ := strings.Cut(text, ":")
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "content-length":
			if length, err = r.length(value); err != nil {
				return 0, "", err
			}
		case "content-type":
			value, _, _ = strings.Cut(value, ";")
			kind = strings.ToLower(strings.TrimSpace(value))
		case "content-encoding", "content-transfer-encoding":
			if !strings.EqualFold(value, "binary") && !strings.EqualFold(value, "identity") && !strings.EqualFold(value, "8bit") {
				return 0, "", fmt.Errorf("packs its pictures (%.40q)", value)
			}
		}
	}
	return 0, "", errors.New("the header of a picture does not end")
}

func (r *partReader) length(value string) (int64, error) {
	n, err := strconv.ParseInt(value, 10, 64)
	switch {
	case err != nil || n < 0:
		return 0, fmt.Errorf("the length of a picture is %.40q", value)
	case n > r.limit:
		return 0, fmt.Errorf("a picture of %s, and %s are allowed", megabytes(n), megabytes(r.limit))
	}
	return n, nil
}

// counted reads so many bytes, in steps: what was only claimed is not allocated.
func (r *partReader) counted(length int64) ([]byte, error) {
	const step = 1 << 20
	data := r.shelf.get(int(min(length, step)))
	for have := int64(0); ; {
		n, err := io.ReadFull(r.in, data[have:])
		have += int64(n)
		if err != nil {
			return nil, unexpected(err)
		}
		if have == length {
			return data, nil
		}
		more := min(length-have, max(step, have))
		data = append(data, make([]byte, more)...)
	}
}

// searched reads up to the next marker. The line end before it belongs to the marker.
func (r *partReader) searched() ([]byte, error) {
	data := r.shelf.get(64 << 10)[:0]
	start := true
	for {
		line, err := r.in.ReadSlice('\n')
		if is, last := r.marker(line); start && is && !errors.Is(err, bufio.ErrBufferFull) {
			r.at, r.over = !last, last
			return withoutLineEnd(data), nil
		}
		data = append(data, line...)
		switch {
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return nil, unexpected(err)
		case int64(len(data)) > r.limit:
			return nil, fmt.Errorf("a picture of more than %s", megabytes(r.limit))
		}
		start = err == nil
	}
}

func withoutLineEnd(data []byte) []byte {
	data = bytes.TrimSuffix(data, []byte("\n"))
	return bytes.TrimSuffix(data, []byte("\r"))
}

// unexpected is the end of a stream where a picture should be.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
