package platform

import (
	"net"
	"net/http"
	"time"
)

// deadTunnel is how long bytes may stay without an acknowledgement. A tunnel that died says nothing: without it the system
// would go on sending into it for a quarter of an hour.
const deadTunnel = 20 * time.Second

// NewTransport returns the transport that New uses when it is given none: 5 s to connect, 5 s for TLS, 15 s from the
// last byte sent to the first of the answer, on Linux 20 s for what was sent to be acknowledged, HTTP/1.1 only, no proxy. A
// caller may set TLSClientConfig or Proxy on it.
func NewTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second, Control: noticeDeadTunnel}
	return &http.Transport{
		DialContext:            inPieces(dialer.DialContext),
		TLSHandshakeTimeout:    5 * time.Second,
		ResponseHeaderTimeout:  15 * time.Second,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConnsPerHost:    8,
		// Shorter than the keep-alive of common web servers: a POST on a connection that the server has just closed
		// would have to be called uncertain.
		IdleConnTimeout: 20 * time.Second,
	}
}
