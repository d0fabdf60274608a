package mask

// Compressed is Counts as COCO's text: from the fourth run on the difference to the run before the last, in groups of
// five bits from the low ones up, each as a printable character (maskApi.c, rleToString).
func (r RLE) Compressed() string {
	out := make([]byte, 0, 2*len(r.Counts))
	for i, n := range r.Counts {
		v := int64(n)
		if i > 2 {
			v -= int64(r.Counts[i-2])
		}
		for more := true; more; {
			group := byte(v & 0x1f)
			v >>= 5
			// What is left is nothing but the sign, which the group's own high bit tells already.
			more = !(v == 0 && group&0x10 == 0 || v == -1 && group&0x10 != 0)
			if more {
				group |= 0x20
			}
			out = append(out, group+48)
		}
	}
	return string(out)
}

// ParseCompressed reads COCO's text for a picture of w x h pixels. It refuses with *FormatError what is longer than eight
// bytes a pixel, holds other characters, ends within a number, or has a run that is negative or longer than the picture;
// whether the runs fill the picture is checked by Mask.
func ParseCompressed(text string, w, h int) (RLE, error) {
	r := RLE{Height: h, Width: w}
	if err := checkSize(w, h); err != nil {
		return r, err
	}
	if len(text) > 8*w*h {
		return r, wrong("%d bytes of runs for a picture of %dx%d", len(text), w, h)
	}
	for len(text) > 0 {
		v, used, err := parseNumber(text)
		if err != nil {
			return r, err
		}
		text = text[used:]
		if i := len(r.Counts); i > 2 {
			v += int64(r.Counts[i-2])
		}
		if v < 0 || v > int64(w)*int64(h) {
			return r, wrong("run %d has %d pixels, the picture %d", len(r.Counts), v, w*h)
		}
		r.Counts = append(r.Counts, uint32(v))
	}
	return r, nil
}

// parseNumber reads one number and says how many characters it took.
func parseNumber(text string) (v int64, used int, err error) {
	// Seven groups hold every difference of two 32-bit numbers.
	for ; used < min(7, len(text)); used++ {
		c := text[used] - 48
		if c > 0x3f {
			return 0, 0, wrong("character %q is no run length", text[used])
		}
		v |= int64(c&0x1f) << (5 * used)
		if c&0x20 != 0 {
			continue
		}
		if used++; c&0x10 != 0 {
			v |= -1 << (5 * used)
		}
		return v, used, nil
	}
	return 0, 0, wrong("a run length does not end")
}
