package device

import (
	"testing"
	"time"
)

func TestZones(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	for name, want := range map[string]string{"Asia/Jakarta": "+07:00", "UTC": "+00:00", "": "", "Asia/Atlantis": ""} {
		if got := offset(name, at); got != want && zoneKnown("Asia/Jakarta") {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"", "UTC", "Asia/Jakarta"} {
		if err := checkZone(name); err != nil {
			t.Errorf("%q is refused: %v", name, err)
		}
	}
	for _, name := range []string{"Local", "Asia/Atlantis", "../../etc/passwd", "+07:00"} {
		if err := checkZone(name); err == nil && zoneKnown("Asia/Jakarta") {
			t.Errorf("%q passes for a time zone", name)
		}
	}
}

func TestUntil(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.Local)
	if got, want := until(now, now.AddDate(0, 0, 30)), "2026-07-31, 30 days from now"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := until(now, time.Time{}); got != "a day that the platform does not say" {
		t.Errorf("got %q", got)
	}
}
