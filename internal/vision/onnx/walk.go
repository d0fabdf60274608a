package onnx

import (
	"fmt"

	"github.com/myrvm/rvmctl/internal/vision/yolo"
)

// walk reads a ModelProto; the numbers in its methods are the field numbers of onnx.proto. It visits every place
// where a tensor can hide, since a tensor may name another file to be read.
type walk struct {
	header       Header
	initialisers map[string]bool
	sawGraph     bool
	depth        int
}

func newWalk() *walk {
	return &walk{
		header: Header{Opsets: map[string]int64{}, Metadata: map[string]string{}, Operators: map[string]int{},
			Weights: map[yolo.ElementType]int{}},
		initialisers: map[string]bool{},
	}
}

// into walks a submessage, no deeper than maxDepth.
func (w *walk) into(f field, visit func(field) error) error {
	msg, err := f.message()
	if err != nil {
		return err
	}
	if w.depth >= maxDepth {
		return &ModelError{Found: fmt.Sprintf("its graphs are nested deeper than %d levels", maxDepth)}
	}
	w.depth++
	defer func() { w.depth-- }()
	return eachField(msg, visit)
}

func (w *walk) model(f field) error {
	switch f.num {
	case 1:
		v, err := f.varint()
		w.header.IRVersion = int64(v)
		return err
	case 2:
		return w.producer(f)
	case 3:
		return w.producer(f)
	case 7:
		w.sawGraph = true
		return w.into(f, w.mainGraph)
	case 8:
		return w.opset(f)
	case 14:
		return w.metadata(f)
	case 20:
		return w.into(f, w.training)
	case 25:
		return w.into(f, w.function)
	}
	return nil
}

func (w *walk) producer(f field) error {
	s, err := text(f, maxName)
	if err != nil || s == "" {
		return err
	}
	if w.header.Producer != "" {
		s = w.header.Producer + " " + s
	}
	if len(s) > 2*maxName {
		return tooLong("producer", maxName)
	}
	w.header.Producer = s
	return nil
}

func (w *walk) opset(f field) error {
	var domain string
	var version int64
	err := w.into(f, func(f field) error {
		switch f.num {
		case 1:
			s, err := text(f, maxName)
			domain = s
			return err
		case 2:
			v, err := f.varint()
			version = int64(v)
			return err
		}
		return nil
	})
	if len(w.header.Opsets) < maxKinds {
		w.header.Opsets[domain] = version
	}
	return err
}

func (w *walk) metadata(f field) error {
	var key, value string
	err := w.into(f, func(f field) (err error) {
		switch f.num {
		case 1:
			key, err = text(f, maxName)
		case 2:
			value, err = text(f, maxText)
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(w.header.Metadata) >= maxMetadata {
		return &ModelError{Found: fmt.Sprintf("it has more than %d metadata entries", maxMetadata)}
	}
	w.header.Metadata[key] = value
	return nil
}

// training walks a TrainingInfoProto: two graphs.
func (w *walk) training(f field) error {
	if f.num == 1 || f.num == 2 {
		return w.into(f, w.graph)
	}
	return nil
}

// function walks a FunctionProto: nodes, and attributes with their default values.
func (w *walk) function(f field) error {
	switch f.num {
	case 7:
		return w.into(f, w.newNode())
	case 11:
		return w.into(f, w.attribute)
	}
	return nil
}

// mainGraph walks the graph whose inputs and outputs are the model's.
func (w *walk) mainGraph(f field) error {
	switch f.num {
	case 5, 15:
		return w.initialiser(f)
	case 11:
		return w.value(f, &w.header.Inputs)
	case 12:
		return w.value(f, &w.header.Outputs)
	}
	return w.graph(f)
}

// graph walks a GraphProto wherever it sits.
func (w *walk) graph(f field) error {
	switch f.num {
	case 1:
		return w.into(f, w.newNode())
	case 5:
		return w.into(f, w.newTensor(nil))
	case 15:
		return w.into(f, w.sparse)
	}
	return nil
}

// initialiser counts a constant of the main graph and remembers its name, since older files list constants among the
// inputs too.
func (w *walk) initialiser(f field) error {
	t := &tensor{}
	visit := w.newTensor(t)
	if f.num == 15 {
		visit = func(f field) error {
			if f.num == 1 {
				return w.into(f, w.newTensor(t))
			}
			return w.sparse(f)
		}
	}
	if err := w.into(f, visit); err != nil {
		return err
	}
	if len(w.initialisers) >= maxIO {
		return &ModelError{Found: fmt.Sprintf("it has more than %d constants", maxIO)}
	}
	w.initialisers[t.name] = true
	w.header.Weights[t.kind]++
	return nil
}

// newNode gives a visitor for one NodeProto.
func (w *walk) newNode() func(field) error {
	return func(f field) error {
		switch f.num {
		case 4:
			return w.operator(f)
		case 5:
			return w.into(f, w.attribute)
		case 7:
			return w.domain(f)
		}
		return nil
	}
}

func (w *walk) operator(f field) error {
	name, err := text(f, maxName)
	if err != nil {
		return err
	}
	w.header.Nodes++
	if _, known := w.header.Operators[name]; known || len(w.header.Operators) < maxKinds {
		w.header.Operators[name]++
	}
	return nil
}

// domain refuses operators that a stock ONNX Runtime does not bring along: they would need a library loaded into
// this process.
func (w *walk) domain(f field) error {
	name, err := text(f, maxName)
	if err != nil {
		return err
	}
	switch name {
	case "", "ai.onnx", "ai.onnx.ml", "com.microsoft":
		return nil
	}
	return &ModelError{Found: fmt.Sprintf("it uses operators of the domain %q", name),
		Want: "only standard ONNX operators and those of com.microsoft are run; " + wantReexport}
}

// attribute walks an AttributeProto, where tensors and whole graphs may sit.
func (w *walk) attribute(f field) error {
	switch f.num {
	case 5, 10:
		return w.into(f, w.newTensor(nil))
	case 6, 11:
		return w.into(f, w.graph)
	case 22, 23:
		return w.into(f, w.sparse)
	}
	return nil
}

// sparse walks a SparseTensorProto: its values and its indices are tensors.
func (w *walk) sparse(f field) error {
	if f.num == 1 || f.num == 2 {
		return w.into(f, w.newTensor(nil))
	}
	return nil
}
