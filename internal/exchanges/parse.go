package exchanges

import (
	"bytes"
	"fmt"
	"path"
	"strconv"
	"strings"
)

// Limits of a fixture file: the longest recorded body has nine million bytes.
const (
	maxFile  = 4 << 20
	maxBody  = 16 << 20
	maxTotal = 64 << 20
)

// SyntaxError says where a fixture is not what it should be.
type SyntaxError struct {
	// File is the fixture, Line counts from 1.
	File   string
	Line   int
	Reason string
}

// Error names file, line and reason.
func (e *SyntaxError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Reason) }

// parser reads one file line by line. A line's first byte says what it is:
//
//	=   starts an exchange: its number and name
//	>   the request: method and path, then one header a line
//	<   the response: its status, then one header a line
//	|   one line of a body
//	*   goes on in the same line of the body with a letter, many times: * 9000000 A
//	+   goes on in the same line of the body with text
//	#   a remark for the reader
//
// and config:, trimmed: and note: stand where they are needed. Everything after the mark and one blank is meant byte by byte.
type parser struct {
	all   []Exchange
	body  *[]byte // of the part that is being read
	total int
}

func parse(file string, text []byte) ([]Exchange, error) {
	if len(text) > maxFile {
		return nil, &SyntaxError{file, 1, fmt.Sprintf("%d bytes are more than %d", len(text), maxFile)}
	}
	p := &parser{}
	area := strings.TrimSuffix(path.Base(file), ".http")
	line := 0
	for raw := range bytes.Lines(text) {
		line++
		if reason := p.line(string(bytes.TrimSuffix(raw, []byte("\n"))), area); reason != "" {
			return nil, &SyntaxError{file, line, reason}
		}
	}
	if n := len(p.all); n > 0 && p.all[n-1].Response.Status == 0 {
		return nil, &SyntaxError{file, line, p.all[n-1].Name + " has no answer"}
	}
	return p.all, nil
}

// line takes one line in and returns why it cannot, or "".
func (p *parser) line(text, area string) string {
	if text == "" || text[0] == '#' {
		return ""
	}
	if text[0] == '=' {
		return p.begin(text, area)
	}
	if len(p.all) == 0 {
		return "there is no exchange yet"
	}
	x := &p.all[len(p.all)-1]
	rest, blank := strings.CutPrefix(text[1:], " ")
	switch {
	case text[0] == '|' && (blank || rest == ""), text[0] == '+' && blank:
		return p.extend([]byte(rest), text[0] == '|')
	case text[0] == '*' && blank:
		return p.repeat(rest)
	case text[0] == '>' && blank:
		return p.request(x, rest)
	case text[0] == '<' && blank:
		return p.response(x, rest)
	}
	return remark(x, text)
}

func (p *parser) begin(text, area string) string {
	number, name, found := strings.Cut(strings.TrimLeft(text, "= "), " ")
	n, err := strconv.Atoi(number)
	if err != nil || !found || n < 1 || name == "" {
		return "an exchange starts with its number and its name"
	}
	if len(p.all) > 0 && p.all[len(p.all)-1].Response.Status == 0 {
		return p.all[len(p.all)-1].Name + " has no answer"
	}
	p.all, p.body = append(p.all, Exchange{Number: n, Name: name, Area: area}), nil
	return ""
}

func (p *parser) request(x *Exchange, rest string) string {
	if x.Response.Status != 0 {
		return "a request after the answer"
	}
	if x.Request.Method != "" {
		return header(x.Request.Headers, rest)
	}
	method, path, found := strings.Cut(rest, " ")
	if !found || method == "" || path == "" {
		return "a request starts with its method and path"
	}
	x.Request = Request{Method: method, Path: path, Headers: map[string]string{}}
	p.body = &x.Request.Body
	return ""
}

func (p *parser) response(x *Exchange, rest string) string {
	if x.Request.Method == "" {
		return "an answer before the request"
	}
	if x.Response.Status != 0 {
		return header(x.Response.Headers, rest)
	}
	status, err := strconv.Atoi(rest)
	if err != nil || status < 100 || status > 599 {
		return "an answer starts with its status"
	}
	x.Response = Response{Status: status, Headers: map[string]string{}}
	p.body = &x.Response.Body
	return ""
}

func header(headers map[string]string, rest string) string {
	name, value, found := strings.Cut(rest, ": ")
	if !found || name == "" {
		return "a header is a name and a value"
	}
	if _, twice := headers[name]; twice {
		return name + " is there twice"
	}
	headers[name] = value
	return ""
}

func remark(x *Exchange, text string) string {
	name, value, _ := strings.Cut(text, ": ")
	into, known := map[string]*string{"config": &x.Config, "trimmed": &x.Trimmed, "note": &x.Note}[name]
	if !known || value == "" || *into != "" {
		return fmt.Sprintf("%.40q is no line of a fixture", text)
	}
	*into = value
	return ""
}

// extend puts text at the end of the body that is being read.
func (p *parser) extend(text []byte, newLine bool) string {
	switch {
	case p.body == nil:
		return "a body before the request"
	case *p.body == nil && !newLine:
		return "nothing to go on with"
	case *p.body == nil:
		*p.body = []byte{}
	case newLine:
		text = append([]byte{'\n'}, text...)
	}
	p.total += len(text)
	if len(*p.body)+len(text) > maxBody || p.total > maxTotal {
		return "the bodies are too long"
	}
	*p.body = append(*p.body, text...)
	return ""
}

func (p *parser) repeat(rest string) string {
	number, letter, _ := strings.Cut(rest, " ")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > maxBody || len(letter) != 1 {
		return "a repetition is a number and a letter"
	}
	return p.extend(bytes.Repeat([]byte(letter), n), false)
}
