package platform

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// maxDelay bounds any single wait in a process that somebody may be watching.
	maxDelay = 30 * time.Second
	// maxRetryAfter bounds what an Error reports as the platform's wish.
	maxRetryAfter = 15 * time.Minute
)

// again says whether a call that changes nothing is worth another attempt after err.
func again(err error) bool {
	var unreachable *UnreachableError
	var refused *Error
	switch {
	case errors.Is(err, context.Canceled):
		return false
	case errors.As(err, &unreachable):
		return !hopeless(unreachable.Err)
	case errors.As(err, &refused):
		return refused.Temporary()
	}
	return false
}

// hopeless recognises failures that time does not heal.
func hopeless(err error) bool {
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	return errors.As(err, &certificate) || errors.As(err, &record) || errors.Is(err, http.ErrSchemeMismatch)
}

// delay is how long to wait after the given attempt, counted from 1: the platform's wish plus up to a fifth, or full
// jitter below first × 2^(attempt−1); never above 30 s.
func delay(first time.Duration, attempt int, wish time.Duration) time.Duration {
	if wish > 0 {
		wish = min(wish, maxDelay)
		return min(wish+jitter(wish/5), maxDelay)
	}
	return jitter(min(min(first, maxDelay)<<min(attempt-1, 10), maxDelay))
}

// jitter is a random duration from 0 up to and including most.
func jitter(most time.Duration) time.Duration { return rand.N(most + 1) }

// wish is the Retry-After inside err, 0 when there is none.
func wish(err error) time.Duration {
	var refused *Error
	if errors.As(err, &refused) {
		return refused.RetryAfter
	}
	return 0
}

// parseRetryAfter reads a Retry-After header (RFC 9110 §10.2.3): whole seconds or an HTTP date. Negative values, past
// dates and anything else count as absent; 15 minutes is the most that is reported.
func parseRetryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if header == "" || len(header) > 64 {
		return 0
	}
	if seconds, err := strconv.ParseUint(header, 10, 64); err == nil {
		return time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second
	} else if errors.Is(err, strconv.ErrRange) {
		return maxRetryAfter
	}
	at, err := http.ParseTime(header)
	if err != nil || !at.After(now) {
		return 0
	}
	return min(at.Sub(now), maxRetryAfter)
}
