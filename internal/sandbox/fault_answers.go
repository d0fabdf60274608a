package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// defaultRetryAfter is what a throttle says when the fault names no other time, in seconds: short enough to wait for.
const defaultRetryAfter = 2

// foreign is an answer that did not come from the platform at all.
func (f Fault) foreign(c *call) reply {
	if f.what == "redirect-login" {
		return redirect(c.root() + "/login")
	}
	return reply{status: http.StatusOK, page: htmlPage("Sign in to the hotel's network")}
}

// refusal is the answer that the platform, its framework or the proxy in front of it gives with a status.
func (f Fault) refusal(c *call, header http.Header) reply {
	if f.retryAfter >= 0 {
		header.Set("Retry-After", strconv.Itoa(f.retryAfter))
	}
	switch f.status {
	case http.StatusUnauthorized:
		return *c.unauthenticated()
	case http.StatusNotFound:
		return c.notFound()
	case http.StatusMethodNotAllowed:
		return c.wrongMethod([]string{"GET", "HEAD"})
	case http.StatusTooManyRequests:
		f.throttle(c, header)
	case http.StatusBadRequest, http.StatusConflict:
		return refused(f.status, http.StatusText(f.status))
	case http.StatusBadGateway, http.StatusGatewayTimeout: // from the proxy, which speaks HTML only
		return reply{status: f.status, page: errorPage(f.status)}
	}
	return c.framework(f.status, frameworkText(f.status))
}

func frameworkText(status int) string {
	own := map[int]string{403: "This action is unauthorized.", 413: "The POST data is too large.", 419: "CSRF token mismatch.",
		422: "The given data was invalid.", 429: "Too Many Attempts.", 500: "Server Error", 503: "Service Unavailable"}
	if text, found := own[status]; found {
		return text
	}
	return http.StatusText(status)
}

// throttle adds the headers of the framework's throttle, with the ceilings that the platform's documents name.
func (f Fault) throttle(c *call, header http.Header) {
	after := f.retryAfter
	if after < 0 {
		after = defaultRetryAfter
		header.Set("Retry-After", strconv.Itoa(after))
	}
	header.Set("X-RateLimit-Limit", strconv.Itoa(ceiling(c.r.URL.Path)))
	header.Set("X-RateLimit-Remaining", "0")
	header.Set("X-RateLimit-Reset", strconv.FormatInt(c.now.Add(time.Duration(after)*time.Second).Unix(), 10))
}

// ceiling is how many calls a minute the documents allow.
func ceiling(path string) int {
	for prefix, calls := range map[string]int{"/api/v2/auth": 10, "/api/v2/processing-engines": 100,
		"/api/v2/detection-results": 200, "/api/v2/deposits": 100, "/api/v2/upload": 50} {
		if strings.HasPrefix(path, prefix) {
			return calls
		}
	}
	return 60
}

// failedAfterwards is what the platform says when it has done what was asked and then cannot tell others about it: the
// cause carries the address of the broadcast, signature included.
func (c *call) failedAfterwards() reply {
	cause := fmt.Sprintf("Pusher error: cURL error 7: Failed to connect to reverb port 8080 after 0 ms for "+
		"http://reverb:8080/apps/1/events?auth_key=example-app-key&auth_timestamp=%d&auth_version=1.0&auth_signature=%s",
		c.now.Unix(), strings.Repeat("0", 64))
	switch path := strings.Trim(c.r.URL.Path, "/"); {
	case path == "api/v2/deposits":
		return caught("Failed to create deposit", cause)
	case strings.HasPrefix(path, "api/v2/deposits/"):
		return caught("Failed to process deposit", cause)
	case strings.HasPrefix(path, "api/v2/admin/rvm/"):
		return caught("Failed to update RVM status", cause)
	}
	return c.serverError()
}
