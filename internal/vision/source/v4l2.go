package source

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
)

// The structures of Linux' linux/videodev2.h, as the kernel writes them, and the offsets of what is read. All numbers are of
// the machine's byte order; every pointer-free structure here is laid out the same on 32 and 64 bits.
const (
	sizeCapability = 104 // struct v4l2_capability: driver 0, card 16, bus_info 48, capabilities 84, device_caps 88
	sizeFormat     = 64  // struct v4l2_fmtdesc: index 0, type 4, flags 8, description 12, pixelformat 44
	sizeFrameSize  = 44  // struct v4l2_frmsizeenum: index 0, pixel_format 4, type 8, then the union at 12
	sizeInterval   = 52  // struct v4l2_frmivalenum: index 0, pixel_format 4, width 8, height 12, type 16, then the union at 20

	capCapture       = 0x00000001
	capCapturePlanes = 0x00001000
	capDevice        = 0x80000000

	bufferCapture       = 1
	bufferCapturePlanes = 9

	flagCompressed = 1

	// The kinds of sizes and intervals.
	kindDiscrete, kindContinuous, kindStepwise = 1, 2, 3
)

var native = binary.NativeEndian

// word is the uint32 at an offset; 0 beyond the end, which no caller of ours reaches.
func word(b []byte, at int) uint32 {
	if at+4 > len(b) {
		return 0
	}
	return native.Uint32(b[at:])
}

// text is a C string of at most n bytes.
func text(b []byte, at, n int) string {
	if at+n > len(b) {
		return ""
	}
	s, _, _ := bytes.Cut(b[at:at+n], []byte{0})
	return strings.TrimSpace(strings.ToValidUTF8(string(s), "�"))
}

// decodeCapability reads a struct v4l2_capability. planes is true for a device that gives its pictures in several planes.
func decodeCapability(b []byte) (c Camera, planes bool) {
	caps := word(b, 84)
	if caps&capDevice != 0 {
		// Those of this node, where the others are of the whole device.
		caps = word(b, 88)
	}
	c.Driver, c.Name, c.Bus = text(b, 0, 16), text(b, 16, 32), text(b, 48, 32)
	c.Captures = caps&(capCapture|capCapturePlanes) != 0
	return c, caps&capCapture == 0 && caps&capCapturePlanes != 0
}

// decodeFormat reads a struct v4l2_fmtdesc.
func decodeFormat(b []byte) (f Format, pixel uint32) {
	pixel = word(b, 44)
	return Format{Code: fourCC(pixel), Description: text(b, 12, 32), Compressed: word(b, 8)&flagCompressed != 0}, pixel
}

// fourCC writes a format's number as people do.
func fourCC(n uint32) string {
	// The highest bit says big endian, and is no letter.
	n &^= 1 << 31
	return printable(string([]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)}))
}

// printable is a code without what no terminal should get.
func printable(code string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, code))
}

// maxDimension is the largest width or height that is believed.
const maxDimension = 1 << 20

// decodeSize reads a struct v4l2_frmsizeenum; ok is false for what makes no sense. more is false when no other size follows.
func decodeSize(b []byte) (s Size, more, ok bool) {
	at := func(i int) int { return int(word(b, 12+4*i)) }
	switch word(b, 8) {
	case kindDiscrete:
		s = Size{Width: at(0), Height: at(1)}
		more = true
	case kindContinuous, kindStepwise:
		s = Size{Width: at(0), MaxWidth: at(1), StepWidth: at(2), Height: at(3), MaxHeight: at(4), StepHeight: at(5)}
		if s.MaxWidth < s.Width || s.MaxHeight < s.Height || s.MaxWidth > maxDimension || s.MaxHeight > maxDimension {
			return Size{}, false, false
		}
	}
	ok = s.Width > 0 && s.Height > 0 && s.Width <= maxDimension && s.Height <= maxDimension
	return s, more && ok, ok
}

// decodeInterval reads a struct v4l2_frmivalenum into pictures a second. Of a range it gives both ends.
func decodeInterval(b []byte) (rates []float64, more bool) {
	switch word(b, 16) {
	case kindDiscrete:
		return perSecond(b, 20), true
	case kindContinuous, kindStepwise:
		// The shortest interval is the highest rate.
		return append(perSecond(b, 20), perSecond(b, 28)...), false
	}
	return nil, false
}

// perSecond turns an interval, a fraction of seconds, over.
func perSecond(b []byte, at int) []float64 {
	numerator, denominator := word(b, at), word(b, at+4)
	if numerator == 0 || denominator == 0 {
		return nil
	}
	return []float64{float64(denominator) / float64(numerator)}
}

// tidy sorts rates, highest first, each once.
func tidy(rates []float64) []float64 {
	slices.SortFunc(rates, func(a, b float64) int {
		switch {
		case a > b:
			return -1
		case a < b:
			return 1
		}
		return 0
	})
	return slices.Compact(rates)
}
