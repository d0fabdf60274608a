package yolo

import (
	"encoding/binary"
	"sync"
)

// What cameras give is mostly a multiple of what models read: 1280x720 in 640 or 320, 640x480 in 320. With an even multiple
// every sample of the input is the plain mean of four, two by two. The numbers are those of the general way; only the
// work is less.

// half is the weight of both neighbours where a sample lies in the middle between them.
const half = weightOne / 2

// mean is the value of a sum of four levels of the same weight.
func (t *levels[T]) mean(sum uint64) T { return t[sum>>1&(2*256-1)] }

// packedHalves is packedRow for an even multiple.
func packedHalves[T sample](r, g, b []T, upper, lower []byte, offsets []uint32, lut *levels[T]) {
	offsets = offsets[:len(r)]
	g, b, lower = g[:len(r)], b[:len(r)], lower[:len(upper)]
	for x, i := range offsets {
		i := uint(i) // so that i+6 cannot wrap, and three bounds checks fall away
		p, q := upper[i:i+6:i+6], lower[i:i+6:i+6]
		r[x] = lut.mean(uint64(p[0]) + uint64(p[3]) + uint64(q[0]) + uint64(q[3]))
		g[x] = lut.mean(uint64(p[1]) + uint64(p[4]) + uint64(q[1]) + uint64(q[4]))
		b[x] = lut.mean(uint64(p[2]) + uint64(p[5]) + uint64(q[2]) + uint64(q[5]))
	}
}

// Four levels of one colour lie in the 16-bit lanes of a word. The conversion Y'·0x10101 + chroma, cut by 2^16, is taken
// apart so that it fits: Y'·0x10101 is Y'·2^16 + Y'·257, so the level is Y' plus the chroma's whole part, and one more
// where Y'·257 and the chroma's rest together reach 2^16; that is where Y' + carry reaches 2^8.
const (
	lanes     = 1<<48 | 1<<32 | 1<<16 | 1
	laneBytes = lanes * 0xff
	// laneZero stands for level 0, so that a level below it does not borrow from its neighbour. In a sum of four lanes it
	// is carried out of the word.
	laneZero = 0x4000
	// laneOutside is set in every level below 0 or above 255, and in no other.
	laneOutside = lanes * 0x3f00
)

// shade is what one chroma sample does to one colour of four pixels: the whole part, and the carry, in each lane.
type shade struct{ whole, carry uint64 }

// shadeOf takes chroma·2^16 + laneZero·2^16 apart.
func shadeOf(chroma uint64) shade {
	return shade{chroma >> 16 * lanes, uint64((uint32(chroma)&0xffff+256)/257) * lanes}
}

// on are four levels, not clipped yet.
func (s shade) on(luma uint64) uint64 { return luma + s.whole + (luma+s.carry)>>8&lanes }

// shades are the parts that depend on one chroma sample only: Cr makes red, Cb makes blue.
type shades struct{ red, blue [256]shade }

var newShades = sync.OnceValue(func() *shades {
	s := new(shades)
	for c := range uint64(256) {
		s.red[c] = shadeOf(laneZero<<16 + c*chromaRed - 128*chromaRed)
		s.blue[c] = shadeOf(laneZero<<16 + c*chromaBlue - 128*chromaBlue)
	}
	return s
})

// planarHalves makes one row of all colours for an even multiple, where all four pixels of a column have one chroma sample:
// the one at chroma[x] of cb and cr.
func planarHalves[T sample](red, green, blue []T, upper, lower, cb, cr []byte, at, chroma []uint32, lut *levels[T]) {
	table := newShades()
	n := len(red)
	green, blue, at, chroma = green[:n], blue[:n], at[:n], chroma[:n]
	lower, cr = lower[:len(upper)], cr[:len(cb)]
	for x, i := range at {
		i, c := uint(i), chroma[x]
		luma := uint64(binary.LittleEndian.Uint16(upper[i:i+2:i+2])) | uint64(binary.LittleEndian.Uint16(lower[i:i+2:i+2]))<<32
		luma = (luma | luma<<8) & laneBytes
		u, v := uint64(cb[c]), uint64(cr[c])
		const neutral = laneZero<<16 + 128*(chromaGreenCb+chromaGreenCr)
		r, g, b := table.red[v].on(luma), shadeOf(neutral-u*chromaGreenCb-v*chromaGreenCr).on(luma), table.blue[u].on(luma)
		if (r|g|b)&laneOutside != 0 {
			r, g, b = clipLanes(r), clipLanes(g), clipLanes(b)
		}
		// The product has the sum of the lanes in its uppermost one.
		red[x], green[x], blue[x] = lut.mean(r*lanes>>48), lut.mean(g*lanes>>48), lut.mean(b*lanes>>48)
	}
}

// clipLanes clips four levels to 0–255. They lie between -227 and 482; with 256 on top, bit 8 says that one is inside and
// bit 9 that it is above.
func clipLanes(word uint64) uint64 {
	word -= lanes * (laneZero - 256)
	inside, above := word>>8&lanes, word>>9&lanes
	return word&(inside*255) | above*255
}
