package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/itchyny/gojq"
)

const jqFlag = "--jq"

// Query is an expression in the language of jq. It sees the document and nothing else: no environment, no modules, no input.
type Query struct{ code *gojq.Code }

// ParseQuery reads an expression such as .deposits[].id. The error is an *ExpressionError with the place of the mistake.
func ParseQuery(text string) (*Query, error) {
	if err := tooLong(jqFlag, text); err != nil {
		return nil, err
	}
	parsed, err := gojq.Parse(text)
	if err != nil {
		return nil, &ExpressionError{Flag: jqFlag, Fact: err.Error() + place(text, err)}
	}
	code, err := gojq.Compile(parsed)
	if err != nil {
		return nil, &ExpressionError{Flag: jqFlag, Fact: err.Error()}
	}
	return &Query{code: code}, nil
}

// place says where in the text an error is, counted in characters from 1.
func place(text string, err error) string {
	var at *gojq.ParseError
	if !errors.As(err, &at) {
		return ""
	}
	end := min(max(at.Offset-len(at.Token), 0), len(text))
	return fmt.Sprintf(" at character %d", utf8.RuneCountInString(text[:end])+1)
}

// render writes each value: a string as it is, everything else as JSON, on one line for programs and indented for people.
func (q *Query) render(ctx context.Context, doc []byte, people bool, out io.Writer) error {
	value, err := decode(doc)
	if err != nil {
		return err
	}
	values := q.code.RunWithContext(ctx, value)
	for {
		v, more := values.Next()
		if !more {
			return nil
		}
		if err, failed := v.(error); failed {
			return ended(ctx, err)
		}
		line, err := text(v, people)
		if err != nil {
			return &ExpressionError{Flag: jqFlag, Fact: err.Error()}
		}
		if _, err := io.WriteString(out, line+"\n"); err != nil {
			return err
		}
	}
}

// ended judges why a query gave no more values: halt is an orderly end.
func ended(ctx context.Context, err error) error {
	var halt *gojq.HaltError
	switch {
	case ctx.Err() != nil:
		return stopped(ctx, jqFlag)
	case errors.As(err, &halt) && halt.ExitCode() == 0 && halt.Value() == nil:
		return nil
	}
	return &ExpressionError{Flag: jqFlag, Fact: err.Error()}
}

func text(v any, people bool) (string, error) {
	s, isText := v.(string)
	switch {
	case isText && people:
		return cleanCells(s), nil
	case isText:
		return s, nil
	}
	raw, err := gojq.Marshal(v)
	if people {
		raw = indent(raw)
	}
	return string(raw), err
}
