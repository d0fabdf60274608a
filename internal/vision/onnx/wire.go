package onnx

import (
	"encoding/binary"
	"errors"
	"math"
)

// errWire says that bytes are not a well-formed protobuf message.
var errWire = errors.New("malformed protobuf")

// Wire types of the protobuf encoding; the two of groups are obsolete and never occur in ONNX.
const (
	wireVarint = 0
	wireFixed8 = 1
	wireBytes  = 2
	wireFixed4 = 5
)

// field is one entry of a protobuf message. Value holds a varint or a fixed number, bytes what is length-delimited;
// bytes are a part of the message and are not copied.
type field struct {
	num   int
	wire  int
	value uint64
	bytes []byte
}

// eachField calls visit for every field of msg, in order, and stops at the first error.
func eachField(msg []byte, visit func(field) error) error {
	for len(msg) > 0 {
		f, n, err := nextField(msg)
		if err != nil {
			return err
		}
		msg = msg[n:]
		if err := visit(f); err != nil {
			return err
		}
	}
	return nil
}

// nextField reads the field at the start of msg and says how many bytes it took.
func nextField(msg []byte) (field, int, error) {
	key, n := binary.Uvarint(msg)
	if n <= 0 || key>>3 == 0 || key>>3 > math.MaxInt32>>2 {
		return field{}, 0, errWire
	}
	f := field{num: int(key >> 3), wire: int(key & 7)}
	rest := msg[n:]
	switch f.wire {
	case wireVarint:
		v, m := binary.Uvarint(rest)
		if m <= 0 {
			return field{}, 0, errWire
		}
		f.value, n = v, n+m
	case wireFixed8:
		if len(rest) < 8 {
			return field{}, 0, errWire
		}
		f.value, n = binary.LittleEndian.Uint64(rest), n+8
	case wireFixed4:
		if len(rest) < 4 {
			return field{}, 0, errWire
		}
		f.value, n = uint64(binary.LittleEndian.Uint32(rest)), n+4
	case wireBytes:
		size, m := binary.Uvarint(rest)
		if m <= 0 || size > uint64(len(rest)-m) {
			return field{}, 0, errWire
		}
		f.bytes, n = rest[m:m+int(size)], n+m+int(size)
	default:
		return field{}, 0, errWire
	}
	return f, n, nil
}

// message gives the bytes of a field that must be length-delimited. Protobuf readers skip a known field of another
// wire type as unknown; what was not understood here must not be understood differently by the runtime, so it is
// an error.
func (f field) message() ([]byte, error) {
	if f.wire != wireBytes {
		return nil, errWire
	}
	return f.bytes, nil
}

// varint gives the value of a field that must be a varint.
func (f field) varint() (uint64, error) {
	if f.wire != wireVarint {
		return 0, errWire
	}
	return f.value, nil
}

// varints gives the values of a repeated number, packed or not.
func (f field) varints(visit func(uint64) error) error {
	if f.wire == wireVarint {
		return visit(f.value)
	}
	packed, err := f.message()
	if err != nil {
		return err
	}
	for len(packed) > 0 {
		v, n := binary.Uvarint(packed)
		if n <= 0 {
			return errWire
		}
		if err := visit(v); err != nil {
			return err
		}
		packed = packed[n:]
	}
	return nil
}
