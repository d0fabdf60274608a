package source

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// tinyJPEG describes a JPEG of flat 8×8 blocks, for the kinds that Go's encoder does not write.
type tinyJPEG struct {
	sof           byte
	width, height int
	// ids are the component identifiers; samples holds the value of each block of each component, row by row.
	ids     string
	samples [][]byte
	// segments are whole segments to put after the start, such as Exif or Adobe ones.
	segments []byte
}

// encode writes DC coefficients only, with quantisation by 8, so that a coefficient is a sample minus 128.
func (j tinyJPEG) encode() []byte {
	out := append([]byte{0xff, 0xd8}, j.segments...)
	out = append(out, segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{8}, 64)...))...)
	sof := binary.BigEndian.AppendUint16([]byte{8}, uint16(j.height))
	sof = append(binary.BigEndian.AppendUint16(sof, uint16(j.width)), byte(len(j.ids)))
	scan := []byte{byte(len(j.ids))}
	for _, id := range []byte(j.ids) {
		sof = append(sof, id, 0x11, 0)
		scan = append(scan, id, 0)
	}
	out = append(out, segment(j.sof, sof)...)
	// Twelve DC codes of four bits for the categories 0 to 11, and one AC code of one bit that ends the block.
	out = append(out, segment(0xc4, append([]byte{0x00, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11))...)
	out = append(out, segment(0xc4, []byte{0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})...)
	last := byte(63)
	if j.sof == markerSOF2 {
		last = 0
	}
	out = append(out, segment(0xda, append(scan, 0, last, 0))...)
	return append(append(out, j.entropy()...), 0xff, 0xd9)
}

func (j tinyJPEG) entropy() []byte {
	var bits bitWriter
	previous := make([]int, len(j.ids))
	for block := range j.samples[0] {
		for c := range j.ids {
			dc := int(j.samples[c][block]) - 128
			bits.difference(dc - previous[c])
			previous[c] = dc
			if j.sof != markerSOF2 {
				bits.put(0, 1)
			}
		}
	}
	return bits.finish()
}

type bitWriter struct {
	out  []byte
	acc  uint32
	have int
}

func (b *bitWriter) put(value uint32, n int) {
	for i := n - 1; i >= 0; i-- {
		b.acc = b.acc<<1 | value>>i&1
		if b.have++; b.have == 8 {
			b.out = append(b.out, byte(b.acc))
			if byte(b.acc) == 0xff {
				b.out = append(b.out, 0)
			}
			b.have = 0
		}
	}
}

// difference writes category and bits of a DC difference (ITU-T T.81, F.1.2.1).
func (b *bitWriter) difference(d int) {
	category := 0
	for m := max(d, -d); m > 0; m >>= 1 {
		category++
	}
	if d < 0 {
		d += 1<<category - 1
	}
	b.put(uint32(category), 4)
	b.put(uint32(d), category)
}

func (b *bitWriter) finish() []byte {
	for b.have != 0 {
		b.put(1, 1)
	}
	return b.out
}

func segment(marker byte, body []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2)), body...)
}

func adobe(transform byte) []byte {
	return segment(0xee, append([]byte("Adobe\x00\x64\x00\x00\x00\x00"), transform))
}

// exifWith is an Exif segment whose first directory has one other entry and then the orientation.
func exifWith(order binary.AppendByteOrder, value uint16) []byte {
	return segment(markerAPP1, append([]byte("Exif\x00\x00"), tiffWith(order, value)...))
}

func tiffWith(order binary.AppendByteOrder, value uint16) []byte {
	head := "II*\x00"
	if order == binary.AppendByteOrder(binary.BigEndian) {
		head = "MM\x00*"
	}
	out := order.AppendUint32([]byte(head), 8)
	out = order.AppendUint16(out, 2)
	out = entry(out, order, 0x010f, 2, 4, 0x41424300)
	out = order.AppendUint16(out, 0x0112)
	out = order.AppendUint16(out, 3)
	out = order.AppendUint32(out, 1)
	out = order.AppendUint16(out, value)
	return append(out, 0, 0, 0, 0, 0, 0)
}

func entry(out []byte, order binary.AppendByteOrder, tag, kind uint16, count, value uint32) []byte {
	out = order.AppendUint16(order.AppendUint16(out, tag), kind)
	return order.AppendUint32(order.AppendUint32(out, count), value)
}

// insert puts segments after the start marker of a JPEG.
func insert(data []byte, segments ...[]byte) []byte {
	out := bytes.Clone(data[:2])
	for _, s := range segments {
		out = append(out, s...)
	}
	return append(out, data[2:]...)
}

func chunk(kind string, body []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	out = append(append(out, kind...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// claimPNG is a PNG of 71 bytes that claims any size and holds nothing.
func claimPNG(w, h uint32, depth, colour, interlace byte) []byte {
	ihdr := binary.BigEndian.AppendUint32(nil, w)
	ihdr = append(binary.BigEndian.AppendUint32(ihdr, h), depth, colour, 0, 0, interlace)
	out := append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", ihdr)...)
	out = append(out, chunk("IDAT", []byte{0x78, 0x9c, 3, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0})...)
	return append(out, chunk("IEND", nil)...)
}

func encodePNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func encodeJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sharedFolder is the folder of reference material beside the repository, or the test is skipped.
func sharedFolder(t testing.TB, parts ...string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
	path := filepath.Join(append([]string{dir, "..", "shared"}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("reference material not found: %v", err)
	}
	return path
}
