package platform

import (
	"errors"
	"mime"
	"net/http"
	"strings"
)

// judge says what an attempt means. It is the one place that decides between done, never sent, refused, uncertain and
// "that was not the platform".
func (c *Client) judge(k call, o *outcome) (answer, error) {
	var source *SourceError
	switch {
	case errors.As(o.err, &source):
		return answer{}, source
	case o.status == 0:
		return answer{}, c.lost(k, o)
	case o.status >= 300 && o.status < 400:
		return answer{}, c.foreign(k, o, "a redirect")
	case o.status >= 400:
		return answer{}, c.refusal(k, o)
	case o.err != nil:
		return answer{}, c.lost(k, o)
	case o.status < 200:
		return answer{}, c.foreign(k, o, "a change of protocol")
	}
	return c.success(k, o)
}

// lost judges an attempt without a whole answer.
func (c *Client) lost(k call, o *outcome) error {
	if o.reached && k.changes {
		return c.uncertain(k, o, c.cleanError(k, o.err))
	}
	return &UnreachableError{Method: k.method, Path: k.path, Host: o.at.host(), Sent: o.reached, Err: c.cleanError(k, o.err)}
}

// success judges a 2xx: only JSON that says success counts.
func (c *Client) success(k call, o *outcome) (answer, error) {
	v, reason := readJSON(o)
	if reason != "" {
		return answer{}, c.mistaken(k, o, reason)
	}
	a, ok := openEnvelope(v)
	if !ok {
		e, _ := decodeError(o.status, v, c.cleaner(k))
		c.describe(e, k, o)
		if k.changes {
			return answer{}, c.uncertain(k, o, e)
		}
		return answer{}, e
	}
	a.from = o
	a.serverTime, _ = http.ParseTime(o.header.Get("Date"))
	return a, nil
}

// refusal judges a 4xx or 5xx.
func (c *Client) refusal(k call, o *outcome) error {
	v, reason := readJSON(o)
	e, known := decodeError(o.status, v, c.cleaner(k))
	if reason != "" || !known {
		// An answer that was cut or too long still has its status line, and that is the platform's word.
		if whole := o.err == nil && !o.tooLong; whole && !ofGateway(o.status) {
			if reason == "" {
				reason = "json of another shape"
			}
			return c.foreign(k, o, reason)
		}
		e.Message = statusText(o.status)
	}
	c.describe(e, k, o)
	if k.changes && maybeDone(k, e, known && reason == "") {
		return c.uncertain(k, o, e)
	}
	return e
}

// ofGateway lists the statuses whose meaning does not depend on the body, because a proxy in front of the platform
// answers them with a page of its own.
func ofGateway(status int) bool {
	return status >= 500 || status == http.StatusRequestTimeout || status == http.StatusRequestEntityTooLarge ||
		status == http.StatusTooEarly || status == http.StatusTooManyRequests
}

// maybeDone says whether a changing call that got this error may have been carried out all the same. A 4xx is said
// before anything is stored. The platform commits first and broadcasts afterwards, so a 5xx proves nothing, with three
// exceptions: maintenance mode is answered before the application, a missing row before the change, and a machine with a
// closed port before its remote access.
func maybeDone(k call, e *Error, fromPlatform bool) bool {
	if e.Status < 500 || e.MachineClosed() {
		return false
	}
	if e.Status == http.StatusServiceUnavailable {
		return !(e.RetryAfter > 0 || fromPlatform && e.Message == "Service Unavailable")
	}
	return k.creates || !e.NotFound()
}

// describe adds what the request and the headers know.
func (c *Client) describe(e *Error, k call, o *outcome) {
	e.Method, e.Path, e.Machine, e.Host = k.method, k.path, k.machine, c.oneOf(o)
	e.Anonymous = k.identity.header == "" && (k.anonymous || c.opts.Token == "")
	e.Body = c.cleaner(k).text(string(o.body), maxBody)
	e.RetryAfter = parseRetryAfter(o.header.Get("Retry-After"), o.ended)
}

// mistaken judges a 2xx that is not what was asked for: uncertain when it may have changed something.
func (c *Client) mistaken(k call, o *outcome, reason string) error {
	err := c.foreign(k, o, reason)
	if k.changes {
		return c.uncertain(k, o, err)
	}
	return err
}

func (c *Client) foreign(k call, o *outcome, reason string) *NotPlatformError {
	clean := c.cleaner(k)
	return &NotPlatformError{
		Method: k.method, Path: k.path, Host: c.oneOf(o), Status: o.status, Reason: reason,
		ContentType: clean.text(o.header.Get("Content-Type"), 100),
		Location:    clean.text(o.header.Get("Location"), 200),
		Excerpt:     oneLine(clean.text(string(o.body), 200)),
	}
}

func (c *Client) uncertain(k call, o *outcome, err error) *UncertainError {
	return &UncertainError{Method: k.method, Path: k.path, Host: c.oneOf(o), Began: o.began, Ended: o.ended, Err: err}
}

// cleaner also hides the secret that the call itself carried.
func (c *Client) cleaner(k call) redactor {
	r := redactor{secrets: c.clean.secrets[:len(c.clean.secrets):len(c.clean.secrets)]}
	r.add(k.secret)
	return r
}

// cleanError keeps an error's identity and redacts its words.
func (c *Client) cleanError(k call, err error) error {
	if text := c.cleaner(k).text(err.Error(), maxMessage); text != err.Error() {
		return &redactedError{text, err}
	}
	return err
}

type redactedError struct {
	text string
	err  error
}

func (e *redactedError) Error() string { return e.text }
func (e *redactedError) Is(target error) bool {
	return errors.Is(e.err, target)
}

// readJSON returns the body as a value, or what is wrong with it.
func readJSON(o *outcome) (v any, reason string) {
	switch {
	case o.tooLong:
		return nil, "longer than the limit"
	case o.err != nil:
		return nil, "broken off"
	case o.status == http.StatusNoContent || len(o.body) == 0:
		return nil, "empty"
	case !isJSON(o.header.Get("Content-Type")):
		return nil, mediaWord(o.header.Get("Content-Type")) + " instead of json"
	}
	v, err := parseJSON(o.body)
	if err != nil {
		return nil, err.Error()
	}
	return v, ""
}

func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json"))
}

// mediaWord names a media type for a sentence.
func mediaWord(contentType string) string {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil || media == "" {
		return "something unnamed"
	}
	if media == "text/html" {
		return "html"
	}
	return bound(media, 60)
}

// oneOf names the address that was asked where a platform has several, else "".
func (c *Client) oneOf(o *outcome) string {
	if c.opts.Endpoints == nil {
		return ""
	}
	return o.at.host()
}
