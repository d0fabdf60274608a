package source

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// filled is a structure of so many bytes with words and texts at their places.
func filled(size int, words map[int]uint32, texts map[int]string) []byte {
	b := make([]byte, size)
	for at, v := range words {
		native.PutUint32(b[at:], v)
	}
	for at, s := range texts {
		copy(b[at:], s)
	}
	return b
}

func code(s string) uint32 {
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

func TestDecodeCapability(t *testing.T) {
	t.Parallel()
	texts := map[int]string{0: "uvcvideo", 16: "HD Webcam: HD Webcam", 48: "usb-3610000.usb-2.1"}
	named := Camera{Name: "HD Webcam: HD Webcam", Driver: "uvcvideo", Bus: "usb-3610000.usb-2.1"}
	tests := map[string]struct {
		words            map[int]uint32
		captures, planes bool
	}{
		"webcam":                      {map[int]uint32{84: 0x84a00001, 88: 0x04200001}, true, false},
		"its metadata":                {map[int]uint32{84: 0x84a00001, 88: 0x04a00000}, false, false},
		"old driver":                  {map[int]uint32{84: 0x05000001}, true, false},
		"old driver, words at 88":     {map[int]uint32{84: 0x04000002, 88: 0x1}, false, false},
		"planes (Jetson's own block)": {map[int]uint32{84: 0x84201000, 88: 0x04201000}, true, true},
		"both":                        {map[int]uint32{84: 0x80001001, 88: 0x1001}, true, false},
		"a decoder":                   {map[int]uint32{84: 0x84204000, 88: 0x04204000}, false, false},
	}
	for name, tt := range tests {
		got, planes := decodeCapability(filled(sizeCapability, tt.words, texts))
		want := named
		want.Captures = tt.captures
		if got != want || planes != tt.planes {
			t.Errorf("%s: got %+v, planes %v", name, got, planes)
		}
	}
	full := filled(sizeCapability, nil, map[int]string{0: "0123456789abcdefABC", 48: "\xff\xfe\x00x"})
	if c, _ := decodeCapability(full); c.Driver != "0123456789abcdef" || c.Bus != "�" {
		t.Errorf("got %q, %q", c.Driver, c.Bus)
	}
}

func TestDecodeFormat(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		words map[int]uint32
		text  string
		want  Format
	}{
		"plain":      {map[int]uint32{4: 1, 44: code("YUYV")}, "YUYV 4:2:2", Format{Code: "YUYV", Description: "YUYV 4:2:2"}},
		"compressed": {map[int]uint32{8: 1, 44: code("MJPG")}, "Motion-JPEG", Format{Code: "MJPG", Description: "Motion-JPEG", Compressed: true}},
		"emulated":   {map[int]uint32{8: 2, 44: code("RGB3")}, "RGB", Format{Code: "RGB3", Description: "RGB"}},
		"big endian": {map[int]uint32{44: code("Y16 ") | 1<<31}, "", Format{Code: "Y16"}},
		"no letters": {map[int]uint32{44: 0x1b5b3100}, "", Format{Code: "1["}},
	}
	for name, tt := range tests {
		got, pixel := decodeFormat(filled(sizeFormat, tt.words, map[int]string{12: tt.text}))
		if diff := cmp.Diff(tt.want, got); diff != "" || pixel != tt.words[44] {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestDecodeSize(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		words    map[int]uint32
		want     Size
		more, ok bool
	}{
		"one":              {map[int]uint32{8: 1, 12: 1920, 16: 1080}, Size{Width: 1920, Height: 1080}, true, true},
		"steps":            {map[int]uint32{8: 3, 12: 16, 16: 4096, 20: 16, 24: 8, 28: 2160, 32: 8}, Size{Width: 16, MaxWidth: 4096, StepWidth: 16, Height: 8, MaxHeight: 2160, StepHeight: 8}, false, true},
		"continuous":       {map[int]uint32{8: 2, 12: 1, 16: 640, 20: 1, 24: 1, 28: 480, 32: 1}, Size{Width: 1, MaxWidth: 640, StepWidth: 1, Height: 1, MaxHeight: 480, StepHeight: 1}, false, true},
		"nothing":          {map[int]uint32{8: 1}, Size{}, true, false},
		"unknown kind":     {map[int]uint32{8: 9, 12: 5, 16: 5}, Size{}, false, false},
		"absurd":           {map[int]uint32{8: 1, 12: 0xffffffff, 16: 1}, Size{}, true, false},
		"the wrong way":    {map[int]uint32{8: 3, 12: 640, 16: 320, 24: 1, 28: 1}, Size{}, false, false},
		"an absurd bound":  {map[int]uint32{8: 3, 12: 1, 16: 0x80000000, 24: 1, 28: 1}, Size{}, false, false},
		"only a max width": {map[int]uint32{8: 3, 16: 640, 28: 480}, Size{MaxWidth: 640, MaxHeight: 480}, false, false},
	}
	for name, tt := range tests {
		got, more, ok := decodeSize(filled(sizeFrameSize, tt.words, nil))
		if ok != tt.ok || ok && (more != tt.more || !cmp.Equal(got, tt.want)) {
			t.Errorf("%s: got %+v, more %v, ok %v", name, got, more, ok)
		}
	}
}

func TestDecodeInterval(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		words map[int]uint32
		want  []float64
		more  bool
	}{
		"30 a second":    {map[int]uint32{16: 1, 20: 1, 24: 30}, []float64{30}, true},
		"television":     {map[int]uint32{16: 1, 20: 1001, 24: 30000}, []float64{30000.0 / 1001}, true},
		"a range":        {map[int]uint32{16: 3, 20: 1, 24: 60, 28: 1, 32: 5}, []float64{60, 5}, false},
		"no time at all": {map[int]uint32{16: 1, 20: 0, 24: 30}, nil, true},
		"for ever":       {map[int]uint32{16: 1, 20: 1, 24: 0}, nil, true},
		"unknown kind":   {map[int]uint32{20: 1, 24: 30}, nil, false},
	}
	for name, tt := range tests {
		got, more := decodeInterval(filled(sizeInterval, tt.words, nil))
		if !cmp.Equal(got, tt.want) || more != tt.more {
			t.Errorf("%s: got %v, more %v", name, got, more)
		}
	}
	if got := tidy([]float64{5, 30, 15, 30}); !cmp.Equal(got, []float64{30, 15, 5}) {
		t.Errorf("got %v", got)
	}
}

func TestTheFormatThatFits(t *testing.T) {
	t.Parallel()
	yuyv := Format{Code: "YUYV", Sizes: []Size{{Width: 640, Height: 480, Rates: []float64{30, 15}}, {Width: 1920, Height: 1080, Rates: []float64{5}}}}
	mjpg := Format{Code: "MJPG", Compressed: true, Sizes: []Size{{Width: 1920, Height: 1080, Rates: []float64{30000.0 / 1001 * 1.001, 15}}}}
	h264 := Format{Code: "H264", Compressed: true, Sizes: []Size{{Width: 3840, Height: 2160, Rates: []float64{60}}}}
	steps := Format{Code: "NV12", Sizes: []Size{{Width: 16, MaxWidth: 1280, StepWidth: 16, Height: 16, MaxHeight: 720, StepHeight: 16}}}
	all := []Format{h264, yuyv, mjpg}
	tests := []struct {
		formats       []Format
		width, height int
		fps           float64
		want          string
	}{
		{all, 640, 480, 30, "YUYV"}, {all, 0, 0, 0, "YUYV"}, {all, 1920, 1080, 0, "YUYV"}, {all, 1920, 1080, 30, "MJPG"},
		{all, 3840, 2160, 30, ""}, {all, 0, 0, 120, ""}, {[]Format{steps}, 1280, 720, 30, "NV12"}, {[]Format{steps}, 1279, 720, 30, ""},
		{[]Format{steps}, 1296, 720, 0, ""}, {nil, 640, 480, 0, ""},
	}
	for _, tt := range tests {
		if got := fittingFormat(tt.formats, tt.width, tt.height, tt.fps); got != tt.want {
			t.Errorf("%d×%d at %v: got %q, want %q", tt.width, tt.height, tt.fps, got, tt.want)
		}
	}
}

func FuzzDevice(f *testing.F) {
	f.Add(filled(sizeCapability, map[int]uint32{84: 0x84a00001, 88: 0x04200001}, map[int]string{0: "uvcvideo"}))
	f.Add(filled(sizeFrameSize, map[int]uint32{8: 3, 12: 16, 16: 4096, 20: 16, 24: 8, 28: 2160, 32: 8}, nil))
	f.Add([]byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		decodeCapability(b)
		if format, _ := decodeFormat(b); len(format.Code) > 4 {
			t.Errorf("a code of %q", format.Code)
		}
		s, more, ok := decodeSize(b)
		if ok && (s.Width < 1 || s.Height < 1 || s.Width > maxDimension || s.MaxWidth > maxDimension) || more && !ok {
			t.Errorf("got %+v, more %v, ok %v", s, more, ok)
		}
		s.covers(640, 480)
		rates, _ := decodeInterval(b)
		for _, rate := range rates {
			if !(rate > 0) {
				t.Errorf("a rate of %v", rate)
			}
		}
	})
}
