package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"time"
	"unicode/utf8"
)

// reply is one answer before it is written. Exactly one of body, page and media is used; none means an empty body.
type reply struct {
	status   int
	body     any
	pretty   bool // framework errors other than 401 and 422 come over several lines
	page     string
	media    string
	bytes    []byte
	location string
	allow    string
}

// envelope is the platform's answer object with every sibling that occurs somewhere.
type envelope struct {
	Success    bool         `json:"success"`
	Message    string       `json:"message,omitempty"`
	Data       any          `json:"data,omitempty"`
	Pagination *pagination  `json:"pagination,omitempty"`
	Error      string       `json:"error,omitempty"`
	Errors     *fieldErrors `json:"errors,omitempty"`
	Debug      any          `json:"debug,omitempty"`
	UserRole   string       `json:"user_role,omitempty"`
	Cached     bool         `json:"cached,omitempty"`
	Optimized  bool         `json:"optimized,omitempty"`
}

// frameworkError is what the framework itself says, and what form requests say with errors added.
type frameworkError struct {
	Message string       `json:"message"`
	Errors  *fieldErrors `json:"errors,omitempty"`
}

func ok(message string, data any) reply {
	return reply{status: http.StatusOK, body: envelope{Success: true, Message: message, Data: data}}
}

func created(message string, data any) reply {
	return reply{status: http.StatusCreated, body: envelope{Success: true, Message: message, Data: data}}
}

func refused(status int, message string) reply {
	return reply{status: status, body: envelope{Message: message}}
}

// caught is the answer of a controller that catches its own exceptions and shows their text.
func caught(message, cause string) reply {
	return reply{status: http.StatusInternalServerError, body: envelope{Message: message, Error: cause}}
}

func invalid(errs *fieldErrors) reply {
	return reply{status: http.StatusUnprocessableEntity, body: envelope{Message: "Validation failed", Errors: errs}}
}

// framework is an error that the framework answers itself: JSON for clients that ask for it, a page for the others.
func (c *call) framework(status int, message string) reply {
	if !c.wantsJSON() {
		return reply{status: status, page: errorPage(status)}
	}
	pretty := status != http.StatusUnauthorized && status != http.StatusUnprocessableEntity
	return reply{status: status, body: frameworkError{Message: message}, pretty: pretty}
}

func (c *call) serverError() reply {
	return c.framework(http.StatusInternalServerError, "Server Error")
}

// invalidForm is how a form request fails: JSON without "success", or a redirect back for whoever looks like a browser.
func (c *call) invalidForm(errs *fieldErrors) reply {
	if !c.wantsJSON() {
		back := c.r.Referer()
		if back == "" {
			back = c.root()
		}
		return redirect(back)
	}
	return reply{status: http.StatusUnprocessableEntity, body: frameworkError{Message: errs.summary(), Errors: errs}}
}

func redirect(to string) reply {
	shown := html.EscapeString(to)
	return reply{status: http.StatusFound, location: to, page: fmt.Sprintf(
		"<!DOCTYPE html>\n<html>\n    <head>\n        <meta charset=\"UTF-8\" />\n        <meta http-equiv=\"refresh\" "+
			"content=\"0;url='%s'\" />\n        <title>Redirecting to %s</title>\n    </head>\n    <body>Redirecting to "+
			"<a href=\"%s\">%s</a>.</body>\n</html>", shown, shown, shown, shown)}
}

func errorPage(status int) string { return htmlPage(http.StatusText(status)) }

func htmlPage(title string) string {
	return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n    <meta charset=\"utf-8\">\n    <title>" + title +
		"</title>\n</head>\n<body>" + title + "</body>\n</html>\n"
}

// write sends the reply with the headers that the platform puts on everything.
func (p reply) write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Cache-Control", "no-cache, private")
	if p.location != "" {
		h.Set("Location", p.location)
	}
	if p.allow != "" {
		h.Set("Allow", p.allow)
	}
	body, media := p.render()
	h.Set("Content-Type", media)
	w.WriteHeader(p.status)
	if p.status != http.StatusNoContent {
		_, _ = w.Write(body) // the caller has gone: nobody is left to tell
	}
}

func (p reply) render() (body []byte, media string) {
	switch {
	case p.bytes != nil:
		return p.bytes, p.media
	case p.body != nil:
		encoded, err := phpJSON(p.body, p.pretty)
		if err != nil {
			encoded = []byte(`{"message":"Server Error"}`)
		}
		return encoded, "application/json"
	}
	return []byte(p.page), "text/html; charset=UTF-8"
}

// phpJSON encodes as PHP's json_encode does: slashes and everything beyond ASCII escaped; the pretty form keeps its
// slashes and is indented by four spaces.
func phpJSON(v any, pretty bool) ([]byte, error) {
	var plain bytes.Buffer
	enc := json.NewEncoder(&plain)
	enc.SetEscapeHTML(false)
	if pretty {
		enc.SetIndent("", "    ")
	}
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return escapeUnicode(bytes.TrimRight(plain.Bytes(), "\n"), !pretty), nil
}

// escapeUnicode relies on slashes and non-ASCII bytes occurring only inside JSON strings.
func escapeUnicode(plain []byte, slashes bool) []byte {
	out := make([]byte, 0, len(plain)+len(plain)/8)
	for len(plain) > 0 {
		r, n := utf8.DecodeRune(plain)
		switch {
		case r == '/' && slashes:
			out = append(out, '\\', '/')
		case r < utf8.RuneSelf:
			out = append(out, byte(r))
		case r > 0xffff:
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		plain = plain[n:]
	}
	return out
}

// stamp writes a stored time as the platform's models do: UTC with six decimals that are always zero.
func stamp(sec int64) string { return time.Unix(sec, 0).UTC().Format("2006-01-02T15:04:05.000000Z") }

// stampNull is stamp for a column that may be empty.
func stampNull(sec *int64) *string {
	if sec == nil {
		return nil
	}
	s := stamp(*sec)
	return &s
}

// microStamp writes a time made by hand, which has real microseconds.
func microStamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }
