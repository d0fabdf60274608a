package sandbox

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"time"
)

// faulty misbehaves where it was asked to, and is no more than a look at a flag otherwise.
func (s *Server) faulty(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := s.faults.strike(r.Method, r.URL.Path)
		if t.race {
			r = r.WithContext(context.WithValue(r.Context(), racing{}, true))
		}
		if t.delay > 0 {
			holdBody(r)
			wait(r.Context(), t.delay)
		}
		if t.fault == nil {
			next.ServeHTTP(w, r)
			return
		}
		s.misbehave(*t.fault, w, r, next)
	})
}

// holdBody reads the whole body, so that a caller who leaves is noticed and what was asked can still be done: a platform
// that is slow does its work for people who have given up.
func holdBody(r *http.Request) {
	if r.ContentLength > maxProxyBody {
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxProxyBody+1))
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), brokenOff{err}))
}

// brokenOff repeats how reading a body ended.
type brokenOff struct{ err error }

// Read gives nothing but the end.
func (b brokenOff) Read([]byte) (int, error) {
	if b.err == nil {
		return 0, io.EOF
	}
	return 0, b.err
}

// wait ends early when nobody waits for the answer any more.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// misbehave plays one fault. A panic with http.ErrAbortHandler is how a handler hangs up.
func (s *Server) misbehave(f Fault, w http.ResponseWriter, r *http.Request, next http.Handler) {
	c := &call{s: s, r: r, now: s.now()}
	switch f.what {
	case "drop-request":
		panic(http.ErrAbortHandler)
	case "html-200", "redirect-login":
		drain(r)
		f.foreign(c).write(w)
		return
	case "status":
		if f.status != http.StatusNoContent {
			drain(r)
			f.refusal(c, w.Header()).write(w)
			return
		}
	}
	done := &captured{header: w.Header(), status: http.StatusOK}
	next.ServeHTTP(done, r)
	switch f.what {
	case "drop-response":
		panic(http.ErrAbortHandler)
	case "500-after-commit":
		if done.status < http.StatusBadRequest {
			c.failedAfterwards().write(w)
			return
		}
	case "status":
		done.status = f.status
		done.body.Reset()
	case "empty":
		done.body.Reset()
	case "truncate":
		done.body.Truncate(done.body.Len() / 2)
	case "double-encode":
		done.encodeAgain()
	}
	done.send(w)
}

// drain lets a sender finish: refused in the middle of a picture it would see a broken connection instead of an answer.
func drain(r *http.Request) { _, _ = io.Copy(io.Discard, io.LimitReader(r.Body, maxProxyBody)) }

// captured keeps an answer back.
type captured struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is the header of the answer that will be sent.
func (c *captured) Header() http.Header { return c.header }

// WriteHeader remembers the status.
func (c *captured) WriteHeader(status int) { c.status = status }

// Write keeps a part of the body.
func (c *captured) Write(p []byte) (int, error) { return c.body.Write(p) }

// encodeAgain puts JSON into a JSON string and leaves everything else alone.
func (c *captured) encodeAgain() {
	if !strings.HasPrefix(c.header.Get("Content-Type"), "application/json") {
		return
	}
	twice, err := phpJSON(c.body.String(), false)
	if err != nil {
		return
	}
	c.body.Reset()
	c.body.Write(twice)
}

func (c *captured) send(w http.ResponseWriter) {
	if c.status != http.StatusNoContent {
		w.Header().Set("Content-Length", phpString(int64(c.body.Len())))
	}
	w.WriteHeader(c.status)
	_, _ = w.Write(c.body.Bytes()) // the caller has gone: nobody is left to tell
}
