package source

import (
	"context"
	"errors"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/myrvm/rvmctl/internal/vision"
)

func decode(t testing.TB, data []byte) *vision.Frame {
	t.Helper()
	f, err := Decode(t.Context(), "test", data, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	checkWhole(t, f)
	return f
}

// checkWhole holds a frame against what vision.Frame promises.
func checkWhole(t testing.TB, f *vision.Frame) {
	t.Helper()
	switch {
	case f.Width < 1 || f.Height < 1:
	case f.YCbCr != nil && f.RGB == nil && f.YCbCr.Rect == image.Rect(0, 0, f.Width, f.Height):
		return
	case f.YCbCr == nil && len(f.RGB) == 3*f.Width*f.Height:
		return
	}
	t.Fatalf("frame %d×%d with planes %v and %d bytes", f.Width, f.Height, f.YCbCr != nil, len(f.RGB))
}

func pixel(f *vision.Frame, x, y int) color.RGBA {
	if f.YCbCr != nil {
		r, g, b, _ := f.YCbCr.At(x, y).RGBA()
		return color.RGBA{byte(r >> 8), byte(g >> 8), byte(b >> 8), 255}
	}
	p := f.RGB[3*(y*f.Width+x):]
	return color.RGBA{p[0], p[1], p[2], 255}
}

func near(a, b color.RGBA, by int) bool {
	d := func(x, y uint8) bool { return max(int(x)-int(y), int(y)-int(x)) <= by }
	return d(a.R, b.R) && d(a.G, b.G) && d(a.B, b.B)
}

func TestDecodePNGKinds(t *testing.T) {
	t.Parallel()
	box := image.Rect(0, 0, 3, 2)
	at := func(set func(x, y int)) {
		for y := range 2 {
			for x := range 3 {
				set(x, y)
			}
		}
	}
	grey, grey16 := image.NewGray(box), image.NewGray16(box)
	rgba, nrgba := image.NewRGBA(box), image.NewNRGBA(box)
	deep, deepAlpha := image.NewRGBA64(box), image.NewNRGBA64(box)
	palette := image.NewPaletted(box, color.Palette{color.NRGBA{10, 20, 30, 0}, color.NRGBA{200, 100, 50, 128}, color.NRGBA{1, 2, 3, 255}})
	at(func(x, y int) {
		v := byte(40*x + 100*y)
		grey.SetGray(x, y, color.Gray{v})
		grey16.SetGray16(x, y, color.Gray16{uint16(v)<<8 | 0xff})
		rgba.SetRGBA(x, y, color.RGBA{v, 2, 3, 255})
		nrgba.SetNRGBA(x, y, color.NRGBA{v, 90, 80, byte(60 * x)})
		deep.SetRGBA64(x, y, color.RGBA64{uint16(v)<<8 | 0xff, 0x1234, 0xfeff, 0xffff})
		deepAlpha.SetNRGBA64(x, y, color.NRGBA64{uint16(v) << 8, 0x1234, 0xfeff, uint16(x)})
		palette.SetColorIndex(x, y, byte(x))
	})
	tests := []struct {
		name string
		img  image.Image
		want func(x int, v byte) []byte
	}{
		{"grey is repeated", grey, func(x int, v byte) []byte { return []byte{v, v, v} }},
		{"16-bit grey keeps its high byte", grey16, func(x int, v byte) []byte { return []byte{v, v, v} }},
		{"opaque colour is copied", rgba, func(x int, v byte) []byte { return []byte{v, 2, 3} }},
		{"alpha is dropped and not multiplied in", nrgba, func(x int, v byte) []byte { return []byte{v, 90, 80} }},
		{"16-bit colour keeps its high byte", deep, func(x int, v byte) []byte { return []byte{v, 0x12, 0xfe} }},
		{"16-bit alpha is dropped", deepAlpha, func(x int, v byte) []byte { return []byte{v, 0x12, 0xfe} }},
		{"a transparent palette entry keeps its colour", palette, func(x int, v byte) []byte {
			return [][]byte{{10, 20, 30}, {200, 100, 50}, {1, 2, 3}}[x]
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var want []byte
			at(func(x, y int) { want = append(want, tt.want(x, byte(40*x+100*y))...) })
			if diff := cmp.Diff(want, decode(t, encodePNG(t, tt.img)).RGB); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestDecodeJPEGKinds(t *testing.T) {
	t.Parallel()
	ramp, flat := []byte{40, 90, 140, 190}, []byte{128, 128, 128, 128}
	ink := func(v byte) []byte { return []byte{v, v, v, v} }
	tests := []struct {
		name   string
		jpeg   tinyJPEG
		planes bool
		want   [4]color.RGBA
	}{
		{"baseline keeps its planes", tinyJPEG{sof: 0xc0, ids: "\x01\x02\x03", samples: [][]byte{ramp, flat, flat}}, true,
			[4]color.RGBA{{40, 40, 40, 0}, {90, 90, 90, 0}, {140, 140, 140, 0}, {190, 190, 190, 0}}},
		{"progressive is decoded", tinyJPEG{sof: 0xc2, ids: "\x01\x02\x03", samples: [][]byte{ramp, flat, flat}}, true,
			[4]color.RGBA{{40, 40, 40, 0}, {90, 90, 90, 0}, {140, 140, 140, 0}, {190, 190, 190, 0}}},
		{"grey is repeated", tinyJPEG{sof: 0xc0, ids: "\x01", samples: [][]byte{ramp}}, false,
			[4]color.RGBA{{40, 40, 40, 0}, {90, 90, 90, 0}, {140, 140, 140, 0}, {190, 190, 190, 0}}},
		{"RGB is not taken for Y'CbCr", tinyJPEG{sof: 0xc0, ids: "RGB", samples: [][]byte{ramp, flat, ink(200)}}, false,
			[4]color.RGBA{{40, 128, 200, 0}, {90, 128, 200, 0}, {140, 128, 200, 0}, {190, 128, 200, 0}}},
		{"CMYK as Adobe writes it, inverted", tinyJPEG{sof: 0xc0, ids: "\x01\x02\x03\x04", segments: adobe(0),
			samples: [][]byte{{255, 0, 255, 255}, {255, 255, 0, 255}, ink(255), {255, 255, 255, 0}}}, false,
			[4]color.RGBA{{255, 255, 255, 0}, {0, 255, 255, 0}, {255, 0, 255, 0}, {0, 0, 0, 0}}},
		{"YCCK", tinyJPEG{sof: 0xc0, ids: "\x01\x02\x03\x04", segments: adobe(2),
			samples: [][]byte{ramp, flat, flat, {255, 255, 255, 0}}}, false,
			// The Y of YCCK counts ink, so light is dark.
			[4]color.RGBA{{215, 215, 215, 0}, {165, 165, 165, 0}, {115, 115, 115, 0}, {0, 0, 0, 0}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.jpeg.width, tt.jpeg.height = 15, 14
			f := decode(t, tt.jpeg.encode())
			if f.Width != 15 || f.Height != 14 || (f.YCbCr != nil) != tt.planes {
				t.Fatalf("got %d×%d, planes %v", f.Width, f.Height, f.YCbCr != nil)
			}
			for i, want := range tt.want {
				if got := pixel(f, 3+8*(i%2), 3+8*(i/2)); !near(got, want, 2) {
					t.Errorf("block %d: got %v, want %v", i, got, want)
				}
			}
		})
	}
}

func TestDecodeRefusesInWords(t *testing.T) {
	t.Parallel()
	good := encodeJPEG(t, quadrants(64, 48))
	four := tinyJPEG{sof: 0xc0, width: 8, height: 8, ids: "\x01\x02\x03\x04", samples: [][]byte{{0}, {0}, {0}, {0}}}
	arithmetic := tinyJPEG{sof: 0xc9, width: 8, height: 8, ids: "\x01", samples: [][]byte{{0}}}
	tests := []struct {
		name string
		data []byte
		lim  Limits
		kind Kind
		text string
	}{
		{"nothing", nil, Limits{}, KindNotImage, "x.jpg: empty, not a JPEG or PNG picture"},
		{"a text file", []byte("dear diary"), Limits{}, KindNotImage, "x.jpg: not a JPEG or PNG picture"},
		{"another format", []byte("GIF89a\x01\x00\x01\x00"), Limits{}, KindNotImage, "x.jpg: not a JPEG or PNG picture"},
		{"too many bytes", make([]byte, 2000), Limits{MaxBytes: 1999}, KindTooLarge, "x.jpg: larger than the limit of 2 KiB"},
		{"a start and no more", []byte("\xff\xd8\xff"), Limits{}, KindCorrupt, "x.jpg: truncated: the file ends before the picture does"},
		{"a truncated JPEG", good[:len(good)/2], Limits{}, KindCorrupt, "x.jpg: truncated: the file ends before the picture does"},
		{"a truncated PNG", encodePNG(t, quadrants(64, 48))[:90], Limits{}, KindCorrupt, "x.jpg: truncated: the file ends before the picture does"},
		{"four components without a word on their meaning", four.encode(), Limits{}, KindUnsupported,
			"x.jpg: JPEG of an unsupported kind: unknown color model: 4-component JPEG doesn't have Adobe APP14 metadata"},
		{"arithmetic coding", arithmetic.encode(), Limits{}, KindUnsupported, "x.jpg: JPEG of an unsupported kind: unknown marker"},
		{"no time", good, Limits{Timeout: 1}, KindTimeout, "x.jpg: not decoded within 1ns"},
		{"a wide picture", good, Limits{MaxSide: 63}, KindUnwieldy, "x.jpg: claims 64×48 pixels, a side may have 63"},
		{"many pixels", good, Limits{MaxPixels: 3000}, KindBomb, "x.jpg: claims 64×48 pixels, 3072 where 3000 are allowed"},
		{"little memory", good, Limits{MaxMemory: 4000}, KindUnwieldy, "x.jpg: 64×48 pixels of this kind of JPEG need 5 KiB to decode, 4 KiB are allowed"},
		{"no width", claimPNG(0, 5, 8, 2, 0), Limits{}, KindCorrupt, "x.jpg: damaged picture: png: invalid format: non-positive dimension"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Decode(t.Context(), "x.jpg", tt.data, tt.lim)
			var bad *ImageError
			if !errors.As(err, &bad) {
				t.Fatalf("got %v, want an ImageError", err)
			}
			if bad.Kind != tt.kind || bad.Error() != tt.text {
				t.Errorf("got %s %q, want %s %q", bad.Kind, bad, tt.kind, tt.text)
			}
		})
	}
}

func TestEveryTruncationIsAnError(t *testing.T) {
	t.Parallel()
	for name, whole := range map[string][]byte{
		"JPEG": encodeJPEG(t, quadrants(40, 24)), "PNG": encodePNG(t, quadrants(40, 24)),
	} {
		for n := range whole {
			if _, err := Decode(t.Context(), "cut", whole[:n], Limits{}); err == nil {
				t.Errorf("%s: the first %d of %d bytes were taken for a picture", name, n, len(whole))
			}
		}
	}
}

func TestDecodeStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Decode(ctx, "x", encodeJPEG(t, quadrants(64, 48)), Limits{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

// TestDecodersShareOneBudget runs more decodes than fit, one of them abandoned; none may be lost, refused or blocked.
func TestDecodersShareOneBudget(t *testing.T) {
	t.Parallel()
	data := encodeJPEG(t, quadrants(640, 480))
	d := NewDecoder(Limits{MaxMemory: 640 * 480 * 2, Timeout: time.Minute})
	gone, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	if _, err := d.Decode(gone, "abandoned", data); err == nil {
		t.Error("an ended context gave a frame")
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := d.Decode(t.Context(), "x", data); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestDecodeReferencePictures(t *testing.T) {
	t.Parallel()
	dir := sharedFolder(t, "vision", "images")
	for name, want := range map[string]image.Point{"bus.jpg": {810, 1080}, "zidane.jpg": {1280, 720}} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		f := decode(t, data)
		if f.Width != want.X || f.Height != want.Y || f.YCbCr == nil {
			t.Errorf("%s: got %d×%d, planes %v", name, f.Width, f.Height, f.YCbCr != nil)
		}
	}
}

func TestDecodeAllocatesLittleBesideThePlanes(t *testing.T) {
	data := encodeJPEG(t, quadrants(640, 480))
	d := NewDecoder(Limits{})
	got := testing.AllocsPerRun(20, func() {
		if _, err := d.Decode(t.Context(), "x", data); err != nil {
			t.Fatal(err)
		}
	})
	if got > 40 {
		t.Errorf("got %.0f allocations a picture, want at most 40", got)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encodeJPEG(f, quadrants(24, 16)))
	f.Add(encodePNG(f, quadrants(24, 16)))
	f.Add(claimPNG(60_000, 60_000, 8, 6, 0))
	f.Add(tinyJPEG{sof: 0xc2, width: 16, height: 8, ids: "\x01", samples: [][]byte{{1, 2}}}.encode())
	f.Add(tinyJPEG{sof: 0xc0, width: 8, height: 8, ids: "\x01\x02\x03\x04", segments: adobe(2), samples: [][]byte{{1}, {2}, {3}, {4}}}.encode())
	d := NewDecoder(Limits{MaxPixels: 1 << 16, MaxBytes: 1 << 16, MaxMemory: 1 << 20, Timeout: 5 * time.Second})
	f.Fuzz(func(t *testing.T, data []byte) {
		frame, err := d.Decode(t.Context(), "fuzz", data)
		var bad *ImageError
		switch {
		case err == nil:
			checkWhole(t, frame)
		case !errors.As(err, &bad):
			t.Errorf("error %v is not an ImageError", err)
		case bad.Kind == KindTimeout:
			t.Error("a small picture took too long")
		}
	})
}

func BenchmarkDecodeJPEG720p(b *testing.B) {
	data := encodeJPEG(b, quadrants(1280, 720))
	d := NewDecoder(Limits{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Decode(b.Context(), "x", data); err != nil {
			b.Fatal(err)
		}
	}
}
