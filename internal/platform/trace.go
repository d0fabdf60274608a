package platform

import (
	"fmt"
	"net/url"
	"time"
)

// Exchange is one attempt of one call as Options.Trace sees it. Nothing in it is secret and it holds no body.
type Exchange struct {
	Method string
	// URL is the whole address, secrets in its query hidden.
	URL string
	// Attempt counts from 1.
	Attempt int
	// Status is 0 when no answer came.
	Status int
	// Sent and Received are bytes of the two bodies, the second after decompression.
	Sent, Received int64
	Elapsed        time.Duration
	// Err is what kept an answer from coming, in one line, else "".
	Err string
}

// String is the line that a person debugging reads.
func (x Exchange) String() string {
	outcome := fmt.Sprintf("%d, %d B", x.Status, x.Received)
	if x.Err != "" {
		outcome = x.Err
	}
	line := fmt.Sprintf("%s %s → %s in %s", x.Method, x.URL, outcome, x.Elapsed.Round(time.Millisecond))
	if x.Attempt > 1 {
		line += fmt.Sprintf(" (attempt %d)", x.Attempt)
	}
	return line
}

func (c *Client) trace(k call, o *outcome, target *url.URL) {
	if c.opts.Trace == nil {
		return
	}
	x := Exchange{
		Method: k.method, URL: c.cleaner(k).text(target.String(), maxMessage), Attempt: o.attempt,
		Status: o.status, Sent: o.written, Received: int64(len(o.body)), Elapsed: o.ended.Sub(o.began),
	}
	if o.err != nil {
		x.Err = oneLine(c.cleaner(k).text(o.err.Error(), maxMessage))
	}
	c.opts.Trace(x)
}
