package source

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
)

// JPEG markers that matter before the first scan (ITU-T T.81, table B.1).
const (
	markerSOF0 = 0xc0
	markerSOF2 = 0xc2
	markerRST0 = 0xd0
	markerRST7 = 0xd7
	markerEOI  = 0xd9
	markerSOS  = 0xda
	markerAPP1 = 0xe1
)

// jpegFrame is what a JPEG says of itself before its first scan.
type jpegFrame struct {
	width, height int
	progressive   bool
	// factors are the sampling factors of each component, horizontal and vertical.
	factors [][2]int
	// exif is the TIFF structure of the first Exif segment, or nil.
	exif []byte
}

// measureJPEG sets orientation and memory bound and returns the fewest bytes such a JPEG can have: at least one bit for
// the DC coefficient of each block of the first component.
func (h *header) measureJPEG(name string, data []byte, cfg image.Config) (least int64, err error) {
	f := scanJPEG(data)
	if f.width != cfg.Width || f.height != cfg.Height || len(f.factors) == 0 {
		return 0, &ImageError{name, "damaged picture: its headers contradict each other", KindCorrupt, nil}
	}
	h.orientation = readOrientation(f.exif)
	h.memory = f.memory(cfg.ColorModel, h.orientation)
	blocks := int64((f.width+7)/8) * int64((f.height+7)/8)
	return blocks / 8, nil
}

// memory counts one byte a sample, four more for the coefficients that a progressive JPEG keeps, four a pixel where the
// decoder converts to RGBA or CMYK, and three for the packed copy of planes that are grey or need turning.
func (f jpegFrame) memory(model color.Model, o orientation) int64 {
	samples := f.samples()
	total := samples
	if f.progressive {
		total += 4 * samples
	}
	pixels := int64(f.width) * int64(f.height)
	converted := model == color.RGBAModel || model == color.CMYKModel
	if converted {
		total += 4 * pixels
	}
	if o != upright || model == color.GrayModel {
		total += 3 * pixels
	}
	return total
}

// samples counts the samples of all planes, each filled up to whole MCUs as the decoder allocates them.
func (f jpegFrame) samples() int64 {
	h0, v0 := f.factors[0][0], f.factors[0][1]
	mcus := int64((f.width+8*h0-1)/(8*h0)) * int64((f.height+8*v0-1)/(8*v0))
	var blocks int64
	for _, hv := range f.factors {
		blocks += int64(hv[0] * hv[1])
	}
	return mcus * blocks * 64
}

// scanJPEG walks the segments up to the first scan, as liberal as image/jpeg is about bytes between them, because what
// it finds must be what the decoder will find. It stops without a word where the data ends or makes no sense.
func scanJPEG(data []byte) (f jpegFrame) {
	for rest := data[2:]; ; {
		marker, body, next, ok := nextSegment(rest)
		if !ok || marker == markerEOI || marker == markerSOS {
			return f
		}
		if marker >= markerSOF0 && marker <= markerSOF2 && f.factors == nil {
			f.readSOF(body)
			f.progressive = marker == markerSOF2
		}
		if tiff, is := bytes.CutPrefix(body, []byte("Exif\x00\x00")); is && marker == markerAPP1 && f.exif == nil {
			f.exif = tiff
		}
		rest = next
	}
}

// nextSegment finds the next marker that has a length, or the end of the picture, and what follows it.
func nextSegment(data []byte) (marker byte, body, rest []byte, ok bool) {
	for i := 0; i+1 < len(data); i++ {
		if data[i] != 0xff {
			continue
		}
		// Any number of 0xff may fill the space before a marker.
		for i+1 < len(data) && data[i+1] == 0xff {
			i++
		}
		if i+1 >= len(data) {
			return 0, nil, nil, false
		}
		marker = data[i+1]
		i++
		if marker == 0 || marker >= markerRST0 && marker <= markerRST7 {
			continue
		}
		if marker == markerEOI {
			return marker, nil, nil, true
		}
		return splitSegment(marker, data[i+1:])
	}
	return 0, nil, nil, false
}

func splitSegment(marker byte, data []byte) (byte, []byte, []byte, bool) {
	if len(data) < 2 {
		return 0, nil, nil, false
	}
	n := int(binary.BigEndian.Uint16(data))
	if n < 2 || n > len(data) {
		return 0, nil, nil, false
	}
	return marker, data[2:n], data[n:], true
}

// readSOF reads precision, height, width and the components (ITU-T T.81, B.2.2).
func (f *jpegFrame) readSOF(body []byte) {
	if len(body) < 6 || len(body) != 6+3*int(body[5]) || body[5] == 0 || body[5] > 4 {
		return
	}
	f.height = int(binary.BigEndian.Uint16(body[1:]))
	f.width = int(binary.BigEndian.Uint16(body[3:]))
	for c := 6; c < len(body); c += 3 {
		hv := [2]int{int(body[c+1] >> 4), int(body[c+1] & 15)}
		if hv[0] == 0 || hv[1] == 0 || body[5] == 1 {
			hv = [2]int{1, 1}
		}
		f.factors = append(f.factors, hv)
	}
}
