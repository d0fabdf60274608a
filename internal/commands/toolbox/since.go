package toolbox

import (
	"regexp"
	"strconv"
	"sync"
	"time"
)

// Moment is a point in time as an operator types it: a length of time before now, or a date.
type Moment struct {
	ago time.Duration
	at  time.Time
}

// MomentForms is what Moment reads, for help.
const MomentForms = "24h, 7d, 2026-11-01 (its midnight here), or 2026-11-01T08:00:00Z"

const (
	// maxDays is a hundred years.
	maxDays = 36_500
	// maxMoment is longer than every form, in bytes.
	maxMoment = 40
)

// spanForm is weeks and days before what time.ParseDuration reads.
var spanForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:(\d{1,4})w)?(?:(\d{1,5})d)?((?:\d[0-9.]{0,15}[hms]+)*)$`)
})

// ParseMoment reads "24h", "7d", "1w2d", "1h30m", "2026-11-01", "2026-11-01T08:00", "2026-11-01T08:00:00" and RFC 3339. What
// names no zone is in zone, a date alone its midnight. It returns a usage error that names the flag.
func ParseMoment(flag, text string, zone *time.Location) (Moment, error) {
	if ago, ok := span(text); ok {
		return Moment{ago: ago}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly, "2006-01-02T15:04", "2006-01-02T15:04:05", time.DateTime} {
		at, err := time.ParseInLocation(layout, text, zone)
		if year := at.UTC().Year(); err == nil && len(text) <= maxMoment && year >= 1970 && year <= 9999 {
			return Moment{at: at}, nil
		}
	}
	if len(text) > maxMoment {
		text = "a text of " + Number(len(text)) + " bytes"
	}
	return Moment{}, Usage("--"+flag+" "+strconv.Quote(text)+" is no moment", "give one of: "+MomentForms)
}

// span reads a length of time that is more than nothing and at most a hundred years.
func span(text string) (time.Duration, bool) {
	if text == "" || len(text) > maxMoment {
		return 0, false
	}
	parts := spanForm().FindStringSubmatch(text)
	if parts == nil {
		return 0, false
	}
	weeks, _ := strconv.Atoi(parts[1])
	days, _ := strconv.Atoi(parts[2])
	total := time.Duration(0)
	if parts[3] != "" {
		rest, err := time.ParseDuration(parts[3])
		if err != nil || rest > maxDays*24*time.Hour {
			return 0, false
		}
		total = rest
	}
	if days += 7 * weeks; days > maxDays {
		return 0, false
	}
	total += time.Duration(days) * 24 * time.Hour
	return total, total > 0 && total <= maxDays*24*time.Hour
}

// IsZero says that nothing was typed.
func (m Moment) IsZero() bool { return m.ago == 0 && m.at.IsZero() }

// Relative says that the moment is counted back from now, so that it matters whose clock says what now is.
func (m Moment) Relative() bool { return m.ago > 0 }

// At is the moment in UTC when the clock that matters shows now; the zero time when nothing was typed.
func (m Moment) At(now time.Time) time.Time {
	if m.ago > 0 {
		return now.Add(-m.ago).UTC()
	}
	if m.at.IsZero() {
		return m.at
	}
	return m.at.UTC()
}
