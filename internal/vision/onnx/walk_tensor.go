package onnx

import (
	"fmt"

	"github.com/myrvm/rvmctl/internal/vision/yolo"
)

// tensor is what is kept of a TensorProto.
type tensor struct {
	name string
	kind yolo.ElementType
}

// newTensor gives a visitor for one TensorProto and fills t, which may be nil.
func (w *walk) newTensor(t *tensor) func(field) error {
	if t == nil {
		t = &tensor{}
	}
	var dims []int64
	return func(f field) error {
		switch f.num {
		case 1:
			return f.varints(func(v uint64) error {
				if dims = append(dims, int64(v)); len(dims) > maxRank {
					return &ModelError{Found: fmt.Sprintf("a constant has more than %d dimensions", maxRank)}
				}
				return checkDims(dims)
			})
		case 2:
			v, err := f.varint()
			t.kind = yolo.ElementType(int32(v))
			return err
		case 8:
			s, err := text(f, maxName)
			t.name = s
			return err
		case 13:
			return externalData()
		case 14:
			if v, err := f.varint(); err != nil || v != 0 {
				return externalData()
			}
		}
		return nil
	}
}

func externalData() error {
	return &ModelError{Found: "it keeps weights in other files (external data)",
		Want: "save it as one file; other files are never read on a model's behalf"}
}

// value reads a ValueInfoProto of the main graph.
func (w *walk) value(f field, into *[]yolo.Tensor) error {
	var v yolo.Tensor
	err := w.into(f, func(f field) (err error) {
		switch f.num {
		case 1:
			v.Name, err = text(f, maxName)
		case 2:
			err = w.into(f, func(f field) error {
				if f.num == 1 {
					return w.into(f, w.tensorType(&v))
				}
				return nil
			})
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(*into) >= maxIO {
		return &ModelError{Found: fmt.Sprintf("it has more than %d inputs or outputs", maxIO)}
	}
	*into = append(*into, v)
	return nil
}

// tensorType reads a TypeProto.Tensor.
func (w *walk) tensorType(v *yolo.Tensor) func(field) error {
	return func(f field) error {
		switch f.num {
		case 1:
			n, err := f.varint()
			v.Type = yolo.ElementType(int32(n))
			return err
		case 2:
			return w.into(f, func(f field) error {
				if f.num == 1 {
					return w.dimension(f, v)
				}
				return nil
			})
		}
		return nil
	}
}

// dimension reads one TensorShapeProto.Dimension; one without a number is symbolic, whether it has a name or not.
func (w *walk) dimension(f field, v *yolo.Tensor) error {
	size := yolo.Symbolic
	err := w.into(f, func(f field) (err error) {
		switch f.num {
		case 1:
			var n uint64
			if n, err = f.varint(); err == nil && (n < 1 || n > maxDim) {
				err = &ModelError{Found: fmt.Sprintf("%q has the impossible dimension %d", v.Name, int64(n))}
			}
			size = int64(n)
		case 2:
			_, err = text(f, maxName)
		}
		return err
	})
	if err == nil && len(v.Dims) >= maxRank {
		err = &ModelError{Found: fmt.Sprintf("%q has more than %d dimensions", v.Name, maxRank)}
	}
	v.Dims = append(v.Dims, size)
	return err
}

// text gives a string field of at most limit bytes.
func text(f field, limit int) (string, error) {
	b, err := f.message()
	if err != nil {
		return "", err
	}
	if len(b) > limit {
		return "", tooLong("a text", limit)
	}
	return string(b), nil
}

func tooLong(what string, limit int) error {
	return &ModelError{Found: fmt.Sprintf("%s in it is longer than %d bytes", what, limit)}
}
