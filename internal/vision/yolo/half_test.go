package yolo

import (
	"math"
	"testing"
)

func TestHalfFromFloat32(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		in   float32
		want uint16
	}{
		{"zero", 0, 0},
		{"minus zero", float32(math.Copysign(0, -1)), 0x8000},
		{"one", 1, 0x3c00},
		{"the border", 114.0 / 255, 0x3727},
		{"the largest", 65504, 0x7bff},
		{"just not infinite", 65519.996, 0x7bff},
		{"rounds to infinite", 65520, 0x7c00},
		{"far too large", 1e30, 0x7c00},
		{"minus infinite", float32(math.Inf(-1)), 0xfc00},
		{"the smallest", 1.0 / (1 << 24), 1},
		{"half of the smallest, to even", 1.0 / (1 << 25), 0},
		{"a tie to even above", 1 + 3.0/2048, 0x3c02},
		{"a tie to even below", 1 + 1.0/2048, 0x3c00},
		{"the largest subnormal", 1023.0 / (1 << 24), 0x03ff},
		{"rounds out of the subnormals", 1023.75 / (1 << 24), 0x0400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := HalfFromFloat32(tt.in); got != tt.want {
				t.Errorf("got %#04x, want %#04x", got, tt.want)
			}
		})
	}
	if got := Float32FromHalf(HalfFromFloat32(114.0 / 255)); math.Abs(float64(got)-0.44702148) > 1e-8 {
		t.Errorf("the border as float16: got %v, want 0.44702148", got)
	}
}

func TestHalvesComeBack(t *testing.T) {
	t.Parallel()
	for i := range 1 << 16 {
		half := uint16(i)
		v := Float32FromHalf(half)
		if half&0x7c00 == 0x7c00 && half&0x3ff != 0 {
			if v == v || HalfFromFloat32(v)&0x7e00 != 0x7e00 {
				t.Fatalf("%#04x is NaN, got %v", half, v)
			}
			continue
		}
		if got := HalfFromFloat32(v); got != half {
			t.Fatalf("%#04x is %v, which comes back as %#04x", half, v, got)
		}
	}
}

func TestHalfRoundsToNearest(t *testing.T) {
	t.Parallel()
	for i := range 0x7bff {
		low, high := Float32FromHalf(uint16(i)), Float32FromHalf(uint16(i+1))
		middle := (low + high) / 2
		even := uint16(i + i&1)
		for _, tt := range []struct {
			in   float32
			want uint16
		}{{math.Nextafter32(middle, 0), uint16(i)}, {middle, even}, {math.Nextafter32(middle, 1e9), uint16(i + 1)}} {
			if got := HalfFromFloat32(tt.in); got != tt.want {
				t.Fatalf("%v: got %#04x, want %#04x", tt.in, got, tt.want)
			}
		}
	}
}
