package sandbox

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// layer wraps a handler; the outermost sees the request first.
type layer func(http.Handler) http.Handler

// chain puts the layers around the routes.
func (s *Server) chain() http.Handler {
	var h http.Handler = http.HandlerFunc(s.serve)
	for _, wrap := range []layer{crossOrigin, s.faulty, s.control, s.dated, s.logged} {
		h = wrap(h)
	}
	return h
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	c := &call{s: s, r: r, now: s.now()}
	limit := int64(maxBody)
	if strings.Trim(r.URL.Path, "/") == uploadPath {
		limit = maxUploadBody
	}
	if status := refusedByProxy(r); status != 0 {
		_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, 2*maxProxyBody))
		reply{status: status, page: errorPage(status)}.write(w)
		return
	}
	fields, err := readInput(r, limit)
	if errors.Is(err, errPastProxy) {
		reply{status: http.StatusRequestEntityTooLarge, page: errorPage(http.StatusRequestEntityTooLarge)}.write(w)
		return
	}
	if errors.Is(err, errBodyTooLarge) {
		c.framework(http.StatusRequestEntityTooLarge, "The POST data is too large.").write(w)
		return
	}
	if err != nil { // a body that breaks off is refused by the proxy in front of the platform
		reply{status: http.StatusBadRequest, page: errorPage(http.StatusBadRequest)}.write(w)
		return
	}
	c.input = fields
	if s.friendly {
		c.acceptAliases()
	}
	s.dispatch(c).write(w)
}

// refusedByProxy is the status with which the proxy in front of the platform turns a request away, 0 when it lets it
// through. It speaks HTML to everybody.
func refusedByProxy(r *http.Request) int {
	for name, values := range r.Header {
		for _, value := range values {
			if len(name)+len(": ")+len(value) > maxProxyHeader {
				return http.StatusBadRequest
			}
		}
	}
	if r.ContentLength > maxProxyBody {
		return http.StatusRequestEntityTooLarge
	}
	return 0
}

// logged reports each request after it was answered or dropped, without its query.
func (s *Server) logged(next http.Handler) http.Handler {
	if s.log == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		seen, answered := &statusWriter{ResponseWriter: w, status: http.StatusOK}, false
		defer func() {
			if !answered {
				seen.status = 0
			}
			s.log(r.Method, r.URL.Path, seen.status, time.Since(start))
		}()
		next.ServeHTTP(seen, r)
		answered = true
	})
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader remembers the status on its way out.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// dated stamps each answer by the platform's own clock, as it leaves: clients reckon with that and not with their own, so a clock
// that was put forward has to show there.
func (s *Server) dated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&dateWriter{ResponseWriter: w, now: s.now}, r)
	})
}

type dateWriter struct {
	http.ResponseWriter
	now func() time.Time
}

// WriteHeader stamps the answer on its way out.
func (w *dateWriter) WriteHeader(status int) {
	w.Header().Set("Date", w.now().UTC().Format(http.TimeFormat))
	w.ResponseWriter.WriteHeader(status)
}

// crossOrigin answers preflights and opens the API to every origin, as the platform does.
func crossOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/api/") {
			next.ServeHTTP(w, r)
			return
		}
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		asked := r.Header.Get("Access-Control-Request-Method")
		if r.Method != http.MethodOptions || asked == "" {
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Allow-Methods", asked)
		if headers := r.Header.Get("Access-Control-Request-Headers"); headers != "" {
			h.Set("Access-Control-Allow-Headers", headers)
		}
		reply{status: http.StatusNoContent}.write(w)
	})
}
