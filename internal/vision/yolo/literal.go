package yolo

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of a literal: what is beyond is refused, whatever it says.
const (
	maxLiteralBytes = 1 << 20
	maxLiteralDepth = 8
)

// Dict is a dictionary of a literal, in the order it was written.
type Dict []Pair

// Pair is one entry of a Dict.
type Pair struct {
	Key, Value any
}

// Get is the value of the first entry with this text as key.
func (d Dict) Get(key string) (any, bool) {
	for _, p := range d {
		if p.Key == key {
			return p.Value, true
		}
	}
	return nil, false
}

// ParseLiteral reads the text form of plain Python values, and JSON as well: dictionaries (Dict), lists and tuples
// ([]any), strings, whole numbers (int64), floating numbers (float64), True and true, False and false, None and null
// (nil). Nothing is ever evaluated. Text beyond 1 MiB or nested deeper than 8 is refused with *MetadataError, as is
// anything that is not a literal.
func ParseLiteral(text string) (any, error) {
	if len(text) > maxLiteralBytes {
		return nil, &MetadataError{Reason: "the text is longer than 1 MiB"}
	}
	if !utf8.ValidString(text) {
		return nil, &MetadataError{Reason: "the text is not UTF-8"}
	}
	p := literalParser{text: text}
	value, err := p.value(1)
	if err != nil {
		return nil, err
	}
	if p.skip(); p.at < len(p.text) {
		return nil, p.fail("more text after the end of the value")
	}
	return value, nil
}

type literalParser struct {
	text string
	at   int
}

func (p *literalParser) fail(reason string) error {
	return &MetadataError{Offset: p.at, Reason: reason}
}

func (p *literalParser) skip() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// take consumes c after spaces, and says whether it stood there.
func (p *literalParser) take(c byte) bool {
	p.skip()
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *literalParser) value(depth int) (any, error) {
	p.skip()
	if p.at >= len(p.text) {
		return nil, p.fail("a value is missing")
	}
	switch c := p.text[p.at]; {
	case c == '\'' || c == '"':
		return p.str()
	case c == '{' || c == '[' || c == '(':
		if depth > maxLiteralDepth {
			return nil, p.fail("nested deeper than 8")
		}
		return p.container(depth)
	case c == '-' || c == '.' || c >= '0' && c <= '9':
		return p.number()
	default:
		return p.word()
	}
}

func (p *literalParser) container(depth int) (any, error) {
	switch {
	case p.take('{'):
		return p.dict(depth)
	case p.take('['):
		items, _, err := p.items(']', depth)
		return items, err
	default:
		p.take('(')
		items, comma, err := p.items(')', depth)
		if err == nil && len(items) == 1 && !comma {
			// Parentheses around one value only group it.
			return items[0], nil
		}
		return items, err
	}
}

// items reads values up to closing, and says whether any comma stood between or behind them.
func (p *literalParser) items(closing byte, depth int) (items []any, comma bool, err error) {
	items = []any{}
	for !p.take(closing) {
		if len(items) > 0 && !p.take(',') {
			return nil, comma, p.fail("a comma is missing")
		}
		if comma = len(items) > 0; comma && p.take(closing) {
			break
		}
		item, err := p.value(depth + 1)
		if err != nil {
			return nil, comma, err
		}
		items = append(items, item)
	}
	return items, comma, nil
}

func (p *literalParser) dict(depth int) (Dict, error) {
	pairs := Dict{}
	for !p.take('}') {
		if len(pairs) > 0 {
			if !p.take(',') {
				return nil, p.fail("a comma is missing")
			}
			if p.take('}') {
				break
			}
		}
		pair, err := p.pair(depth)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, pair)
	}
	return pairs, nil
}

func (p *literalParser) pair(depth int) (Pair, error) {
	key, err := p.value(depth + 1)
	if err != nil {
		return Pair{}, err
	}
	switch key.(type) {
	case Dict, []any:
		return Pair{}, p.fail("a key must be a text or a number")
	}
	if !p.take(':') {
		return Pair{}, p.fail("a colon is missing")
	}
	value, err := p.value(depth + 1)
	return Pair{Key: key, Value: value}, err
}

func (p *literalParser) number() (any, error) {
	start := p.at
	for p.at < len(p.text) && strings.IndexByte("+-.0123456789eE", p.text[p.at]) >= 0 {
		p.at++
	}
	text := p.text[start:p.at]
	if whole, err := strconv.ParseInt(text, 10, 64); err == nil {
		return whole, nil
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(number, 0) || !strings.ContainsAny(text, ".eE") {
		p.at = start
		return nil, p.fail("not a number that can be held")
	}
	return number, nil
}

func (p *literalParser) word() (any, error) {
	start := p.at
	for p.at < len(p.text) && (p.text[p.at]|0x20) >= 'a' && (p.text[p.at]|0x20) <= 'z' {
		p.at++
	}
	switch p.text[start:p.at] {
	case "True", "true":
		return true, nil
	case "False", "false":
		return false, nil
	case "None", "null":
		return nil, nil
	}
	p.at = start
	return nil, p.fail("not a literal value")
}
