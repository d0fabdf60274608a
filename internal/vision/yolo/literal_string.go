package yolo

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// str reads a quoted text; the quote it begins with is the one that ends it.
func (p *literalParser) str() (string, error) {
	quote := p.text[p.at]
	start := p.at
	p.at++
	var out strings.Builder
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == quote:
			p.at++
			return out.String(), nil
		case c == '\n' || c == '\r':
			return "", p.fail("a line break inside of a string")
		case c == '\\':
			if err := p.escape(&out); err != nil {
				return "", err
			}
		default:
			out.WriteByte(c)
			p.at++
		}
	}
	p.at = start
	return "", p.fail("a string does not end")
}

func (p *literalParser) escape(out *strings.Builder) error {
	p.at++
	if p.at >= len(p.text) {
		return p.fail("a string does not end")
	}
	c := p.text[p.at]
	if digits := strings.IndexByte("xuU", c); digits >= 0 {
		p.at++
		return p.codePoint(out, 2<<digits)
	}
	if c >= '0' && c <= '7' {
		p.octal(out)
		return nil
	}
	p.at++
	if i := strings.IndexByte(`\'"/nrtabfv`, c); i >= 0 {
		out.WriteByte("\\'\"/\n\r\t\a\b\f\v"[i])
		return nil
	}
	if c == 'N' || c == '\n' || c == '\r' {
		return p.fail("an escape that is not supported")
	}
	// Python keeps a backslash that means nothing; so does this.
	out.WriteByte('\\')
	out.WriteByte(c)
	return nil
}

// codePoint reads so many hexadecimal digits. JSON writes what lies beyond 16 bits as two halves, which are joined;
// half a pair alone is no character and becomes U+FFFD.
func (p *literalParser) codePoint(out *strings.Builder, digits int) error {
	r, err := p.hex(digits)
	if err != nil {
		return err
	}
	if utf16.IsSurrogate(r) && strings.HasPrefix(p.text[p.at:], `\u`) {
		back := p.at
		p.at += 2
		low, err := p.hex(4)
		if err != nil {
			return err
		}
		if joined := utf16.DecodeRune(r, low); joined != utf8.RuneError {
			out.WriteRune(joined)
			return nil
		}
		p.at = back
	}
	if !utf8.ValidRune(r) {
		r = utf8.RuneError
	}
	out.WriteRune(r)
	return nil
}

func (p *literalParser) hex(digits int) (rune, error) {
	if p.at+digits > len(p.text) {
		return 0, p.fail("an escape is cut short")
	}
	n, err := strconv.ParseUint(p.text[p.at:p.at+digits], 16, 32)
	if err != nil || n > utf8.MaxRune {
		return 0, p.fail("an escape that is no character")
	}
	p.at += digits
	return rune(n), nil
}

func (p *literalParser) octal(out *strings.Builder) {
	var n rune
	for i := 0; i < 3 && p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '7'; i++ {
		n = n*8 + rune(p.text[p.at]-'0')
		p.at++
	}
	out.WriteRune(n)
}
