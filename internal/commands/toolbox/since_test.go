package toolbox

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestParseMoment(t *testing.T) {
	t.Parallel()
	jakarta := time.FixedZone("WIB", 7*3600)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct{ text, want string }{
		{"24h", "2026-11-22T12:00:00Z"}, {"7d", "2026-11-16T12:00:00Z"}, {"1w2d3h", "2026-11-14T09:00:00Z"}, {"90m", "2026-11-23T10:30:00Z"},
		{"1.5h", "2026-11-23T10:30:00Z"}, {"2026-11-01", "2026-10-31T17:00:00Z"}, {"2026-11-01T08:00", "2026-11-01T01:00:00Z"},
		{"2026-11-01 08:00:05", "2026-11-01T01:00:05Z"}, {"2026-11-01T08:00:05Z", "2026-11-01T08:00:05Z"},
		{"2026-11-01T08:00:05+07:00", "2026-11-01T01:00:05Z"}, {"36500d", "1926-12-18T12:00:00Z"},
		{"", ""}, {"0h", ""}, {"0d", ""}, {"-24h", ""}, {"24", ""}, {"d", ""}, {"yesterday", ""}, {"36501d", ""}, {"9999w", ""},
		{"999999999h", ""}, {"9999999999999999h", ""}, {"24h ", ""}, {"2026-13-01", ""}, {"2026-02-30", ""}, {"1969-12-31", ""},
		{"0001-01-01", ""}, {"2026-11-01T25:00:00Z", ""}, {"01.11.2026", ""}, {"1h1d", ""}, {strings.Repeat("1h", 21), ""},
	} {
		m, err := ParseMoment("since", tt.text, jakarta)
		if tt.want == "" {
			var usage *UsageError
			if !errors.As(err, &usage) || !m.IsZero() || len(usage.Fact) > 100 {
				t.Errorf("%.40q: got %v, %v", tt.text, m, err)
			}
			continue
		}
		if got := m.At(now).Format(time.RFC3339); err != nil || got != tt.want {
			t.Errorf("%q: got %s, want %s (%v)", tt.text, got, tt.want, err)
		}
	}
}

func TestOnlyALengthOfTimeDependsOnTheClock(t *testing.T) {
	t.Parallel()
	length, _ := ParseMoment("since", "24h", time.UTC)
	date, _ := ParseMoment("since", "2026-11-01", time.UTC)
	if !length.Relative() || date.Relative() || (Moment{}).Relative() || !(Moment{}).At(time.Now()).IsZero() {
		t.Error("a length of time is relative, a date and nothing are not")
	}
}

func FuzzParseMoment(f *testing.F) {
	for _, seed := range []string{"24h", "7d", "1w2d3h4m5s", "2026-11-01", "2026-11-01T08:00:00+07:00", "1e9h", "0.0000001h", "\x00"} {
		f.Add(seed)
	}
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseMoment("since", text, time.UTC)
		if err != nil {
			return
		}
		if at := m.At(now); m.IsZero() || at.IsZero() || at.Year() < 1900 || at.Year() > 9999 || m.Relative() && !at.Before(now) {
			t.Errorf("%q became %v", text, at)
		}
	})
}
