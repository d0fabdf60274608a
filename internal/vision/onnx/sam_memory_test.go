package onnx

import (
	"runtime"
	"strings"
	"testing"
)

func TestAvailableMemory(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]uint64{
		"MemTotal:  16 kB\nMemFree: 1 kB\nMemAvailable:    7754404 kB\n": 7754404 << 10, "MemAvailable: 0 kB": 0,
	} {
		if got, known := parseAvailable(strings.NewReader(text)); got != want || !known {
			t.Errorf("%q: got %d, %v", text, got, known)
		}
	}
	for _, text := range []string{"", "MemTotal: 16 kB", "MemAvailable: lots", "MemAvailable: -1 kB", "MemAvailable: 99999999999999999999 kB"} {
		if got, known := parseAvailable(strings.NewReader(text)); known {
			t.Errorf("%q: got %d", text, got)
		}
	}
	if got, known := AvailableMemory(); known != (runtime.GOOS == "linux") || known && got == 0 {
		t.Errorf("here: got %d, %v", got, known)
	}
}
