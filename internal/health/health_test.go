package health

import (
	"context"
	"testing"
)

func TestScoreExplainsEveryMissingPoint(t *testing.T) {
	t.Parallel()
	at := func(v float64) *float64 { return &v }
	tests := []struct {
		name    string
		in      Sensors
		score   int
		reasons int
		known   bool
	}{
		{"nothing can be read", Sensors{}, 100, 0, false},
		{"all is well", Sensors{CPU: at(10), Memory: at(40), Disk: at(80), Temperature: at(70)}, 100, 0, true},
		{"a warm board", Sensors{Temperature: at(70.1)}, 80, 1, true},
		{"a hot board and a full disk", Sensors{Temperature: at(81), Disk: at(99)}, 20, 2, true},
		{"everything at once does not go below nothing",
			Sensors{CPU: at(99), Memory: at(99), Disk: at(99), Temperature: at(99)}, 0, 4, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			score, reasons, known := tt.in.Score()
			if score != tt.score || len(reasons) != tt.reasons || known != tt.known {
				t.Errorf("got %d %q %t, want %d, %d reasons, %t", score, reasons, known, tt.score, tt.reasons, tt.known)
			}
		})
	}
}

func TestReadSeesThisHost(t *testing.T) {
	t.Parallel()
	s := Read(context.Background(), ".")
	if s.Memory == nil || s.Disk == nil || s.Uptime == nil {
		t.Fatalf("memory, disk or uptime could not be read: %+v", s)
	}
	if *s.Memory <= 0 || *s.Memory > 100 || *s.Disk < 0 || *s.Disk > 100 || *s.Uptime == 0 {
		t.Errorf("impossible readings: memory %v, disk %v, uptime %v", *s.Memory, *s.Disk, *s.Uptime)
	}
}
