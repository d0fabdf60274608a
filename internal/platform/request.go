package platform

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// call is one request of a service, before it is sent.
type call struct {
	method, path string
	query        url.Values
	// body is encoded as JSON; nil sends none.
	body any
	// form replaces body in an upload.
	form *form
	// anonymous keeps the token at home.
	anonymous bool
	// machine says that the call is about a machine's identity: a 401 of it says nothing about the client's token.
	machine bool
	// identity is shown in place of the client's token, unless it is empty.
	identity identity
	// patience is a longer time for an answer than the usual one: the platform itself waits for a machine.
	patience time.Duration
	// changes says that the platform may hold something else afterwards.
	changes bool
	// creates says that the call names no existing thing, so that "no such row" in a 500 is no proof of anything.
	creates bool
	// key is an idempotency key to be sent along, unless it is empty.
	key string
	// secret is a value of the body that must not come back in an error.
	secret string
}

// get is a call that changes nothing.
func get(path string, query url.Values) call {
	return call{method: http.MethodGet, path: path, query: query}
}

// outcome is everything known about one attempt; judge turns it into a verdict.
type outcome struct {
	at           address
	attempt      int
	began, ended time.Time
	// reached says that the request may have left this machine.
	reached bool
	// err is a failure to get an answer, or to get all of it when status is set.
	err     error
	status  int
	header  http.Header
	body    []byte
	tooLong bool
	// written counts bytes of the request's body that were handed to the connection.
	written int64
}

// send makes the call, a read several times if need be, and returns the opened answer or a typed error.
func (c *Client) send(ctx context.Context, k call) (answer, error) {
	rounds := 1
	if !k.changes && k.method == http.MethodGet {
		rounds = c.opts.ReadAttempts
	}
	t := trial{began: time.Now()}
	for n := 1; ; n++ {
		a, err := c.round(ctx, k, &t)
		if err == nil {
			return a, nil
		}
		wait := delay(c.opts.RetryDelay, n, wish(err))
		if n >= rounds || !again(err) || !timeFor(ctx, wait) || c.opts.Sleep(ctx, wait) != nil {
			return answer{}, err
		}
	}
}

// trial is what a call has cost so far.
type trial struct {
	began    time.Time
	attempts int
}

// round makes the call at one address after the other until one answers. One after which it must not go elsewhere ends it.
func (c *Client) round(ctx context.Context, k call, t *trial) (answer, error) {
	var tried []string
	var last error
	for {
		where, ok, reason := c.pick(ctx, k, tried)
		if !ok {
			return answer{}, c.unpicked(k, last, reason)
		}
		t.attempts++
		a, err := c.attempt(ctx, where, k, t.attempts)
		if err == nil {
			return a, nil
		}
		stamp(err, t.attempts, time.Since(t.began))
		if last, tried = err, append(tried, where.base.String()); c.opts.Endpoints == nil || ctx.Err() != nil || !elsewhere(k, err) {
			return answer{}, err
		}
	}
}

// stamp records what the call has cost on the error that carries it.
func stamp(err error, attempts int, elapsed time.Duration) {
	var refused *Error
	if errors.As(err, &refused) {
		refused.Attempts, refused.Elapsed = attempts, elapsed
	}
	var unreachable *UnreachableError
	if errors.As(err, &unreachable) {
		unreachable.Attempts, unreachable.Elapsed = attempts, elapsed
	}
}

// timeFor says whether ctx leaves room for a wait of d: sleeping into a deadline helps nobody.
func timeFor(ctx context.Context, d time.Duration) bool {
	deadline, limited := ctx.Deadline()
	return ctx.Err() == nil && (!limited || time.Until(deadline) > d)
}

func (c *Client) attempt(ctx context.Context, where address, k call, n int) (answer, error) {
	o, err := c.ask(ctx, where, k, n)
	if err != nil {
		return answer{}, err
	}
	c.report(ctx, &o)
	return c.judge(k, &o)
}

// ask sends the request once and reports what came of it. Its error means that no request could be made at all.
func (c *Client) ask(ctx context.Context, where address, k call, n int) (outcome, error) {
	o := outcome{at: where, attempt: n, began: time.Now()}
	guard, timer := c.guard(ctx, k)
	defer timer.stop()
	defer timer.hurry(where.patience)()
	request, err := c.request(guard, where, k, timer)
	if err != nil {
		return o, err
	}
	c.exchange(k, request, &o, timer)
	if o.err != nil && guard.Err() != nil {
		o.err = timer.reason(ctx)
	}
	o.ended = time.Now()
	if k.form != nil {
		o.written = k.form.sent.Load()
		if failed := k.form.failure(); failed != nil && o.status == 0 {
			o.err = failed
		}
	} else if o.reached {
		o.written = max(0, request.ContentLength)
	}
	c.trace(k, &o, request.URL)
	return o, nil
}

