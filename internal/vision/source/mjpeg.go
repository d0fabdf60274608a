package source

import (
	"bytes"
	"errors"
	"io"
)

// mjpegGrabber reads pictures one after the other from one answer of a web server (motion JPEG, which no standard describes;
// every camera with a web page has it).
type mjpegGrabber struct {
	name   string
	parts  *partReader
	body   *webBody
	limits Limits
	count  int
}

func (m *mjpegGrabber) facts() grabFacts {
	return grabFacts{Live: true, Backend: "mjpeg", Codec: "MJPG"}
}

func (m *mjpegGrabber) close() { m.body.close() }

// grab looks at the head and the end of a picture and leaves the rest to whoever takes it.
func (m *mjpegGrabber) grab() (shot, error) {
	data, spoilt, err := m.parts.next()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return shot{}, io.EOF
		}
		return shot{}, &VideoError{Source: m.name, Reason: webReason(err), Frames: m.count}
	}
	if spoilt == "" {
		spoilt = m.look(data)
	}
	if spoilt != "" {
		m.parts.shelf.put(data)
		return shot{spoilt: spoilt}, nil
	}
	m.count++
	return shot{data: data}, nil
}

// look says what is wrong with a picture without decoding it.
func (m *mjpegGrabber) look(data []byte) string {
	head, err := readHeader(m.name, data, m.limits)
	if err != nil {
		return reasonOf(err)
	}
	// Cameras fill up with zeros, and some with line ends.
	if head.format == formatJPEG && !bytes.HasSuffix(bytes.TrimRight(data, "\x00\r\n"), []byte{0xff, 0xd9}) {
		return "truncated"
	}
	return ""
}
