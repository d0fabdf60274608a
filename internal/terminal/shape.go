package terminal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Shape is what a caller wants of the JSON documents of a run. The zero value is all of them, whole.
type Shape struct {
	// Fields is what is written of each document; nil is everything.
	Fields *Selection
	// Expression is written in place of each document, or nil.
	Expression Expression
	// Begin gives the context that ends an expression which does not end by itself. Too much memory ends it, too.
	Begin func() context.Context
}

// Expression is a small program of the caller that turns a document into text: ParseQuery and ParseTemplate make one. Its text
// goes to out piece by piece; people says that a person reads it. An error is an *ExpressionError, or out's own.
type Expression interface {
	render(ctx context.Context, doc []byte, people bool, out io.Writer) error
}

// maxExpression bounds an expression, in bytes.
const maxExpression = 64 << 10

// ExpressionError says that an expression cannot be read, or that it failed on a document.
type ExpressionError struct {
	// Flag is where the expression was given, Fact what is wrong, with the place where it is known.
	Flag, Fact string
	// Cause is what ended it from outside, such as a signal, or nil.
	Cause error
}

func (e *ExpressionError) Error() string { return e.Flag + ": " + e.Fact }

// Unwrap gives what ended it.
func (e *ExpressionError) Unwrap() error { return e.Cause }

// Shape says what is wanted of the JSON documents. It is called once, before the command runs.
func (c *Console) Shape(s Shape) { c.shape = s }

// rendered writes what the expression makes of a document. What it has made before it failed is written, too.
func (c *Console) rendered(doc []byte) error {
	// Two results of two goroutines do not mix, however long their expressions take.
	c.shaping.Lock()
	defer c.shaping.Unlock()
	out := &pieces{write: c.writeOut}
	ctx, release := memoryBound(c.shape.Begin(), maxMemory)
	defer release()
	err := c.shape.Expression.render(ctx, doc, c.opts.OutTTY, out)
	if flushed := out.flush(); flushed != nil {
		return flushed
	}
	var failed *ExpressionError
	if errors.As(err, &failed) {
		return &WriteError{Cause: failed}
	}
	return err
}

// pieces gathers small writes into larger ones, so that a long result is not a call of the system for each line.
type pieces struct {
	b     bytes.Buffer
	write func(string) error
}

const piece = 32 << 10

func (p *pieces) Write(text []byte) (int, error) {
	p.b.Write(text)
	if p.b.Len() < piece {
		return len(text), nil
	}
	return len(text), p.flush()
}

func (p *pieces) flush() error {
	if p.b.Len() == 0 {
		return nil
	}
	defer p.b.Reset()
	return p.write(p.b.String())
}

// decode reads a document without losing a digit: numbers stay text.
func decode(doc []byte) (value map[string]any, err error) {
	in := json.NewDecoder(bytes.NewReader(doc))
	in.UseNumber()
	if err := in.Decode(&value); err != nil {
		return nil, fmt.Errorf("cannot read the result: %w", err)
	}
	return value, nil
}

// stopped is the error of an expression that was ended from outside.
func stopped(ctx context.Context, flag string) error {
	cause := context.Cause(ctx)
	return &ExpressionError{Flag: flag, Fact: cause.Error(), Cause: cause}
}

// tooLong refuses an expression that nobody has typed.
func tooLong(flag, text string) error {
	if len(text) <= maxExpression {
		return nil
	}
	return &ExpressionError{Flag: flag, Fact: fmt.Sprintf("longer than %d KiB", maxExpression>>10)}
}
