package platform

import (
	"fmt"
	"strconv"
	"time"
)

// TimeError says that a text is none of the date forms that the platform and its machines use.
type TimeError struct {
	// Text is the refused input, at most 64 characters of it.
	Text string
}

func (e *TimeError) Error() string { return strconv.Quote(e.Text) + " is not a date and time" }

// timeLayouts are the forms in circulation: the framework's RFC 3339, the naïve ISO form of the Python edge, the
// database's own, and a bare date. A fraction of a second is accepted after each.
var timeLayouts = [...]string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", time.DateTime, time.DateOnly}

// ParseTime reads RFC 3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05" and "2006-01-02", and returns UTC. A form
// without a zone is taken as UTC, which is what the platform's database holds. It returns *TimeError otherwise.
func ParseTime(text string) (time.Time, error) {
	if len(text) <= 64 {
		for _, layout := range timeLayouts {
			t, err := time.Parse(layout, text)
			// A zone can push the year out of what JSON and RFC 3339 can write again.
			if err == nil && t.UTC().Year() >= 1 && t.UTC().Year() <= 9999 {
				return t.UTC(), nil
			}
		}
	}
	return time.Time{}, &TimeError{bound(text, 64)}
}

// wireTime reads a date of the platform; null and "" are the zero time.
func wireTime(v any) (time.Time, error) {
	switch v := v.(type) {
	case nil:
		return time.Time{}, nil
	case string:
		if v == "" {
			return time.Time{}, nil
		}
		return ParseTime(v)
	}
	return time.Time{}, fmt.Errorf("%s is not a date and time", kindOf(v))
}

// formatTime is how dates are sent: RFC 3339 in UTC with microseconds.
func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }
