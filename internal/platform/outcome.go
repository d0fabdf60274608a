package platform

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

// UnreachableError says that nothing was changed because nothing could be: either no byte of the request was written
// (DNS, dialling, TLS), or the call was a read and its answer was lost. The same call is safe to send again.
type UnreachableError struct {
	Method, Path string
	// Host is host:port of the platform's address.
	Host string
	// Sent is true when the request left and no whole answer came; only ever so for calls that change nothing.
	Sent bool
	// Attempts and Elapsed tell what was spent on the call, waits included.
	Attempts int
	Elapsed  time.Duration
	// Err is the cause; errors.Is finds context.Canceled and context.DeadlineExceeded in it.
	Err error
}

func (e *UnreachableError) Error() string {
	if e.Sent {
		return fmt.Sprintf("no answer from %s to %s %s: %s", e.Host, e.Method, e.Path, causeText(e.Err))
	}
	return fmt.Sprintf("no connection to %s: %s", e.Host, dialText(e.Err))
}

// Unwrap returns the cause.
func (e *UnreachableError) Unwrap() error { return e.Err }

// UncertainError says that a changing call was sent and that its outcome is unknown: a timeout, a reset, half an
// answer, a server error after a possible commit, or a 2xx that does not name what it stored. The platform may have
// done it. Sending it again may do it twice: ask the platform what it holds first.
type UncertainError struct {
	Method, Path string
	// Host is host:port of the address that was asked, empty where the platform has only one.
	Host string
	// Began is when the attempt began and Ended when it was given up, by this machine's clock: the platform can only
	// have stored something after the first, and may still do so after the second.
	Began, Ended time.Time
	// Err is the cause: an *Error, a *NotPlatformError or a failure of the connection.
	Err error
}

func (e *UncertainError) Error() string {
	return fmt.Sprintf("outcome of %s %s%s is unknown: %s", e.Method, e.Path, atHost(e.Host), causeText(e.Err))
}

// atHost is a part of a sentence about a platform that has several addresses.
func atHost(host string) string {
	if host == "" {
		return ""
	}
	return " at " + host
}

// dialText leaves out the address and the names of system calls: whoever reads it has been told where.
func dialText(err error) string {
	var dial *net.OpError
	var call *os.SyscallError
	var elsewhere *ElsewhereError
	switch {
	case errors.As(err, &elsewhere):
	case errors.As(err, &dial) && dial.Op == "dial" && errors.As(dial.Err, &call):
		return oneLine(call.Err.Error())
	case errors.As(err, &dial) && dial.Op == "dial" && dial.Err != nil:
		return oneLine(dial.Err.Error())
	}
	return causeText(err)
}

// causeText puts the two ends of a stream, whose own words say nothing to an operator, into others.
func causeText(err error) string {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "the answer broke off"
	case errors.Is(err, io.EOF):
		return "the connection was closed without an answer"
	}
	return oneLine(err.Error())
}

// Unwrap returns the cause.
func (e *UncertainError) Unwrap() error { return e.Err }

// NotPlatformError says that something answered and that it was not the platform's API: a login page, a redirect, an
// empty answer, JSON of another shape.
type NotPlatformError struct {
	Method, Path string
	// Host is host:port of the address that was asked, empty where the platform has only one.
	Host   string
	Status int
	// ContentType is the answer's media type as sent, bounded.
	ContentType string
	// Location is where a redirect pointed, redacted and bounded, else "".
	Location string
	// Reason is what is wrong in a few words: "html instead of json".
	Reason string
	// Excerpt is the first words of the body, redacted and bounded.
	Excerpt string
}

func (e *NotPlatformError) Error() string {
	text := fmt.Sprintf("%s %s%s: answer %d is not the platform's: %s", e.Method, e.Path, atHost(e.Host), e.Status, oneLine(e.Reason))
	if e.Location != "" {
		text += " to " + oneLine(e.Location)
	}
	return text
}

// SourceError says that the file to upload could not be read whole. The request was broken off before its end, so the
// platform has not stored it.
type SourceError struct {
	// Name is the file's name as it would have been sent.
	Name string
	Err  error
}

func (e *SourceError) Error() string {
	return fmt.Sprintf("cannot read %s: %s", oneLine(e.Name), oneLine(e.Err.Error()))
}

// Unwrap returns the cause.
func (e *SourceError) Unwrap() error { return e.Err }

// LimitError says that a request was not sent because the platform would refuse it.
type LimitError struct {
	// Field is the platform's name of the value: "weight", "detections.0.bbox".
	Field string
	// Limit completes "<field> must be …", unit included: "0.001 to 100 kg".
	Limit string
	// Got is the value that was refused, bounded; a description where the value is secret or large.
	Got string
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("%s must be %s, got %s", e.Field, e.Limit, oneLine(e.Got))
}

// timeoutError is the end of an attempt's own time.
type timeoutError struct {
	after time.Duration
	what  string
}

func (e *timeoutError) Error() string { return fmt.Sprintf("%s within %s", e.what, e.after) }
func (e *timeoutError) Timeout() bool { return true }

// oneLine turns every run of blanks and control characters into one blank and bounds the result.
func oneLine(text string) string {
	words := strings.FieldsFunc(bound(text, 4*maxMessage), func(r rune) bool { return r == ' ' || isControl(r) })
	return bound(strings.Join(words, " "), maxMessage)
}

// bound cuts text to at most n bytes at a rune's edge and marks the cut.
func bound(text string, n int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= n {
		return text
	}
	const dots = "…"
	cut := max(0, n-len(dots))
	for cut > 0 && text[cut]&0xC0 == 0x80 {
		cut--
	}
	return text[:cut] + dots
}
