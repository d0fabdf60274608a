package outbox

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
)

// maxLine bounds a line of the journal: a payload as base64 and what is said about it.
const maxLine = maxPayload*4/3 + 1<<20

// readLines gives every sound line of a file from an offset on and counts the others. The last line may be torn: whoever wrote
// it died before its caller was told anything, so it is no damage.
func readLines(path string, offset int64, each func(line) error) (damaged int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return 0, err
	}
	scan := bufio.NewScanner(f)
	scan.Buffer(make([]byte, 64<<10), maxLine)
	scan.Split(wholeLines)
	cut := offset > 0
	for scan.Scan() {
		text := scan.Bytes()
		if len(text) == 0 {
			continue
		}
		l, ok := openLine(bytes.TrimSuffix(text, []byte{'\n'}))
		switch {
		case ok:
			if err := each(l); err != nil {
				return damaged, err
			}
		case !cut && text[len(text)-1] == '\n':
			damaged++
		}
		cut = false
	}
	if errors.Is(scan.Err(), bufio.ErrTooLong) {
		return damaged + 1, nil
	}
	return damaged, scan.Err()
}

// wholeLines is bufio.ScanLines with the end of the line left on, so that a torn one is told from a damaged one. A lone end of
// line is an empty token.
func wholeLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i == 0 {
		return 1, []byte{}, nil
	} else if i > 0 {
		return i + 1, data[:i+1], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

func openLine(text []byte) (l line, ok bool) {
	var s sealed
	if json.Unmarshal(text, &s) != nil || checksum(s.Line) != s.CRC || json.Unmarshal(s.Line, &l) != nil {
		return line{}, false
	}
	return l, l.Entry != nil || l.Key != ""
}
