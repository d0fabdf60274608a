package platform

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

// lineOf takes what is written, each piece in a time of its own, and notes how long the pieces were.
type lineOf struct {
	net.Conn
	took   func(piece int) time.Duration
	pieces []int
	got    bytes.Buffer
}

func (l *lineOf) Write(p []byte) (int, error) {
	time.Sleep(l.took(len(l.pieces)))
	l.pieces = append(l.pieces, len(p))
	return l.got.Write(p)
}

func TestPiecesGrowOnlyOnAFastLine(t *testing.T) {
	t.Parallel()
	body := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	for _, tt := range []struct {
		name    string
		took    func(int) time.Duration
		largest int
		last    int
	}{
		{"fast", func(int) time.Duration { return time.Millisecond }, mostPiece, mostPiece},
		{"slow", func(int) time.Duration { return 50 * time.Millisecond }, leastPiece, leastPiece},
		{"fast at first, as buffers are", func(n int) time.Duration { return time.Duration(n/fastPieces) * 50 * time.Millisecond }, leastPiece, leastPiece},
		{"slow in the end", func(n int) time.Duration { return time.Duration(n/70) * 50 * time.Millisecond }, mostPiece, leastPiece},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				line := &lineOf{took: tt.took}
				n, err := (&pieceConn{Conn: line}).ReadFrom(bytes.NewReader(body))
				if err != nil || n != int64(len(body)) || !bytes.Equal(line.got.Bytes(), body) {
					t.Fatalf("sent %d of %d bytes, %v", n, len(body), err)
				}
				largest := 0
				for _, piece := range line.pieces {
					largest = max(largest, piece)
				}
				// The last two are what was left over and the empty one of the end.
				if last := line.pieces[len(line.pieces)-3]; largest != tt.largest || last != tt.last {
					t.Errorf("largest piece %d, last %d; want %d and %d", largest, last, tt.largest, tt.last)
				}
			})
		})
	}
}

func TestPiecesEndWithTheFaultOfTheBody(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	line := &lineOf{took: func(int) time.Duration { return 0 }}
	n, err := (&pieceConn{Conn: line}).ReadFrom(io.MultiReader(bytes.NewReader([]byte("abc")), iotest.ErrReader(broken)))
	if n != 3 || !errors.Is(err, broken) || line.got.String() != "abc" {
		t.Errorf("sent %d bytes, %q, %v", n, line.got.String(), err)
	}
}
