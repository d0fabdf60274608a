package platform

import (
	"context"
	"errors"
	"io"
	"net"
	"time"
)

// How a body is cut for the system. On a fast line large pieces cost fewer calls; on a slow one a large piece would look like a
// standstill, since nothing is heard of it before all of it is taken.
const (
	leastPiece = 32 << 10
	mostPiece  = 256 << 10
	// fastPiece is how quickly the system takes a piece on a line that could bear a larger one, and fastPieces how many it must
	// have taken like that: the first few go into its own buffers at any speed.
	fastPiece  = 10 * time.Millisecond
	fastPieces = 16
)

type dial func(ctx context.Context, network, address string) (net.Conn, error)

// inPieces makes connections that cut what they send by the speed of the line. net/http's own pieces are small ones.
func inPieces(d dial) dial {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := d(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &pieceConn{Conn: conn}, nil
	}
}

// pieceConn is what net/http hands a body to over plain HTTP; with TLS the records set the size.
type pieceConn struct {
	net.Conn
	buffer []byte
}

// ReadFrom sends all of r. A connection sends one body at a time.
func (c *pieceConn) ReadFrom(r io.Reader) (sent int64, err error) {
	piece, fast := leastPiece, 0
	for {
		if len(c.buffer) < piece {
			c.buffer = make([]byte, piece)
		}
		n, err := r.Read(c.buffer[:piece])
		began := time.Now()
		written, failed := c.Write(c.buffer[:n])
		sent += int64(written)
		switch {
		case failed != nil:
			return sent, failed
		case errors.Is(err, io.EOF):
			return sent, nil
		case err != nil:
			return sent, err
		case time.Since(began) > fastPiece:
			piece, fast = leastPiece, 0
		case fast >= fastPieces:
			piece, fast = min(2*piece, mostPiece), 0
		default:
			fast++
		}
	}
}