// request builds what goes over the wire, anew for every attempt.
func (c *Client) request(ctx context.Context, where address, k call, timer *watch) (*http.Request, error) {
	target := *where.base
	target.Path = where.base.Path + k.path
	target.RawQuery = k.query.Encode()
	body, length, kind, err := k.payload(timer)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, k.method, target.String(), body)
	if err != nil {
		return nil, fmt.Errorf("build request: %w", err)
	}
	if length >= 0 {
		request.ContentLength = length
		request.Header.Set("Content-Type", kind)
	}
	// Without a way to rewind the body net/http cannot repeat a call behind our back.
	request.GetBody = nil
	// Without this header the platform takes us for a browser and answers 302 to its login page.
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", c.opts.UserAgent)
	maps.Copy(request.Header, c.opts.Header)
	maps.Copy(request.Header, where.header)
	switch {
	case k.identity.header != "":
		request.Header.Set(k.identity.header, k.identity.value)
	case c.opts.Token != "" && !k.anonymous:
		request.Header.Set("Authorization", "Bearer "+c.opts.Token)
	}
	if k.key != "" {
		// The body cannot be rewound, so that net/http repeats nothing on the strength of this header.
		request.Header.Set("Idempotency-Key", k.key)
	}
	if length > 1<<20 {
		request.Header.Set("Expect", "100-continue")
	}
	return request, nil
}

// payload returns the body with its exact length and media type; a length of −1 means none.
func (k call) payload(timer *watch) (io.Reader, int64, string, error) {
	if k.form != nil {
		body, err := k.form.open(timer)
		return body, k.form.length(), k.form.mediaType(), err
	}
	if k.body == nil {
		return nil, -1, "", nil
	}
	raw, err := json.Marshal(k.body)
	if err != nil {
		return nil, 0, "", fmt.Errorf("encode request: %w", err)
	}
	// A named reader type would let net/http rewind it.
	return struct{ io.Reader }{bytes.NewReader(raw)}, int64(len(raw)), "application/json", nil
}

// exchange sends the request and reads the whole answer into o.
func (c *Client) exchange(k call, request *http.Request, o *outcome, timer *watch) {
	var connected, written atomic.Bool
	traced := httptrace.WithClientTrace(request.Context(), &httptrace.ClientTrace{
		GotConn:      func(httptrace.GotConnInfo) { connected.Store(true) },
		WroteHeaders: func() { written.Store(true) },
	})
	// The bare transport follows no redirect and keeps no cookie; http.Client would even parse a Location.
	response, err := c.transport(k).RoundTrip(request.WithContext(traced))
	// A cancelled call may return before its writer has looked up; with a connection at hand, assume the worst.
	o.reached = written.Load() || connected.Load() && request.Context().Err() != nil
	if err != nil {
		o.err = err
		return
	}
	defer func() { _ = response.Body.Close() }()
	o.reached, o.status, o.header = true, response.StatusCode, response.Header
	timer.begun()
	if o.status < http.StatusOK {
		// The connection itself, which obeys no context.
		return
	}
	timer.answering(max(c.opts.Timeout, c.stall))
	o.body, o.err = io.ReadAll(io.LimitReader(timer.watched(response.Body), c.opts.MaxResponse+1))
	if int64(len(o.body)) > c.opts.MaxResponse {
		o.body, o.tooLong = nil, true
	}
}

// transport is what carries a call. One that needs patience gets a connection of its own, because the shared transport gives up
// earlier on an answer that has not begun.
func (c *Client) transport(k call) http.RoundTripper {
	shared, ok := c.opts.Transport.(*http.Transport)
	if !ok || k.patience <= shared.ResponseHeaderTimeout || shared.ResponseHeaderTimeout == 0 {
		return c.opts.Transport
	}
	own := shared.Clone()
	own.ResponseHeaderTimeout, own.DisableKeepAlives = k.patience, true
	return own
}

// idPath puts a positive id into a path; callers have checked it.
func idPath(prefix string, id int64, suffix string) string {
	return strings.TrimSuffix(prefix, "/") + fmt.Sprintf("/%d", id) + suffix
}
