// Package onnxtest writes tiny ONNX files for tests: graphs whose answer is known without a computer, so that a
// decoder, a letterbox or a refusal can be tested exactly. It refuses to know how models are run or decoded, and only
// tests import it.
package onnxtest

import (
	"encoding/binary"
	"math"
)

// message is a protobuf message under construction.
type message []byte

func (m message) key(num, wire int) message {
	return binary.AppendUvarint(m, uint64(num)<<3|uint64(wire))
}

func (m message) varint(num int, v int64) message {
	return binary.AppendUvarint(m.key(num, 0), uint64(v))
}

func (m message) bytes(num int, b []byte) message {
	return append(binary.AppendUvarint(m.key(num, 2), uint64(len(b))), b...)
}

func (m message) text(num int, s string) message {
	return m.bytes(num, []byte(s))
}

func (m message) float(num int, v float32) message {
	return binary.LittleEndian.AppendUint32(m.key(num, 5), math.Float32bits(v))
}
