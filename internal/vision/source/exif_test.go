package source

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"testing"
)

// shownAt says where stored pixel x,y of a w×h picture is displayed, written from the definition of the tag: where its
// row 0 and column 0 belong.
var shownAt = map[uint16]func(x, y, w, h int) (int, int){
	1: func(x, y, w, h int) (int, int) { return x, y },
	2: func(x, y, w, h int) (int, int) { return w - 1 - x, y },
	3: func(x, y, w, h int) (int, int) { return w - 1 - x, h - 1 - y },
	4: func(x, y, w, h int) (int, int) { return x, h - 1 - y },
	5: func(x, y, w, h int) (int, int) { return y, x },
	6: func(x, y, w, h int) (int, int) { return h - 1 - y, x },
	7: func(x, y, w, h int) (int, int) { return h - 1 - y, w - 1 - x },
	8: func(x, y, w, h int) (int, int) { return y, w - 1 - x },
}

func TestDecodeTurnsPicturesUpright(t *testing.T) {
	t.Parallel()
	const w, h = 32, 16
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		for value, place := range shownAt {
			t.Run(fmt.Sprintf("orientation %d in %v is applied", value, order), func(t *testing.T) {
				data := insert(encodeJPEG(t, quadrants(w, h)), exifWith(order, value))
				f := decode(t, data)
				wantW, wantH := w, h
				if value >= 5 {
					wantW, wantH = h, w
				}
				if f.Width != wantW || f.Height != wantH {
					t.Fatalf("got %d×%d, want %d×%d", f.Width, f.Height, wantW, wantH)
				}
				if kept := f.YCbCr != nil; kept != (value == 1) {
					t.Errorf("planes kept: %v", kept)
				}
				for _, p := range []image.Point{{2, 2}, {29, 2}, {2, 13}, {29, 13}} {
					x, y := place(p.X, p.Y, w, h)
					if got, want := pixel(f, x, y), quadrants(w, h).RGBAAt(p.X, p.Y); !near(got, want, 16) {
						t.Errorf("stored %v shown at %d,%d: got %v, want %v", p, x, y, got, want)
					}
				}
			})
		}
	}
}

// TestPlaceRowIsExact needs no codec between, so every pixel is compared.
func TestPlaceRowIsExact(t *testing.T) {
	t.Parallel()
	const w, h = 5, 3
	for value, place := range shownAt {
		out := make([]byte, 3*w*h)
		for y := range h {
			line := make([]byte, 0, 3*w)
			for x := range w {
				line = append(line, byte(x), byte(y), 7)
			}
			placeRow(out, line, w, h, y, orientation(value))
		}
		width := w
		if orientation(value).swapsSides() {
			width = h
		}
		for y := range h {
			for x := range w {
				dx, dy := place(x, y, w, h)
				got := out[3*(dy*width+dx):][:3]
				if want := []byte{byte(x), byte(y), 7}; !bytes.Equal(got, want) {
					t.Errorf("orientation %d, stored %d,%d: got %v", value, x, y, got)
				}
			}
		}
	}
}

func TestReadOrientation(t *testing.T) {
	t.Parallel()
	le := binary.LittleEndian
	with := func(kind uint16, count uint32, value uint32) []byte {
		return entry(le.AppendUint16(le.AppendUint32([]byte("II*\x00"), 8), 1), le, 0x0112, kind, count, value)
	}
	full := tiffWith(le, 6)
	tests := []struct {
		name string
		tiff []byte
		want orientation
	}{
		{"the value is found after another entry", full, 6},
		{"big endian is read", tiffWith(binary.BigEndian, 8), 8},
		{"nothing is upright", nil, 1},
		{"zero is upright", tiffWith(le, 0), 1},
		{"nine is upright", tiffWith(le, 9), 1},
		{"a long is not a short", with(4, 1, 6), 1},
		{"two values are not one", with(3, 2, 6), 1},
		{"one short is taken", with(3, 1, 6), 6},
		{"an unknown byte order is upright", append([]byte("XX*\x00"), full[4:]...), 1},
		{"mixed byte order and magic is upright", append([]byte("II\x00*"), full[4:]...), 1},
		{"a directory inside the header is refused", le.AppendUint32([]byte("II*\x00"), 4), 1},
		{"a directory beyond the end is refused", le.AppendUint32([]byte("II*\x00"), 0xfffffff0), 1},
		{"a directory that claims more entries than it has ends", append(le.AppendUint32([]byte("II*\x00"), 8), 0xff, 0xff), 1},
		{"a cut entry is not read", full[:len(full)-10], 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := readOrientation(tt.tiff); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

func TestReadOrientationLooksThroughSoManyEntriesOnly(t *testing.T) {
	t.Parallel()
	le := binary.LittleEndian
	for _, before := range []int{maxEntries - 1, maxEntries} {
		tiff := le.AppendUint16(le.AppendUint32([]byte("II*\x00"), 8), uint16(before+1))
		for range before {
			tiff = entry(tiff, le, 0x9999, 3, 1, 3)
		}
		tiff = entry(tiff, le, 0x0112, 3, 1, 3)
		want := upright
		if before < maxEntries {
			want = 3
		}
		if got := readOrientation(tiff); got != want {
			t.Errorf("after %d entries: got %d, want %d", before, got, want)
		}
	}
}

func TestOnlyTheFirstExifSegmentCounts(t *testing.T) {
	t.Parallel()
	le := binary.LittleEndian
	xmp := segment(markerAPP1, []byte("http://ns.adobe.com/xap/1.0/\x00<x/>"))
	data := insert(encodeJPEG(t, quadrants(32, 16)), xmp, exifWith(le, 1), exifWith(le, 6))
	if f := decode(t, data); f.Width != 32 {
		t.Errorf("got %d×%d, the second Exif segment was used", f.Width, f.Height)
	}
}

func FuzzReadOrientation(f *testing.F) {
	f.Add(tiffWith(binary.LittleEndian, 6))
	f.Add(tiffWith(binary.BigEndian, 3))
	f.Add([]byte("II*\x00\x08\x00\x00\x00\xff\xff"))
	f.Fuzz(func(t *testing.T, tiff []byte) {
		if o := readOrientation(tiff); o < 1 || o > 8 {
			t.Errorf("got %d", o)
		}
	})
}

// quadrants is red, green, blue and yellow, in reading order.
func quadrants(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	colours := []color.RGBA{{220, 30, 30, 255}, {30, 200, 30, 255}, {30, 30, 220, 255}, {220, 220, 30, 255}}
	for y := range h {
		for x := range w {
			img.SetRGBA(x, y, colours[2*(2*y/h)+2*x/w])
		}
	}
	return img
}
