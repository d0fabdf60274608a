package source

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
)

type format string

const (
	formatJPEG format = "JPEG"
	formatPNG  format = "PNG"
)

// header is all that is decided before a pixel is decoded.
type header struct {
	format        format
	width, height int
	orientation   orientation
	// memory is an upper bound of what decoding and packing allocate, in bytes.
	memory int64
}

// sniff knows a picture by its first bytes.
func sniff(data []byte) (format, bool) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return formatJPEG, true
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return formatPNG, true
	}
	return "", false
}

// readHeader refuses whatever should not be decoded: too many bytes, no picture, too many pixels, too much memory, or so
// few bytes that they cannot hold what the header claims.
func readHeader(name string, data []byte, lim Limits) (header, error) {
	if int64(len(data)) > lim.MaxBytes {
		return header{}, tooLarge(name, lim.MaxBytes)
	}
	f, ok := sniff(data)
	if !ok {
		return header{}, notImage(name, data)
	}
	cfg, err := readConfig(f, data)
	if err != nil {
		return header{}, damaged(name, err)
	}
	if err := checkSize(name, cfg, lim); err != nil {
		return header{}, err
	}
	head := header{format: f, width: cfg.Width, height: cfg.Height, orientation: upright}
	var least int64
	if f == formatJPEG {
		least, err = head.measureJPEG(name, data, cfg)
	} else {
		least = head.measurePNG(data)
	}
	if err != nil {
		return header{}, err
	}
	return head, head.checkCost(name, int64(len(data)), least, lim)
}

func readConfig(f format, data []byte) (image.Config, error) {
	if f == formatJPEG {
		return jpeg.DecodeConfig(bytes.NewReader(data))
	}
	return png.DecodeConfig(bytes.NewReader(data))
}

func tooLarge(name string, limit int64) *ImageError {
	return &ImageError{name, fmt.Sprintf("larger than the limit of %s", megabytes(limit)), KindTooLarge, nil}
}

func notImage(name string, data []byte) *ImageError {
	if len(data) == 0 {
		return &ImageError{name, "empty, not a JPEG or PNG picture", KindNotImage, nil}
	}
	return &ImageError{name, "not a JPEG or PNG picture", KindNotImage, nil}
}

func checkSize(name string, cfg image.Config, lim Limits) error {
	w, h := cfg.Width, cfg.Height
	if w < 1 || h < 1 {
		return &ImageError{name, fmt.Sprintf("claims %d×%d pixels", w, h), KindCorrupt, nil}
	}
	if w > lim.MaxSide || h > lim.MaxSide {
		return &ImageError{name, fmt.Sprintf("claims %d×%d pixels, a side may have %d", w, h, lim.MaxSide), KindUnwieldy, nil}
	}
	if pixels := int64(w) * int64(h); pixels > lim.MaxPixels {
		return &ImageError{name, fmt.Sprintf("claims %d×%d pixels, %s where %s are allowed",
			w, h, millions(pixels), millions(lim.MaxPixels)), KindBomb, nil}
	}
	return nil
}

// checkCost compares with the memory allowed, and with the fewest bytes any encoder needs for so many pixels: a file far
// below that must fail in the end, and would only allocate first.
func (h header) checkCost(name string, have, least int64, lim Limits) error {
	if h.memory > lim.MaxMemory {
		return &ImageError{name, fmt.Sprintf("%d×%d pixels of this kind of %s need %s to decode, %s are allowed",
			h.width, h.height, h.format, megabytes(h.memory), megabytes(lim.MaxMemory)), KindUnwieldy, nil}
	}
	if have < least {
		return &ImageError{name, fmt.Sprintf("truncated: %d bytes cannot hold the %d×%d pixels it claims",
			have, h.width, h.height), KindCorrupt, nil}
	}
	return nil
}

// measurePNG sets the memory bound and returns the fewest bytes such a PNG can have. Go's decoder uses 4 bytes a pixel,
// 8 with 16-bit samples (grey and palette: 1 and 3 for the packed copy), and half as much again for the largest pass of
// an interlaced one. Deflate reaches 1032:1 at best.
func (h *header) measurePNG(data []byte) (least int64) {
	// The fixed places of IHDR, which DecodeConfig has verified by its checksum.
	depth, colour, interlaced := int64(data[24]), data[25], data[28] != 0
	pixels := int64(h.width) * int64(h.height)
	h.memory = pixels * 4
	if depth == 16 {
		h.memory = pixels * 8
	}
	if interlaced {
		h.memory += h.memory / 2
	}
	channels := map[byte]int64{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
	return pixels * channels * depth / 8 / 1032
}

// megabytes writes a size as people read limits.
func megabytes(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d KiB", (n+1023)>>10)
	}
	return fmt.Sprintf("%d MiB", (n+1<<20-1)>>20)
}

// millions writes a number of pixels as cameras do.
func millions(n int64) string {
	if n < 1_000_000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%.1f million", float64(n)/1e6)
}
