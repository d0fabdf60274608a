package source

import "encoding/binary"

// orientation is the EXIF value 1–8: where the first row and column of the stored picture belong (CIPA DC-008, 0x0112).
type orientation int

// upright needs no turning; it also stands for a value that is missing or makes no sense.
const upright orientation = 1

// swapsSides says whether width and height change places.
func (o orientation) swapsSides() bool { return o >= 5 }

// maxEntries bounds the directory that is looked through; a camera writes about twenty entries.
const maxEntries = 512

// readOrientation finds the orientation in the TIFF structure of an Exif segment: either byte order, first directory only,
// one SHORT with tag 0x0112. It follows no chain, and anything odd means upright.
func readOrientation(tiff []byte) orientation {
	if len(tiff) < 8 {
		return upright
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return upright
	}
	start := uint64(order.Uint32(tiff[4:]))
	if start < 8 || start+2 > uint64(len(tiff)) {
		return upright
	}
	dir := tiff[start:]
	return findOrientation(dir[2:], min(int(order.Uint16(dir)), maxEntries), order)
}

// findOrientation looks through n entries of 12 bytes: tag, type, count, value.
func findOrientation(entries []byte, n int, order binary.ByteOrder) orientation {
	const tagOrientation, typeShort = 0x0112, 3
	for ; n > 0 && len(entries) >= 12; n-- {
		if order.Uint16(entries) == tagOrientation {
			value := orientation(order.Uint16(entries[8:]))
			if order.Uint16(entries[2:]) != typeShort || order.Uint32(entries[4:]) != 1 || value < 1 || value > 8 {
				return upright
			}
			return value
		}
		entries = entries[12:]
	}
	return upright
}
