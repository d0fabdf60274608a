//go:build cgo && !windows

package onnx

import (
	"runtime"
	"unsafe"

	ort "github.com/yalue/onnxruntime_go"
)

// buffer is a tensor over memory of ours. Either floats or halves is what the runtime reads and writes; the runtime
// keeps the address, so the memory is pinned until close.
type buffer struct {
	value  ort.Value
	floats []float32
	halves []uint16
	pin    runtime.Pinner
}

func newBuffer(shape []int64, half bool) (*buffer, error) {
	s, b := ort.NewShape(shape...), &buffer{}
	var err error
	if half {
		b.halves = make([]uint16, s.FlattenedSize())
		b.pin.Pin(&b.halves[0])
		// The binding knows float16 only as bytes.
		raw := unsafe.Slice((*byte)(unsafe.Pointer(&b.halves[0])), 2*len(b.halves))
		b.value, err = ort.NewCustomDataTensor(s, raw, ort.TensorElementDataTypeFloat16)
	} else {
		b.floats = make([]float32, s.FlattenedSize())
		b.pin.Pin(&b.floats[0])
		b.value, err = ort.NewTensor(s, b.floats)
	}
	if err != nil {
		b.pin.Unpin()
		return nil, err
	}
	return b, nil
}

func (b *buffer) close() {
	if b == nil || b.value == nil {
		return
	}
	_ = b.value.Destroy() // It never fails for tensors.
	b.value = nil
	b.pin.Unpin()
}
