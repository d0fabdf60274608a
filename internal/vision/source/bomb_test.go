package source

import (
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"runtime"
	"testing"
	"time"
)

// TestBombsAreRefusedCheaply is not parallel: it reads the allocation counter of the whole process.
func TestBombsAreRefusedCheaply(t *testing.T) {
	small := tinyJPEG{sof: 0xc0, width: 8, height: 8, ids: "\x01\x02\x03", samples: [][]byte{{1}, {2}, {3}}}
	tests := []struct {
		name string
		data []byte
		kind Kind
	}{
		{"71 bytes that claim 60,000×60,000", claimPNG(60_000, 60_000, 8, 6, 0), KindUnwieldy},
		{"one bit a pixel, 30,000×30,000", claimPNG(30_000, 30_000, 1, 0, 0), KindUnwieldy},
		{"a very long line", claimPNG(2_000_000_000, 1, 8, 6, 0), KindUnwieldy},
		{"too much memory by 16-bit samples", claimPNG(6_000, 6_000, 16, 6, 0), KindUnwieldy},
		{"allowed size, but nothing behind it", claimPNG(6_000, 6_000, 8, 6, 0), KindCorrupt},
		{"allowed size, interlaced, nothing behind it", claimPNG(6_000, 6_000, 8, 6, 1), KindCorrupt},
		{"a JPEG that claims 65,535×65,535", resized(small, 65_535, 65_535), KindUnwieldy},
		{"a JPEG of allowed size and one block", resized(small, 6_000, 6_000), KindCorrupt},
		{"a progressive JPEG with too many coefficients", padded(progressive(small), 5_000, 5_000), KindUnwieldy},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Decode(t.Context(), "bomb", tt.data, Limits{})
			runtime.ReadMemStats(&after)
			var bad *ImageError
			if !errors.As(err, &bad) || bad.Kind != tt.kind {
				t.Fatalf("got %v, want kind %s", err, tt.kind)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
				t.Errorf("allocated %d MiB", used>>20)
			}
			if took := fastest(func() { _, _ = Decode(t.Context(), "bomb", tt.data, Limits{}) }); took > 100*time.Millisecond {
				t.Errorf("took %v", took)
			}
		})
	}
}

// fastest of five, so that a busy machine does not count against the code.
func fastest(do func()) time.Duration {
	best := time.Hour
	for range 5 {
		start := time.Now()
		do()
		best = min(best, time.Since(start))
	}
	return best
}

func TestTheFamousBombHas71Bytes(t *testing.T) {
	t.Parallel()
	if n := len(claimPNG(60_000, 60_000, 8, 6, 0)); n != 71 {
		t.Errorf("got %d bytes", n)
	}
}

// TestMemoryIsCountedPerKind pins the estimate, which must hold for what image/jpeg and image/png really allocate.
func TestMemoryIsCountedPerKind(t *testing.T) {
	t.Parallel()
	const pixels = 160 * 80
	three := tinyJPEG{sof: 0xc0, width: 160, height: 80, ids: "\x01\x02\x03", samples: [][]byte{make([]byte, 200), make([]byte, 200), make([]byte, 200)}}
	turned := three
	turned.segments = exifWith(binary.LittleEndian, 6)
	grey := tinyJPEG{sof: 0xc0, width: 160, height: 80, ids: "\x01", samples: three.samples}
	cmyk := tinyJPEG{sof: 0xc0, width: 160, height: 80, ids: "\x01\x02\x03\x04", segments: adobe(0), samples: append(three.samples, make([]byte, 200))}
	tests := []struct {
		name string
		data []byte
		want int64
	}{
		{"baseline 4:4:4: three planes", three.encode(), 3 * pixels},
		{"Go's own 4:2:0", encodeJPEG(t, quadrants(160, 80)), pixels * 3 / 2},
		{"progressive: four more bytes a sample", progressive(three).encode(), 15 * pixels},
		{"turned: and the packed copy", turned.encode(), 6 * pixels},
		{"grey: and the packed copy", grey.encode(), 4 * pixels},
		{"CMYK: four planes and four bytes", cmyk.encode(), 8 * pixels},
		{"PNG: four bytes", claimPNG(160, 80, 8, 2, 0), 4 * pixels},
		{"PNG of 16 bits: eight bytes", claimPNG(160, 80, 16, 0, 0), 8 * pixels},
		{"interlaced PNG: half as much again", claimPNG(160, 80, 8, 2, 1), 6 * pixels},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			head, err := readHeader("x", tt.data, DefaultLimits())
			if err != nil {
				t.Fatal(err)
			}
			if head.memory != tt.want {
				t.Errorf("got %d, want %d", head.memory, tt.want)
			}
		})
	}
}

func progressive(j tinyJPEG) tinyJPEG {
	j.sof = markerSOF2
	return j
}

// resized writes another size into the header of the same picture.
func resized(j tinyJPEG, w, h int) []byte {
	j.width, j.height = w, h
	return j.encode()
}

// padded has enough bytes to be plausible.
func padded(j tinyJPEG, w, h int) []byte {
	return append(resized(j, w, h), make([]byte, w*h/64)...)
}

// TestTheMemoryEstimateHolds is not parallel either.
func TestTheMemoryEstimateHolds(t *testing.T) {
	const side = 800
	blocks := make([]byte, side*side/64)
	three := tinyJPEG{sof: 0xc0, width: side, height: side, ids: "\x01\x02\x03", samples: [][]byte{blocks, blocks, blocks}}
	turned, cmyk, rgb := three, three, three
	turned.segments = exifWith(binary.BigEndian, 8)
	cmyk.ids, cmyk.segments, cmyk.samples = "\x01\x02\x03\x04", adobe(0), append(three.samples, blocks)
	rgb.ids = "RGB"
	box := image.Rect(0, 0, side, side)
	for name, data := range map[string][]byte{
		"baseline JPEG":     three.encode(),
		"progressive JPEG":  progressive(three).encode(),
		"turned JPEG":       turned.encode(),
		"CMYK JPEG":         cmyk.encode(),
		"progressive CMYK":  progressive(cmyk).encode(),
		"RGB JPEG":          rgb.encode(),
		"grey PNG":          encodePNG(t, image.NewGray(box)),
		"colour PNG":        encodePNG(t, quadrants(side, side)),
		"alpha PNG":         encodePNG(t, image.NewNRGBA(box)),
		"16-bit alpha PNG":  encodePNG(t, image.NewNRGBA64(box)),
		"16-bit grey PNG":   encodePNG(t, image.NewGray16(box)),
		"PNG with palette":  encodePNG(t, image.NewPaletted(box, color.Palette{color.Black, color.White})),
		"Go's 4:2:0 JPEG":   encodeJPEG(t, quadrants(side, side)),
		"odd size, 4:2:0":   encodeJPEG(t, quadrants(side-7, side-9)),
		"turned 4:2:0 JPEG": insert(encodeJPEG(t, quadrants(side, side)), exifWith(binary.LittleEndian, 3)),
	} {
		head, err := readHeader(name, data, DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		decode(t, data)
		runtime.ReadMemStats(&after)
		// Tables, buffers of the decoders and the row that is turned.
		const overhead = 256 << 10
		if used := int64(after.TotalAlloc - before.TotalAlloc); used > head.memory+overhead {
			t.Errorf("%s: allocated %d KiB, estimated %d KiB", name, used>>10, head.memory>>10)
		}
	}
}
