package platform

import (
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	t.Parallel()
	day := func(nanos int) string {
		return time.Date(2025, 9, 26, 17, 33, 4, nanos, time.UTC).Format(time.RFC3339Nano)
	}
	tests := []struct{ text, want string }{
		{"2025-09-26T17:33:04.000000Z", day(0)},
		{"2025-09-26T17:33:04.831522Z", day(831522000)},
		{"2025-09-27T00:33:04+07:00", day(0)},
		{"2025-09-26T17:33:04", day(0)},
		{"2025-09-26T17:33:04.5", day(500000000)},
		{"2025-09-26 17:33:04", day(0)},
		{"2025-09-27 00:33:04+07:00", day(0)},
		{"2025-09-26", "2025-09-26T00:00:00Z"},
		{"", "error"}, {"banana", "error"}, {"26/09/2025", "error"}, {"2025-13-01", "error"},
		{"0000-01-01T00:00:00+23:00", "error"}, {"9999-12-31T23:59:59-23:00", "error"},
		{"2025-09-26T17:33:04Z" + string(make([]byte, 100)), "error"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			at, err := ParseTime(tt.text)
			got := at.Format(time.RFC3339Nano)
			if err != nil {
				got = "error"
			}
			if got != tt.want {
				t.Errorf("got %s (%v), want %s", got, err, tt.want)
			}
		})
	}
}

func FuzzParseTime(f *testing.F) {
	for _, seed := range []string{"2025-09-26T17:33:04.000000Z", "2025-09-26 17:33:04", "0001-01-01", "9999-12-31T23:59:59.999999999Z"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, err := ParseTime(text)
		if err != nil {
			return
		}
		if _, err := at.MarshalJSON(); err != nil {
			t.Fatalf("%q cannot be written again: %v", text, err)
		}
		if again, err := ParseTime(formatTime(at)); err != nil || !again.Equal(at.Truncate(time.Microsecond)) {
			t.Fatalf("%q: %v came back as %v (%v)", text, at, again, err)
		}
	})
}
